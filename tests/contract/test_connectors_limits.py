"""Every connector at its edges: batches and pages one below, at and one above their limit, ties, and awkward values."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crmbridge.domain.records import Entity
from crmbridge.ports import CrmClient, WriteOp
from tests.contract._world import SAMPLES, Desk, World
from tests.contract.test_connectors_listing import ids, pages

EDGES = pytest.mark.parametrize("step", [-1, 0, 1], ids=["below", "at", "above"])
LONG = "Lorem ipsum — ação, Größe, 価格, ☀️👩🏽‍🔧. " * 800
TEXTS = {
    "unicode": "Ação & Söhne · Łódź, Ελλάδα, 東京",
    "emoji": "Sol ☀️ 👩🏽‍🔧 🇧🇷",
    "right to left": "שלום עולם مرحبا",
    "markup": "<b>Fett</b> & \"quoted\" 'single' <script>alert(1)</script>",
    "escapes": "back\\slash %41 {{name}} ${x} \\n",
    "combining": "e\u0301le\u0300ve",
    "control": "a\x00b\x07c\u200bd",
    "number": "007",
    "null in words": "null",
    "formula": "=1+1",
}
AMOUNTS = ("0", "0.01", "1054.5", "999999.99", "12345678.9")
DAYS = ("2026-03-31", "2028-02-29", "1999-12-31", "2030-01-01")
LONG_FIELD = "description"
SHORT_FIELDS: dict[Entity, tuple[str, ...]] = {
    "company": ("name",),
    "contact": ("last_name", "job_title"),
    "lead": ("last_name", "company_name"),
    "deal": ("title",),
}


def plain(world: World) -> list[Entity]:
    """Return the entities other than activities, which have a file of their own."""
    return [each for each in world.declared.supports.entities if each != "activity"]


@EDGES
def test_a_batch_of_creates_at_its_limit(world: World, client: CrmClient, desk: Desk, step):
    """One row too many is either refused before anything is sent, or taken apart: nothing is half done."""
    limit = world.declared.limits.write_batch
    for entity in plain(world):
        number = limit + step
        if number < 1:
            continue
        ops = [desk.new(entity, desk.sample(entity, n)) for n in range(1, number + 1)]
        world.control("DELETE", "/calls")
        try:
            results = client.write(entity, ops)
        except ValueError:
            assert step > 0
            assert world.control("GET", "/calls?limit=0")["total"] == 0
            continue
        assert [each.op_id for each in results] == [op.op_id for op in ops]
        assert [each.error for each in results if each.error] == []
        assert len({each.external_id for each in results}) == number


@EDGES
def test_a_batch_of_updates_and_deletes_at_its_limit(world: World, client: CrmClient, desk: Desk, step):
    number = world.declared.limits.write_batch + step
    if number < 1:
        pytest.skip(f"{world.crm} writes one row at a time")
    rows = [
        each.external_id for each in desk.create("contact", *(desk.sample("contact", n) for n in range(1, number + 1)))
    ]
    field = world.suite["changed_field"]["contact"]
    changes = [WriteOp("update", f"u{n}", each, fields={field: f"Name {n}"}) for n, each in enumerate(rows)]
    ends = [WriteOp("delete", f"d{n}", each) for n, each in enumerate(rows)]
    try:
        changed = client.write("contact", changes)
    except ValueError:
        assert step > 0
        return
    assert [each.error for each in changed if each.error] == []
    found = client.read("contact", rows).found
    assert [found[each].fields[field] for each in rows] == [f"Name {n}" for n in range(number)]
    if not world.can_delete:
        return
    ended = client.write("contact", ends)
    assert [each.error for each in ended if each.error and not each.gone] == []
    assert client.read("contact", rows).found == {}


@EDGES
def test_a_read_by_ids_at_its_limit(world: World, client: CrmClient, desk: Desk, step):
    number = world.declared.limits.read_batch + step
    rows = [
        each.external_id for each in desk.create("company", *(desk.sample("company", n) for n in range(1, number + 1)))
    ]
    told = client.read("company", rows)
    assert told.found.keys() == set(rows)
    assert (told.gone, told.missing, told.unreadable) == ({}, frozenset(), {})


@EDGES
def test_a_look_up_at_its_limit(world: World, client: CrmClient, desk: Desk, step):
    """Only some of the values exist; the others are absent from the answer, not empty in it."""
    number = max(world.declared.limits.find_batch + step, 1)
    made = desk.create("contact", *(desk.sample("contact", n) for n in (1, 2)))
    world.settle()
    known = {desk.sample("contact", n)["email"]: each.external_id for n, each in zip((1, 2), made, strict=True)}
    asked = [*(f"nobody{n}@example.com" for n in range(number)), *known][-number:]
    found = client.find("contact", "email", asked)
    expected = {email: external_id for email, external_id in known.items() if email in asked}
    assert {email: [each.external_id for each in hits] for email, hits in found.items()} == {
        email: [external_id] for email, external_id in expected.items()
    }


@EDGES
def test_a_listing_that_ends_near_the_edge_of_a_page(world: World, client: CrmClient, desk: Desk, step):
    number = world.declared.limits.list_page + step
    made = desk.create("contact", *(desk.sample("contact", n) for n in range(1, number + 1)))
    world.settle()
    wanted = Counter(each.external_id for each in made)
    assert Counter(ids(pages(lambda cursor: client.list_all("contact", cursor=cursor)))) == wanted
    since = datetime.now(UTC) - timedelta(hours=1)
    assert Counter(ids(pages(lambda cursor: client.list_changed("contact", since=since, cursor=cursor)))) == wanted


def test_changes_of_one_moment_are_all_listed_from_that_moment_on(world: World, client: CrmClient, desk: Desk):
    """T-11: the moment of a tie, asked for again, tells every record of it."""
    made = desk.create("contact", *(desk.sample("contact", n) for n in range(1, 8)))
    world.settle()
    rows = client.read("contact", [each.external_id for each in made]).found
    times = sorted({each.modified_at for each in rows.values() if each.modified_at})
    for moment in times:
        page = client.list_changed("contact", since=moment, cursor=None)
        expected = {key for key, row in rows.items() if row.modified_at and row.modified_at >= moment}
        assert {each.external_id for each in page.items} >= expected


# ------------------------------------------------------------------------------------- awkward values


@pytest.mark.parametrize("name", TEXTS)
def test_an_awkward_text_comes_back_as_projected(world: World, client: CrmClient, desk: Desk, name):
    for entity in plain(world):
        given = {field: TEXTS[name] for field in SHORT_FIELDS[entity] if world.holds(entity, field)}
        row = desk.sample(entity, 0, **given)
        said = {field: row[field] for field in given}
        assert all(said.values()), "emptied"
        assert client.project(entity, row) == row
        external_id = desk.create(entity, row)[0].external_id
        read = client.read(entity, [external_id]).found[external_id].fields
        assert {field: read[field] for field in said} == said


def test_a_text_of_32_thousand_characters_is_kept_or_cut_as_projected(world: World, client: CrmClient, desk: Desk):
    for entity in plain(world):
        field = LONG_FIELD
        if not world.holds(entity, field):
            continue
        text = LONG[:32_000].strip()
        said = client.project(entity, {field: text})[field]
        assert said
        assert text.startswith(said.rstrip("…"))
        external_id = desk.one(entity, **{field: text})
        assert client.read(entity, [external_id]).found[external_id].fields[field] == said


def test_a_text_too_long_for_a_name_fails_no_batch(world: World, client: CrmClient, desk: Desk):
    """T-94: cut by projection, or refused for its own row alone."""
    for entity in plain(world):
        field = SHORT_FIELDS[entity][0]
        rows = [desk.sample(entity, 1), desk.sample(entity, 2, **{field: LONG[:32_000]}), desk.sample(entity, 3)]
        results = [
            result
            for start in range(0, 3, world.declared.limits.write_batch)
            for result in client.write(
                entity, [desk.new(entity, row) for row in rows[start : start + world.declared.limits.write_batch]]
            )
        ]
        assert results[0].error is None
        assert results[2].error is None
        if results[1].error is None:
            external_id = results[1].external_id
            assert client.read(entity, [external_id]).found[external_id].fields[field] == rows[1][field]


def test_nothing_empties_and_empty_is_nothing(world: World, client: CrmClient, desk: Desk):
    for entity in plain(world):
        field = world.suite.get("cleared_field", {}).get(entity) or _clearable(world, entity)
        blank = client.project(
            entity, {field: "  "} if isinstance(desk.sample(entity).get(field), str) else {field: None}
        )
        assert blank.get(field) is None
        external_id = desk.one(entity)
        before = client.read(entity, [external_id]).found[external_id]
        (idle,) = client.write(entity, [WriteOp("update", "x", external_id)])
        assert idle.error is None
        assert client.read(entity, [external_id]).found[external_id].fields == before.fields
        for _ in range(2):
            (cleared,) = client.write(entity, [WriteOp("update", "x", external_id, fields={field: None})])
            assert cleared.error is None
            after = client.read(entity, [external_id]).found[external_id].fields
            assert after[field] is None
            assert {name: after[name] for name in after if name != field} == {
                name: before.fields[name] for name in before.fields if name != field
            }


def _clearable(world: World, entity: Entity) -> str:
    return "job_title" if world.holds(entity, "job_title") else LONG_FIELD


def test_a_record_of_little_else_than_its_name_can_be_made(world: World, client: CrmClient, desk: Desk):
    least: dict[Entity, tuple[str, ...]] = {
        "company": ("name",),
        "contact": ("last_name",),
        "lead": ("last_name", "company_name"),
        "deal": ("title", "stage"),
    }
    for entity in plain(world):
        names = (*least[entity], *world.suite.get("also_needs", {}).get(entity, ()))
        sample = {name: value for name, value in desk.sample(entity).items() if name in names}
        external_id = desk.create(entity, sample)[0].external_id
        read = client.read(entity, [external_id]).found[external_id].fields
        assert {name: read[name] for name in sample} == sample
        others = [name for name in SAMPLES[entity] if name not in sample and name in read]
        assert {name: read[name] for name in others if not _is_default(read[name])} == {}, "nothing we did not say"


def _is_default(value: Any) -> bool:
    """Tell whether a vendor may have put a value there by itself: a stage, a status, a chance, a day."""
    return value in (None, 0, "0", "new", ()) or (isinstance(value, str) and value[:2] == "20")


@pytest.mark.parametrize("amount", AMOUNTS)
def test_money_comes_back_to_the_cent(world: World, client: CrmClient, desk: Desk, amount):
    if not world.holds("deal", "amount"):
        pytest.skip(f"{world.crm} keeps no amounts")
    said = client.project("deal", {"amount": amount})
    if world.suite.get("whole_amounts"):
        assert abs(Decimal(str(said["amount"] or 0)) - Decimal(amount)) <= Decimal("0.5")
    else:
        assert said == {"amount": amount}, 'a CRM without cents says so in its suite.json: "whole_amounts": true'
    external_id = desk.one("deal", amount=amount)
    assert client.read("deal", [external_id]).found[external_id].fields["amount"] == said["amount"]


@pytest.mark.parametrize("day", DAYS)
def test_a_day_stays_that_day(world: World, client: CrmClient, desk: Desk, day):
    """T-87: whatever time zone the account thinks in."""
    if not world.holds("deal", "close_on"):
        pytest.skip(f"{world.crm} keeps no closing days")
    assert client.project("deal", {"close_on": day}) == {"close_on": day}
    external_id = desk.one("deal", close_on=day)
    assert client.read("deal", [external_id]).found[external_id].fields["close_on"] == day


def test_tags_come_and_go_by_name(world: World, client: CrmClient, desk: Desk):
    steps = (("Solar", "VIP"), ("VIP", "Çelik & Söhne"), ("Solar",), None, ("VIP",))
    tagged: list[Entity] = [each for each in plain(world) if world.holds(each, "tags")]
    if not tagged:
        pytest.skip(f"{world.crm} has no tags")
    for entity in tagged:
        external_id = desk.one(entity)
        for tags in steps:
            value = None if tags is None else tuple(sorted(tags))
            said = client.project(entity, {"tags": value})
            assert said["tags"] == value if value else not said["tags"]
            before = client.read(entity, [external_id]).found[external_id].fields
            (result,) = client.write(entity, [WriteOp("update", "x", external_id, fields={"tags": value})])
            assert result.error is None
            after = client.read(entity, [external_id]).found[external_id].fields
            assert after == {**before, "tags": said["tags"]}

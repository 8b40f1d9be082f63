"""Every connector: listings are complete, once each, whatever happens to the clock and between pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmbridge.domain.records import Entity
from crmbridge.ports import CrmClient, Page, WriteOp
from tests.contract._world import Desk, World

PAGES_MAX = 500


def pages(read: Callable[[str | None], Page[Any]], between: Callable[[], None] = lambda: None) -> list[Page[Any]]:
    """Read every page; a listing that does not end is an error."""
    found: list[Page[Any]] = []
    cursor: str | None = None
    for _ in range(PAGES_MAX):
        page = read(cursor)
        found.append(page)
        cursor = page.next_cursor
        if cursor is None:
            return found
        between()
    raise AssertionError("the listing does not end")


def ids(found: list[Page[Any]]) -> list[str]:
    return [each.external_id for page in found for each in page.items]


def test_every_record_is_listed_once_over_several_pages(world: World, client: CrmClient, desk: Desk):
    number = 2 * world.declared.limits.list_page + 1
    made = desk.create("company", *(desk.sample("company", n) for n in range(1, number + 1)))
    world.settle()
    found = pages(lambda cursor: client.list_all("company", cursor=cursor))
    assert len(found) >= 3
    assert Counter(ids(found)) == Counter(each.external_id for each in made)


def test_a_listing_of_nothing_is_one_empty_page(world: World, client: CrmClient):
    for entity in world.declared.supports.entities:
        found = pages(lambda cursor, entity=entity: client.list_all(entity, cursor=cursor))
        assert [page.items for page in found] == [()]


def test_a_listed_record_is_whole(world: World, client: CrmClient, desk: Desk):
    company = desk.one("company")
    contact = desk.create("contact", desk.sample("contact"), refs={"company": (company,)})[0].external_id
    refs = {"company": (company,), "contacts": (contact,)}
    deal = desk.create("deal", desk.sample("deal"), refs=refs)[0].external_id
    world.settle()
    since = datetime.now(UTC) - timedelta(hours=1)
    made: dict[Entity, str] = {"company": company, "contact": contact, "deal": deal}
    for entity, external_id in made.items():
        read = client.read(entity, [external_id]).found[external_id]
        listed = client.list_all(entity, cursor=None).items
        changed = client.list_changed(entity, since=since, cursor=None).items
        assert listed == (read,)
        assert changed == (read,)


def test_records_deleted_and_made_between_pages_hide_no_other(world: World, client: CrmClient, desk: Desk):
    number = world.declared.limits.list_page + 20
    made = [each.external_id for each in desk.create("company", *(desk.sample("company", n) for n in range(1, number)))]
    world.settle()
    lost = made[:10]
    alive = list(lost)

    def meanwhile() -> None:
        if world.can_delete:
            client.write("company", [WriteOp("delete", each, each) for each in lost])
        else:
            while alive:
                world.person("delete", "company", alive.pop())
        desk.create("company", desk.sample("company", 5000 + desk.count))

    found = ids(pages(lambda cursor: client.list_all("company", cursor=cursor), meanwhile))
    assert set(made) - set(lost) <= set(found)


def test_only_what_changed_since_a_moment_is_listed(world: World, client: CrmClient, desk: Desk):
    old, new = (
        each.external_id for each in desk.create("contact", desk.sample("contact", 1), desk.sample("contact", 2))
    )
    world.settle()
    world.control("POST", "/clock", {"advance_s": 3600})
    world.person("update", "contact", new, text="Lisboa")
    world.settle()
    changed_at = client.read("contact", [new]).found[new].modified_at
    assert changed_at is not None
    page = client.list_changed("contact", since=changed_at, cursor=None)
    assert [each.external_id for each in page.items] == [new]
    assert page.items[0].fields[world.suite["changed_field"]["contact"]] == "Lisboa"
    assert client.list_changed("contact", since=changed_at + timedelta(seconds=2), cursor=None).items == ()
    both = client.list_changed("contact", since=changed_at - timedelta(hours=2), cursor=None).items
    assert [each.external_id for each in both] == [old, new]


def test_many_changes_of_one_moment_are_listed_once_each(world: World, client: CrmClient, desk: Desk):
    """T-11 and T-13: ties at every page boundary."""
    number = 450
    made = desk.create("contact", *(desk.sample("contact", n) for n in range(1, number + 1)))
    world.settle()
    since = datetime.now(UTC) - timedelta(hours=1)
    found = pages(lambda cursor: client.list_changed("contact", since=since, cursor=cursor))
    assert Counter(ids(found)) == Counter(each.external_id for each in made)
    for page in found:
        times = [each.modified_at for each in page.items]
        assert times == sorted(times)


def test_changes_made_while_pages_are_read_hide_no_other(world: World, client: CrmClient, desk: Desk):
    """T-20: a record changed behind our back moves to the end of any order by time."""
    number = 2 * world.declared.limits.list_page + 50
    made = [each.external_id for each in desk.create("contact", *(desk.sample("contact", n) for n in range(1, number)))]
    world.settle()
    since = datetime.now(UTC) - timedelta(hours=1)
    touched: list[str] = []

    def meanwhile() -> None:
        for external_id in made[len(touched) : len(touched) + 7]:
            world.person("update", "contact", external_id, text="Porto")
            touched.append(external_id)
        world.settle()

    found = ids(pages(lambda cursor: client.list_changed("contact", since=since, cursor=cursor), meanwhile))
    assert set(made) - set(touched) <= set(found)


def test_deletions_are_reported_with_evidence(world: World, client: CrmClient, desk: Desk):
    if not world.declared.supports.reports_deletions:
        pytest.skip(f"{world.crm} does not list deletions")
    for entity in world.declared.supports.entities:
        kept, lost = (each.external_id for each in desk.create(entity, desk.sample(entity, 1), desk.sample(entity, 2)))
        since = datetime.now(UTC) - timedelta(minutes=5)
        world.person("delete", entity, lost)
        world.settle()
        found = [
            each
            for page in pages(lambda cursor, e=entity, s=since: client.list_gone(e, since=s, cursor=cursor))
            for each in page.items
        ]
        gone = {each.external_id: each for each in found}
        assert gone.keys() == ({lost} if world.tells_deletion(entity) else set()), f"{kept} is alive"
        assert all(each.merged_into == "" for each in gone.values())
        later = since + timedelta(days=1)
        assert ids(pages(lambda cursor, e=entity, s=later: client.list_gone(e, since=s, cursor=cursor))) == []


def test_merges_are_reported_with_their_survivor(world: World, client: CrmClient, desk: Desk):
    if not world.declared.supports.reports_merges:
        pytest.skip(f"{world.crm} does not tell of merges")
    for entity in world.suite["person"]["merge"]:
        kept, lost = (each.external_id for each in desk.create(entity, desk.sample(entity, 1), desk.sample(entity, 2)))
        since = datetime.now(UTC) - timedelta(minutes=5)
        world.person("merge", entity, kept, other=lost)
        world.settle()
        survivor = client.read(entity, [lost]).gone[lost].merged_into
        found = pages(lambda cursor, e=entity, s=since: client.list_gone(e, since=s, cursor=cursor))
        told = {each.external_id: each.merged_into for page in found for each in page.items}
        assert told[lost] == survivor
        assert told.get(survivor) is None

"""Every record store keeps the port's promises: one suite over memory, moto and, if there is one, a local AWS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from crmbridge.domain.records import Base, FieldChange, LastChange, Link, Lost, Parked, Record, Stamp, entity_of
from crmbridge.errors import RequestRejectedError
from crmbridge.ports import Save
from tests.contract._ports import ROOMS, Ports, opened

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(params=ROOMS)
def ports(request) -> Iterator[Ports]:
    with opened(request.param) as found:
        yield found


def record(record_id: str, *, rev: int = 1, at: datetime = NOON, workspace_id: str = "acme", **values: Any) -> Record:
    """A record last changed at a moment, with links given as ``links={"int_hub": "1801"}``."""
    links = {key: Link(key, external_id) for key, external_id in values.pop("links", {}).items()}
    return Record(
        workspace_id,
        record_id,
        entity_of(record_id),
        links=links,
        rev=rev,
        last=LastChange("changed", "int_hub", at),
        **values,
    )


def contact(number: int, **values: Any) -> Record:
    return record(f"con_{number:026d}", **values)


def save_new(ports: Ports, *records: Record) -> tuple[bool, ...]:
    return ports.records.save_many([Save(None, each) for each in records])


def change(before: Record, **values: Any) -> Save:
    return Save(before, replace(before, rev=before.rev + 1, **values))


def held(ports: Ports, record_id: str) -> Record:
    return ports.records.get_many("acme", [record_id])[record_id]


def test_a_record_comes_back_as_it_was_saved(ports: Ports) -> None:
    rich = Record(
        "acme",
        "dea_00000000000000000000000007",
        "deal",
        fields={
            "title": "Ürün 製品",
            "amount": "1054.5",
            "probability": 40,
            "contacts": ("con_1", "con_2"),
            "owner": None,
        },
        stamps={"title": Stamp(1763721000000, "int_hub")},
        links={
            "int_hub": Link("int_hub", "1801", version="2026-11-21T10:30:00.000Z", base={"title": Base("old")}),
            "int_sf": Link(
                "int_sf",
                state="creating",
                retry_at=NOON,
                attempts=3,
                base={"amount": Base("1054.5", "1054.50")},
                parked=Parked("abc", "no such stage", "INVALID", NOON),
            ),
        },
        due_for={"int_sf": 0},
        rev=1,
        created_at=NOON,
        last=LastChange(
            "changed",
            "int_hub",
            NOON,
            "run_1",
            (FieldChange("title", None, "Ürün 製品"),),
            (Lost("amount", "1", "int_sf", "int_hub", "last_modified_wins"),),
        ),
    )
    assert save_new(ports, rich) == (True,)
    assert ports.records.get_many("acme", [rich.record_id]) == {rich.record_id: rich}


def test_ids_that_nobody_has_are_left_out(ports: Ports) -> None:
    known = contact(1, links={"int_hub": "1801"}, fields={"email": "ana@example.com"})
    save_new(ports, known)
    ids = [known.record_id, known.record_id, contact(2).record_id, "", "nonsense", "con_" + "9" * 3000]
    assert set(ports.records.get_many("acme", ids)) == {known.record_id}
    found = ports.records.find_external("acme", "int_hub", "contact", ["1801", "1801", "1802", "", "9" * 3000])
    assert found == {"1801": known.record_id}
    assert ports.records.find_external("acme", "int_sf", "contact", ["1801"]) == {}
    assert ports.records.find_external("acme", "int_hub", "company", ["1801"]) == {}
    keys = ports.records.find_key("acme", "contact", "email", ["ana@example.com", "ana@example.com", "bo@example.com"])
    assert keys == {"ana@example.com": (known.record_id,)}
    assert ports.records.find_key("acme", "contact", "phone", ["ana@example.com"]) == {}


def test_nothing_asked_is_nothing_answered(ports: Ports) -> None:
    assert ports.records.get_many("acme", []) == {}
    assert ports.records.find_external("acme", "int_hub", "contact", []) == {}
    assert ports.records.find_key("acme", "contact", "email", []) == {}
    assert ports.records.save_many([]) == ()


def test_workspaces_do_not_see_each_other(ports: Ports) -> None:
    mine = contact(1, links={"int_hub": "1801"}, fields={"email": "ana@example.com"}, due_for={"int_sf": 0})
    save_new(ports, mine)
    assert ports.records.get_many("other", [mine.record_id]) == {}
    assert ports.records.find_external("other", "int_hub", "contact", ["1801"]) == {}
    assert ports.records.find_key("other", "contact", "email", ["ana@example.com"]) == {}
    assert ports.records.due("other", "contact", "int_sf", now=NOON, limit=5) == ()
    assert ports.records.list_records("other", "contact", cursor=None, limit=5).items == ()
    assert save_new(ports, replace(mine, workspace_id="other")) == (True,), "the same ids may live in both"
    assert held(ports, mine.record_id).workspace_id == "acme"


def test_a_save_over_a_moved_record_is_refused_and_hinders_no_other(ports: Ports) -> None:
    first, second = contact(1), contact(2)
    save_new(ports, first, second)
    assert ports.records.save_many([change(first, fields={"city": "Oslo"})]) == (True,)
    late = change(first, fields={"city": "Rome"})
    assert ports.records.save_many([late, change(second, fields={"city": "Bern"})]) == (False, True)
    assert held(ports, first.record_id).fields == {"city": "Oslo"}
    assert held(ports, second.record_id).fields == {"city": "Bern"}


def test_a_new_record_never_replaces_one(ports: Ports) -> None:
    save_new(ports, contact(1, fields={"city": "Oslo"}))
    assert save_new(ports, contact(1, fields={"city": "Rome"}), contact(2)) == (False, True)
    assert save_new(ports, contact(1, fields={"email": "ana@example.com"}), contact(3)) == (False, True)
    assert held(ports, contact(1).record_id).fields == {"city": "Oslo"}
    assert ports.records.find_key("acme", "contact", "email", ["ana@example.com"]) == {}


def test_a_change_to_a_record_that_is_not_there_is_refused(ports: Ports) -> None:
    assert ports.records.save_many([change(contact(1), fields={"city": "Oslo"})]) == (False,)
    assert ports.records.save_many([change(contact(1), fields={"email": "ana@example.com"})]) == (False,)
    assert ports.records.get_many("acme", [contact(1).record_id]) == {}


def test_a_taken_external_id_refuses_the_whole_save(ports: Ports) -> None:
    owner = contact(1, links={"int_hub": "1801"})
    thief = contact(2, links={"int_hub": "1801"}, fields={"email": "bo@example.com"})
    bystander = contact(3, links={"int_hub": "1803"})
    save_new(ports, owner)
    assert save_new(ports, thief, bystander) == (False, True)
    assert ports.records.get_many("acme", [thief.record_id]) == {}
    assert ports.records.find_key("acme", "contact", "email", ["bo@example.com"]) == {}
    found = ports.records.find_external("acme", "int_hub", "contact", ["1801", "1803"])
    assert found == {"1801": owner.record_id, "1803": bystander.record_id}


def test_of_two_claims_in_one_call_the_first_wins(ports: Ports) -> None:
    first, second = contact(1, links={"int_hub": "1801"}), contact(2, links={"int_hub": "1801"})
    assert save_new(ports, first, second) == (True, False)
    assert ports.records.find_external("acme", "int_hub", "contact", ["1801"]) == {"1801": first.record_id}


def test_an_external_id_passes_from_a_merged_record_to_its_survivor_in_one_call(ports: Ports) -> None:
    gone, survivor = contact(1, links={"int_hub": "1801"}), contact(2)
    save_new(ports, gone, survivor)
    link = {"int_hub": Link("int_hub", "1801")}
    moves = [change(gone, links={}, merged_into=survivor.record_id), change(survivor, links=link)]
    assert ports.records.save_many(moves) == (True, True)
    assert ports.records.find_external("acme", "int_hub", "contact", ["1801"]) == {"1801": survivor.record_id}


def test_records_saved_together_are_all_stored_or_none_is(ports: Ports) -> None:
    gone, survivor = (
        contact(1, links={"int_hub": "1801", "int_sf": "003A"}),
        contact(2, fields={"email": "a@example.com"}),
    )
    save_new(ports, gone, survivor)
    takes = change(survivor, links={"int_hub": Link("int_hub", "1801")}, fields={"email": "b@example.com"})
    gives = change(gone, links={}, merged_into=survivor.record_id)
    moved = change(gone, fields={"last_name": "Prado"})
    assert ports.records.save_many([moved]) == (True,)
    assert not ports.records.save_together([gives, takes])
    assert held(ports, survivor.record_id) == survivor
    assert ports.records.find_external("acme", "int_hub", "contact", ["1801"]) == {"1801": gone.record_id}
    assert ports.records.save_together([change(moved.after, links={}, merged_into=survivor.record_id), takes])
    assert held(ports, survivor.record_id) == takes.after
    found = ports.records.find_external("acme", "int_hub", "contact", ["1801"])
    assert found == {"1801": survivor.record_id}
    assert ports.records.find_external("acme", "int_sf", "contact", ["003A"]) == {}
    assert ports.records.find_key("acme", "contact", "email", ["a@example.com", "b@example.com"]) == {
        "b@example.com": (survivor.record_id,)
    }


def test_an_external_id_of_a_third_record_refuses_all_that_are_saved_together(ports: Ports) -> None:
    one, other, third = contact(1), contact(2), contact(3, links={"int_hub": "1801"})
    save_new(ports, one, other, third)
    takes = change(other, links={"int_hub": Link("int_hub", "1801")})
    assert not ports.records.save_together([change(one, fields={"last_name": "Lund"}), takes])
    assert held(ports, one.record_id) == one
    assert ports.records.find_external("acme", "int_hub", "contact", ["1801"]) == {"1801": third.record_id}


def test_an_external_id_is_not_taken_before_it_is_given_up(ports: Ports) -> None:
    gone, survivor = contact(1, links={"int_hub": "1801"}), contact(2)
    save_new(ports, gone, survivor)
    link = {"int_hub": Link("int_hub", "1801")}
    assert ports.records.save_many([change(survivor, links=link), change(gone, links={})]) == (False, True)


def test_look_ups_follow_the_values(ports: Ports) -> None:
    one = contact(1, links={"int_hub": "1801"}, fields={"email": "ana@example.com", "phone": "+4915112345678"})
    save_new(ports, one)
    moved = change(
        one,
        fields={"email": "ana@example.org", "mobile_phone": "+4915112345678"},
        links={"int_hub": Link("int_hub", "1809"), "int_sf": Link("int_sf", "003A")},
    )
    assert ports.records.save_many([moved]) == (True,)
    find_key, find_external = ports.records.find_key, ports.records.find_external
    emails = find_key("acme", "contact", "email", ["ana@example.com", "ana@example.org"])
    assert emails == {"ana@example.org": (one.record_id,)}
    assert find_key("acme", "contact", "phone", ["+4915112345678"]) == {"+4915112345678": (one.record_id,)}
    assert find_external("acme", "int_hub", "contact", ["1801", "1809"]) == {"1809": one.record_id}
    assert find_external("acme", "int_sf", "contact", ["003A"]) == {"003A": one.record_id}


def test_a_tombstone_keeps_its_external_ids_and_loses_its_natural_keys(ports: Ports) -> None:
    one = contact(1, links={"int_hub": "1801"}, fields={"email": "ana@example.com"})
    save_new(ports, one)
    assert ports.records.save_many([change(one, deleted_at=NOON)]) == (True,)
    assert ports.records.find_key("acme", "contact", "email", ["ana@example.com"]) == {}
    assert ports.records.find_external("acme", "int_hub", "contact", ["1801"]) == {"1801": one.record_id}


def test_two_people_may_share_a_telephone(ports: Ports) -> None:
    phone = {"phone": "+4915112345678"}
    save_new(ports, contact(2, fields=phone), contact(1, fields=phone))
    both = (contact(1).record_id, contact(2).record_id)
    assert ports.records.find_key("acme", "contact", "phone", ["+4915112345678"]) == {"+4915112345678": both}
    ports.records.save_many([change(contact(1, fields=phone), fields={"phone": None})])
    assert ports.records.find_key("acme", "contact", "phone", ["+4915112345678"]) == {"+4915112345678": both[1:]}


def test_many_saves_in_one_call_are_all_stored(ports: Ports) -> None:
    many = [contact(n, links={"int_hub": str(n)}, fields={"email": f"p{n}@example.com"}) for n in range(130)]
    assert save_new(ports, *many) == (True,) * 130
    ids = [each.record_id for each in many]
    assert ports.records.get_many("acme", ids) == dict(zip(ids, many, strict=True))
    external_ids = [str(n) for n in range(130)]
    found = ports.records.find_external("acme", "int_hub", "contact", external_ids)
    assert found == dict(zip(external_ids, ids, strict=True))


def test_large_records_do_not_burst_a_transaction(ports: Ports) -> None:
    noise = Random(1).randbytes(300_000).hex()  # nothing that compression could make small
    many = [contact(n, fields={"description": noise, "email": f"p{n}@example.com"}) for n in range(15)]
    assert save_new(ports, *many) == (True,) * 15
    assert len(ports.records.get_many("acme", [each.record_id for each in many])) == 15


@pytest.mark.parametrize(
    "saves",
    [
        [Save(None, contact(1, rev=2))],
        [Save(contact(1), contact(1, rev=3))],
        [Save(None, contact(1)), Save(None, contact(1))],
        [Save(contact(1), contact(2, rev=2))],
    ],
    ids=["new but not first", "skips a revision", "twice", "another record"],
)
def test_saves_against_the_rules_are_refused_as_a_whole(ports: Ports, saves: list[Save]) -> None:
    with pytest.raises(ValueError, match="con_"):
        ports.records.save_many([Save(None, contact(9)), *saves])
    assert ports.records.get_many("acme", [contact(9).record_id]) == {}


def test_due_work_is_listed_longest_due_first(ports: Ports) -> None:
    many = [
        contact(n, at=NOON + timedelta(minutes=5 * ((n * 7) % 20)), due_for={"int_sf": 0}, fields={"city": "Oslo"})
        for n in range(20)
    ]
    save_new(ports, *many)
    in_order = tuple(many[n].record_id for n in sorted(range(20), key=lambda n: (n * 7) % 20))
    due = ports.records.due
    assert due("acme", "contact", "int_sf", now=NOON, limit=100) == in_order
    assert due("acme", "contact", "int_sf", now=NOON, limit=7) == in_order[:7]
    assert due("acme", "company", "int_sf", now=NOON, limit=7) == ()


def test_due_work_waits_for_its_moment_and_for_its_integration(ports: Ports) -> None:
    later = int(NOON.timestamp()) + 60
    save_new(
        ports,
        contact(1, due_for={"int_sf": later, "int_sf_2": 0}),
        contact(2, at=NOON + timedelta(minutes=5), due_for={"int_sf": 0}),
    )
    first, second = contact(1).record_id, contact(2).record_id
    due = ports.records.due
    assert due("acme", "contact", "int_sf", now=NOON, limit=5) == (second,)
    assert due("acme", "contact", "int_sf", now=NOON + timedelta(seconds=60), limit=5) == (first, second)
    assert due("acme", "contact", "int_sf_2", now=NOON, limit=5) == (first,)
    assert due("acme", "contact", "int_s", now=NOON, limit=5) == ()


def test_settled_work_is_due_no_more(ports: Ports) -> None:
    one = contact(1, due_for={"int_sf": 0, "int_hub": 0})
    save_new(ports, one)
    half = change(one, due_for={"int_hub": 0})
    assert ports.records.save_many([half]) == (True,)
    assert ports.records.due("acme", "contact", "int_sf", now=NOON, limit=5) == ()
    assert ports.records.due("acme", "contact", "int_hub", now=NOON, limit=5) == (one.record_id,)
    assert ports.records.save_many([change(half.after, due_for={})]) == (True,)
    assert ports.records.due("acme", "contact", "int_hub", now=NOON, limit=5) == ()


def test_a_listing_shows_every_record_of_an_entity_once(ports: Ports) -> None:
    many = [contact(n, deleted_at=NOON if n % 5 == 0 else None) for n in range(40)]
    save_new(ports, *many, record("com_00000000000000000000000001"))
    seen: list[Record] = []
    cursor, pages = None, 0
    while pages == 0 or cursor:
        page = ports.records.list_records("acme", "contact", cursor=cursor, limit=7)
        assert len(page.items) <= 7
        seen, cursor, pages = [*seen, *page.items], page.next_cursor, pages + 1
    assert pages == 6
    assert sorted(seen, key=lambda each: each.record_id) == many
    again = ports.records.list_records("acme", "contact", cursor=None, limit=100)
    assert again.items == tuple(seen)
    assert again.next_cursor is None


@pytest.mark.parametrize("cursor", ["", "§", "nonsense", "MDAwMDA", "YWNtZQ", "eA=="])
def test_a_foreign_cursor_is_refused(ports: Ports, cursor: str) -> None:
    with pytest.raises(RequestRejectedError) as caught:
        ports.records.list_records("acme", "contact", cursor=cursor, limit=7)
    assert caught.value.field == "cursor"


def test_what_is_newer_than_a_record_is_listed_oldest_first(ports: Ports) -> None:
    many = [contact(n, deleted_at=NOON if n % 5 == 0 else None) for n in range(40)]
    save_new(ports, *many, record("com_00000000000000000000000001"))
    seen: list[Record] = []
    while page := ports.records.list_new("acme", "contact", after=seen[-1].record_id if seen else "", limit=7):
        assert len(page) <= 7
        seen += page
    assert seen == many
    assert ports.records.list_new("acme", "contact", after=many[-1].record_id, limit=7) == ()
    assert ports.records.list_new("other", "contact", after="", limit=7) == ()

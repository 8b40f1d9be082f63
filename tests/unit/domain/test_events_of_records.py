"""Which events a change of a record is: of its life, its fields, its places, and what people must decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.events.envelope import Event
from crmbridge.domain.events.of_records import events_of
from crmbridge.domain.records import ENTITIES, PREFIXES, Conflict, LastChange, Link, Parked, Record, Side, Stamp
from crmbridge.runtime import event_schemas

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def record(entity: Any = "contact", **more: Any) -> Record:
    parts: dict[str, Any] = {
        "fields": {"email": "ana@example.com", "city": "Recife"},
        "links": {"int_a": Link("int_a", "1"), "int_b": Link("int_b", "2")},
        "rev": 3,
        "last": LastChange("changed", "int_a", NOON, "run_1"),
    }
    return Record("acme", f"{PREFIXES[entity]}_1", entity, **{**parts, **more})


def after(before: Record, kind: str = "changed", **changes: Any) -> Record:
    return replace(before, rev=before.rev + 1, last=LastChange(kind, "int_a", NOON, "run_1"), **changes)


def kinds(before: Record | None, now: Record) -> list[str]:
    return [each.kind for each in events_of(before, now)]


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_new_record_is_created_with_the_names_of_its_fields(entity):
    (event,) = events_of(None, record(entity, rev=1))
    assert event.kind == f"{entity}_created"
    assert event.data["fields"] == ["city", "email"]
    assert event.data["places"] == {"int_a": "1", "int_b": "2"}
    assert (event.correlation_id, event.at) == ("run_1", NOON)


def test_an_edit_names_what_has_another_value_now():
    before = record()
    (event,) = events_of(before, after(before, fields={"email": "ana@example.com", "city": "Olinda", "state": None}))
    assert (event.kind, event.data["fields"]) == ("contact_updated", ["city"])
    assert event.values == {"old": {"city": "Recife"}, "new": {"city": "Olinda"}}


@pytest.mark.parametrize("kind", ["settled", "intended", "postponed", "reconciled", "linked"])
def test_what_changes_no_value_says_nothing(kind):
    before = record()
    links = {**before.links, "int_c": Link("int_c", "3")}
    assert kinds(before, after(before, kind, links=links)) == []


def test_a_deal_tells_its_stages_and_others_do_not():
    deal = record("deal", fields={"title": "Boat", "stage": "qualified"})
    found = events_of(deal, after(deal, fields={"title": "Boat", "stage": "won"}))
    assert [each.kind for each in found] == ["deal_updated", "deal_stage_changed"]
    assert (found[1].data["from"], found[1].data["to"]) == ("qualified", "won")
    assert kinds(deal, after(deal, fields={"title": "Ship", "stage": "qualified"})) == ["deal_updated"]


def test_a_deletion_everywhere_one_in_a_single_crm_and_a_merge_are_three_things():
    before = record()
    gone = {**before.links, "int_a": Link("int_a", "1", state="deleted")}
    assert kinds(before, after(before, "deleted", deleted_at=NOON, links=gone)) == ["contact_deleted"]
    (event,) = events_of(before, after(before, "deleted", links=gone))
    assert (event.kind, event.data["integrationId"]) == ("contact_unlinked", "int_a")
    (event,) = events_of(before, after(before, "merged", links={}, merged_into="con_2"))
    assert (event.kind, event.data["into"]) == ("contact_merged", "con_2")


def test_our_own_delete_carried_out_says_nothing():
    before = record(deleted_at=NOON, links={"int_b": Link("int_b", "2", state="deleting")})
    assert kinds(before, after(before, "settled", links={"int_b": Link("int_b", "2", state="deleted")})) == []


def test_a_record_that_is_there_again_is_created_again():
    before = record(deleted_at=NOON)
    assert kinds(before, after(before, deleted_at=None)) == ["contact_created"]


def test_a_refusal_is_told_once_with_the_vendors_code_and_not_its_words():
    before = record()
    parked = Link("int_b", "2", parked=Parked("f", "ana@example.com is taken", "DUPLICATE", NOON))
    now = after(before, "parked", links={**before.links, "int_b": parked})
    (event,) = events_of(before, now)
    assert (event.kind, event.data["integrationId"], event.data["code"]) == ("write_refused", "int_b", "DUPLICATE")
    assert "ana@" not in str(event.bare().to_json())
    assert kinds(now, after(now, "settled")) == []


def test_a_conflict_is_told_when_it_opens_and_when_it_ends():
    before = record()
    conflict = Conflict("Recife", {key: Side(key, Stamp(0, key)) for key in ("int_a", "int_b")}, NOON)
    opened = after(before, frozen={"city": conflict})
    (event,) = events_of(before, opened)
    assert (event.kind, event.data["field"], event.data["integrations"]) == (
        "conflict_detected",
        "city",
        ["int_a", "int_b"],
    )
    assert kinds(opened, after(opened, "settled")) == []
    assert kinds(opened, after(opened, "resolved", frozen={})) == ["conflict_resolved"]


def test_a_possible_double_is_a_conflict_of_its_own():
    before = record()
    doubtful = after(before, candidates=("con_7",))
    (event,) = events_of(before, doubtful)
    assert (event.data["conflict"], event.data["candidates"]) == ("double", ["con_7"])
    assert kinds(doubtful, after(doubtful, "resolved", candidates=())) == ["conflict_resolved"]


def test_copies_of_both_sides_of_a_merge_in_another_crm_are_twins():
    before = record()
    ended = after(before, "merged", links={**before.links, "int_a": Link("int_a", "1", state="deleted")})
    found = {each.kind: each for each in events_of(before, ended)}
    assert found["conflict_detected"].data["integrations"] == ["int_b"]


values = st.one_of(st.none(), st.booleans(), st.integers(0, 9), st.text(max_size=5), st.just(("a", "b")))
fields = st.dictionaries(st.sampled_from(["email", "city", "stage", "tags"]), values, max_size=4)


@given(entity=st.sampled_from(ENTITIES), old=fields, new=fields, deleted=st.booleans(), merged=st.booleans())
def test_every_event_has_a_schema_an_id_of_its_own_and_comes_back_from_its_json(entity, old, new, deleted, merged):
    before = record(entity, fields=old)
    now = after(before, fields=new, deleted_at=NOON if deleted else None, merged_into="con_9" if merged else "")
    known = event_schemas.kinds()
    for start in (None, before):
        found = events_of(start, now)
        assert [each.event_id for each in found] == [each.event_id for each in events_of(start, now)]
        assert len({each.event_id for each in found}) == len(found)
        for each in found:
            assert each.kind in known
            assert Event.from_json(each.to_json()) == each


def test_another_revision_is_another_happening():
    before = record()
    one = after(before, fields={"city": "Olinda"})
    two = after(one, fields={"city": "Recife"})
    ids = {each.event_id for pair in ((before, one), (one, two)) for each in events_of(*pair)}
    assert len(ids) == 2

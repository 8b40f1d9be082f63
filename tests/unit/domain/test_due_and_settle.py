"""What is due, and what a record looks like after a write was meant, taken, refused or put off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.due import due_fields, due_for, fingerprint, with_due
from crmbridge.domain.integrations import EntityRule
from crmbridge.domain.merge import Project
from crmbridge.domain.records import FIELD_NAMES, Base, Conflict, Link, Observation, Parked, Record, Value
from crmbridge.domain.settle import (
    RETRY_MAX_S,
    Written,
    intend,
    mark_deleted_there,
    mark_gone,
    move_link,
    park,
    postpone,
    settle,
)
from tests.unit.domain.strategies import START, WORKSPACE, agreed, integration, loud, plain

RULE = EntityRule(fields=FIELD_NAMES["contact"])
ALL = [integration("int_a"), integration("int_c")]


def new(**more) -> Record:
    """Return a contact that only its CRM of origin has."""
    fields = {"city": "Recife", "email": "ana@example.com", "phone": None}
    links = {"int_a": Link("int_a", external_id="xa")}
    return replace(Record(WORKSPACE, "con_1", "contact", fields=fields, links=links), **more)


def ahead(**link) -> Record:
    """Return a contact whose city changed since int_c agreed."""
    held = replace(Link("int_c", external_id="xc", base={"city": Base("Natal")}), **link)
    return new(links={"int_a": Link("int_a", external_id="xa"), "int_c": held})


# ------------------------------------------------------------------------------------------------ due


def test_a_record_that_all_agree_on_is_due_nowhere():
    assert due_for(agreed(), [integration("int_a"), integration("int_b"), integration("int_c")]) == {}


def test_a_record_is_due_where_it_does_not_exist_yet():
    assert due_for(new(), ALL) == {"int_c": 0}
    assert due_fields(new(), None, RULE) == ("city", "email")


def test_a_field_that_changed_since_it_was_agreed_is_due():
    assert due_for(ahead(), ALL) == {"int_c": 0}
    assert due_fields(ahead(), ahead().links["int_c"], RULE) == ("city",)


@pytest.mark.parametrize(
    "record",
    [
        new(deleted_at=START),
        new(merged_into="con_2"),
        new(candidates=("con_2", "con_3")),
        new(fields={"city": None, "email": None}),
        new(fields={}),
        ahead(state="deleted"),
        ahead(state="invisible"),
        ahead(base={}),
    ],
    ids=[
        "tombstone",
        "merged away",
        "may be a double",
        "all empty",
        "nothing known",
        "deleted there",
        "unseen",
        "agreed",
    ],
)
def test_what_is_not_due(record):
    assert due_for(record, ALL) == {}


@pytest.mark.parametrize(
    ("more", "due"),
    [
        ({"status": "pending"}, False),
        ({"status": "paused"}, True),
        ({"status": "reauth_required"}, True),
        ({"blocked_until": START + timedelta(days=1)}, True),
        ({"rules": {}}, False),
        ({"rules": {"contact": EntityRule(enabled=False, fields=FIELD_NAMES["contact"])}}, False),
        ({"rules": {"contact": EntityRule(direction="from_crm", fields=FIELD_NAMES["contact"])}}, False),
        ({"rules": {"contact": EntityRule(direction="to_crm", fields=FIELD_NAMES["contact"])}}, True),
    ],
)
def test_work_is_kept_for_a_crm_that_is_closed_and_not_for_one_that_takes_no_part(more, due):
    for record in (new(), ahead()):
        assert bool(due_for(record, [integration("int_c", **more)])) is due


def test_a_frozen_field_is_due_nowhere_and_holds_the_others_back_from_nothing():
    open_now = {"city": Conflict("Natal", {}, START)}
    assert due_for(replace(ahead(), frozen=open_now), ALL) == {}
    both = ahead(base={"city": Base("Natal"), "email": Base("old@example.com")})
    assert due_fields(replace(both, frozen=open_now), both.links["int_c"], RULE) == ("email",)


def test_an_intended_create_stays_due_until_its_answer_is_known():
    assert due_for(intend(new(), "int_c"), ALL) == {"int_c": 0}
    assert due_for(intend(new(fields={}), "int_c"), ALL) == {"int_c": 0}


def test_a_delete_is_due_even_for_a_tombstone():
    record = ahead(state="deleting")
    assert due_for(replace(record, deleted_at=START), ALL) == {"int_c": 0}


def test_a_record_that_must_wait_says_until_when():
    waits = ahead(retry_at=START)
    assert due_for(waits, ALL) == {"int_c": int(START.timestamp())}
    assert with_due(waits, ALL).due_for == {"int_c": int(START.timestamp())}


def test_a_refused_write_is_not_due_again_until_the_record_changes():
    refused = park(ahead(), integration_id="int_c", rule=RULE, words="no", code="X", now=START)
    assert due_for(refused, ALL) == {}
    changed = replace(refused, fields={**refused.fields, "city": "Olinda"})
    assert due_for(changed, ALL) == {"int_c": 0}
    other = replace(refused, fields={**refused.fields, "phone": "+5581999990000"})
    assert due_for(other, ALL) == {}, "a field that int_c agreed to says nothing about the refused one"


@given(st.dictionaries(st.sampled_from(["city", "email", "phone"]), st.text("ab", max_size=2), max_size=3))
def test_the_fingerprint_is_of_what_is_due_only(fields):
    record = ahead()
    same = replace(record, stamps={}, rev=99, candidates=())
    assert fingerprint(record, record.links["int_c"], RULE) == fingerprint(same, record.links["int_c"], RULE)
    other = replace(record, fields={**record.fields, **fields})
    differs = other.fields["city"] != record.fields["city"]
    assert (
        fingerprint(record, record.links["int_c"], RULE) != fingerprint(other, other.links["int_c"], RULE)
    ) is differs


# ------------------------------------------------------------------------------------------------ settle


def settled(
    record: Record,
    sent: Mapping[str, Value],
    answer: Observation | None,
    *,
    project: Project = plain,
    is_create: bool = False,
    held_back: tuple[str, ...] = (),
) -> Record:
    written = Written(external_id="xc", sent=sent, observation=answer, is_create=is_create, held_back=held_back)
    return settle(record, written, integration_id="int_c", project=project)


def test_a_write_that_was_taken_is_not_due_any_more():
    record = settled(ahead(attempts=3, retry_at=START), {"city": "Recife"}, Observation("xc", {"city": "Recife"}))
    link = record.links["int_c"]
    assert due_for(record, ALL) == {}
    assert (link.attempts, link.retry_at, link.parked, link.state, link.base) == (0, None, None, "active", {})


def test_a_value_that_moved_on_while_it_was_written_stays_due():
    moved = replace(ahead(), fields={**ahead().fields, "city": "Olinda"})
    record = settled(moved, {"city": "Recife"}, Observation("xc", {"city": "Recife"}))
    assert due_for(record, ALL) == {"int_c": 0}
    assert record.links["int_c"].base == {"city": Base("Recife", "Recife")}


def test_a_crm_that_answers_nothing_is_taken_to_say_its_projection():
    record = settled(intend(new(), "int_c"), {"city": "Recife"}, None, is_create=True, project=loud)
    assert record.links["int_c"].base == {}
    assert due_for(record, ALL) == {}


def test_what_the_crm_made_of_a_value_becomes_the_base():
    record = settled(ahead(), {"city": "Recife"}, Observation("xc", {"city": "RECIFE"}))
    assert record.links["int_c"].base == {"city": Base("Recife", "RECIFE")}
    assert due_for(record, ALL) == {}


def test_what_was_emptied_since_an_earlier_try_is_not_due_in_a_row_that_is_new():
    """A CRM that answers only what it was told says nothing of a field that nobody told it."""
    record = ahead(state="creating", external_id="", base={"city": Base("Natal")})
    record = replace(record, fields={**record.fields, "city": None})
    made = Written(
        external_id="xc",
        sent={"email": "ana@example.com"},
        observation=Observation("xc", {"email": "ana@example.com"}),
        is_create=True,
    )
    assert due_for(settle(record, made, integration_id="int_c", project=dict), ALL) == {}
    found = replace(made, existed=True)
    assert due_for(settle(record, found, integration_id="int_c", project=dict), ALL) == {"int_c": 0}


def test_what_a_crm_cannot_be_told_is_agreed_as_what_it_holds_instead():
    told = Written(
        external_id="xc",
        sent={"city": "Recife", "owner": "bea@example.com"},
        observation=Observation("xc", {"city": "Recife"}),
        is_create=False,
        unsaid={"owner": "ana@example.com"},
    )
    record = ahead(base={"city": Base("Natal"), "owner": Base("ana@example.com")})
    record = replace(record, fields={**record.fields, "owner": "bea@example.com"})
    settled = settle(record, told, integration_id="int_c", project=without_owner)
    assert due_for(settled, ALL) == {}
    assert settled.links["int_c"].base == {"owner": Base("bea@example.com", "ana@example.com")}


def without_owner(fields: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in fields.items() if name != "owner"}


def test_a_default_that_the_crm_filled_in_is_not_read_as_an_edit():
    answer = Observation("xc", {"city": "Recife", "lead_status": "new"})
    record = settled(intend(new(), "int_c"), {"city": "Recife"}, answer, is_create=True)
    assert record.links["int_c"].base == {"lead_status": Base(None, "new")}
    assert "lead_status" not in record.fields


def test_a_reference_that_could_not_be_sent_yet_stays_due():
    record = new(fields={"city": "Recife", "company": "com_1"})
    after = settled(intend(record, "int_c"), {"city": "Recife"}, None, is_create=True, held_back=("company",))
    assert due_fields(after, after.links["int_c"], RULE) == ("company",)


def test_a_delete_that_was_asked_for_meanwhile_is_not_forgotten():
    record = settled(ahead(state="deleting"), {"city": "Recife"}, None)
    assert record.links["int_c"].state == "deleting"


# ------------------------------------------------------------------------------------------------ refused and put off


def test_what_was_deleted_while_it_was_being_created_is_deleted_there_too():
    gone = mark_gone(intend(new(), "int_c"), integration_id="int_a", propagate=True, now=START)
    assert gone.links["int_c"].state == "creating"
    made = settled(gone, {"city": "Recife", "email": "ana@example.com"}, None, is_create=True)
    link = made.links["int_c"]
    assert (link.external_id, link.state, link.base) == ("xc", "deleting", {})
    assert due_for(made, ALL) == {"int_c": 0}


@given(st.integers(0, 40))
def test_waiting_doubles_up_to_an_hour(attempts):
    link = postpone(ahead(attempts=attempts), integration_id="int_c", retry_after_s=None, now=START).links["int_c"]
    assert link.retry_at is not None
    wait_s = (link.retry_at - START).total_seconds()
    assert wait_s == min(5 * 2.0**attempts, RETRY_MAX_S)
    assert link.attempts == attempts + 1


@pytest.mark.parametrize(("said_s", "wait_s"), [(30, 30), (0, 1), (-5, 1), (86_400, 86_400)])
def test_the_vendor_says_how_long_to_wait(said_s, wait_s):
    link = postpone(ahead(), integration_id="int_c", retry_after_s=said_s, now=START).links["int_c"]
    assert link.retry_at is not None
    assert (link.retry_at - START).total_seconds() == wait_s


def test_a_refused_create_keeps_the_vendors_words():
    record = park(new(), integration_id="int_c", rule=RULE, words="e-mail taken", code="DUP", now=START)
    link = record.links["int_c"]
    assert (link.state, link.external_id) == ("creating", "")
    assert isinstance(link.parked, Parked)
    assert (link.parked.words, link.parked.code, link.parked.at) == ("e-mail taken", "DUP", START)
    assert due_for(record, ALL) == {}


# ------------------------------------------------------------------------------------------------ gone


def test_what_a_record_has_become_since_it_was_refused_is_due():
    written = ahead()
    since = replace(written, fields={**written.fields, "city": "Olinda"})
    refused = park(since, integration_id="int_c", rule=RULE, words="no", code="X", now=START, written=written)
    assert due_for(refused, ALL) == {"int_c": 0}
    assert due_for(park(written, integration_id="int_c", rule=RULE, words="no", code="X", now=START), ALL) == {}


def test_a_copy_that_is_gone_is_never_made_again():
    record = mark_gone(ahead(), integration_id="int_c", propagate=False, now=START)
    assert record.links["int_c"].state == "deleted"
    assert record.deleted_at is None
    changed = replace(record, fields={**record.fields, "city": "Olinda"})
    assert due_for(changed, ALL) == {}


def test_a_deletion_that_travels_is_due_at_the_others_and_leaves_a_tombstone():
    record = mark_gone(ahead(), integration_id="int_a", propagate=True, now=START)
    assert (record.deleted_at, record.links["int_c"].state) == (START, "deleting")
    assert due_for(record, ALL) == {"int_c": 0}
    done = mark_deleted_there(record, integration_id="int_c")
    assert (done.links["int_c"].state, due_for(done, ALL)) == ("deleted", {})


def test_a_second_deletion_keeps_the_first_ones_time():
    record = mark_gone(ahead(), integration_id="int_a", propagate=True, now=START)
    again = mark_gone(record, integration_id="int_c", propagate=True, now=START + timedelta(days=1))
    assert again.deleted_at == START
    assert {link.state for link in again.links.values()} == {"deleted"}


def test_a_link_follows_a_merge_to_the_survivor_and_keeps_what_was_agreed():
    record = move_link(ahead(version="7"), integration_id="int_c", external_id="x9")
    link = record.links["int_c"]
    assert (link.external_id, link.state, link.version) == ("x9", "active", "")
    assert link.base == ahead().links["int_c"].base

"""Tasks, meetings, calls and notes as activities."""

from __future__ import annotations

import pytest

from crmbridge.connectors.salesflare.mapping import activities as mapping
from tests.unit.connectors.salesflare.conftest import fixture_json

MARK = "act_00000000000000000000000001"
PEOPLE = {276600001: "mia@example.com"}


def test_a_recorded_task_is_understood():
    row = fixture_json("answers/task.list")[0]
    said = mapping.observe_task({**row, "description": f"Call Ana\nat noon\n\n#{MARK}"}, PEOPLE)
    assert (said.external_id, said.correlation_id, said.refs) == ("task:48200001", MARK, {"company": ("13400001",)})
    assert said.fields == {
        "kind": "task",
        "subject": "Call Ana",
        "description": "at noon",
        "due_at": "2026-06-01T09:00:00Z",
        "status": "open",
        "owner": "mia@example.com",
    }


def test_a_task_of_a_stranger_has_no_owner_and_one_of_nobody_has_none():
    row = fixture_json("answers/task.list")[0]
    assert "owner" not in mapping.observe_task({**row, "assignees": [{"id": 9}]}, PEOPLE).fields
    bare = mapping.observe_task({**row, "assignees": [], "account": None, "completed": True}, PEOPLE)
    assert (bare.fields["owner"], bare.fields["status"], bare.refs) == (None, "completed", {"company": ()})


def test_a_meeting_and_a_call_tell_who_was_there():
    row = {
        "id": 5,
        "type": "meeting-phone",
        "date": "2026-11-20T14:00:00.000Z",
        "participants": [{"id": 11}, 276600001],
    }
    said = mapping.observe_meeting({**row, "minutes": "Old notes"}, frozenset(PEOPLE))
    assert said.external_id == "call:5"
    assert said.refs == {"contacts": ("11",)}
    assert said.fields["description"] == "Old notes"
    assert said.modified_at is not None
    other = mapping.observe_meeting({"id": 6, "participants": None, "notes": "x"}, frozenset())
    assert (other.external_id, other.refs, other.version) == ("meeting:6", {"contacts": ()}, "")


def test_a_note_is_named_after_its_account():
    row = {"id": 7, "body": f"Hello\n\n#{MARK}", "date": "2026-11-20T14:00:00.000Z"}
    said = mapping.observe_message(row, "13400001")
    assert said.external_id == "message:13400001-7"
    assert said.correlation_id == MARK
    assert said.fields == {"kind": "note", "description": "Hello", "starts_at": "2026-11-20T14:00:00Z"}


def test_a_mark_stays_with_its_text_and_is_never_shown():
    assert mapping.unmarked(mapping.marked("Call", MARK)) == ("Call", MARK)
    assert mapping.unmarked(mapping.marked(None, MARK)) == (None, MARK)
    assert mapping.remarked("New", f"Old\n#{MARK}") == f"New\n\n#{MARK}"
    assert mapping.remarked("New", "Old") == "New"
    assert mapping.remarked(None, "Old") is None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"kind": "task", "subject": None, "description": "a\nb", "priority": "high"},
            {"kind": "task", "subject": "a", "description": "b"},
        ),
        ({"kind": "task", "status": "cancelled", "due_at": None}, {"kind": "task"}),
        ({"kind": "task", "owner": "Mia@Example.com"}, {"kind": "task", "owner": "mia@example.com"}),
        ({"kind": "task", "owner": "bo@example.com"}, {"kind": "task"}),
        ({"kind": "task", "owner": None}, {"kind": "task"}),
        ({"kind": "note", "subject": "x", "description": None}, {"kind": "note"}),
        ({"kind": "note", "description": " y "}, {"kind": "note", "description": "y"}),
        (
            {"kind": "call", "starts_at": "never", "ends_at": None, "contacts": ("con_1",), "company": "com_1"},
            {"kind": "call", "ends_at": None, "contacts": ("con_1",)},
        ),
        ({"kind": "email", "subject": "x"}, {"subject": "x"}),
        ({"description": "alone"}, {"description": "alone"}),
        ({"subject": "x" * 300}, {"subject": "x" * 200}),
    ],
)
def test_a_kind_holds_what_its_place_holds(fields, said):
    once = mapping.project_activity(fields, {"mia@example.com": 276600001})
    assert once == said
    assert mapping.project_activity(once, {"mia@example.com": 276600001}) == once


def test_moments_are_sent_as_salesflare_takes_them():
    assert mapping.stamp("2026-11-20T14:00:00Z") == "2026-11-20T14:00:00.000Z"
    assert mapping.stamp(None) is None
    assert mapping.stamp("never") is None

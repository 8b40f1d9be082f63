"""Evidence of deletions, and activities that only their account tells."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from crmbridge.connectors._http import ClientContext
from crmbridge.errors import FatalProviderError
from crmbridge.ports import CrmClient, WriteOp
from tests.unit.connectors.salesflare.conftest import fixture_json
from tests.unit.connectors.salesflare.test_listing import Key, build, row

NOT_FOUND = httpx.Response(404, json={"statusCode": 404, "error": "Not Found", "message": "Not Found"})


def client(answers: dict[str, Any]) -> tuple[CrmClient, list[httpx.Request]]:
    """Return a client of a vendor that answers paths as told, and a list of what it was asked."""
    seen: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        said = answers.get(f"{request.method} {request.url.path}", answers.get(request.url.path))
        if isinstance(said, httpx.Response):
            return said
        return httpx.Response(200, json=[] if said is None else said)

    http = httpx.Client(transport=httpx.MockTransport(respond))
    return build(ClientContext(http=http, base_url="https://api.salesflare.com", tokens=Key())), seen


def test_an_archived_contact_is_gone_and_one_that_is_not_answered_is_missing():
    reader, _ = client({"/contacts": fixture_json("answers/contact.list")})
    told = reader.read("contact", ["276600011", "276600013", "99"])
    assert told.found.keys() == {"276600011"}
    assert told.gone.keys() == {"276600013"}
    assert told.missing == {"99"}


def test_activities_are_read_where_each_kind_is_kept():
    message = {"id": 7, "body": "Hello", "date": "2026-11-20T14:00:00.000Z"}
    meeting = {"id": 5, "type": "meeting-live", "date": "2026-11-20T14:00:00.000Z", "participants": [], "notes": "x"}
    reader, seen = client(
        {
            "/tasks": fixture_json("answers/task.list"),
            "/meetings/5": meeting,
            "/meetings/6": NOT_FOUND,
            "/accounts/3/messages": [message],
            "/accounts/4/messages": NOT_FOUND,
        }
    )
    asked = ["task:48200001", "meeting:5", "call:6", "message:3-7", "message:4-1", "odd", "task:x"]
    told = reader.read("activity", asked)
    assert told.found.keys() == {"task:48200001", "meeting:5", "message:3-7"}
    assert told.missing == {"call:6", "message:4-1", "odd", "task:x"}
    assert {each.url.path for each in seen} >= {"/meetings/5", "/meetings/6", "/accounts/3/messages"}


def test_a_meeting_that_the_feed_does_not_tell_whole_is_read_by_itself():
    meeting = {"id": 5, "type": "meeting-phone", "date": "2026-11-20T14:00:00.000Z", "participants": [11], "notes": "x"}
    reader, _ = client(
        {"/accounts": [row(3)], "/accounts/3/feed": [{"id": 5, "type": "meeting"}], "/meetings/5": meeting}
    )
    first = reader.list_all("activity", cursor=None)
    second = reader.list_all("activity", cursor=first.next_cursor)
    assert [each.external_id for each in second.items] == ["call:5"]
    assert second.next_cursor is None


def test_a_team_without_accounts_has_one_empty_page():
    reader, _ = client({})
    page = reader.list_all("activity", cursor=None)
    assert (page.items, page.next_cursor) == ((), None)


def test_a_refusal_that_is_no_absence_is_raised():
    refused = httpx.Response(400, json={"statusCode": 400, "error": "Bad Request", "message": "no"})
    for path, external_id in (("/meetings/5", "meeting:5"), ("/accounts/3/messages", "message:3-7")):
        reader, _ = client({path: refused})
        with pytest.raises(FatalProviderError, match="no"):
            reader.read("activity", [external_id])


@pytest.mark.parametrize(
    ("kind", "fields", "refs", "code"),
    [
        ("note", {"description": "x"}, {}, "NEEDS_ACCOUNT"),
        ("note", {}, {"company": ("3",)}, "NEEDS_ACCOUNT"),
        ("meeting", {"subject": "x"}, {"contacts": ("1",)}, "NEEDS_PARTICIPANT"),
        ("call", {"starts_at": "2026-11-20T14:00:00Z"}, {}, "NEEDS_PARTICIPANT"),
        ("call", {"starts_at": "2026-11-20T14:00:00Z"}, {"contacts": ("276600012",)}, "NEEDS_ACCOUNT"),
        ("email", {"subject": "x"}, {}, "NO_PLACE"),
    ],
)
def test_an_activity_that_salesflare_could_not_keep_is_parked_with_its_reason(kind, fields, refs, code):
    writer, seen = client({"/contacts": fixture_json("answers/contact.list")})
    op = WriteOp("create", "act_1", fields={"kind": kind, **fields}, refs=refs)
    (result,) = writer.write("activity", [op])
    assert result.error is not None
    assert result.error.code == code
    assert [each.method for each in seen if each.method != "GET"] == []


@pytest.mark.parametrize(
    ("external_id", "fields", "refs", "code"),
    [
        ("message:3-7", {"description": None}, {}, "NEEDS_TEXT"),
        ("message:3-7", {"starts_at": "2026-11-20T14:00:00Z"}, {}, "ONLY_TEXT"),
        ("message:3-7", {}, {"company": ("4",)}, "ONLY_TEXT"),
        ("message:3-8", {"description": "x"}, {}, "Not Found"),
        ("meeting:5", {"subject": "x"}, {}, "ONLY_TEXT"),
        ("meeting:5", {}, {"contacts": ("1",)}, "ONLY_TEXT"),
        ("call:6", {"description": "x"}, {}, "Not Found"),
        ("task:48200001", {"subject": None, "description": None}, {}, "NEEDS_TEXT"),
    ],
)
def test_a_change_that_salesflare_does_not_take_is_refused_with_its_reason(external_id, fields, refs, code):
    writer, _ = client(
        {
            "/tasks": fixture_json("answers/task.list"),
            "/accounts/3/messages": [{"id": 7, "body": "Hello"}],
            "/meetings/5": {"id": 5, "notes": "x"},
            "/meetings/6": NOT_FOUND,
        }
    )
    (result,) = writer.write("activity", [WriteOp("update", "act_1", external_id, fields=fields, refs=refs)])
    assert result.error is not None
    assert result.error.code == code
    assert result.gone is (code == "Not Found")


def test_writes_of_a_kind_that_is_not_built_say_so():
    writer, _ = client({})
    for entity in ("company", "activity"):
        with pytest.raises(FatalProviderError, match="no upsert"):
            writer.write(entity, [WriteOp("upsert", "x_1")])
        assert writer.write(entity, []) == ()
        with pytest.raises(ValueError, match="one call writes up to"):
            writer.write(entity, [WriteOp("delete", f"x_{n}", "1") for n in range(51)])
    with pytest.raises(FatalProviderError, match="leads"):
        writer.list_all("lead", cursor=None)
    (result,) = writer.write("activity", [WriteOp("delete", "x_1", "odd:1")])
    assert result.gone

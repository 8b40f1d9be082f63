from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmbridge.connectors.zoho.client import ZohoClient
from crmbridge.connectors.zoho.mapping import NOTES, Lexicon, observe
from crmbridge.connectors.zoho.mapping.notes import SCHEMA
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import WriteOp
from tests.unit.connectors.zoho.conftest import Zoho, fixture_json, made
from tests.unit.connectors.zoho.test_listing import every

HIDDEN = {"code": "NOT_SUPPORTED", "details": {}, "message": "only for admin users", "status": "error"}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def contact(client: ZohoClient) -> str:
    return made(client, "contact", {"last_name": "Prado"})[0]


def note(contact: str, op_id: str = "act_1", **fields: Any) -> WriteOp:
    return WriteOp("create", op_id, fields={"kind": "note", **fields}, refs={"contacts": (contact,)})


def written(client: ZohoClient, *ops: WriteOp) -> list[str]:
    results = client.write("activity", ops)
    assert [each.error for each in results if each.error] == []
    return [each.external_id for each in results]


def stored(zoho: Zoho, external_id: str) -> dict[str, Any]:
    number = external_id.removeprefix("Notes:")
    return zoho.http.get(f"http://sandbox.test/_sandbox/state?entity=Notes&id={number}").json()["Notes"][0]


def people_write(zoho: Zoho, contact: str, count: int) -> list[str]:
    """Let people write some notes, all within one second."""
    parent = {"id": contact, "module": {"api_name": "Contacts"}}
    rows = [{"Note_Content": f"N{each}", "Parent_Id": parent} for each in range(count)]
    return [f"Notes:{each}" for each in zoho.control("seed", {"records": {"Notes": rows}})["ids"]["Notes"]]


def later(zoho: Zoho, **time: float) -> ZohoClient:
    zoho.control("clock", {"advance_s": timedelta(**time).total_seconds()})
    return zoho.client()


def test_a_note_is_read_with_the_one_record_it_is_on():
    rows = fixture_json("answers", "notes.list")["data"]
    ours, theirs = (observe(NOTES, row, Lexicon(schema=SCHEMA)) for row in rows)
    assert ours.external_id == "Notes:4150868000000300009"
    assert ours.correlation_id == "act_0000000000000000000000001A"
    assert ours.fields == {"kind": "note", "subject": "Second offer", "description": "With storage\nand without"}
    assert ours.refs == {"contacts": ("4150868000000300002",)}
    assert ours.version.startswith("2026-11-21T12:00:00+00:00#")
    assert (theirs.correlation_id, theirs.refs) == ("", {})


def test_our_id_stays_in_a_text_that_changes(zoho: Zoho, client: ZohoClient, contact: str):
    (one,) = written(client, note(contact, subject="Offer", description="With storage"))
    assert stored(zoho, one)["Note_Content"] == "With storage\n\nCRM Bridge act_1"
    for text, held in (("Without", "Without\n\nCRM Bridge act_1"), (None, "CRM Bridge act_1")):
        written(client, WriteOp("update", "x", one, fields={"description": text}))
        assert stored(zoho, one)["Note_Content"] == held
        seen = client.read("activity", [one]).found[one]
        assert (seen.fields["description"], seen.correlation_id) == (text, "act_1")


def test_a_note_of_people_gets_no_id_of_ours(zoho: Zoho, client: ZohoClient, contact: str):
    (one,) = people_write(zoho, contact, 1)
    written(client, WriteOp("update", "x", one, fields={"description": "Other words"}))
    assert stored(zoho, one)["Note_Content"] == "Other words"


def test_a_text_leaves_room_for_our_id(zoho: Zoho, client: ZohoClient, contact: str):
    op_id = f"act_{'7' * 40}"
    (one,) = written(client, note(contact, op_id, description="a" * 70_000, subject="b" * 200))
    said = client.read("activity", [one]).found[one]
    wanted = client.project("activity", {"kind": "note", "description": "a" * 70_000, "subject": "b" * 200})
    assert said.correlation_id == op_id
    assert {name: said.fields[name] for name in wanted} == wanted
    assert len(wanted["subject"]) == 120


def test_a_note_on_nothing_is_refused_by_itself(client: ZohoClient, contact: str):
    orphan = WriteOp("create", "act_2", fields={"kind": "note", "description": "Hm"})
    one, two = client.write("activity", [orphan, note(contact)])
    assert isinstance(one.error, FatalProviderError)
    assert "on a deal, a contact or a company" in str(one.error)
    assert two.error is None


def test_a_parent_that_is_not_there_is_refused_in_zohos_words(client: ZohoClient, contact: str):
    one, two = client.write("activity", [note("4150868000000999999", "act_2", description="Hm"), note(contact)])
    assert "related id" in str(one.error)
    assert two.error is None


def test_a_note_goes_onto_its_deal_else_its_contact_else_its_company(client: ZohoClient, contact: str):
    (company,) = made(client, "company", {"name": "Vale Verde"})
    (deal,) = made(client, "deal", {"title": "Storage"})
    refs: dict[str, tuple[str, ...]] = {"company": (company,), "contacts": (contact,), "deal": (deal,)}
    for name in ("deal", "contacts", "company"):
        (one,) = written(client, WriteOp("create", f"act_{name}", fields={"kind": "note", "subject": "Hm"}, refs=refs))
        assert client.read("activity", [one]).found[one].refs == {name: refs.pop(name)}


def test_a_note_stays_with_what_it_was_written_on(client: ZohoClient, contact: str):
    (other,) = client.write("contact", [WriteOp("create", "con_other", fields={"last_name": "Lund"})])
    (one,) = written(client, note(contact, description="Hm"))
    moved = WriteOp("update", "x", one, fields={"subject": "Oh"}, refs={"contacts": (other.external_id,)})
    (result,) = client.write("activity", [moved])
    assert "stays with" in str(result.error)
    written(
        client, WriteOp("update", "y", one, fields={"subject": "Oh"}, refs={"contacts": (other.external_id, contact)})
    )
    said = client.read("activity", [one]).found[one]
    assert (said.fields["subject"], said.refs) == ("Oh", {"contacts": (contact,)})


def test_a_hundred_notes_are_written_changed_and_deleted_by_few_calls(zoho: Zoho, client: ZohoClient, contact: str):
    ids = written(client, *(note(contact, f"act_{each}", description="Hm") for each in range(100)))
    written(client, *(WriteOp("update", each, each, fields={"description": "Oh"}) for each in ids))
    results = client.write("activity", [WriteOp("delete", each, each) for each in (*ids[:99], "Notes:1")])
    assert [bool(each.error) for each in results] == [False] * 99 + [True]
    assert results[-1].gone
    said = Counter(each["method"] for each in zoho.calls() if each["path"].endswith("/Notes"))
    assert said == {"POST": 1, "GET": 3, "PUT": 1, "DELETE": 2}
    told = client.read("activity", ids)
    assert (set(told.found), set(told.missing), told.gone) == ({ids[99]}, set(ids[:99]), {})


@pytest.mark.parametrize("apart_s", [0, 3])
def test_more_than_two_thousand_notes_are_listed_once_each(zoho: Zoho, client: ZohoClient, contact: str, apart_s: int):
    """T-17: within one second, and in many."""
    wanted: list[str] = []
    for _ in range(15):
        wanted += people_write(zoho, contact, 150)
        if apart_s:
            later(zoho, seconds=apart_s)
    reader = zoho.client()
    assert Counter(every(lambda cursor: reader.list_all("activity", cursor=cursor))) == Counter(wanted)
    found = every(lambda cursor: reader.list_changed("activity", since=LONG_AGO, cursor=cursor))
    assert Counter(found) == Counter(wanted)


def test_deletions_and_edits_between_two_pages_hide_nothing(zoho: Zoho, client: ZohoClient, contact: str):
    wanted: list[str] = []
    for _ in range(9):
        wanted += people_write(zoho, contact, 70)
        later(zoho, seconds=2)
    gone, edited = wanted[:60], wanted[60:65]
    reader = zoho.client()
    left = [*gone, *edited]

    def meanwhile() -> None:
        for external_id in left:
            number = external_id.removeprefix("Notes:")
            if external_id in gone:
                zoho.act("delete", "Notes", id=number)
            else:
                zoho.act("update", "Notes", id=number, fields={"Note_Content": "Changed"})
        left.clear()

    found = every(lambda cursor: reader.list_changed("activity", since=LONG_AGO, cursor=cursor), meanwhile)
    assert set(wanted) - set(gone) <= set(found)
    assert {each for each, count in Counter(found).items() if count > 1} == set(edited)


def test_a_listing_of_one_second_goes_on_when_its_token_has_ended(zoho: Zoho, client: ZohoClient, contact: str):
    wanted = people_write(zoho, contact, 650)
    readers = [zoho.client()]

    def meanwhile() -> None:
        if len(readers) < 3:
            readers.append(later(zoho, hours=25))

    found = every(lambda cursor: readers[-1].list_all("activity", cursor=cursor), meanwhile)
    assert Counter(found) == Counter(wanted)


def test_only_notes_changed_since_are_listed(zoho: Zoho, client: ZohoClient, contact: str):
    people_write(zoho, contact, 3)
    reader = later(zoho, hours=1)
    since = reader.list_all("contact", cursor=None).server_time
    assert since is not None
    new = people_write(zoho, contact, 2)
    page = reader.list_changed("activity", since=since + timedelta(microseconds=7), cursor=None)
    assert (sorted(each.external_id for each in page.items), page.next_cursor) == (sorted(new), None)
    assert page.server_time is not None


def test_a_note_whose_answer_was_lost_is_found_for_two_days(zoho: Zoho, client: ZohoClient, contact: str):
    """T-48."""
    op = note(contact, "act_0000000000000000000000009Z", description="Hm")
    zoho.control("faults", [{"match": {"method": "POST", "path": "/crm/v8/Notes"}, "kind": "timeout_after_effect"}])
    with pytest.raises(RetriableProviderError) as caught:
        client.write("activity", [op])
    assert caught.value.may_have_applied
    people_write(zoho, contact, 450)
    (seen,) = client.find("activity", "correlation_id", ["act_none", op.op_id])[op.op_id]
    assert seen.fields["description"] == "Hm"
    reader = later(zoho, hours=49)
    zoho.http.delete("http://sandbox.test/_sandbox/calls")
    assert reader.find("activity", "correlation_id", ["act_none"]) == {}
    assert [each["path"] for each in zoho.calls()].count("/crm/v8/Notes") == 1, "no further back"


def test_where_notes_are_refused_tasks_still_come(zoho: Zoho, client: ZohoClient, contact: str):
    (task,) = made(client, "activity", {"kind": "task", "subject": "Call"})
    (one,) = written(client, note(contact, description="Hm"))
    match = {"method": "GET", "path": "/crm/v8/Notes"}
    zoho.control("faults", [{"match": match, "kind": "status", "status": 403, "body": HIDDEN, "count": 5}])
    assert every(lambda cursor: client.list_all("activity", cursor=cursor)) == [task]
    assert every(lambda cursor: client.list_changed("activity", since=LONG_AGO, cursor=cursor)) == [task]
    told = client.read("activity", [task, one])
    assert (set(told.found), set(told.missing)) == ({task}, {one})
    assert client.find("activity", "correlation_id", ["activity_0", "act_1"]).keys() == {"activity_0"}
    reader = zoho.client()
    (result,) = reader.write("activity", [note(contact, "act_2", description="Could not be found again")])
    assert "only for admin users" in str(result.error)
    written(reader, note(contact, "act_2", description="Now we may"))


def test_notes_are_neither_watched_nor_given_fields_nor_asked_for_deletions(zoho: Zoho, client: ZohoClient):
    url = "https://hooks.example.com/webhooks/zoho/secret"
    (channel,) = client.subscribe(url, now=datetime.now(UTC))
    assert not [each for each in channel.events if each.startswith("Notes")]
    assert "Note_Content" in {each.name for each in client.describe("activity")}
    page = client.list_gone("activity", since=LONG_AGO, cursor=None)
    assert (page.items, page.next_cursor) == ((), None)
    assert not [each for each in zoho.calls() if "Notes" in each["path"]]

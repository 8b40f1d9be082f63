"""Freshsales' own quirks in reading, finding and activities: what must come out whatever the vendor does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import WriteOp
from tests.contract._freshsales import counted, open_desk, options, rows
from tests.contract._world import BASE_URL, Desk, now
from tests.contract.test_connectors_listing import ids, pages


@pytest.fixture
def desk() -> Iterator[Desk]:
    yield from open_desk()


# ------------------------------------------------------------------------------------- reading and finding


def test_a_deleted_record_that_still_answers_is_gone(desk: Desk):
    contact = desk.one("contact")
    options(desk, deleted_reads="row")
    desk.world.person("delete", "contact", contact)
    assert desk.client.read("contact", [contact]).gone.keys() == {contact}
    (result,) = desk.client.write("contact", [WriteOp("update", "x", contact, fields={"email": "b@example.com"})])
    assert result.gone


def test_a_forgotten_record_is_missing_and_never_called_deleted(desk: Desk):
    contact = desk.one("contact")
    desk.world.control("POST", "/seed", {"operations": [{"op": "forget", "module": "contacts", "id": contact}]})
    told = desk.client.read("contact", [contact])
    assert (told.missing, told.gone, told.found) == ({contact}, {}, {})


def test_a_page_of_another_host_makes_no_record_missing(desk: Desk):
    contact = desk.one("contact")
    desk.world.control("POST", "/faults", [{"match": {"path": "/api/contacts/"}, "kind": "html", "status": 404}])
    with pytest.raises(RetriableProviderError):
        desk.client.read("contact", [contact])


def test_a_secondary_address_finds_its_contact_and_is_made_the_primary_one(desk: Desk):
    emails = [{"value": "ana@example.com", "is_primary": True}, {"value": "Second@example.com"}]
    (contact,) = desk.world.control("POST", "/seed", {"contacts": [{"first_name": "Ana", "emails": emails}]})[
        "contacts"
    ]
    desk.world.settle()
    assert [
        each.external_id for each in desk.client.find("contact", "email", ["second@example.com"])["second@example.com"]
    ] == [contact]
    op = WriteOp("create", "con_9", fields={"email": "second@example.com", "last_name": "Prado"})
    (result,) = desk.client.write("contact", [op])
    assert result.conflict
    assert result.external_id == contact
    (changed,) = desk.client.write("contact", [WriteOp("update", "x", contact, fields={"email": "second@example.com"})])
    assert changed.observation is not None
    assert changed.observation.fields["email"] == "second@example.com"
    (row,) = desk.world.control("GET", f"/state?entity=contacts&id={contact}")["contacts"]
    assert sorted(each["value"].lower() for each in row["emails"]) == ["ana@example.com", "second@example.com"]


def test_a_new_account_is_found_by_its_domain_before_the_index_knows_it(desk: Desk):
    """T-49: nothing keeps websites unique, so a double must be seen at once."""
    company = desk.one("company")
    domain = desk.sample("company")["domain"]
    found = desk.client.find("company", "domain", [domain])
    assert [each.external_id for each in found[domain]] == [company]


def test_secondary_accounts_stay_when_the_primary_one_changes(desk: Desk):
    one, two, three = (
        each.external_id for each in desk.create("company", *(desk.sample("company", n) for n in (1, 2, 3)))
    )
    contact = desk.create("contact", desk.sample("contact"), refs={"company": (one,)})[0].external_id
    accounts = [{"id": int(one), "is_primary": True}, {"id": int(two)}]
    seed = {"op": "update", "module": "contacts", "id": contact, "values": {"sales_accounts": accounts}}
    desk.world.control("POST", "/seed", {"operations": [seed]})
    op = WriteOp("update", "x", contact, refs={"company": (three,)}, refs_before={"company": (one,)})
    assert desk.client.write("contact", [op])[0].error is None
    (row,) = desk.world.control("GET", f"/state?entity=contacts&id={contact}")["contacts"]
    assert {each["id"]: each["is_primary"] for each in row["sales_accounts"]} == {three: True, two: False}


def test_a_deal_stays_in_its_pipeline_and_won_is_never_approximated(desk: Desk):
    stages = desk.client.stages("deal")
    other = next(each for each in stages if each.pipeline_id != stages[0].pipeline_id)
    values = {"name": "Renewal", "deal_pipeline_id": int(other.pipeline_id), "deal_stage_id": int(other.stage_id)}
    (deal,) = desk.world.control("POST", "/seed", {"deals": [values]})["deals"]
    assert desk.client.write("deal", [WriteOp("update", "x", deal, fields={"stage": "won"})])[0].error is None
    (row,) = desk.world.control("GET", f"/state?entity=deals&id={deal}")["deals"]
    assert row["deal_pipeline_id"] == int(other.pipeline_id)
    assert next(each for each in stages if each.stage_id == str(row["deal_stage_id"])).is_won


def test_deals_of_all_three_views_are_listed_once_each(desk: Desk):
    made = desk.create(
        "deal", *(desk.sample("deal", stage=stage) for stage in ("appointment", "won", "lost", "contract"))
    )
    since = datetime.now(UTC) - timedelta(hours=1)
    wanted = Counter(each.external_id for each in made)
    assert Counter(ids(pages(lambda cursor: desk.client.list_all("deal", cursor=cursor)))) == wanted
    assert Counter(ids(pages(lambda cursor: desk.client.list_changed("deal", since=since, cursor=cursor)))) == wanted


def test_a_quiet_account_is_looked_at_in_one_call_per_view(desk: Desk):
    desk.create("contact", *rows(desk, 120))
    desk.world.control("POST", "/clock", {"advance_s": 3600})
    desk.client.list_changed("contact", since=now() + timedelta(minutes=30), cursor=None)
    counted(desk)
    page = desk.client.list_changed("contact", since=now() + timedelta(minutes=30), cursor=None)
    assert (page.items, page.next_cursor) == ((), None)
    assert sum(counted(desk).values()) == 1


@pytest.mark.parametrize("cursor", ["", "{}x", '{"nonsense": 1}', "[1]"])
def test_a_cursor_that_is_not_ours_is_refused(desk: Desk, cursor: str):
    for entity in ("contact", "activity"):
        with pytest.raises(FatalProviderError):
            desk.client.list_all(entity, cursor=cursor)


# ------------------------------------------------------------------------------------- activities


def _tasks(desk: Desk, number: int) -> list[str]:
    return [each.external_id for each in desk.create("activity", *(desk.sample("activity") for _ in range(number)))]


@pytest.mark.parametrize("sorts", [False, True])
def test_an_old_task_that_was_changed_is_found_whatever_order_the_vendor_keeps(desk: Desk, sorts: bool):
    options(desk, sorts_activities=sorts)
    made = _tasks(desk, 230)
    desk.world.control("POST", "/clock", {"advance_s": 3600})
    since = now() + timedelta(minutes=30)
    for external_id in (made[3], made[150]):
        desk.world.person("update", "activity", external_id, text="Changed")
    counted(desk)
    found = ids(pages(lambda cursor: desk.client.list_changed("activity", since=since, cursor=cursor)))
    assert sorted(found) == sorted([made[3], made[150]])
    calls = counted(desk)
    assert calls["GET /api/{place}"] == (5 if sorts else 7), "only an order that shows itself is relied on"


def test_tasks_deleted_between_pages_hide_no_other(desk: Desk):
    made = _tasks(desk, 150)
    lost = made[-20:]

    def meanwhile() -> None:
        desk.client.write("activity", [WriteOp("delete", each, each) for each in lost])
        lost.clear()

    kept = set(made[:-20])
    found = ids(pages(lambda cursor: desk.client.list_all("activity", cursor=cursor), meanwhile))
    assert kept <= set(found)


def test_a_task_without_a_day_takes_one_from_what_is_known_or_keeps_the_vendors_words(desk: Desk):
    timed = WriteOp("create", "act_1", fields={"kind": "task", "subject": "Call", "starts_at": "2027-01-01T10:00:00Z"})
    bare = WriteOp("create", "act_2", fields={"kind": "task", "subject": "Call"})
    made, refused = desk.client.write("activity", [timed, bare])
    assert made.observation is not None
    assert made.observation.fields["due_at"] == "2027-01-01T10:00:00Z"
    assert "Due date can't be blank" in str(refused.error)


def test_an_activity_goes_onto_its_deal_first_and_says_nothing_of_the_rest(desk: Desk):
    company, contact, deal = desk.one("company"), desk.one("contact"), desk.one("deal")
    refs = {"company": (company,), "contacts": (contact,), "deal": (deal,)}
    (made,) = desk.create("activity", desk.sample("activity"), refs=refs)
    assert desk.client.read("activity", [made.external_id]).found[made.external_id].refs == {"deal": (deal,)}


def test_a_note_without_a_record_is_refused_in_the_vendors_words(desk: Desk):
    (result,) = desk.client.write("activity", [WriteOp("create", "act_1", fields={"kind": "note", "description": "x"})])
    assert "Targetable can't be blank" in str(result.error)


def test_logged_activities_of_other_types_are_not_ours(desk: Desk):
    contact = desk.one("contact")
    row = {
        "title": "Demo",
        "sales_activity_type_id": 70_000_000_703,
        "targetable_type": "Contact",
        "targetable_id": contact,
    }
    desk.world.control("POST", "/seed", {"sales_activities": [row]})
    assert ids(pages(lambda cursor: desk.client.list_all("activity", cursor=cursor))) == []


@pytest.mark.parametrize("external_id", ["", "tasks:", "tasks:x", "notes:7", "notes:leads.1.2", "boards:7", "7"])
def test_an_id_that_no_activity_can_have_is_missing_without_a_call(desk: Desk, external_id: str):
    counted(desk)
    assert desk.client.read("activity", [external_id]).missing == {external_id}
    assert counted(desk) == {}


@pytest.mark.parametrize("external_id", ["", "abc", "12;drop", "\uff19\uff19"])
def test_an_id_that_no_record_can_have_reaches_no_path(desk: Desk, external_id: str):
    desk.client.project("contact", {})
    told = desk.client.read("contact", [external_id])
    assert told.missing == {external_id}
    (result,) = desk.client.write("contact", [WriteOp("update", "x", external_id, fields={"city": "x"})])
    assert result.gone
    assert result.error is not None
    assert not [path for path in counted(desk) if path.startswith("PUT")]


def test_the_grant_is_for_the_account_at_its_host(desk: Desk):
    grant = desk.world.static_grant()
    assert (grant.kind, grant.base_url) == ("token", BASE_URL)
    assert grant.account_id == desk.client.account().account_id

"""Salesflare's documentation is silent on much: whatever it may answer, the connector does no harm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from crmbridge.connectors._http import ClientContext
from crmbridge.connectors.salesflare.client import build
from crmbridge.errors import RetriableProviderError
from crmbridge.ports import CrmClient, WriteOp
from tests.contract._world import BASE_URL, Desk, World, new_world
from tests.contract.test_connectors_listing import ids, pages


@pytest.fixture
def world() -> Iterator[World]:
    world = new_world("salesflare")
    world.control("POST", "/options", {"per_minute": 0})
    yield world
    world.http.close()
    world.app.stop()


def ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def make_twin(world: World, email: str) -> str:
    """Let a person make a contact with an address, and the index see it."""
    action = {"action": "create", "object": "contacts", "fields": {"email": email, "lastname": "Somebody"}}
    told = world.control("POST", "/seed", {"actions": [action]})
    world.settle()
    return str(told["results"][0]["id"])


@pytest.mark.parametrize("answer", ["answer_existing", "answer_nothing", "refuse"])
@pytest.mark.parametrize("number", [1, 3])
def test_an_address_that_is_taken_is_a_conflict_and_never_a_double(
    world: World, client: CrmClient, desk: Desk, answer, number
):
    world.control("POST", "/options", {"twin_contacts": answer})
    twin = make_twin(world, "n1.ana.prado@example.com")
    ops = [desk.new("contact", desk.sample("contact", n)) for n in range(1, number + 1)]
    results = client.write("contact", ops)
    assert results[0].conflict
    assert results[0].external_id == twin
    assert results[0].error is not None
    assert [each.error for each in results[1:] if each.error] == []
    assert len({each.external_id for each in results}) == number
    rows = world.control("GET", "/state?entity=contacts")["contacts"]
    assert len(rows) == number


@pytest.mark.parametrize("number", [1, 2])
def test_a_row_that_breaks_a_rule_is_named_and_the_others_are_made(world: World, client: CrmClient, desk: Desk, number):
    bad = WriteOp("create", desk.op_id("contact"), fields={"job_title": "Nameless"})
    ops = [bad, *(desk.new("contact", desk.sample("contact", n)) for n in range(1, number))]
    results = client.write("contact", ops)
    assert results[0].error is not None
    assert "must contain at least one of" in str(results[0].error)
    assert [each.created for each in results] == [False] + [True] * (number - 1)


def test_a_deleted_contact_without_a_trace_is_missing_and_not_gone(world: World, client: CrmClient, desk: Desk):
    world.control("POST", "/options", {"deleted_contacts": "vanish"})
    external_id = desk.one("contact")
    world.person("delete", "contact", external_id)
    told = client.read("contact", [external_id])
    assert (told.found, told.gone, told.missing) == ({}, {}, frozenset({external_id}))
    assert ids(pages(lambda cursor: client.list_gone("contact", since=ago(), cursor=cursor))) == []
    (result,) = client.write("contact", [WriteOp("update", "x", external_id, fields={"job_title": "Late"})])
    assert result.gone


def test_a_merge_leaves_the_loser_missing(world: World, client: CrmClient, desk: Desk):
    kept, lost = (
        each.external_id for each in desk.create("company", desk.sample("company", 1), desk.sample("company", 2))
    )
    action = {"action": "merge", "object": "accounts", "id": kept, "with": lost}
    world.control("POST", "/seed", {"actions": [action]})
    told = client.read("company", [kept, lost])
    assert told.found.keys() == {kept}
    assert told.missing == {lost}


@pytest.mark.parametrize("entity", ["company", "contact", "deal", "activity"])
def test_changes_are_found_without_a_filter_by_modified_time(world: World, client: CrmClient, desk: Desk, entity):
    world.control("POST", "/options", {"modification_filter": False})
    external_id = desk.one(entity)
    world.settle()
    assert external_id in ids(pages(lambda cursor: client.list_changed(entity, since=ago(), cursor=cursor)))
    late = datetime.now(UTC) + timedelta(days=2)
    assert ids(pages(lambda cursor: client.list_changed(entity, since=late, cursor=cursor))) == []


@pytest.mark.parametrize("entity", ["company", "contact", "deal"])
def test_our_own_id_is_found_without_a_filter_and_before_the_index_knows(
    world: World, client: CrmClient, desk: Desk, entity
):
    world.control("POST", "/options", {"custom_filters": False, "index_lag_s": 3600.0})
    (result,) = desk.create(entity, desk.sample(entity))
    found = client.find(entity, "correlation_id", [result.op_id])
    assert [each.external_id for each in found[result.op_id]] == [result.external_id]


@pytest.mark.parametrize("entity", ["company", "contact", "deal"])
def test_our_own_id_is_found_long_afterwards_by_search(world: World, client: CrmClient, desk: Desk, entity):
    (result,) = desk.create(entity, desk.sample(entity))
    world.control("POST", "/clock", {"advance_s": 3600})
    found = client.find(entity, "correlation_id", [result.op_id])
    assert [each.external_id for each in found[result.op_id]] == [result.external_id]


@pytest.mark.parametrize("longest", [10, 20, 25, 50])
def test_pages_shorter_than_asked_for_are_not_the_end(world: World, client: CrmClient, desk: Desk, longest):
    made = desk.create("contact", *(desk.sample("contact", n) for n in range(1, 131)))
    world.control("POST", "/options", {"longest_page": longest})
    world.settle()
    found = ids(pages(lambda cursor: client.list_all("contact", cursor=cursor)))
    assert sorted(found) == sorted(each.external_id for each in made)


def test_many_deletions_between_two_pages_hide_no_record(world: World, client: CrmClient, desk: Desk):
    made = [each.external_id for each in desk.create("company", *(desk.sample("company", n) for n in range(1, 251)))]
    first = client.list_all("company", cursor=None)
    lost = made[:90]
    world.control(
        "POST", "/seed", {"actions": [{"action": "delete", "object": "accounts", "id": each} for each in lost]}
    )
    rest = pages(lambda cursor: client.list_all("company", cursor=cursor or first.next_cursor))
    assert set(made) - set(lost) <= {each.external_id for each in first.items} | set(ids(rest))


def test_a_quota_that_tells_how_long_is_waited_for_that_long(world: World, client: CrmClient, desk: Desk):
    client.list_all("company", cursor=None)
    world.control("POST", "/options", {"per_minute": 1, "retry_after": True})
    client.list_all("company", cursor=None)
    with pytest.raises(RetriableProviderError) as caught:
        client.list_all("company", cursor=None)
    assert caught.value.is_quota
    assert 0 < (caught.value.retry_after_s or 0) <= 60


def test_a_quota_in_the_middle_of_a_batch_ends_it_without_loss(world: World, client: CrmClient, desk: Desk):
    """T-58: what was written stays written, what was not sent comes again."""
    ops = [desk.new("company", desk.sample("company", n)) for n in range(1, 11)]
    match = {"method": "POST", "path": "/accounts"}
    world.control("POST", "/faults", [{"match": match, "kind": "status", "status": 429, "skip": 6}])
    results = client.write("company", ops)
    assert [each.created for each in results] == [True] * 6 + [False] * 4
    later = [each.error for each in results if isinstance(each.error, RetriableProviderError)]
    assert len(later) == 4
    assert all(each.is_quota and not each.may_have_applied for each in later)
    again = client.write("company", ops[6:])
    assert [each.created for each in again] == [True] * 4
    assert len(world.control("GET", "/state?entity=accounts")["accounts"]) == 10


def test_an_answer_lost_in_the_middle_of_a_batch_says_so_for_that_row_alone(
    world: World, client: CrmClient, desk: Desk
):
    ops = [desk.new("company", desk.sample("company", n)) for n in range(1, 5)]
    match = {"method": "POST", "path": "/accounts"}
    world.control("POST", "/faults", [{"match": match, "kind": "timeout_after_effect", "skip": 2}])
    results = client.write("company", ops)
    assert [each.created for each in results] == [True, True, False, False]
    lost, unsent = (each.error for each in results[2:])
    assert isinstance(lost, RetriableProviderError)
    assert lost.may_have_applied
    assert isinstance(unsent, RetriableProviderError)
    assert not unsent.may_have_applied
    found = client.find("company", "correlation_id", [op.op_id for op in ops])
    assert found.keys() == {op.op_id for op in ops[:3]}


def test_a_list_that_fails_half_way_is_taken_up_where_it_stopped(world: World, client: CrmClient, desk: Desk):
    ops = [desk.new("contact", desk.sample("contact", n)) for n in range(1, 5)]
    match = {"method": "POST", "path": "/contacts"}
    body = {"statusCode": 400, "error": "Bad Request", "message": "Something is wrong with one of them"}
    world.control("POST", "/faults", [{"match": match, "kind": "status", "status": 400, "body": body}])
    results = client.write("contact", ops)
    assert [each.created for each in results] == [True] * 4
    assert len(world.control("GET", "/state?entity=contacts")["contacts"]) == 4


def test_a_deal_without_a_company_waits_for_one(world: World, client: CrmClient, desk: Desk):
    (result,) = client.write("deal", [WriteOp("create", desk.op_id("deal"), fields=desk.sample("deal"))])
    assert result.error is not None
    assert result.error.code == "NEEDS_ACCOUNT"
    assert world.control("GET", "/state?entity=opportunities")["opportunities"] == []


def test_a_workspace_may_name_an_account_for_deals_without_a_company(world: World, client: CrmClient, desk: Desk):
    named = desk.one("company", name="No company", domain="none.example.com")
    settings = {"accounts": {"without_company": named}}
    context = ClientContext(http=world.http, base_url=BASE_URL, tokens=world.tokens(), settings=settings)
    other = build(context)
    (made,) = other.write("deal", [WriteOp("create", desk.op_id("deal"), fields=desk.sample("deal"))])
    assert made.error is None
    assert other.read("deal", [made.external_id]).found[made.external_id].refs == {"company": ()}
    assert client.read("deal", [made.external_id]).found[made.external_id].refs == {"company": (named,)}
    real = desk.one("company", domain="real.example.com")
    for company in ((real,), ()):
        (changed,) = other.write("deal", [WriteOp("update", "x", made.external_id, refs={"company": company})])
        assert changed.error is None
        assert other.read("deal", [made.external_id]).found[made.external_id].refs == {"company": company}


def test_tasks_of_everybody_are_read(world: World, client: CrmClient, desk: Desk):
    owners = [each.email for each in client.owners() if each.is_active]
    made = [desk.one("activity", owner=owner) for owner in owners]
    world.settle()
    assert len(made) == 2
    assert set(ids(pages(lambda cursor: client.list_all("activity", cursor=cursor)))) == set(made)


def test_a_tag_keeps_the_teams_own_spelling(world: World, client: CrmClient, desk: Desk):
    desk.one("contact", tags=("VIP",))
    fresh = world.client()
    assert fresh.project("contact", {"tags": ("vip", "New")}) == {"tags": ("New", "VIP")}


def test_the_account_of_a_deal_can_change_and_its_pipeline_stays(world: World, client: CrmClient, desk: Desk):
    external_id = desk.one("deal", stage="qualified")
    other = desk.one("company", domain="other.example.com")
    op = WriteOp("update", "x", external_id, fields={"stage": "lost"}, refs={"company": (other,)})
    (result,) = client.write("deal", [op])
    assert result.error is None
    said = client.read("deal", [external_id]).found[external_id]
    assert said.refs == {"company": (other,)}
    assert said.fields["stage"] == "lost"
    assert said.fields["probability"] == 0

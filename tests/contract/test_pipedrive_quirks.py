"""Pipedrive's own ways, connector and imitation together: leads, merges, limits, archives, pipelines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmbridge.domain.webhook import WebhookCall, WebhookEvent
from crmbridge.errors import RetriableProviderError, SignatureError
from crmbridge.ports import WriteOp
from tests.contract._world import SAMPLES, Desk, World, new_world

SECRET = "s3cret-of-one-integration"
URL = f"https://hooks.example.com/webhooks/pipedrive/{SECRET}"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def world() -> Iterator[World]:
    world = new_world("pipedrive")
    for method, path, body in world.suite["setup"]:
        world.control(method, path, body)
    yield world
    world.http.close()
    world.app.stop()


@pytest.fixture
def client(world: World) -> Any:
    client = world.client()
    for entity in world.declared.supports.entities:
        client.provision(entity)
    return client


@pytest.fixture
def desk(world: World, client: Any) -> Desk:
    return Desk(world, client)


def calls(world: World) -> list[WebhookCall]:
    world.app.crm.deliveries.flush()
    told = [
        WebhookCall("POST", each.url, {name.lower(): value for name, value in each.headers.items()}, each.body)
        for each in world.posts
    ]
    world.posts.clear()
    return told


def events(world: World) -> list[WebhookEvent]:
    return [event for call in calls(world) for event in world.door.parse(call)]


@pytest.mark.parametrize("entity", ["company", "contact", "deal"])
def test_a_merge_is_told_with_its_survivor_and_shows_as_a_deletion(world: World, client: Any, desk: Desk, entity: Any):
    kept, lost = (each.external_id for each in desk.create(entity, desk.sample(entity, 1), desk.sample(entity, 2)))
    client.subscribe(URL, now=datetime.now(UTC))
    calls(world)
    world.person("merge", entity, kept, other=lost)
    told = {(each.kind, each.external_id, each.merged_into) for each in events(world)}
    assert told == {("merged", lost, kept), ("changed", kept, "")}
    assert client.read(entity, [lost]).gone.keys() == {lost}
    gone = client.list_gone(entity, since=SINCE, cursor=None).items
    assert [(each.external_id, each.merged_into) for each in gone] == [(lost, "")]


def test_what_is_subscribed_carries_the_secret_twice_and_is_told_once(world: World, client: Any, desk: Desk):
    client.subscribe(URL, now=datetime.now(UTC))
    desk.one("contact")
    (call,) = calls(world)
    world.door.verify(call, secrets=["older", SECRET], now=datetime.now(UTC))
    with pytest.raises(SignatureError):
        world.door.verify(call, secrets=["another"], now=datetime.now(UTC))


def test_our_own_writes_name_us_as_their_author_and_peoples_do_not(world: World, desk: Desk):
    tokens = world.tokens()
    client: Any = world.client(tokens)
    client.subscribe(URL, now=datetime.now(UTC))
    external_id = desk.one("company")
    world.person("update", "company", external_id, text="Lisboa")
    ours, theirs = events(world)
    assert (ours.modified_by, theirs.modified_by) == (tokens.grant.actor_id, "")
    assert tokens.grant.actor_id


def test_what_a_lead_brings_along_is_no_contact_and_no_company(world: World, client: Any, desk: Desk):
    lead = desk.one("lead")
    company = desk.one("company", name="Lund Marine Holding")
    world.settle()
    assert client.list_all("contact", cursor=None).items == ()
    assert [each.external_id for each in client.list_all("company", cursor=None).items] == [company]
    assert client.find("contact", "email", [SAMPLES["lead"]["email"]]) == {}
    found = client.find("lead", "email", [SAMPLES["lead"]["email"]])
    assert [each.external_id for each in found[SAMPLES["lead"]["email"]]] == [lead]
    assert client.list_changed("contact", since=SINCE, cursor=None).items == ()


def test_a_change_of_a_leads_person_is_a_change_of_the_lead(world: World, client: Any, desk: Desk):
    lead = desk.one("lead")
    before = client.read("lead", [lead]).found[lead]
    world.control("POST", "/clock", {"advance_s": 7200})
    since = before.modified_at + timedelta(hours=1)
    assert _pages(client, "lead", since) == []
    (person,) = world.control("GET", "/state?entity=person")["person"]
    operation = {"op": "update", "kind": "persons", "id": str(person["id"]), "fields": {"job_title": "Chair"}}
    world.control("POST", "/seed", {"operations": [operation]})
    (changed,) = _pages(client, "lead", since)
    assert (changed.external_id, changed.fields["job_title"]) == (lead, "Chair")
    assert changed.version != before.version


def _pages(client: Any, entity: str, since: datetime) -> list[Any]:
    found: list[Any] = []
    cursor: str | None = None
    while True:
        page = client.list_changed(entity, since=since, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_a_lead_that_people_made_on_a_contact_reads_with_its_values(world: World, client: Any, desk: Desk):
    contact, company = desk.one("contact"), desk.one("company")
    fields = {"title": "Roof", "person_id": int(contact), "organization_id": int(company)}
    made = world.control("POST", "/seed", {"operations": [{"op": "create", "kind": "leads", "fields": fields}]})
    lead = made["operations"][0]["id"]
    seen = client.read("lead", [lead]).found[lead].fields
    assert (seen["email"], seen["company_name"]) == (SAMPLES["contact"]["email"], SAMPLES["company"]["name"])
    assert [each.external_id for each in client.list_all("contact", cursor=None).items] == [contact]


def test_a_lead_whose_person_was_made_and_whose_answer_was_lost_gets_no_second_person(world: World, desk: Desk):
    op = desk.new("lead", desk.sample("lead"))
    fault = {"match": {"method": "POST", "path": "/api/v1/leads"}, "kind": "timeout_before"}
    world.control("POST", "/faults", [fault])
    with pytest.raises(RetriableProviderError):
        desk.client.write("lead", [op])
    assert desk.client.find("lead", "correlation_id", [op.op_id]) == {}
    (result,) = desk.client.write("lead", [op])
    assert result.created
    assert len(world.control("GET", "/state?entity=person")["person"]) == 1


def test_archived_deals_and_leads_are_alive(world: World, client: Any, desk: Desk):
    deal, lead = desk.one("deal"), desk.one("lead")
    operations = [
        {"op": "update", "kind": kind, "id": external_id, "fields": {"is_archived": True}}
        for kind, external_id in (("deals", deal), ("leads", lead))
    ]
    world.control("POST", "/seed", {"operations": operations})
    for entity, external_id in (("deal", deal), ("lead", lead)):
        assert external_id in client.read(entity, [external_id, world.suite["absent"][entity]]).found
        assert [each.external_id for each in client.list_all(entity, cursor=None).items] == [external_id]


def test_a_deal_stays_in_its_pipeline(world: World, client: Any, desk: Desk):
    world.control("POST", "/seed", {"pipelines": [{"name": "Service", "stages": ["Booked", "Proposal Made"]}]})
    deal = desk.one("deal", stage="appointment")
    moved = {"op": "update", "kind": "deals", "id": deal, "fields": {"pipeline_id": 2, "stage_id": 6}}
    world.control("POST", "/seed", {"operations": [moved]})
    fresh: Any = world.client()
    assert fresh.read("deal", [deal]).found[deal].fields["stage"] == "appointment"
    (result,) = fresh.write("deal", [WriteOp("update", "x", deal, fields={"stage": "decision"})])
    assert result.error is None
    (row,) = world.control("GET", f"/state?entity=deal&id={deal}")["deal"]
    assert (row["pipeline_id"], row["stage_id"]) == (2, 7)


def test_a_spent_day_waits_for_an_hour_and_a_burst_for_two_seconds(world: World, client: Any):
    client.list_all("company", cursor=None)
    world.control("POST", "/limits", {"daily_tokens": 1})
    with pytest.raises(RetriableProviderError) as day:
        client.list_all("company", cursor=None)
    world.control("POST", "/limits", {"daily_tokens": 0, "oauth_burst": 1})
    world.control("POST", "/clock", {"advance_s": 3})
    client.list_all("company", cursor=None)
    with pytest.raises(RetriableProviderError) as burst:
        client.list_all("company", cursor=None)
    assert (day.value.is_quota, day.value.retry_after_s) == (True, 3600.0)
    assert burst.value.is_quota
    assert burst.value.retry_after_s is not None
    assert burst.value.retry_after_s <= 2.0


def test_without_contact_sync_people_are_kept_in_step_all_the_same(world: World):
    world.control("POST", "/options", {"contact_sync": False})
    client: Any = world.client()
    client.provision("contact")
    desk = Desk(world, client)
    sample = desk.sample("contact")
    assert not {"job_title", "city", "description"} & set(sample)
    external_id = desk.create("contact", sample)[0].external_id
    read = client.read("contact", [external_id]).found[external_id].fields
    assert {name: read[name] for name in sample} == sample


def test_a_thousand_creates_and_their_changes_cost_what_they_must(world: World, client: Any, desk: Desk):
    """One look for our ids a batch, one call a row; pages of 500."""
    world.control("POST", "/limits", {"daily_tokens": 1_000_000})
    rows = [desk.sample("company", number) for number in range(1, 1001)]
    client.owners()
    before = world.http.request("GET", "http://sandbox.test/_sandbox/calls?limit=0").json()["total"]
    desk.create("company", *rows)
    after = world.http.request("GET", "http://sandbox.test/_sandbox/calls?limit=0").json()["total"]
    assert after - before == 1000 + 1000 // world.declared.limits.write_batch
    cursor: str | None = None
    for _ in range(2):
        cursor = client.list_all("company", cursor=cursor).next_cursor
    assert cursor is None


def test_a_person_is_found_before_the_search_index_has_seen_it(world: World, client: Any, desk: Desk):
    world.control("POST", "/options", {"index_lag_s": 3600})
    first, second = (
        each.external_id for each in desk.create("contact", desk.sample("contact", 1), desk.sample("contact"))
    )
    email, phone = SAMPLES["contact"]["email"], SAMPLES["contact"]["phone"]
    assert [each.external_id for each in client.find("contact", "email", [email])[email]] == [second]
    assert {each.external_id for each in client.find("contact", "phone", [phone])[phone]} == {first, second}

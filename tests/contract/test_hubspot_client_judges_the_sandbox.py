"""The vendor's own client library works against the simulated HubSpot, base URL aside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hubspot import HubSpot
from hubspot.crm.associations.v4 import AssociationSpec, BatchInputPublicFetchAssociationsBatchRequest
from hubspot.crm.companies import SimplePublicObjectInputForCreate as NewCompany
from hubspot.crm.contacts import (
    ApiException,
    BatchInputSimplePublicObjectBatchInput,
    BatchInputSimplePublicObjectBatchInputForCreate,
    BatchInputSimplePublicObjectBatchInputUpsert,
    BatchInputSimplePublicObjectId,
    BatchReadInputSimplePublicObjectId,
    PublicMergeInput,
    PublicObjectSearchRequest,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.objects.leads import BatchInputSimplePublicObjectBatchInputForCreate as BatchOfNewLeads
from hubspot.crm.objects.leads import PublicAssociationsForObject as LeadAssociation
from hubspot.crm.objects.leads import PublicObjectSearchRequest as LeadSearch
from hubspot.crm.objects.leads import SimplePublicObjectInput as ChangedLead
from hubspot.crm.objects.leads import SimplePublicObjectInputForCreate as NewLead
from hubspot.crm.properties import PropertyCreate

from tests.contract._process import SandboxProcess, spawned

REDIRECT = "http://127.0.0.1:9/callback"


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxProcess]:
    with spawned("hubspot") as running:
        yield running


@pytest.fixture
def control(server: SandboxProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/_sandbox") as client:
        client.post("/reset").raise_for_status()
        client.post("/options", json={"index_lag_s": 0}).raise_for_status()
        yield client


@pytest.fixture
def secrets(server: SandboxProcess) -> dict[str, Any]:
    return server.app.credentials


def _library(**config: Any) -> Any:
    """Return the vendor's client, whose generated code is not typed."""
    return HubSpot(**config)


@pytest.fixture
def client(server: SandboxProcess, control: httpx.Client, secrets: dict[str, Any]) -> Any:
    return _library(access_token=secrets["private_app_token"], host=server.url)


def _new(email: str, **properties: str) -> SimplePublicObjectInputForCreate:
    return SimplePublicObjectInputForCreate(properties={"email": email, **properties}, associations=[])


def _seed(control: httpx.Client, count: int) -> list[str]:
    people = [{"properties": {"email": f"p{n}@example.com", "lastname": f"No {n}"}} for n in range(count)]
    return control.post("/seed", json={"contacts": people}).raise_for_status().json()["ids"]["contacts"]


def test_a_created_contact_is_read_back_with_its_address_folded(client: Any) -> None:
    basic = client.crm.contacts.basic_api
    created = basic.create(_new(" Mia.Novak@Example.COM ", firstname="Mia"))
    read = basic.get_by_id(created.id, properties=["email", "firstname", "phone"])
    assert read.properties["email"] == "mia.novak@example.com"
    assert read.properties["phone"] is None
    by_address = basic.get_by_id("MIA.NOVAK@example.com", id_property="email")
    assert by_address.id == created.id


def test_listing_goes_to_the_end(client: Any, control: httpx.Client) -> None:
    ids = _seed(control, 250)
    assert [contact.id for contact in client.crm.contacts.get_all()] == ids


def test_a_search_pages_by_its_own_token(client: Any, control: httpx.Client) -> None:
    ids = _seed(control, 230)
    found: list[str] = []
    after: str | None = None
    while True:
        request = PublicObjectSearchRequest(
            filter_groups=[{"filters": [{"propertyName": "lastname", "operator": "HAS_PROPERTY"}]}],
            sorts=[{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}],
            properties=["email"],
            limit=100,
            after=after,
        )
        page = client.crm.contacts.search_api.do_search(public_object_search_request=request)
        assert page.total == 230
        found += [contact.id for contact in page.results]
        if page.paging is None:
            break
        after = page.paging.next.after
    assert sorted(found) == sorted(ids)


def test_an_update_moves_the_modified_date(client: Any, control: httpx.Client) -> None:
    (record_id,) = _seed(control, 1)
    before = client.crm.contacts.basic_api.get_by_id(record_id)
    control.post("/clock", json={"advance_s": 60}).raise_for_status()
    client.crm.contacts.basic_api.update(record_id, SimplePublicObjectInput(properties={"jobtitle": "Pilot"}))
    after = client.crm.contacts.basic_api.get_by_id(record_id, properties=["jobtitle"])
    assert after.properties["jobtitle"] == "Pilot"
    assert (after.updated_at - before.updated_at).total_seconds() >= 60


def test_batches_create_read_update_upsert_and_archive(client: Any) -> None:
    batch = client.crm.contacts.batch_api
    rows = [{"properties": {"email": f"b{n}@example.com"}, "associations": []} for n in range(3)]
    created = batch.create(BatchInputSimplePublicObjectBatchInputForCreate(inputs=rows))
    ids = [contact.id for contact in created.results]
    changes = [{"id": record_id, "properties": {"city": "Oslo"}} for record_id in ids]
    batch.update(BatchInputSimplePublicObjectBatchInput(inputs=changes))
    wanted = BatchReadInputSimplePublicObjectId(
        inputs=[{"id": record_id} for record_id in ids], properties=["city"], properties_with_history=[]
    )
    assert {contact.properties["city"] for contact in batch.read(wanted).results} == {"Oslo"}
    upserts = [{"id": f"b{n}@example.com", "idProperty": "email", "properties": {"city": "Bergen"}} for n in (2, 3)]
    upserted = batch.upsert(BatchInputSimplePublicObjectBatchInputUpsert(inputs=upserts))
    assert sorted(contact.new for contact in upserted.results) == [False, True]
    batch.archive(BatchInputSimplePublicObjectId(inputs=[{"id": record_id} for record_id in ids]))
    assert {contact.id for contact in client.crm.contacts.get_all(archived=True)} == set(ids)


def test_a_partly_refused_batch_names_the_row(client: Any) -> None:
    client.crm.contacts.basic_api.create(_new("taken@example.com"))
    rows = [
        {"properties": {"email": "taken@example.com"}, "objectWriteTraceId": "a", "associations": []},
        {"properties": {"email": "free@example.com"}, "objectWriteTraceId": "b", "associations": []},
    ]
    answer = client.crm.contacts.batch_api.create(BatchInputSimplePublicObjectBatchInputForCreate(inputs=rows))
    assert [contact.properties["email"] for contact in answer.results] == ["free@example.com"]
    assert answer.errors[0].category == "CONFLICT"
    assert answer.errors[0].context["objectWriteTraceId"] == ["a"]


def test_a_deleted_contact_is_gone_and_deleting_it_again_is_no_error(client: Any, control: httpx.Client) -> None:
    (record_id,) = _seed(control, 1)
    client.crm.contacts.basic_api.archive(record_id)
    client.crm.contacts.basic_api.archive(record_id)
    with pytest.raises(ApiException) as caught:
        client.crm.contacts.basic_api.get_by_id(record_id)
    assert caught.value.status == 404


def test_a_merged_away_contact_leads_to_the_survivor(client: Any, control: httpx.Client) -> None:
    first, second = _seed(control, 2)
    merged = client.crm.contacts.basic_api.merge(PublicMergeInput(primary_object_id=first, object_id_to_merge=second))
    assert merged.id not in {first, second}
    assert client.crm.contacts.basic_api.get_by_id(second).id == merged.id


def test_companies_are_associated_and_the_first_is_primary(client: Any, control: httpx.Client) -> None:
    (contact_id,) = _seed(control, 1)
    company = client.crm.companies.basic_api.create(NewCompany(properties={"name": "Harbour Tools"}, associations=[]))
    v4 = client.crm.associations.v4
    v4.basic_api.create_default("contacts", contact_id, "companies", company.id)
    v4.basic_api.create("companies", company.id, "contacts", contact_id, [AssociationSpec("HUBSPOT_DEFINED", 280)])
    batch = BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": contact_id}])
    (row,) = v4.batch_api.get_page("contacts", "companies", batch).results
    assert {kind.type_id for kind in row.to[0].association_types} == {1, 279}
    contact = client.crm.contacts.basic_api.get_by_id(
        contact_id, properties=["associatedcompanyid"], associations=["companies"]
    )
    assert contact.properties["associatedcompanyid"] == company.id
    assert {item.id for item in contact.associations["companies"].results} == {company.id}


def test_properties_owners_and_pipelines_are_described(client: Any) -> None:
    names = {item.name for item in client.crm.properties.core_api.get_all("contacts").results}
    assert {"email", "lastmodifieddate", "associatedcompanyid"} <= names
    created = client.crm.properties.core_api.create(
        "contacts",
        PropertyCreate(
            name="our_id",
            label="Our id",
            type="string",
            field_type="text",
            group_name="contactinformation",
            has_unique_value=True,
        ),
    )
    assert created.has_unique_value
    owners = client.crm.owners.get_all()
    assert all(owner.id != str(owner.user_id) for owner in owners)
    (pipeline,) = client.crm.pipelines.pipelines_api.get_all("deals").results
    assert [stage.id for stage in pipeline.stages][-2:] == ["closedwon", "closedlost"]


def test_the_consent_page_leads_to_tokens_that_expire_and_are_refreshed(
    server: SandboxProcess, control: httpx.Client, secrets: dict[str, Any]
) -> None:
    code = _consent(server, secrets)
    oauth = _library(host=server.url).oauth.tokens_api
    pair = {"client_id": secrets["client_id"], "client_secret": secrets["client_secret"]}
    given = oauth.create(grant_type="authorization_code", code=code, redirect_uri=REDIRECT, **pair)
    connected = _library(access_token=given.access_token, host=server.url)
    connected.crm.contacts.basic_api.create(_new("oauth@example.com"))
    control.post("/clock", json={"advance_s": given.expires_in + 1}).raise_for_status()
    with pytest.raises(ApiException) as caught:
        connected.crm.contacts.basic_api.get_page()
    assert caught.value.status == 401
    assert "EXPIRED_AUTHENTICATION" in str(caught.value.body)
    fresh = oauth.create(grant_type="refresh_token", refresh_token=given.refresh_token, **pair)
    connected.access_token = fresh.access_token
    assert len(connected.crm.contacts.basic_api.get_page().results) == 1


def test_webhook_settings_and_subscriptions_are_managed_with_the_developer_key(
    server: SandboxProcess, control: httpx.Client, secrets: dict[str, Any]
) -> None:
    webhooks = _library(api_key=secrets["developer_key"], host=server.url).webhooks
    webhooks.settings_api.configure(
        secrets["app_id"],
        {"targetUrl": "https://hooks.example.com/hubspot", "throttling": {"maxConcurrentRequests": 10}},
    )
    created = webhooks.subscriptions_api.create(secrets["app_id"], {"eventType": "contact.creation"})
    assert created.active is False
    switched = webhooks.subscriptions_api.update(created.id, secrets["app_id"], {"active": True})
    assert switched.active is True


def _consent(server: SandboxProcess, secrets: dict[str, Any]) -> str:
    asked = {
        "client_id": secrets["client_id"],
        "redirect_uri": REDIRECT,
        "scope": "oauth crm.objects.contacts.read crm.objects.contacts.write",
        "state": "s-1",
    }
    page = httpx.get(f"{server.url}/oauth/authorize", params=asked)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
    answer = httpx.post(f"{server.url}/oauth/authorize", data=fields | {"decision": "grant"})
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    assert query["state"] == ["s-1"]
    return query["code"][0]


def test_leads_are_made_with_their_contact_searched_changed_and_deleted(client: Any, control: httpx.Client) -> None:
    leads, (person, other) = client.crm.objects.leads, _seed(control, 2)
    primary = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 578}

    def new(name: str, contact_id: str) -> NewLead:
        link = LeadAssociation(to={"id": contact_id}, types=[primary])
        return NewLead(properties={"hs_lead_name": name}, associations=[link])

    made = leads.basic_api.create(new("Okafor asks", person))
    batch = leads.batch_api.create(BatchOfNewLeads(inputs=[new("Berg asks", other), new("Lind asks", other)]))
    ids = {made.id, *(each.id for each in batch.results)}
    first = leads.basic_api.get_page(limit=2)
    rest = leads.basic_api.get_page(limit=2, after=first.paging.next.after)
    assert {each.id for each in (*first.results, *rest.results)} == ids
    assert rest.paging is None
    wanted = {"propertyName": "hs_lead_name", "operator": "EQ", "value": "Berg asks"}
    search = LeadSearch(
        filter_groups=[{"filters": [wanted]}], sorts=[], properties=["hs_pipeline_stage"], limit=10, after="0"
    )
    (found,) = leads.search_api.do_search(search).results
    assert found.properties["hs_pipeline_stage"] == "new-stage-id"
    changed = leads.basic_api.update(found.id, ChangedLead(properties={"hs_pipeline_stage": "connected-stage-id"}))
    assert changed.properties["hs_pipeline_stage"] == "connected-stage-id"
    stages = client.crm.pipelines.pipeline_stages_api.get_all("leads", "lead-pipeline-id").results
    assert [each.label for each in stages][:2] == ["New", "Attempting"]
    leads.basic_api.archive(found.id)
    assert {each.id for each in leads.basic_api.get_page(limit=100).results} == ids - {found.id}

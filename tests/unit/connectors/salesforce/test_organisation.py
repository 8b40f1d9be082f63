from __future__ import annotations

from typing import Any

import httpx
import pytest

from crmbridge.connectors.salesforce import CONNECTOR
from crmbridge.connectors.salesforce.client import SalesforceClient, build
from crmbridge.domain.records import Entity
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import WriteOp
from tests.unit.connectors.salesforce.canonical import PLAIN
from tests.unit.connectors.salesforce.conftest import Org
from tests.unit.connectors.salesforce.scripted import Script, records
from tests.unit.connectors.salesforce.shapes import described

USER_URL = "https://login.salesforce.com/id/00D7Q000000fictUAA/0057Q000000ROSAQA2"


# ------------------------------------------------------------------------------------------- people and stages


def test_everybody_who_can_own_records_is_listed_inactive_people_included(client: SalesforceClient) -> None:
    owners = {each.email: each.is_active for each in client.owners()}
    assert owners["rosa.rep@northwind.example"]
    assert not owners["fay.former@northwind.example"]


def test_the_stages_are_those_of_the_one_pipeline(client: SalesforceClient) -> None:
    stages = client.stages("deal")
    assert stages[0].label == "Prospecting"
    assert {each.stage_id for each in stages if each.is_won} == {"Closed Won"}
    assert {each.pipeline_id for each in stages} == {"Opportunity"}
    assert client.stages("contact") == ()


def test_the_workspace_says_how_a_stage_reads(org: Org) -> None:
    org.settings = {"stages": {"Prospecting": "contract"}, "lead_statuses": {"Working - Contacted": "connected"}}
    client = org.client()
    (deal_id,) = org.seed(Opportunity=[{"Name": "Big", "StageName": "Prospecting", "CloseDate": "2026-12-31"}])[
        "Opportunity"
    ]
    assert client.read("deal", [deal_id]).found[deal_id].fields["stage"] == "contract"
    assert client.project("deal", {"stage": "contract"}) == {"stage": "contract"}
    assert client.project("lead", {"lead_status": "connected"}) == {"lead_status": "connected"}


def test_people_and_stages_are_read_once(org: Org, client: SalesforceClient) -> None:
    for entity in CONNECTOR.supports.entities:
        client.project(entity, {})
    org.forget_calls()
    for entity in CONNECTOR.supports.entities:
        client.project(entity, {"owner": "rosa.rep@northwind.example"})
    assert org.calls()["calls"] == []


def test_a_person_who_joined_later_is_looked_up_once() -> None:
    late = {"Id": "005000000000009AAA", "Name": "Zoe", "Email": "zoe@fabrikam.example", "IsActive": True}
    users: list[dict[str, Any]] = []
    row = {"Id": "003000000000001AAA", "OwnerId": "005000000000009AAA", "LastName": "Prado"}
    stranger = {**row, "OwnerId": "005000000000008AAA"}
    answers = [[row], [row], [stranger], [stranger]]
    asked: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response | None:
        query = request.url.params.get("q", "")
        asked.append(query)
        if "FROM Contact" in query:
            users[:] = [late]
            return records(answers.pop(0))
        return records(list(users)) if "FROM User" in query else None

    client = Script(respond).client
    assert client.project("contact", {"owner": "zoe@fabrikam.example"}) == {}
    for _ in range(2):
        assert client.list_all("contact", cursor=None).items[0].fields["owner"] == "zoe@fabrikam.example"
    for _ in range(2):
        assert "owner" not in client.list_all("contact", cursor=None).items[0].fields
    assert sum("FROM User" in each for each in asked) == 3


def test_a_stage_that_the_org_no_longer_lists_is_left_unsaid_after_one_more_look() -> None:
    row = {"Id": "006000000000001AAA", "StageName": "Abolished", "Name": "Big"}
    asked: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response | None:
        query = request.url.params.get("q", "")
        asked.append(query)
        return records([row]) if "FROM Opportunity W" in query or "FROM Opportunity O" in query else None

    client = Script(respond).client
    for _ in range(3):
        assert "stage" not in client.list_all("deal", cursor=None).items[0].fields
    assert sum("FROM OpportunityStage" in each for each in asked) == 2


# ------------------------------------------------------------------------------------------- account, usage, fields


def test_the_account_and_the_use_of_the_daily_allowance_are_told(org: Org) -> None:
    client = org.client()
    assert client.usage is None
    account = client.account()
    assert account.account_id == org.tokens.grant.account_id
    assert account.name
    assert client.usage is not None
    assert 0 < client.usage.used < client.usage.allowed


def test_an_org_that_does_not_say_who_it_is_is_an_error() -> None:
    script = Script(lambda request: records([]) if "Organization" in request.url.params.get("q", "") else None)
    with pytest.raises(FatalProviderError, match="which org"):
        script.client.account()


def test_fields_are_described_with_what_is_required_unique_and_custom(client: SalesforceClient) -> None:
    fields = {each.name: each for each in client.describe("contact")}
    assert (fields["LastName"].is_required, fields["LastName"].max_length) == (True, 80)
    assert not fields["OwnerId"].is_required
    assert not fields["Name"].is_writable
    assert "Web" in fields["LeadSource"].options
    ours = fields["CrmBridge_Id__c"]
    assert (ours.is_custom, ours.is_unique, ours.is_writable) == (True, True, True)


def test_describing_shows_a_field_made_a_moment_ago(org: Org, client: SalesforceClient) -> None:
    client.describe("contact")
    field = {
        "full_name": "Contact.Shoe_Size__c",
        "metadata": {"type": "Number", "label": "Shoe", "precision": 3, "scale": 1},
    }
    org.control("seed", {"custom_fields": [field]})
    assert "Shoe_Size__c" in {each.name for each in client.describe("contact")}


def test_build_gives_the_client_that_the_port_asks_for(org: Org) -> None:
    assert isinstance(build(org.client()._api._session._context), SalesforceClient)


# ------------------------------------------------------------------------------------------- our own field


@pytest.mark.parametrize("entity", PLAIN)
def test_provisioning_makes_our_field_once_and_shows_it_to_us(org: Org, entity: Entity) -> None:
    assert org.client().provision(entity) == ("CrmBridge_Id__c",)
    assert org.client().provision(entity) == ()
    assert len(org.state("CustomField")) == 1
    sets = [row for row in org.state("PermissionSet").values() if row["Name"] == "CRM_Bridge"]
    assert len(sets) == 1
    (result,) = org.client().write(entity, [WriteOp("upsert", "rec_1")])
    assert result.created


def test_a_field_that_an_administrator_made_but_hid_is_shown_to_us(org: Org) -> None:
    metadata = {"type": "Text", "label": "Id", "length": 64, "unique": True, "externalId": True}
    org.control(
        "seed", {"custom_fields": [{"full_name": "Contact.CrmBridge_Id__c", "metadata": metadata, "visible": False}]}
    )
    assert org.client().provision("contact") == ()
    (result,) = org.client().write("contact", [WriteOp("upsert", "con_1")])
    assert result.created


def test_a_field_of_our_name_that_is_no_key_is_refused(org: Org) -> None:
    metadata = {"type": "Text", "label": "Id", "length": 64}
    org.control(
        "seed", {"custom_fields": [{"full_name": "Contact.CrmBridge_Id__c", "metadata": metadata, "visible": False}]}
    )
    with pytest.raises(FatalProviderError, match="no unique external id"):
        org.client().provision("contact")


class Racing:
    """An org in which somebody else makes everything just before we do."""

    def __init__(self) -> None:
        self.made: set[str] = set()
        self.posts: list[str] = []
        self.is_visible = True

    def __call__(self, request: httpx.Request) -> httpx.Response | None:
        path, query = request.url.path, request.url.params.get("q", "")
        if path.endswith("/Contact/describe"):
            return httpx.Response(200, json=self._described())
        if path.endswith("/services/data/v67.0"):
            return httpx.Response(200, json={"identity": USER_URL})
        if request.method == "POST":
            name = path.rpartition("/")[2]
            self.posts.append(name)
            self.made.add(name)
            return httpx.Response(400, json=[{"errorCode": "DUPLICATE_VALUE", "message": "somebody was quicker"}])
        source = query.partition("FROM ")[2].partition(" ")[0]
        return records([{"Id": f"{source}-1"}] if source in self.made else [])

    def _described(self) -> dict[str, Any]:
        if "FieldPermissions" in self.made and self.is_visible:
            return described("contact")
        return described("contact", CrmBridge_Id__c=None)


def test_losing_every_race_is_no_failure() -> None:
    racing = Racing()
    assert Script(racing).client.provision("contact") == ()
    assert racing.posts == ["CustomField", "PermissionSet", "PermissionSetAssignment", "FieldPermissions"]


def test_a_field_that_is_not_visible_yet_is_waited_for() -> None:
    racing = Racing()
    racing.is_visible = False
    with pytest.raises(RetriableProviderError, match="not visible yet"):
        Script(racing).client.provision("contact")


@pytest.mark.parametrize("name", ["CustomField", "PermissionSet"])
def test_an_org_that_we_may_not_customise_is_told_in_its_own_words(name: str) -> None:
    racing = Racing()

    def respond(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and request.url.path.endswith(name):
            return httpx.Response(
                403, json=[{"errorCode": "INSUFFICIENT_ACCESS", "message": "insufficient access rights"}]
            )
        return racing(request)

    with pytest.raises(FatalProviderError, match="insufficient access rights"):
        Script(respond).client.provision("contact")


@pytest.mark.parametrize(
    ("resources", "told", "user_id"),
    [
        ({"identity": USER_URL + "/"}, {}, "0057Q000000ROSAQA2"),
        ({}, {"user_id": "0057Q000000ROSA"}, "0057Q000000ROSAQA2"),
        ({}, {}, ""),
    ],
)
def test_who_we_are_is_told_by_the_resources_or_the_user_info(
    resources: dict[str, str], told: dict[str, str], user_id: str
) -> None:
    def respond(request: httpx.Request) -> httpx.Response | None:
        body = told if request.url.path.endswith("/userinfo") else resources
        return httpx.Response(200, json=body)

    provisioner = Script(respond).client._provisioner
    if user_id:
        assert provisioner.user_id()[:15] == user_id[:15]
    else:
        with pytest.raises(FatalProviderError, match="which user"):
            provisioner.user_id()

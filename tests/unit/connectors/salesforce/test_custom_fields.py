"""Custom fields in Salesforce: made, granted, completed, adopted, and what they hold."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.connectors.salesforce.mapping.custom import metadata_of, with_options
from crmbridge.connectors.salesforce.mapping.observing import observe
from crmbridge.connectors.salesforce.mapping.organization import OrgFacts
from crmbridge.connectors.salesforce.mapping.rendering import project
from crmbridge.connectors.salesforce.mapping.schema import schema_of
from crmbridge.domain.custom_fields import CustomField
from crmbridge.errors import FatalProviderError
from crmbridge.ports import WriteOp
from tests.unit.connectors.salesforce.conftest import Org

SIZE = CustomField("contact", "x_size", "Shirt size", "choice", options=("Small", "A+", "A-"))
TOPICS = CustomField("contact", "x_topics", "Topics", "choices", options=("Sun; wind", "Storage"))
VIP = CustomField("contact", "x_vip", "VIP", "boolean")
SCORE = CustomField("contact", "x_score", "Score", "number", remote_name="Lead_Score__c")
LINK = CustomField("contact", "x_link", "Link", "url")


def facts(*custom: CustomField, **fields: dict[str, Any]) -> OrgFacts:
    described = {"fields": [{"name": name, **more} for name, more in fields.items()]}
    return OrgFacts("contact", schema_of(described, custom))


def seeded(org: Org, name: str, *, visible: bool = True, **metadata: Any) -> None:
    field = {"full_name": f"Contact.{name}", "metadata": {"label": name, **metadata}, "visible": visible}
    org.control("seed", {"custom_fields": [field]})


def test_fields_are_made_granted_and_written_by_the_next_process(org: Org) -> None:
    client = org.client(SIZE, TOPICS, VIP)
    assert client.provision("contact", [SIZE, TOPICS, VIP]) == (
        "CrmBridge_Id__c",
        "x_size__c",
        "x_topics__c",
        "x_vip__c",
    )
    assert org.client().provision("contact", [SIZE, TOPICS, VIP]) == ()
    values = {"x_size": "A-", "x_topics": ("Storage", "Sun; wind"), "x_vip": True}
    (result,) = org.client(SIZE, TOPICS, VIP).write("contact", [WriteOp("upsert", "con_1", fields=values)])
    row = org.state("Contact")[result.external_id]
    assert (row["x_size__c"], row["x_topics__c"], row["x_vip__c"]) == ("A-", "Storage;Sun, wind", True)
    read = org.client(SIZE, TOPICS, VIP).read("contact", [result.external_id]).found[result.external_id]
    assert {name: read.fields[name] for name in values} == values


def test_a_picklist_of_the_orgs_own_gets_the_options_it_lacks(org: Org) -> None:
    members = {"valueSetDefinition": {"value": [{"fullName": "small"}, {"fullName": "Huge"}]}, "restricted": True}
    seeded(org, "x_size__c", type="Picklist", valueSet=members)
    client = org.client(SIZE)
    assert client.provision("contact", [SIZE]) == ("CrmBridge_Id__c",)
    options = next(each.options for each in client.describe("contact") if each.name == "x_size__c")
    assert options == ("small", "Huge", "A+", "A-")
    assert client.project("contact", {"x_size": "Small"}) == {"x_size": "Small"}
    (result,) = client.write("contact", [WriteOp("upsert", "con_1", fields={"x_size": "Small"})])
    assert org.state("Contact")[result.external_id]["x_size__c"] == "small"


def test_a_field_of_the_orgs_own_is_found_however_it_is_spelt(org: Org) -> None:
    seeded(org, "LEAD_score__c", type="Percent", precision=5, scale=1)
    client = org.client(SCORE)
    assert client.provision("contact", [SCORE]) == ("CrmBridge_Id__c",)
    assert client.project("contact", {"x_score": "12.34"}) == {"x_score": "12.3"}


def test_a_field_that_was_hidden_from_us_is_shown_to_us(org: Org) -> None:
    seeded(org, "x_vip__c", visible=False, type="Checkbox", defaultValue="false")
    client = org.client(VIP)
    assert client.provision("contact", [VIP]) == ("CrmBridge_Id__c",)
    assert client.project("contact", {"x_vip": True}) == {"x_vip": True}


def test_a_field_of_another_type_is_refused(org: Org) -> None:
    seeded(org, "x_vip__c", type="Text", length=10)
    with pytest.raises(FatalProviderError, match="of type string and cannot hold boolean") as refusal:
        org.client(VIP).provision("contact", [VIP])
    assert refusal.value.code == "FIELD_OF_ANOTHER_TYPE"


def test_an_org_that_has_no_room_for_a_field_says_so_in_its_own_words(org: Org) -> None:
    bad = CustomField("contact", "x_size", "Size", "choice", options=("Same", "same"))
    with pytest.raises(FatalProviderError, match="Duplicate value"):
        org.client(bad).provision("contact", [bad])


def test_a_label_is_cut_to_what_salesforce_takes() -> None:
    assert metadata_of(CustomField("contact", "x_a", "L" * 60, "text"))["label"] == "L" * 40


def test_a_picklist_of_a_global_value_set_is_not_ours_to_change() -> None:
    assert with_options({"type": "Picklist", "valueSet": {"valueSetName": "Sizes"}}, ["A"]) is None


def test_a_box_is_never_empty() -> None:
    org = facts(VIP, x_vip__c={"type": "boolean"}, Id={})
    assert project({"x_vip": None}, org) == {"x_vip": False}
    row = {"Id": "003000000000001AAA", "x_vip__c": None}
    assert observe(row, org).fields == {"x_vip": False}
    with pytest.raises(ValueError, match="neither true nor false"):
        observe({**row, "x_vip__c": "maybe"}, org)


def test_a_web_address_that_does_not_fit_is_left_out_rather_than_cut() -> None:
    org = facts(LINK, x_link__c={"type": "url", "length": 255})
    assert project({"x_link": "https://example.com/" + "a" * 255}, org) == {}


def test_a_field_that_we_may_only_see_is_read_and_not_written() -> None:
    org = facts(SCORE, Lead_Score__c={"type": "double", "createable": False, "updateable": False})
    assert observe({"Id": "003000000000001AAA", "Lead_Score__c": 7.5}, org).fields == {"x_score": "7.5"}
    assert project({"x_score": "8"}, org) == {}

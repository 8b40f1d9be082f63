"""Kits of custom fields: made in every CRM that can have them, used where they are there, twice without harm."""

from __future__ import annotations

import pytest

from crmbridge import connectors
from crmbridge.domain.workflows.field_kits import KITS, kit_for
from tests.functional.people import HubSpotPerson
from tests.functional.rehearsal import Rehearsal
from tests.functional.watching import assert_problem


def make(rehearsal: Rehearsal, kit: str) -> dict[str, tuple[str, int]]:
    status, shown = rehearsal.call("POST", f"/api/crm/field-kits/{kit}")
    assert status == 200, shown
    return {each["provider"]: (each["result"], each["fields"]) for each in shown["items"]}


def test_a_kit_is_made_in_every_crm_by_the_names_of_the_founding_systems(rehearsal):
    rehearsal.connect("hubspot")
    rehearsal.connect("salesforce")
    made = make(rehearsal, "social")
    assert {crm: result for crm, (result, _) in made.items()} == {"hubspot": "made", "salesforce": "made"}
    assert made["salesforce"][1] == len(KITS["social"])
    assert make(rehearsal, "social") == {"hubspot": ("unchanged", 0), "salesforce": ("unchanged", 0)}
    fields = rehearsal.call("GET", "/api/crm/integrations")[1]["items"]
    names = {each["provider"]: {one["remoteName"] for one in each["customFields"]} for each in fields}
    assert {"twitter_username__c", "instagram_followers__c", "social_engagement_score__c"} <= names["salesforce"]
    assert {"twitter_username", "social_platform", "social_sentiment"} <= names["hubspot"]


def test_a_field_that_people_made_before_is_used_as_it_is(monkeypatch):
    rehearsal = Rehearsal(monkeypatch, ("hubspot",))
    integration_id = rehearsal.connect("hubspot")
    mine = {"entity": "contact", "name": "x_vip", "label": "VIP", "kind": "boolean", "remoteName": "is_vip"}
    assert rehearsal.call("PATCH", f"/api/crm/integrations/{integration_id}", {"customFields": [mine]})[0] == 200
    assert make(rehearsal, "repair_shop") == {"hubspot": ("made", 22)}
    shown = rehearsal.call("GET", f"/api/crm/integrations/{integration_id}")[1]
    assert [each["remoteName"] for each in shown["customFields"] if each["name"] == "x_vip"] == ["is_vip"]
    assert HubSpotPerson(rehearsal).rows("contacts") == []


def test_pipedrive_has_them_by_their_labels(monkeypatch):
    rehearsal = Rehearsal(monkeypatch, ("pipedrive",))
    rehearsal.connect("pipedrive")
    assert make(rehearsal, "social")["pipedrive"][0] == "made"
    fields = rehearsal.control("pipedrive", "state")["fields"]
    labels = {str(each) for book in fields.values() for each in book}
    for wanted in ("Social Engagement Score", "Primary Social Platform", "Twitter Profile URL"):
        assert any(wanted in each for each in labels), wanted


def test_a_kit_that_is_none_is_refused_with_those_there_are(rehearsal):
    answer = rehearsal.call("POST", "/api/crm/field-kits/everything")
    assert_problem(answer, 404, field="kit")
    assert "social, repair_shop" in answer[1]["nextStep"]


@pytest.mark.parametrize("kit", sorted(KITS))
@pytest.mark.parametrize("crm", connectors.names())
def test_every_crm_gets_what_it_can_have_and_nothing_else(crm, kit):
    supports = connectors.declaration(crm).supports
    wanted = kit_for(kit, crm, supports, ())
    assert {each.entity for each in wanted} <= set(supports.entities)
    assert not {f"{each.entity} custom fields" for each in wanted} & supports.not_built.keys()
    assert kit_for(kit, crm, supports, wanted) == ()
    assert any(each.entity == "contact" for each in wanted)

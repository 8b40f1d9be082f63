"""Custom fields through the API: asked for, refused with a reason, made in the CRM, taking part."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity
from crmbridge.errors import FatalProviderError, RequestRejectedError
from crmbridge.services.hub import Hub, load_integrations
from crmbridge.services.manage_integrations import create_integration, show, update_integration
from tests.unit.services.hubs import WORKSPACE, Clock, OneCrm, connected, make_hub

SOLUTION = {
    "entity": "company",
    "name": "x_solution",
    "label": "Solution",
    "kind": "choice",
    "options": ["Own plant", "Partner plant"],
}
SCORE = {"entity": "contact", "name": "x_score", "label": "Score", "kind": "number", "remoteName": "lead_score"}


class Making:
    """A CRM's client that notes what it is to make."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.made: list[tuple[str, list[str]]] = []
        self.refusal = refusal

    def provision(self, entity: Entity, wanted: Any = ()) -> tuple[str, ...]:
        if self.refusal is not None:
            raise self.refusal
        self.made.append((entity, [each.name for each in wanted]))
        return ()


def hub_of(client: Making) -> Hub:
    return make_hub(Clock(), OneCrm(crm_client=client))


def test_wanted_fields_are_kept_shown_and_take_part():
    hub = hub_of(Making())
    made = create_integration(hub, WORKSPACE, {"provider": "acme", "customFields": [SOLUTION, SCORE]})
    held = load_integrations(hub, WORKSPACE)[made.integration_id]
    assert held.custom_fields == (
        CustomField("company", "x_solution", "Solution", "choice", options=("Own plant", "Partner plant")),
        CustomField("contact", "x_score", "Score", "number", remote_name="lead_score"),
    )
    assert show(held)["customFields"] == [{**SOLUTION, "remoteName": ""}, {**SCORE, "options": []}]
    assert "x_solution" in held.rules["company"].fields
    assert "x_solution" not in held.rules["contact"].fields


def test_a_connected_crm_has_its_fields_made_before_they_take_part():
    client = Making()
    hub = hub_of(client)
    integration = connected(hub)
    changed = update_integration(hub, integration, {"customFields": [SCORE]})
    assert client.made == [("company", []), ("contact", ["x_score"])]
    assert "x_score" in changed.rules["contact"].fields
    update_integration(hub, changed, {"name": "Another name"})
    assert len(client.made) == 2


def test_what_the_crm_refuses_changes_nothing():
    hub = hub_of(Making(FatalProviderError("no more fields", provider="acme", status=400, code="LIMIT")))
    integration = connected(hub)
    with pytest.raises(FatalProviderError, match="no more fields"):
        update_integration(hub, integration, {"customFields": [SCORE]})
    assert load_integrations(hub, WORKSPACE)[integration.integration_id].custom_fields == ()


def test_a_custom_field_can_be_left_out_and_stays_out_until_it_is_named():
    hub = hub_of(Making())
    integration = update_integration(hub, connected(hub), {"customFields": [SCORE]})
    fields = {"entities": {"contact": {"fields": ["email"]}}}
    changed = update_integration(hub, integration, {"syncConfig": fields})
    assert changed.rules["contact"].fields == ("email",)
    assert update_integration(hub, changed, {"name": "x"}).rules["contact"].fields == ("email",)
    named = {"entities": {"contact": {"fields": ["email", "x_score"]}}}
    assert update_integration(hub, changed, {"syncConfig": named}).rules["contact"].fields == ("email", "x_score")


def test_a_field_that_is_wanted_no_more_takes_part_no_more():
    hub = hub_of(Making())
    integration = update_integration(hub, connected(hub), {"customFields": [SCORE]})
    changed = update_integration(hub, integration, {"customFields": []})
    assert changed.custom_fields == ()
    assert "x_score" not in changed.rules["contact"].fields
    assert "email" in changed.rules["contact"].fields


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({}, "customFields", "a list"),
        (["x_score"], "customFields[0]", "an object"),
        ([{**SCORE, "entity": "deal"}], "customFields[0].entity", "one of company, contact"),
        ([{**SCORE, "name": "score"}], "customFields[0].name", "x_"),
        ([{**SCORE, "name": "x_Score"}], "customFields[0].name", "x_"),
        ([{**SCORE, "name": "x_" + "a" * 39}], "customFields[0].name", "1 to 38"),
        ([{**SCORE, "name": "x_a__b"}], "customFields[0].name", "single _"),
        ([{**SCORE, "name": "x_a_"}], "customFields[0].name", "single _"),
        ([{**SCORE, "name": 7}], "customFields[0].name", "x_"),
        ([{**SCORE, "label": "  "}], "customFields[0].label", "1 to 120"),
        ([{key: value for key, value in SCORE.items() if key != "label"}], "customFields[0].label", "1 to 120"),
        ([{**SCORE, "kind": "money"}], "customFields[0].kind", "one of text"),
        ([{**SCORE, "remoteName": 7}], "customFields[0].remoteName", "1 to 120"),
        ([{**SCORE, "options": ["1"]}], "customFields[0].options", "left out"),
        ([{**SOLUTION, "options": []}], "customFields[0].options", "different texts"),
        ([{**SOLUTION, "options": ["A", "a"]}], "customFields[0].options", "different texts"),
        ([{**SOLUTION, "options": "A"}], "customFields[0].options", "a list of texts"),
        ([{**SCORE, "remote_name": "s"}], "customFields[0].remote_name", "left out"),
        ([SCORE, SOLUTION, SCORE], "customFields", "contact.x_score is there twice"),
        ([SCORE, {**SCORE, "name": "x_other"}], "customFields", "lead_score of contact is there twice"),
    ],
)
def test_a_wrong_definition_is_refused_with_its_place(given, field, words):
    hub = hub_of(Making())
    with pytest.raises(RequestRejectedError, match="must be") as refusal:
        update_integration(hub, connected(hub), {"customFields": given})
    assert refusal.value.field == field
    assert words in str(refusal.value)


def test_the_same_name_is_the_same_kind_in_every_crm():
    hub = hub_of(Making())
    update_integration(hub, connected(hub, "int_a"), {"customFields": [SCORE]})
    other = connected(hub, "int_b")
    with pytest.raises(RequestRejectedError, match=r"number, as contact\.x_score is in another integration"):
        update_integration(hub, other, {"customFields": [{**SCORE, "kind": "text"}]})
    update_integration(hub, other, {"customFields": [{**SCORE, "remoteName": "points"}]})


def test_a_field_nobody_defined_cannot_take_part():
    hub = hub_of(Making())
    with pytest.raises(RequestRejectedError, match="fields of"):
        update_integration(hub, connected(hub), {"syncConfig": {"entities": {"contact": {"fields": ["x_score"]}}}})

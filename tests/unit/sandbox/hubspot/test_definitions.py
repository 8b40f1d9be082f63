"""Properties, groups, pipelines, owners: reading, creating, and what is refused."""

from __future__ import annotations

import pytest

PROPERTIES = "/crm/v3/properties/contacts"


def _definition(**changes):
    body = {
        "name": "our_id",
        "label": "Our id",
        "type": "string",
        "fieldType": "text",
        "groupName": "contactinformation",
    }
    return body | changes


def test_read_only_values_are_flagged(api) -> None:
    rows = {row["name"]: row for row in api.get(PROPERTIES).json()["results"]}
    assert rows["associatedcompanyid"]["modificationMetadata"]["readOnlyValue"] is True
    assert rows["lastname"]["modificationMetadata"]["readOnlyValue"] is False
    assert rows["email"]["hubspotDefined"] is True


def test_a_property_is_created_once_and_used(api, contact) -> None:
    group = {"name": "crm_bridge", "label": "CRM Bridge"}
    made = api.post(f"{PROPERTIES}/groups", json=group)
    assert (made.status_code, made.json()["archived"]) == (201, False)
    created = api.post(PROPERTIES, json=_definition(groupName="crm_bridge", hasUniqueValue=True))
    assert (created.status_code, created.json()["hasUniqueValue"]) == (201, True)
    assert api.post(PROPERTIES, json=_definition()).status_code == 409
    person = contact(lastname="Okafor", our_id="k-1")
    read = api.get("/crm/v3/objects/contacts/k-1", params={"idProperty": "our_id"})
    assert read.json()["id"] == person["id"]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Our-Id"},
        {"name": "9lives"},
        {"groupName": "nosuchgroup"},
        {"type": "text"},
        {"fieldType": "select"},
        {"type": "enumeration", "fieldType": "select"},
        {"type": "bool", "fieldType": "booleancheckbox", "hasUniqueValue": True},
    ],
)
def test_definitions_that_make_no_sense_are_refused(api, changes) -> None:
    assert api.post(PROPERTIES, json=_definition(**changes)).status_code == 400


def test_uniqueness_is_limited_to_ten_and_cannot_be_changed(api) -> None:
    for number in range(10):
        body = _definition(name=f"key_{number}", hasUniqueValue=True)
        assert api.post(PROPERTIES, json=body).status_code == 201
    assert api.post(PROPERTIES, json=_definition(name="key_10", hasUniqueValue=True)).status_code == 400
    assert api.patch(f"{PROPERTIES}/key_1", json={"hasUniqueValue": False}).status_code == 400
    assert api.patch(f"{PROPERTIES}/key_1", json={"label": "Key"}).json()["hasUniqueValue"] is True


def test_a_batch_of_definitions_tells_which_exist(api) -> None:
    rows = {"inputs": [_definition(), _definition(), _definition(name="other")]}
    answer = api.post(f"{PROPERTIES}/batch/create", json=rows)
    assert answer.status_code == 207
    assert [row["name"] for row in answer.json()["results"]] == ["our_id", "other"]


def test_own_options_are_enforced_and_several_are_appended(api, contact) -> None:
    options = [{"label": value.upper(), "value": value} for value in ("a", "b", "c")]
    body = _definition(name="letters", type="enumeration", fieldType="checkbox", options=options)
    api.post(PROPERTIES, json=body).raise_for_status()
    person = contact(lastname="Okafor", letters="a;b")
    path = f"/crm/v3/objects/contacts/{person['id']}"
    assert api.patch(path, json={"properties": {"letters": "z"}}).status_code == 400
    changed = api.patch(path, json={"properties": {"letters": ";c"}}).json()
    assert changed["properties"]["letters"] == "a;b;c"


def test_the_vendors_properties_are_not_deleted_and_own_ones_are(api) -> None:
    api.post(PROPERTIES, json=_definition()).raise_for_status()
    assert api.delete(f"{PROPERTIES}/email").status_code == 400
    assert api.delete(f"{PROPERTIES}/our_id").status_code == 204
    assert api.get(f"{PROPERTIES}/our_id").status_code == 404
    assert api.delete(f"{PROPERTIES}/our_id").status_code == 204


def test_a_group_with_properties_is_not_deleted(api) -> None:
    assert api.delete(f"{PROPERTIES}/groups/contactinformation").status_code == 400
    api.post(f"{PROPERTIES}/groups", json={"name": "empty", "label": "Empty"}).raise_for_status()
    assert api.delete(f"{PROPERTIES}/groups/empty").status_code == 204


def test_pipelines_need_probabilities_and_used_stages_stay(api) -> None:
    path = "/crm/v3/pipelines/deals"
    stage = {"label": "Talk", "displayOrder": 0, "metadata": {"probability": "0.5"}}
    body = {"label": "Partners", "displayOrder": 1, "stages": [stage]}
    made = api.post(path, json=body).json()
    assert made["stages"][0]["metadata"] == {"probability": "0.5", "isClosed": "false"}
    assert api.post(f"{path}/{made['id']}/stages", json=stage | {"label": "X", "metadata": {}}).status_code == 400
    deal = {"properties": {"pipeline": made["id"], "dealstage": made["stages"][0]["id"]}}
    api.post("/crm/v3/objects/deals", json=deal).raise_for_status()
    refused = api.delete(f"{path}/{made['id']}", params={"validateReferencesBeforeDelete": "true"})
    assert refused.json()["subCategory"] == "PipelineError.STAGE_ID_IN_USE"
    stages = f"{path}/{made['id']}/stages/{made['stages'][0]['id']}"
    assert api.patch(stages, json={"label": "Talked"}).json()["label"] == "Talked"
    assert api.get("/crm/v3/pipelines/contacts").status_code == 400


def test_a_deactivated_owner_has_no_user_and_owns_nothing_new(api, contact) -> None:
    active = api.get("/crm/v3/owners").json()["results"]
    assert all(owner["userId"] == owner["userIdIncludingInactive"] for owner in active)
    (gone,) = api.get("/crm/v3/owners", params={"archived": "true"}).json()["results"]
    assert (gone["userId"], gone["archived"]) == (None, True)
    body = {"properties": {"lastname": "X", "hubspot_owner_id": gone["id"]}}
    assert api.post("/crm/v3/objects/contacts", json=body).status_code == 400
    assert contact(lastname="Y", hubspot_owner_id=active[0]["id"])["id"]


def test_owners_are_found_by_address_and_by_user(api) -> None:
    (owner,) = api.get("/crm/v3/owners", params={"email": "SAM.seller@harbour-lane.example"}).json()["results"]
    by_user = api.get(f"/crm/v3/owners/{owner['userId']}", params={"idProperty": "userId"})
    assert by_user.json()["id"] == owner["id"]
    assert api.get(f"/crm/v3/owners/{owner['userId']}").status_code == 404

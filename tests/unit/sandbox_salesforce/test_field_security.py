from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.sandbox_salesforce.org_client import DATA, OrgClient

FIELDS = f"{DATA}/tooling/sobjects/CustomField"
TEXT = {"label": "Hub Id", "type": "Text", "length": 64, "unique": True, "externalId": True, "required": False}


def _make(org: OrgClient, full_name: str = "Contact.Hub_Id__c", **metadata: Any) -> httpx.Response:
    return org.post(FIELDS, json={"FullName": full_name, "Metadata": metadata or TEXT})


def _grant(org: OrgClient, set_id: str, field: str = "Contact.Hub_Id__c", **flags: bool) -> httpx.Response:
    body = {"ParentId": set_id, "SobjectType": field.partition(".")[0], "Field": field}
    return org.post(
        f"{DATA}/sobjects/FieldPermissions",
        json={**body, "PermissionsRead": True, "PermissionsEdit": True, **flags},
    )


def _assigned_set(org: OrgClient) -> str:
    set_id = org.new("PermissionSet", Name="Hub_Access", Label="Hub access")
    me = org.rows("SELECT Id FROM User WHERE Name = 'Ines Integration'")[0]["Id"]
    org.new("PermissionSetAssignment", PermissionSetId=set_id, AssigneeId=me)
    return set_id


def _code(answer: httpx.Response) -> str:
    assert answer.status_code == 400, answer.text
    return answer.json()[0]["errorCode"]


def test_a_new_field_does_not_exist_until_it_is_granted(org: OrgClient):
    made = _make(org)
    assert (made.status_code, made.json()["success"]) == (201, True)
    assert org.refused("SELECT Hub_Id__c FROM Contact")["errorCode"] == "INVALID_FIELD"
    contact = {"LastName": "x", "Hub_Id__c": "1"}
    refused = org.post(f"{DATA}/sobjects/Contact", json=contact)
    assert _code(refused) == "INVALID_FIELD"
    assert "No such column 'Hub_Id__c' on sobject of type Contact" in refused.json()[0]["message"]
    assert org.patch(f"{DATA}/sobjects/Contact/Hub_Id__c/1", json={"LastName": "x"}).status_code == 404
    assert _grant(org, _assigned_set(org)).status_code == 201
    assert org.patch(f"{DATA}/sobjects/Contact/Hub_Id__c/1", json={"LastName": "x"}).status_code == 201
    assert org.rows("SELECT Hub_Id__c FROM Contact")[0]["Hub_Id__c"] == "1"
    names = {each["name"] for each in org.get(f"{DATA}/sobjects/Contact/describe").json()["fields"]}
    assert "Hub_Id__c" in names


def test_a_grant_on_a_set_that_is_not_assigned_changes_nothing(org: OrgClient):
    _make(org)
    _grant(org, org.new("PermissionSet", Name="Hub_Access", Label="Hub access"))
    assert org.refused("SELECT Hub_Id__c FROM Contact")["errorCode"] == "INVALID_FIELD"


def test_a_field_that_may_only_be_read_cannot_be_written(org: OrgClient):
    _make(org)
    _grant(org, _assigned_set(org), PermissionsEdit=False)
    answer = org.post(f"{DATA}/sobjects/Contact", json={"LastName": "x", "Hub_Id__c": "1"})
    assert _code(answer) == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_taking_the_grant_away_hides_the_field_again(org: OrgClient):
    _make(org)
    granted = _grant(org, _assigned_set(org)).json()["id"]
    assert org.delete(f"{DATA}/sobjects/FieldPermissions/{granted}").status_code == 204
    assert org.refused("SELECT Hub_Id__c FROM Contact")["errorCode"] == "INVALID_FIELD"


def test_assigning_a_set_twice_is_refused_in_the_recorded_words(org: OrgClient):
    set_id = _assigned_set(org)
    me = org.rows("SELECT Id FROM User WHERE Name = 'Ines Integration'")[0]["Id"]
    body = {"PermissionSetId": set_id, "AssigneeId": me}
    answer = org.post(f"{DATA}/sobjects/PermissionSetAssignment", json=body)
    assert _code(answer) == "DUPLICATE_VALUE"
    assert answer.json()[0] == {
        "message": f"Duplicate PermissionSetAssignment.  Assignee: {me[:15]}; Permission Set: {set_id[:15]}",
        "errorCode": "DUPLICATE_VALUE",
        "fields": ["AssigneeId", "PermissionSetId"],
    }


@pytest.mark.parametrize("field", ["Contact.Nope__c", "Contact.LastName", "Account.Hub_Id__c"])
def test_only_fields_with_field_level_security_can_be_granted(org: OrgClient, field: str):
    _make(org)
    assert _code(_grant(org, _assigned_set(org), field)) == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_granting_twice_and_editing_without_reading_are_refused(org: OrgClient):
    _make(org)
    set_id = _assigned_set(org)
    assert _code(_grant(org, set_id, PermissionsRead=False)) == "FIELD_INTEGRITY_EXCEPTION"
    _grant(org, set_id)
    assert _code(_grant(org, set_id)) == "DUPLICATE_VALUE"


@pytest.mark.parametrize(
    ("full_name", "metadata", "code"),
    [
        ("Contact.No_Suffix", TEXT, "FIELD_INTEGRITY_EXCEPTION"),
        ("Contact.Two__Scores__c", TEXT, "FIELD_INTEGRITY_EXCEPTION"),
        ("Task.Hub_Id__c", TEXT, "FIELD_INTEGRITY_EXCEPTION"),
        ("Nothing.Hub_Id__c", TEXT, "FIELD_INTEGRITY_EXCEPTION"),
        ("Contact.A__c", {**TEXT, "length": 256}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Contact.A__c", {**TEXT, "type": "Rhyme"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Contact.A__c", {"type": "Text", "length": 5}, "REQUIRED_FIELD_MISSING"),
        ("Contact.A__c", {"type": "LongTextArea", "label": "A", "length": 100}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Contact.A__c", {"type": "Number", "label": "A", "precision": 19, "scale": 0}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Contact.A__c", {"type": "Checkbox", "label": "A", "required": True}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Contact.A__c", {"type": "Date", "label": "A", "externalId": True}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Contact.A__c", {"type": "Picklist", "label": "A"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Contact.A__c", {"type": "LongTextArea", "label": "A", "length": 1000}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Contact.A__c", {**TEXT, "label": "A" * 41}, "FIELD_INTEGRITY_EXCEPTION"),
        (f"Contact.{'A' * 41}__c", TEXT, "FIELD_INTEGRITY_EXCEPTION"),
    ],
)
def test_fields_that_cannot_be_are_refused(org: OrgClient, full_name: str, metadata: dict, code: str):
    assert _code(_make(org, full_name, **metadata)) == code


def test_a_picklists_values_are_those_of_its_latest_metadata(org: OrgClient):
    def metadata(*names: str, kind: str = "Picklist") -> dict[str, object]:
        values = [{"valueName": name, "label": name} for name in names]
        return {
            "type": kind,
            "label": "Size",
            "valueSet": {"restricted": True, "valueSetDefinition": {"value": values}},
        }

    field_id = _make(org, "Contact.Size__c", **metadata("S", "M")).json()["id"]
    _grant(org, _assigned_set(org), "Contact.Size__c")
    assert [each["valueName"] for each in _values(org, field_id)] == ["S", "M"]
    changed = org.patch(f"{FIELDS}/{field_id}", json={"Metadata": metadata("M", "L")})
    assert (changed.status_code, changed.content) == (204, b"")
    assert [each["valueName"] for each in _values(org, field_id)] == ["M", "L"]
    assert org.new("Contact", LastName="x", Size__c="L")
    refused = org.post(f"{DATA}/sobjects/Contact", json={"LastName": "x", "Size__c": "S"})
    assert _code(refused) == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    other = metadata("M", kind="MultiselectPicklist") | {"visibleLines": 4}
    assert _code(org.patch(f"{FIELDS}/{field_id}", json={"Metadata": other})) == "FIELD_INTEGRITY_EXCEPTION"
    assert _code(org.patch(f"{FIELDS}/{field_id}", json={})) == "REQUIRED_FIELD_MISSING"


def _values(org: OrgClient, field_id: str) -> list[dict[str, object]]:
    return org.get(f"{FIELDS}/{field_id}").json()["Metadata"]["valueSet"]["valueSetDefinition"]["value"]


def test_a_field_exists_once_and_external_ids_are_few(org: OrgClient):
    _make(org)
    assert _code(_make(org)) == "DUPLICATE_DEVELOPER_NAME"
    for number in range(24):
        assert _make(org, f"Contact.Key_{number}__c", **TEXT).status_code == 201
    assert _code(_make(org, "Contact.Key_25__c", **TEXT)) == "LIMIT_EXCEEDED"


def test_activity_fields_live_on_task_and_event(org: OrgClient):
    assert _make(org, "Activity.Hub_Id__c", **TEXT).status_code == 201
    set_id = _assigned_set(org)
    assert _grant(org, set_id, "Task.Hub_Id__c").status_code == 201
    assert org.rows("SELECT Hub_Id__c FROM Task") == []
    assert org.refused("SELECT Hub_Id__c FROM Event")["errorCode"] == "INVALID_FIELD"


def test_tooling_queries_find_the_field_and_delete_removes_it_with_its_values(org: OrgClient):
    org.seed(custom_fields=[{"full_name": "Contact.Hub_Id__c", "metadata": TEXT}])
    record_id = org.new("Contact", LastName="x", Hub_Id__c="1")
    query = "SELECT Id, DeveloperName FROM CustomField WHERE DeveloperName = 'Hub_Id'"
    found = org.get(f"{DATA}/tooling/query", params={"q": query}).json()["records"]
    assert [row["DeveloperName"] for row in found] == ["Hub_Id"]
    assert org.get(f"{FIELDS}/{found[0]['Id']}").json()["Metadata"]["externalId"]
    assert org.delete(f"{FIELDS}/{found[0]['Id']}").status_code == 204
    assert "Hub_Id__c" not in org.row("Contact", record_id)
    assert org.get(f"{FIELDS}/{found[0]['Id']}").status_code == 404


def test_standard_fields_can_be_hidden_by_the_administrator(org: OrgClient):
    org.switch(hidden_fields={"Contact": ["Phone"]})
    assert org.refused("SELECT Phone FROM Contact")["errorCode"] == "INVALID_FIELD"
    assert _code(org.post(f"{DATA}/sobjects/Contact", json={"LastName": "x", "Phone": "1"})) == "INVALID_FIELD"


def test_custom_types_hold_their_values_to_their_form(org: OrgClient):
    fields = {
        "Score__c": {"type": "Number", "label": "Score", "precision": 5, "scale": 2},
        "Vip__c": {"type": "Checkbox", "label": "Vip", "defaultValue": "true"},
        "Note__c": {"type": "LongTextArea", "label": "Note", "length": 1000, "visibleLines": 3},
        "Tags__c": {
            "type": "MultiselectPicklist",
            "visibleLines": 4,
            "label": "Tags",
            "valueSet": {
                "restricted": True,
                "valueSetDefinition": {"value": [{"fullName": each} for each in ("a", "b", "c")]},
            },
        },
        "Twin__c": {"type": "Lookup", "label": "Twin", "referenceTo": "Contact"},
    }
    org.seed(custom_fields=[{"full_name": f"Contact.{name}", "metadata": each} for name, each in fields.items()])
    first = org.new("Contact", LastName="a", Score__c=1.005, Tags__c="a;c")
    org.new("Contact", LastName="b", Twin__c=first)
    row = org.row("Contact", first)
    assert (row["Score__c"], row["Vip__c"], row["Tags__c"]) == (1.01, True, "a;c")
    found = org.rows("SELECT LastName, Twin__r.LastName FROM Contact WHERE Tags__c EXCLUDES ('a;c')")
    assert [(each["LastName"], each["Twin__r"]["LastName"]) for each in found] == [("b", "a")]
    contacts = f"{DATA}/sobjects/Contact"
    assert _code(org.post(contacts, json={"LastName": "x", "Score__c": 1000})) == "NUMBER_OUTSIDE_VALID_RANGE"
    assert _code(org.post(contacts, json={"LastName": "x", "Tags__c": "a;z"})).endswith("RESTRICTED_PICKLIST")
    assert org.refused("SELECT Id FROM Contact WHERE Note__c = 'x'")["errorCode"] == "INVALID_FIELD"

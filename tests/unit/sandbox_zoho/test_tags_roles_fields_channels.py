from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.sandbox_zoho.conftest import Api

URL = "https://hooks.example.com/zoho?from=demo"
FIELD = {"field_label": "Tax No", "data_type": "text", "length": 30}
UNIQUE = {**FIELD, "unique": {"case_sensitive": False}}


def tag(api: Api, verb: str, ids: list[str], *names: str, **more: Any) -> Any:
    body = {"tags": [{"name": each} for each in names], "ids": ids, **more}
    return api.call("POST", f"/Contacts/actions/{verb}", body).json()


def names(api: Api, record_id: str) -> list[str]:
    return [each["name"] for each in api.call("GET", f"/Contacts/{record_id}").json()["data"][0]["Tag"]]


def test_tags_are_added_overwritten_and_removed(api: Api):
    (one,) = api.made("Contacts", {"Last_Name": "Prado"})
    tag(api, "add_tags", [one], "A", "B")
    tag(api, "add_tags", [one], "C")
    assert names(api, one) == ["A", "B", "C"]
    tag(api, "remove_tags", [one], "B", "X")
    assert names(api, one) == ["A", "C"]
    tag(api, "add_tags", [one], "D", over_write=True)
    assert names(api, one) == ["D"]


def test_too_many_too_long_or_no_tags_are_refused(api: Api):
    (one,) = api.made("Contacts", {"Last_Name": "Prado"})
    assert tag(api, "add_tags", [one], "x" * 26)["details"]["maximum_length"] == 25
    assert tag(api, "add_tags", [one], *map(str, range(11)))["data"][0]["code"] == "LIMIT_EXCEEDED"
    assert tag(api, "add_tags", [one])["code"] == "MANDATORY_NOT_FOUND"
    assert tag(api, "add_tags", [one] * 501, "A")["code"] == "LIMIT_EXCEEDED"
    assert tag(api, "add_tags", ["1"], "A")["data"][0]["code"] == "INVALID_DATA"
    assert "Tag" not in json.dumps(api.call("GET", "/settings/tags?module=Contacts").json()["tags"])


def test_contacts_of_a_deal_have_roles(api: Api):
    one, two = api.made("Contacts", {"Last_Name": "A"}, {"Last_Name": "B"})
    deal = {"Deal_Name": "D", "Stage": "Qualification", "Pipeline": "Standard (Standard)", "Contact_Name": {"id": one}}
    (deal_id,) = api.made("Deals", deal)
    path = f"/Deals/{deal_id}/Contact_Roles"
    assert api.call("GET", path).json()["code"] == "REQUIRED_PARAM_MISSING"
    assert api.call("GET", path, params={"fields": "id"}).status_code == 204
    role = api.call("GET", "/contacts/roles").json()["contact_roles"][0]
    (bad, good) = api.rows("PUT", path, {"id": one}, {"id": two, "Contact_Role": {"id": role["id"]}})
    assert (bad["code"], good["message"]) == ("MANDATORY_NOT_FOUND", "relation added")
    (row,) = api.call("GET", path, params={"fields": "id"}).json()["data"]
    assert (row["id"], row["Contact_Role"]["name"]) == (two, role["name"])
    api.control("options", {"primary_is_role": True})
    assert len(api.call("GET", path, params={"fields": "id"}).json()["data"]) == 2
    assert api.call("DELETE", path, params={"ids": two}).json()["data"][0]["message"] == "relation removed"


def test_a_field_is_made_and_its_api_name_is_zohos_to_choose(api: Api):
    (row,) = api.call("POST", "/settings/fields?module=Leads", {"fields": [FIELD]}).json()["fields"]
    assert row["details"].keys() == {"id"}
    fields = api.call("GET", "/settings/fields?module=Leads").json()["fields"]
    (made,) = [each for each in fields if each["custom_field"]]
    assert (made["api_name"], made["field_label"]) == ("Tax_No", "Tax No")


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([FIELD] * 6, "LIMIT_EXCEEDED"),
        ([{**FIELD, "field_label": "City"}], "DUPLICATE_DATA"),
        ([{**FIELD, "data_type": "nonsense"}], "INVALID_DATA"),
        ([{**FIELD, "length": 256}], "INVALID_DATA"),
        ([{"field_label": "Pick", "data_type": "picklist"}], "MANDATORY_NOT_FOUND"),
        ([{"field_label": "Long", "data_type": "textarea"}], "MANDATORY_NOT_FOUND"),
        ([{**UNIQUE, "data_type": "textarea"}], "INVALID_DATA"),
    ],
)
def test_a_wrong_field_is_refused(api: Api, rows: list[dict[str, Any]], code: str):
    said = api.call("POST", "/settings/fields?module=Leads", {"fields": rows}).json()
    assert (said.get("code") or said["fields"][0]["code"]) == code


def test_a_module_has_two_unique_fields_and_no_third(api: Api):
    rows = [{**UNIQUE, "field_label": f"Key {n}"} for n in range(3)]
    said = api.call("POST", "/settings/fields?module=Leads", {"fields": rows}).json()["fields"]
    assert [each["code"] for each in said] == ["SUCCESS", "SUCCESS", "LIMIT_EXCEEDED"]


def watch(api: Api, method: str = "POST", **changes: Any) -> Any:
    row = {"channel_id": "77", "events": ["Contacts.all"], "notify_url": URL, "token": "t", **changes}
    return api.call(method, "/actions/watch", {"watch": [row]}).json()["watch"][0]


def ends(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["details"]["events"][0]["channel_expiry"])


@pytest.mark.parametrize(
    ("days", "lasts"), [(None, timedelta(hours=1)), (8, timedelta(hours=1)), (6, timedelta(days=6))]
)
def test_a_channel_lasts_a_week_or_an_hour(api: Api, days: int | None, lasts: timedelta):
    now = datetime.now(UTC)
    told = {} if days is None else {"channel_expiry": (now + timedelta(days=days)).isoformat(timespec="seconds")}
    assert abs(ends(watch(api, **told)) - now - lasts) < timedelta(seconds=10)


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "x" * 51},
        {"channel_id": "abc"},
        {"events": ["Notes.all"]},
        {"events": ["Contacts.change"]},
        {"events": []},
        {"notify_url": "ftp://x.example"},
        {"notify_url": "https://x.example/" + "x" * 255},
    ],
)
def test_a_wrong_channel_is_refused(api: Api, changes: dict[str, Any]):
    assert watch(api, **changes)["status"] == "error"


def test_a_notification_names_ids_and_echoes_token_and_query(api: Api):
    watch(api)
    one, two = api.made("Contacts", {"Last_Name": "A"}, {"Last_Name": "B"})
    api.made("Accounts", {"Account_Name": "Quay"})
    api.rows("PUT", "/Contacts", {"id": one, "First_Name": "x"})
    api.rows("DELETE", f"/Contacts?ids={two}")
    api.app.crm.deliveries.flush()
    bodies = [json.loads(each.body) for each in api.posts]
    assert [(each["operation"], each["ids"]) for each in bodies] == [
        ("insert", [one, two]),
        ("update", [one]),
        ("delete", [two]),
    ]
    assert {(each["token"], each["channel_id"], each["query_params"]["from"]) for each in bodies} == {
        ("t", "77", "demo")
    }
    assert "/crm/v2/Contacts" in bodies[0]["resource_uri"]
    assert all("signature" not in name.lower() for each in api.posts for name in each.headers)


def test_a_channel_that_has_ended_tells_nothing(api: Api):
    watch(api)
    api.control("clock", {"advance_s": 3_601})
    api.connect()
    api.made("Contacts", {"Last_Name": "A"})
    api.app.crm.deliveries.flush()
    assert api.posts == []
    assert api.call("GET", "/actions/watch").json()["code"] == "NOT_SUBSCRIBED"


def test_events_are_added_replaced_cut_and_ended(api: Api):
    watch(api)
    watch(api, events=["Deals.create"])
    assert {each["resource_name"] for each in api.call("GET", "/actions/watch").json()["watch"]} == {
        "Contacts",
        "Deals",
    }
    watch(api, "PUT", events=["Leads.all", "Tasks.all"])
    watch(api, "PATCH", events=["Tasks.all"], _delete_events=True)
    (row,) = api.call("GET", "/actions/watch?channel_id=77").json()["watch"]
    assert row["events"] == ["Leads.all"]
    assert api.call("DELETE", "/actions/watch?channel_ids=77").json()["watch"][0]["status"] == "success"
    assert watch(api, "PUT")["code"] == "NOT_SUBSCRIBED"

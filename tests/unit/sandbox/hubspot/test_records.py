"""Single records: what is accepted, what is refused and in which words, what is read back."""

from __future__ import annotations

import json

import pytest

CONTACTS = "/crm/v3/objects/contacts"
SPELLINGS = (CONTACTS, "/crm/objects/2026-03/contacts", "/crm/objects/2026-09/0-1")


@pytest.mark.parametrize("path", SPELLINGS)
def test_every_spelling_of_the_path_reaches_the_same_records(api, contact, path) -> None:
    created = contact(email="mia@example.com")
    assert api.get(f"{path}/{created['id']}").json()["properties"]["email"] == "mia@example.com"


def test_reads_give_texts_and_nulls(api, contact) -> None:
    created = contact(lastname="Okafor", date_of_birth="1990-02-03")
    read = api.get(f"{CONTACTS}/{created['id']}", params={"properties": "lastname,phone,date_of_birth,nonsense"}).json()
    assert read["properties"] == {
        "createdate": "2026-05-01T12:00:00Z",
        "date_of_birth": "1990-02-03",
        "hs_object_id": created["id"],
        "lastmodifieddate": "2026-05-01T12:00:00Z",
        "lastname": "Okafor",
        "phone": None,
    }


def test_only_contacts_call_the_modified_date_lastmodifieddate(api) -> None:
    company = api.post("/crm/v3/objects/companies", json={"properties": {"name": "Harbour Tools"}}).json()
    assert "hs_lastmodifieddate" in company["properties"]
    assert "lastmodifieddate" not in company["properties"]


def test_an_unknown_property_is_refused_with_the_detail_twice(api) -> None:
    answer = api.post(CONTACTS, json={"properties": {"lastname": "X", "first000name": "Y"}})
    body = answer.json()
    assert (answer.status_code, body["category"]) == (400, "VALIDATION_ERROR")
    assert body["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    assert body["errors"][0]["context"] == {"propertyName": ["first000name"]}
    prefix, _, inside = body["message"].partition(": ")
    assert prefix == "Property values were not valid"
    assert json.loads(inside)[0]["name"] == "first000name"
    assert body["correlationId"]


@pytest.mark.parametrize(
    ("entity", "name", "value", "code"),
    [
        ("contacts", "email", "not an address", "INVALID_EMAIL"),
        ("contacts", "lifecyclestage", "Customer", "INVALID_OPTION"),
        ("contacts", "date_of_birth", "1990/02/03", "INVALID_DATE"),
        ("contacts", "date_of_birth", "86400001", "INVALID_DATE"),
        ("contacts", "hubspot_owner_id", "71300500", "INVALID_OWNER_ID"),
        ("contacts", "associatedcompanyid", "1", "READ_ONLY_VALUE"),
        ("contacts", "createdate", "2026-01-01T00:00:00Z", "READ_ONLY_VALUE"),
        ("companies", "annualrevenue", "1,200", "INVALID_INTEGER"),
        ("companies", "industry", "Computer Software", "INVALID_OPTION"),
        ("deals", "closedate", "2026-01-01", "INVALID_LONG"),
        ("deals", "closedate", "2026-01-01T00:00:00", "INVALID_LONG"),
        ("deals", "dealstage", "no such stage", "INVALID_OPTION"),
        ("deals", "pipeline", "no such pipeline", "INVALID_OPTION"),
    ],
)
def test_values_the_property_does_not_take_are_refused(api, entity, name, value, code) -> None:
    given = {"lastname": "X"} if entity == "contacts" else {}
    answer = api.post(f"/crm/v3/objects/{entity}", json={"properties": {**given, name: value}})
    assert answer.status_code == 400
    assert [problem["code"] for problem in answer.json()["errors"]] == [code]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-12-31T01:00:00+01:00", "2026-12-31T00:00:00Z"),
        ("1773300762188", "2026-03-12T07:32:42.188Z"),
        (1773300762188, "2026-03-12T07:32:42.188Z"),
    ],
)
def test_datetimes_are_read_in_utc_without_a_zero_fraction(api, written, read) -> None:
    deal = api.post("/crm/v3/objects/deals", json={"properties": {"closedate": written}}).json()
    assert deal["properties"]["closedate"] == read


def test_an_array_as_a_value_is_refused(api) -> None:
    answer = api.post(CONTACTS, json={"properties": {"lastname": ["a"]}})
    assert answer.status_code == 400
    assert "from Array value" in answer.json()["message"]


def test_a_contact_needs_an_address_or_a_name(api) -> None:
    assert api.post(CONTACTS, json={"properties": {"city": "Oslo"}}).status_code == 400


def test_a_taken_address_is_a_conflict_that_tells_the_holder(api, contact) -> None:
    first = contact(email="Mia@Example.com")
    answer = api.post(CONTACTS, json={"properties": {"email": "mia@example.COM "}})
    assert (answer.status_code, answer.json()["category"]) == (409, "CONFLICT")
    assert answer.json()["message"] == f"Contact already exists. Existing ID: {first['id']}"


def test_an_additional_address_is_taken_too(api, seed) -> None:
    more = {"email": "a@example.com", "hs_additional_emails": "b@example.com;c@example.com"}
    seed(contacts=[{"properties": more}])
    assert api.post(CONTACTS, json={"properties": {"email": "c@example.com"}}).status_code == 409
    assert api.get(f"{CONTACTS}/b@example.com", params={"idProperty": "email"}).status_code == 200


def test_an_empty_text_clears_and_null_leaves_alone(api, contact) -> None:
    created = contact(lastname="Okafor", city="Oslo", phone="1")
    path = f"{CONTACTS}/{created['id']}"
    api.patch(path, json={"properties": {"city": "", "phone": None}}).raise_for_status()
    read = api.get(path, params={"properties": "city,phone"}).json()["properties"]
    assert (read["city"], read["phone"]) == ("", "1")


def test_a_life_cycle_moves_forward_only(api, contact) -> None:
    created = contact(lastname="Okafor", lifecyclestage="customer")
    path = f"{CONTACTS}/{created['id']}"
    api.patch(path, json={"properties": {"lifecyclestage": "lead"}}).raise_for_status()
    shown = {"properties": "lifecyclestage"}
    assert api.get(path, params=shown).json()["properties"]["lifecyclestage"] == "customer"
    api.patch(path, json={"properties": {"lifecyclestage": ""}}).raise_for_status()
    api.patch(path, json={"properties": {"lifecyclestage": "lead"}}).raise_for_status()
    assert api.get(path, params=shown).json()["properties"]["lifecyclestage"] == "lead"


def test_a_deal_follows_its_stage(api) -> None:
    deal = api.post("/crm/v3/objects/deals", json={"properties": {"dealstage": "closedwon"}}).json()
    assert deal["properties"]["pipeline"] == "default"
    assert deal["properties"]["hs_is_closed_won"] == "true"
    path = f"/crm/v3/objects/deals/{deal['id']}"
    api.patch(path, json={"properties": {"dealstage": "closedlost"}}).raise_for_status()
    read = api.get(path, params={"properties": "hs_is_closed,hs_is_closed_won,hs_deal_stage_probability"})
    assert read.json()["properties"]["hs_is_closed_won"] == "false"
    assert read.json()["properties"]["hs_deal_stage_probability"] == "0.0"


def test_deleting_twice_is_no_error_and_the_address_is_free_again(api, contact) -> None:
    created = contact(email="mia@example.com")
    path = f"{CONTACTS}/{created['id']}"
    assert [api.delete(path).status_code, api.delete(path).status_code] == [204, 204]
    assert api.delete(f"{CONTACTS}/999").status_code == 204
    assert api.get(path).status_code == 404
    assert api.get(path, params={"archived": "true"}).json()["archivedAt"]
    assert contact(email="mia@example.com")["id"] != created["id"]


def test_archived_records_are_listed_apart(api, contact) -> None:
    gone, stays = contact(lastname="A"), contact(lastname="B")
    api.delete(f"{CONTACTS}/{gone['id']}")
    live = api.get(CONTACTS).json()["results"]
    archived = api.get(CONTACTS, params={"archived": "true"}).json()["results"]
    assert ([row["id"] for row in live], [row["id"] for row in archived]) == ([stays["id"]], [gone["id"]])


def test_a_list_pages_by_ten_unless_told_and_by_a_hundred_at_most(api, seed) -> None:
    seed(contacts=[{"properties": {"lastname": f"n{n}"}} for n in range(25)])
    first = api.get(CONTACTS).json()
    assert len(first["results"]) == 10
    second = api.get(CONTACTS, params={"after": first["paging"]["next"]["after"], "limit": 100}).json()
    assert len(second["results"]) == 15
    assert "paging" not in second
    assert api.get(CONTACTS, params={"limit": 101}).status_code == 400


def test_ids_repeat_over_object_types(seed) -> None:
    made = seed(
        contacts=[{"id": "901", "properties": {"lastname": "A"}}],
        companies=[{"id": "901", "properties": {"name": "B"}}],
    )
    assert made["ids"] == {"companies": ["901"], "contacts": ["901"]}


@pytest.mark.parametrize(
    ("mode", "moved", "announced"), [("bump", True, False), ("ignore", False, False), ("notify", True, True)]
)
def test_writing_an_unchanged_value_does_what_the_option_says(api, webhooks, mode, moved, announced) -> None:
    api.post("/_sandbox/options", json={"unchanged_writes": mode}).raise_for_status()
    created = api.post(CONTACTS, json={"properties": {"lastname": "Okafor"}}).json()
    webhooks()
    api.post("/_sandbox/clock", json={"advance_s": 60}).raise_for_status()
    path = f"{CONTACTS}/{created['id']}"
    api.patch(path, json={"properties": {"lastname": "Okafor"}}).raise_for_status()
    assert (api.get(path).json()["updatedAt"] != created["updatedAt"]) is moved
    assert bool(webhooks()) is announced


def test_a_merge_answers_a_new_record_and_both_old_ids_lead_to_it(api, contact) -> None:
    keep = contact(email="keep@example.com", lastname="Keep", lifecyclestage="lead")
    lose = contact(email="lose@example.com", lastname="Lose", city="Oslo", lifecyclestage="customer")
    ids = {"primaryObjectId": keep["id"], "objectIdToMerge": lose["id"]}
    merged = api.post(f"{CONTACTS}/merge", json=ids).json()
    assert merged["id"] not in {keep["id"], lose["id"]}
    values = merged["properties"]
    assert (values["lastname"], values["city"], values["lifecyclestage"]) == ("Keep", "Oslo", "customer")
    assert values["hs_additional_emails"] == "lose@example.com"
    assert set(values["hs_merged_object_ids"].split(";")) == {keep["id"], lose["id"]}
    path = f"{CONTACTS}/{lose['id']}"
    assert api.patch(path, json={"properties": {"zip": "1"}}).json()["id"] == merged["id"]
    batch = {"inputs": [{"id": lose["id"], "properties": {"zip": "2"}}]}
    assert api.post(f"{CONTACTS}/batch/update", json=batch).json()["errors"][0]["context"]["ids"] == [lose["id"]]
    assert api.get(CONTACTS, params={"archived": "true"}).json()["results"] == []


def test_a_merge_may_keep_the_primary(api, contact) -> None:
    api.post("/_sandbox/options", json={"merge_makes_new_record": False}).raise_for_status()
    keep, lose = contact(lastname="Keep"), contact(lastname="Lose")
    ids = {"primaryObjectId": keep["id"], "objectIdToMerge": lose["id"]}
    assert api.post(f"{CONTACTS}/merge", json=ids).json()["id"] == keep["id"]
    assert api.get(f"{CONTACTS}/{lose['id']}").json()["id"] == keep["id"]
    same = {"primaryObjectId": keep["id"], "objectIdToMerge": keep["id"]}
    assert api.post(f"{CONTACTS}/merge", json=same).status_code == 400


def test_a_privacy_deletion_leaves_nothing(api, contact) -> None:
    created = contact(email="mia@example.com")
    body = {"objectId": "mia@example.com", "idProperty": "email"}
    assert api.post(f"{CONTACTS}/gdpr-delete", json=body).status_code == 204
    assert api.get(f"{CONTACTS}/{created['id']}", params={"archived": "true"}).status_code == 404
    assert api.get("/_sandbox/state").json()["contacts"] == []


def test_an_object_type_that_does_not_exist_is_refused_without_a_category(api) -> None:
    body = api.get("/crm/v3/objects/butterflies").json()
    assert body["message"] == "Unable to infer object type from: butterflies"
    assert "category" not in body


def test_bodies_must_be_json_objects(api) -> None:
    assert api.post(CONTACTS, content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    for content in (b"{", b"[]", b'{"properties": 3}'):
        answer = api.post(CONTACTS, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400


def test_unknown_paths_and_methods_are_refused_in_json(api) -> None:
    assert api.get("/crm/v3/nothing").json()["status"] == "error"
    assert api.put(CONTACTS, json={}).status_code == 405


def test_a_lead_needs_a_contact(api, contact) -> None:
    person = contact(lastname="Okafor")
    properties = {"hs_lead_name": "Okafor asks"}
    assert api.post("/crm/v3/objects/leads", json={"properties": properties}).status_code == 400
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 578}
    body = {"properties": properties, "associations": [{"to": {"id": person["id"]}, "types": [kind]}]}
    assert api.post("/crm/v3/objects/leads", json=body).status_code == 201


def test_a_lead_needs_a_name_and_begins_at_the_first_stage(api, contact) -> None:
    person = contact(lastname="Okafor")
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 578}
    links = [{"to": {"id": person["id"]}, "types": [kind]}]
    refused = api.post("/crm/v3/objects/leads", json={"properties": {"hs_lead_label": "WARM"}, "associations": links})
    assert (refused.status_code, "hs_lead_name" in refused.json()["message"]) == (400, True)
    body = {"properties": {"hs_lead_name": "Okafor asks", "hs_lead_type": "NEW BUSINESS"}, "associations": links}
    made = api.post("/crm/v3/objects/leads", json=body).raise_for_status().json()
    shown = api.get(f"/crm/v3/objects/leads/{made['id']}", params={"properties": "hs_pipeline,hs_pipeline_stage"})
    properties = shown.json()["properties"]
    assert (properties["hs_pipeline"], properties["hs_pipeline_stage"]) == ("lead-pipeline-id", "new-stage-id")

"""What the log tells of written records: their object, and how many were so already."""

from __future__ import annotations

BATCH = "/crm/v3/objects/contacts/batch"
LINKS = "/crm/v4/associations/contacts/companies/batch"


def _last(api) -> tuple[str, int, int]:
    call = api.get("/_sandbox/calls").json()["calls"][-1]
    return call["object"], call["records"], call["unchanged"]


def test_a_value_is_unchanged_as_it_is_stored_not_as_it_is_sent(api, contact) -> None:
    made = contact(email="ada@example.com", date_of_birth="1990-01-02", hs_lead_status="OPEN")
    rows = [
        {"email": " ADA@example.com"},
        {"date_of_birth": 631238400000},
        {"hs_lead_status": "OPEN", "email": "ada@example.com"},
        {"lastname": None},
        {},
    ]
    for properties in rows:
        api.patch(f"/crm/v3/objects/contacts/{made['id']}", json={"properties": properties}).raise_for_status()
        assert _last(api) == ("contacts", 1, 1), properties
    api.patch(f"/crm/v3/objects/0-1/{made['id']}", json={"properties": {"hs_lead_status": "NEW"}}).raise_for_status()
    assert _last(api) == ("contacts", 1, 0)


def test_every_row_of_a_batch_is_judged_alone(api, contact) -> None:
    ids = [contact(email=f"p{number}@example.com", city="Ghent")["id"] for number in range(3)]
    cities = ["Ghent", "Bruges", "Ghent"]
    inputs = [{"id": each, "properties": {"city": city}} for each, city in zip(ids, cities, strict=True)]
    api.post(f"{BATCH}/update", json={"inputs": inputs}).raise_for_status()
    assert _last(api) == ("contacts", 3, 2)
    keyed = [{"idProperty": "email", "id": f"p{n}@example.com", "properties": {"city": "Bruges"}} for n in (1, 9)]
    api.post(f"{BATCH}/upsert", json={"inputs": keyed}).raise_for_status()
    assert _last(api) == ("contacts", 2, 1)


def test_a_new_record_is_a_change_and_deleting_nothing_is_none(api, contact) -> None:
    made = contact(email="ada@example.com")
    assert _last(api) == ("contacts", 1, 0)
    inputs = {"inputs": [{"id": made["id"]}, {"id": "999"}]}
    api.post(f"{BATCH}/archive", json=inputs).raise_for_status()
    assert _last(api) == ("contacts", 2, 1)
    api.delete(f"/crm/v3/objects/contacts/{made['id']}").raise_for_status()
    assert _last(api) == ("contacts", 1, 1)


def test_an_association_that_exists_is_unchanged(api, contact) -> None:
    person = contact(email="ada@example.com")["id"]
    company = api.post("/crm/v3/objects/companies", json={"properties": {"name": "Quay"}}).json()["id"]
    pair = {"inputs": [{"from": {"id": person}, "to": {"id": company}}]}
    for unchanged in (0, 1):
        api.post(f"{LINKS}/associate/default", json=pair).raise_for_status()
        assert _last(api) == ("contacts-companies", 1, unchanged)
    ending = {"inputs": [{"from": {"id": person}, "to": [{"id": company}]}]}
    for unchanged in (0, 1):
        api.post(f"{LINKS}/archive", json=ending).raise_for_status()
        assert _last(api) == ("contacts-companies", 1, unchanged)


def test_counts_are_kept_by_object(api, contact) -> None:
    contact(email="ada@example.com")
    api.post("/crm/v3/objects/companies", json={"properties": {"name": "Quay"}}).raise_for_status()
    rows = api.get("/_sandbox/calls", params={"limit": 0}).json()["counts"]
    sums = {(row["object"], row["count"], row["unchanged"]) for row in rows}
    assert sums == {("contacts", 1, 0), ("companies", 1, 0)}


def test_a_refused_write_changes_nothing_and_is_not_called_unchanged(api, contact) -> None:
    made = contact(email="ada@example.com")
    wrong = {"email": "ada@example.com", "nosuchproperty": "1"}
    assert api.patch(f"/crm/v3/objects/contacts/{made['id']}", json={"properties": wrong}).status_code == 400
    assert _last(api) == ("contacts", 0, 0)


def test_some_rows_are_shown_without_the_others(api, contact) -> None:
    ids = [contact(email=f"p{number}@example.com")["id"] for number in range(3)]
    asked = [("entity", "contacts"), ("id", ids[2]), ("id", ids[0]), ("id", "999")]
    rows = api.get("/_sandbox/state", params=asked).json()["contacts"]
    assert [row["id"] for row in rows] == [ids[2], ids[0]]
    assert rows[0] in api.get("/_sandbox/state").json()["contacts"]
    owner = api.get("/_sandbox/state").json()["owners"][1]
    assert api.get("/_sandbox/state", params={"entity": "owners", "id": owner["id"]}).json()["owners"] == [owner]
    assert api.get("/_sandbox/state", params={"id": ids[0]}).status_code == 400
    assert api.get("/_sandbox/state", params={"entity": "dragons", "id": "1"}).status_code == 400


def test_a_company_may_be_of_every_standard_industry(api) -> None:
    options = api.get("/crm/v3/properties/companies/industry").json()["options"]
    labels = {option["value"]: option["label"] for option in options}
    assert len(labels) == 148
    assert labels["STAFFING_AND_RECRUITING"] == "Staffing and Recruiting"
    assert labels["HOSPITAL_HEALTH_CARE"] == "Hospital & Health Care"
    for value in ("ENTERTAINMENT", "CONSUMER_SERVICES", "HUMAN_RESOURCES", "BROADCAST_MEDIA"):
        answer = api.post("/crm/v3/objects/companies", json={"properties": {"name": value, "industry": value}})
        assert answer.status_code == 201

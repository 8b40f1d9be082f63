"""What the log tells of written records: their object, and how many were so already."""

from __future__ import annotations

import pytest

from tests.unit.sandbox_salesforce.org_client import DATA

COLLECTIONS = f"{DATA}/composite/sobjects"


def _last(org) -> tuple[str, int, int]:
    call = org.get("/_sandbox/calls").json()["calls"][-1]
    return call["object"], call["records"], call["unchanged"]


def _rows(name: str, *rows: dict) -> dict:
    return {"records": [{"attributes": {"type": name}, **row} for row in rows]}


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        ({"LastName": "Novak"}, {"LastName": "Novak"}),
        ({"Email": "eva@example.com"}, {"Email": "eva@example.com"}),
        ({"Birthdate": "1990-01-02"}, {"Birthdate": "1990-01-02"}),
        ({"DoNotCall": False}, {"DoNotCall": False}),
        ({}, {"Title": None}),
        ({}, {"Title": ""}),
        ({}, {}),
    ],
)
def test_a_value_is_unchanged_as_it_is_stored(org, stored, sent) -> None:
    record_id = org.new("Contact", **{"LastName": "Novak", **stored})
    assert _last(org) == ("Contact", 1, 0)
    assert org.patch(f"{DATA}/sobjects/contact/{record_id}", json=sent).status_code == 204
    assert _last(org) == ("Contact", 1, 1)
    assert org.patch(f"{DATA}/sobjects/Contact/{record_id}", json={**sent, "Phone": "1"}).status_code == 204
    assert _last(org) == ("Contact", 1, 0)


def test_an_id_of_15_characters_and_a_number_spelt_otherwise_are_the_same_value(org) -> None:
    account = org.new("Account", Name="Quay", AnnualRevenue=5)
    contact = org.new("Contact", LastName="Novak", AccountId=account)
    org.patch(COLLECTIONS, json=_rows("Contact", {"Id": contact, "AccountId": account[:15]})).raise_for_status()
    assert _last(org) == ("Contact", 1, 1)
    org.patch(COLLECTIONS, json=_rows("Account", {"Id": account, "AnnualRevenue": 5.0})).raise_for_status()
    assert _last(org) == ("Account", 1, 1)


def test_every_row_of_a_collection_is_judged_alone(keyed) -> None:
    ids = [keyed.new("Contact", LastName="Novak", Ext__c=f"k{number}") for number in range(3)]
    titles = [{"Title": "CTO"}, {}, {"Title": None}]
    rows = [{"Id": each, **title} for each, title in zip(ids, titles, strict=True)]
    keyed.patch(COLLECTIONS, json=_rows("Contact", *rows)).raise_for_status()
    assert _last(keyed) == ("Contact", 3, 2)
    rows = [{"Ext__c": "K0", "Title": "CTO"}, {"Ext__c": "k9", "LastName": "New"}]
    keyed.patch(f"{COLLECTIONS}/Contact/Ext__c", json=_rows("Contact", *rows)).raise_for_status()
    assert _last(keyed)[:2] == ("Contact", 2)


def test_a_refused_row_is_not_called_unchanged(org) -> None:
    record_id = org.new("Contact", LastName="Novak")
    body = _rows("Contact", {"Id": record_id, "LastName": "Novak"}, {"Id": record_id, "Nonsense": 1})
    assert org.patch(COLLECTIONS, json=body).status_code == 200
    assert _last(org) == ("Contact", 2, 1)
    assert org.patch(COLLECTIONS, json={**body, "allOrNone": True}).status_code == 200
    assert _last(org) == ("Contact", 2, 0)


def test_a_record_changed_and_changed_back_in_one_call_is_unchanged(org) -> None:
    record_id = org.new("Contact", LastName="Novak")
    steps = [
        {"method": "PATCH", "url": f"{DATA}/sobjects/Contact/{record_id}", "referenceId": name, "body": body}
        for name, body in (("there", {"Title": "CTO"}), ("back", {"Title": None}))
    ]
    org.post(f"{DATA}/composite", json={"compositeRequest": steps}).raise_for_status()
    assert _last(org) == ("Contact", 2, 1)


def test_a_call_names_its_object_wherever_it_stands(org) -> None:
    account = org.new("Account", Name="Quay")
    org.get(f"{DATA}/query", params={"q": "SELECT Id, (SELECT Id FROM Contacts) FROM account LIMIT 1"})
    assert _last(org)[0] == "Account"
    org.post(COLLECTIONS, json={"records": _rows("Lead", {"LastName": "N"})["records"] + _rows("Contact")["records"]})
    assert _last(org)[0] == "Lead"
    steps = [
        {"method": "GET", "url": f"{DATA}/sobjects/Account/{account}", "referenceId": "a"},
        {"method": "GET", "url": f"{DATA}/query?q=SELECT+Id+FROM+Lead", "referenceId": "b"},
    ]
    org.post(f"{DATA}/composite", json={"compositeRequest": steps}).raise_for_status()
    assert _last(org)[0] == "Account,Lead"
    org.delete(COLLECTIONS, params={"ids": account}).raise_for_status()
    assert _last(org) == ("Account", 1, 0)
    org.get(f"{DATA}/limits").raise_for_status()
    assert _last(org)[0] == ""


def test_a_job_counts_its_rows_in_the_call_that_looks_at_it_next(org) -> None:
    ids = [org.new("Contact", LastName="Novak", Title="CTO") for _ in range(2)]
    job = org.post(f"{DATA}/jobs/ingest", json={"object": "Contact", "operation": "update"}).json()["id"]
    data = f"Id,Title\n{ids[0]},CTO\n{ids[1]},CEO\n"
    org.put(f"{DATA}/jobs/ingest/{job}/batches", content=data, headers={"content-type": "text/csv"}).raise_for_status()
    org.patch(f"{DATA}/jobs/ingest/{job}", json={"state": "UploadComplete"}).raise_for_status()
    assert org.get(f"{DATA}/jobs/ingest/{job}").json()["state"] == "UploadComplete"
    assert _last(org) == ("Contact", 0, 0)
    org.later(60)
    for counted in (("Contact", 2, 1), ("Contact", 0, 0)):
        assert org.get(f"{DATA}/jobs/ingest/{job}").json()["state"] == "JobComplete"
        assert _last(org) == counted


def test_some_rows_are_shown_without_the_others(org) -> None:
    ids = [org.new("Contact", LastName=f"N{number}") for number in range(3)]
    asked = [("entity", "Contact"), ("id", ids[2]), ("id", ids[0]), ("id", "003sb00000000zzAAA")]
    rows = org.get("/_sandbox/state", params=asked).json()["Contact"]
    assert [row["LastName"] for row in rows] == ["N2", "N0"]
    assert org.get("/_sandbox/state", params={"entity": "Dragon", "id": ids[0]}).status_code == 400

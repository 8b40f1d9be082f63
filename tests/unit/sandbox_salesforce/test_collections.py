from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox_salesforce.org_client import DATA, OrgClient

URL = f"{DATA}/composite/sobjects"


def _rows(*bodies: dict[str, Any], kind: str = "Contact") -> list[dict[str, Any]]:
    return [{"attributes": {"type": kind}, **body} for body in bodies]


def _codes(outcomes: list[dict[str, Any]]) -> list[str | None]:
    return [None if each["success"] else each["errors"][0]["statusCode"] for each in outcomes]


def test_each_row_has_its_own_outcome_in_input_order(org: OrgClient):
    answer = org.post(URL, json={"records": _rows({"LastName": "a"}, {}, {"LastName": "c", "Foo": 1})})
    assert answer.status_code == 200
    outcomes = answer.json()
    assert _codes(outcomes) == [None, "REQUIRED_FIELD_MISSING", "INVALID_FIELD"]
    assert outcomes[1] == {
        "success": False,
        "errors": [
            {
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [LastName]",
                "fields": ["LastName"],
            }
        ],
    }
    assert [row["LastName"] for row in org.rows("SELECT LastName FROM Contact")] == ["a"]


def test_all_or_none_stores_nothing_and_says_why(org: OrgClient):
    body = {"allOrNone": True, "records": _rows({"LastName": "a"}, {})}
    assert _codes(org.post(URL, json=body).json()) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    assert org.rows("SELECT Id FROM Contact") == []


def test_updates_need_an_id_of_their_own(org: OrgClient):
    first, second = (org.new("Contact", LastName=name) for name in "ab")
    org.delete(f"{DATA}/sobjects/Contact/{second}")
    rows = _rows(
        {"id": first, "Title": "t"},
        {"Title": "t"},
        {"id": first, "Title": "u"},
        {"id": second, "Title": "t"},
        {"id": "003sb00000000zzAAA", "Title": "t"},
        {"id": "nonsense", "Title": "t"},
    )
    outcomes = org.patch(URL, json={"records": rows}).json()
    assert _codes(outcomes) == [
        None,
        "MISSING_ARGUMENT",
        "DUPLICATE_VALUE",
        "ENTITY_IS_DELETED",
        "INVALID_CROSS_REFERENCE_KEY",
        "MALFORMED_ID",
    ]
    assert outcomes[1]["errors"][0]["message"] == "Id not specified in an update call"
    assert org.row("Contact", first)["Title"] == "t"


def test_upserts_create_update_and_refuse_repeats(keyed: OrgClient):
    known = keyed.new("Contact", LastName="a", Ext__c="k1")
    rows = _rows(
        {"Ext__c": "K1", "LastName": "b"},
        {"Ext__c": "k2", "LastName": "c"},
        {"Ext__c": "k2", "LastName": "d"},
        {"LastName": "e"},
        {"Ext__c": "k3"},
    )
    outcomes = keyed.patch(f"{URL}/Contact/Ext__c", json={"records": rows}).json()
    assert _codes(outcomes) == [None, None, "DUPLICATE_VALUE", "MISSING_ARGUMENT", "REQUIRED_FIELD_MISSING"]
    assert (outcomes[0]["id"], outcomes[0]["created"], outcomes[1]["created"]) == (known, False, True)


def test_an_upsert_by_a_key_two_records_share_fails_in_its_row(org: OrgClient):
    for name in "ab":
        org.new("Contact", LastName=name, Email="two@example.com")
    rows = _rows({"Email": "two@example.com", "LastName": "c"})
    assert _codes(org.patch(f"{URL}/Contact/Email", json={"records": rows}).json()) == ["DUPLICATE_EXTERNAL_ID"]


def test_deletes_take_ids_from_the_query_string(org: OrgClient):
    ids = [org.new("Contact", LastName=name) for name in "ab"]
    answer = org.delete(URL, params={"ids": f"{ids[0]},{ids[1][:15]},{ids[0]}"})
    assert _codes(answer.json()) == [None, None, "ENTITY_IS_DELETED"]


def test_reads_return_null_for_what_is_not_there(org: OrgClient):
    first = org.new("Contact", LastName="a")
    missing = "003sb00000000zzAAA"
    body = {"ids": [missing, first], "fields": ["LastName"]}
    by_post = org.post(f"{URL}/Contact", json=body).json()
    by_get = org.get(f"{URL}/Contact", params={"ids": f"{missing},{first}", "fields": "LastName"}).json()
    assert by_post == by_get
    assert by_post[0] is None
    assert (by_post[1]["Id"], by_post[1]["LastName"]) == (first, "a")
    assert org.post(f"{URL}/Contact", json={**body, "fields": ["Foo"]}).json()[0]["errorCode"] == "INVALID_FIELD"


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([], "REQUIRED_FIELD_MISSING"),
        (_rows(*({"LastName": "x"} for _ in range(201))), "EXCEEDED_ID_LIMIT"),
        (
            [row for _ in range(6) for row in (_rows({"LastName": "x"}) + _rows({"Name": "y"}, kind="Account"))],
            "LIMIT_EXCEEDED",
        ),
        (_rows({"LastName": "x"}, {"LastName": 5}), "JSON_PARSER_ERROR"),
    ],
)
def test_a_malformed_call_fails_whole(org: OrgClient, records: list, code: str):
    answer = org.post(URL, json={"records": records})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)
    assert org.rows("SELECT Id FROM Contact") == []


def test_ten_chunks_of_alternating_types_are_taken(org: OrgClient):
    pair = _rows({"LastName": "x"}) + _rows({"Name": "y"}, kind="Account")
    assert all(each["success"] for each in org.post(URL, json={"records": pair * 5}).json())


def test_a_locked_row_fails_alone_and_works_the_next_time(org: OrgClient):
    ids = [org.new("Contact", LastName=name) for name in "ab"]
    org.switch(lock_rows={"count": 1, "ids": [ids[1]]})
    rows = _rows(*({"id": each, "Title": "t"} for each in ids))
    first = org.patch(URL, json={"records": rows}).json()
    assert _codes(first) == [None, "UNABLE_TO_LOCK_ROW"]
    assert ids[1] in first[1]["errors"][0]["message"]
    assert _codes(org.patch(URL, json={"records": rows}).json()) == [None, None]

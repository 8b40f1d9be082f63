"""Batches of records: limits, order, partial success, keys."""

from __future__ import annotations

import pytest

BATCH = "/crm/v3/objects/contacts/batch"


def _rows(*emails: str, traced: bool = False) -> dict:
    rows = [{"properties": {"email": email}} for email in emails]
    if traced:
        rows = [row | {"objectWriteTraceId": f"t{number}"} for number, row in enumerate(rows)]
    return {"inputs": rows}


@pytest.mark.parametrize("action", ["create", "read", "update", "upsert", "archive"])
def test_more_than_a_hundred_inputs_or_none_are_refused(api, action) -> None:
    many = {"inputs": [{"id": str(n), "properties": {}} for n in range(101)]}
    assert api.post(f"{BATCH}/{action}", json=many).status_code == 400
    assert api.post(f"{BATCH}/{action}", json={"inputs": []}).status_code == 400


def test_results_do_not_come_in_the_order_of_the_inputs(api) -> None:
    emails = [f"p{n}@example.com" for n in range(50)]
    results = api.post(f"{BATCH}/create", json=_rows(*emails)).json()["results"]
    found = [row["properties"]["email"] for row in results]
    assert found != emails
    assert sorted(found) == sorted(emails)


def test_without_trace_ids_one_bad_row_refuses_all_and_is_not_named(api, contact) -> None:
    contact(email="taken@example.com")
    answer = api.post(f"{BATCH}/create", json=_rows("free@example.com", "taken@example.com"))
    assert answer.status_code == 409
    assert answer.json()["message"] == "Contact already exists"
    assert len(api.get("/_sandbox/state").json()["contacts"]) == 1


def test_the_same_address_twice_in_one_batch_is_a_conflict(api) -> None:
    assert api.post(f"{BATCH}/create", json=_rows("a@example.com", "A@example.com")).status_code == 409
    answer = api.post(f"{BATCH}/create", json=_rows("a@example.com", "A@example.com", traced=True))
    assert answer.status_code == 207
    assert answer.json()["errors"][0]["context"]["objectWriteTraceId"] == ["t1"]


def test_with_a_trace_id_on_every_row_good_rows_are_created(api, contact) -> None:
    taken = contact(email="taken@example.com")
    rows = _rows("taken@example.com", "free@example.com", "bad address", traced=True)
    answer = api.post(f"{BATCH}/create", json=rows)
    body = answer.json()
    assert (answer.status_code, body["numErrors"]) == (207, 2)
    assert body["results"][0]["objectWriteTraceId"] == "t1"
    by_trace = {row["context"]["objectWriteTraceId"][0]: row for row in body["errors"]}
    assert by_trace["t0"]["context"]["existingId"] == [taken["id"]]
    assert by_trace["t2"]["category"] == "VALIDATION_ERROR"


def test_a_trace_id_used_twice_allows_no_partial_success(api) -> None:
    rows = _rows("free@example.com", "bad address", traced=True)
    rows["inputs"][1]["objectWriteTraceId"] = "t0"
    assert api.post(f"{BATCH}/create", json=rows).status_code == 400


def test_the_late_spelling_knows_no_207(api) -> None:
    rows = _rows("free@example.com", "bad address", traced=True)
    answer = api.post("/crm/objects/2026-09/contacts/batch/create", json=rows)
    assert answer.status_code == 201
    assert answer.json()["numErrors"] == 1


def test_unknown_ids_of_an_update_are_named_and_the_rest_is_written(api, contact) -> None:
    known = contact(lastname="Okafor")
    inputs = [{"id": known["id"], "properties": {"city": "Oslo"}}, {"id": "404", "properties": {"city": "X"}}]
    answer = api.post(f"{BATCH}/update", json={"inputs": inputs})
    assert answer.status_code == 207
    assert answer.json()["errors"] == [
        {
            "status": "error",
            "message": "Could not get some CONTACT objects, they may be deleted or not exist. "
            "Check that ids are valid.",
            "category": "OBJECT_NOT_FOUND",
            "context": {"ids": ["404"]},
        }
    ]
    assert answer.json()["results"][0]["properties"]["city"] == "Oslo"


def test_a_refused_value_refuses_the_whole_update(api, contact) -> None:
    first, second = contact(lastname="A"), contact(lastname="B")
    inputs = [
        {"id": first["id"], "properties": {"city": "Oslo"}},
        {"id": second["id"], "properties": {"nonsense": "1"}},
    ]
    assert api.post(f"{BATCH}/update", json={"inputs": inputs}).status_code == 400
    rows = api.get("/_sandbox/state").json()["contacts"]
    assert all("city" not in row["properties"] for row in rows)


def test_an_id_given_twice_is_refused(api, contact) -> None:
    known = contact(lastname="A")
    inputs = [{"id": known["id"], "properties": {"city": c}} for c in "XY"]
    body = api.post(f"{BATCH}/update", json={"inputs": inputs}).json()
    assert body["message"] == f"Duplicate IDs found in batch input: [{known['id']}]. IDs must be unique"
    assert body["context"] == {"ids": [known["id"]]}


def test_a_read_by_address_names_those_it_did_not_find(api, contact) -> None:
    contact(email="mia@example.com")
    body = {"idProperty": "email", "properties": ["email"], "inputs": [{"id": "MIA@example.com"}, {"id": "x"}]}
    answer = api.post(f"{BATCH}/read", json=body)
    assert answer.status_code == 207
    assert len(answer.json()["results"]) == 1
    assert answer.json()["errors"][0]["context"]["ids"] == ["x"]


def test_an_upsert_tells_new_from_known(api, contact) -> None:
    contact(email="old@example.com", city="Rome")
    inputs = [
        {"id": f"{name}@example.com", "idProperty": "email", "properties": {"city": "Oslo"}} for name in ("old", "new")
    ]
    results = api.post(f"{BATCH}/upsert", json={"inputs": inputs}).json()["results"]
    assert {row["new"] for row in results} == {True, False}
    rows = api.get("/_sandbox/state").json()["contacts"]
    assert {(row["properties"]["email"], row["properties"]["city"]) for row in rows} == {
        ("old@example.com", "Oslo"),
        ("new@example.com", "Oslo"),
    }


def test_a_company_is_not_upserted_by_its_domain_but_by_a_unique_property(api) -> None:
    path = "/crm/v3/objects/companies/batch/upsert"
    inputs = [{"id": "a.example", "idProperty": "domain", "properties": {"name": "A"}}]
    assert api.post(path, json={"inputs": inputs}).status_code == 400
    definition = {
        "name": "our_id",
        "label": "Our id",
        "type": "string",
        "fieldType": "text",
        "groupName": "companyinformation",
        "hasUniqueValue": True,
    }
    api.post("/crm/v3/properties/companies", json=definition).raise_for_status()
    inputs = [{"id": "k-1", "idProperty": "our_id", "properties": {"name": "A"}}]
    assert api.post(path, json={"inputs": inputs}).json()["results"][0]["new"] is True
    assert api.post(path, json={"inputs": inputs}).json()["results"][0]["new"] is False
    clash = api.post("/crm/v3/objects/companies", json={"properties": {"name": "B", "our_id": "k-1"}})
    assert clash.json()["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"


def test_an_existing_domain_makes_a_second_company(api) -> None:
    body = {"properties": {"domain": "harbour.example"}}
    assert [api.post("/crm/v3/objects/companies", json=body).status_code for _ in range(2)] == [201, 201]


def test_archiving_passes_over_unknown_ids(api, contact) -> None:
    known = contact(lastname="A")
    body = {"inputs": [{"id": known["id"]}, {"id": "404"}]}
    assert api.post(f"{BATCH}/archive", json=body).status_code == 204
    assert api.get("/_sandbox/state").json()["contacts"][0]["archived"] is True

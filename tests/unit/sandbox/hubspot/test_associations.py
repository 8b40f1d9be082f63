"""Associations: directions, primaries, labels, batches."""

from __future__ import annotations

import pytest

V4 = "/crm/v4/associations/contacts/companies"


@pytest.fixture
def made(seed):
    return seed(
        companies=[{"properties": {"name": name}} for name in ("One", "Two")],
        contacts=[{"properties": {"lastname": "Okafor"}}],
    )["ids"]


def _spec(number, category="HUBSPOT_DEFINED"):
    return {"associationCategory": category, "associationTypeId": number}


def _path(contact_id, company_id):
    return f"/crm/v4/objects/contacts/{contact_id}/associations/companies/{company_id}"


def _linked(api, contact_id):
    rows = api.get(f"/crm/v4/objects/contacts/{contact_id}/associations/companies").json()["results"]
    return {row["toObjectId"]: {kind["typeId"] for kind in row["associationTypes"]} for row in rows}


def _company_of(api, contact_id):
    path = f"/crm/v3/objects/contacts/{contact_id}"
    return api.get(path, params={"properties": "associatedcompanyid"}).json()["properties"]["associatedcompanyid"]


def test_the_first_company_is_primary_and_a_new_primary_takes_the_mark(api, made) -> None:
    (person,), (one, two) = made["contacts"], made["companies"]
    api.put(f"/crm/v4/objects/contacts/{person}/associations/default/companies/{one}").raise_for_status()
    assert _linked(api, person) == {int(one): {1, 279}}
    assert _company_of(api, person) == one
    assert api.put(_path(person, two), json=[_spec(1)]).status_code == 201
    assert _linked(api, person) == {int(one): {279}, int(two): {1, 279}}
    assert _company_of(api, person) == two


def test_a_type_works_in_its_direction_only(api, made) -> None:
    (person,), (one, _) = made["contacts"], made["companies"]
    assert api.put(_path(person, one), json=[_spec(280)]).status_code == 400
    back = f"/crm/v4/objects/companies/{one}/associations/contacts/{person}"
    assert api.put(back, json=[_spec(280)]).status_code == 201
    assert int(one) in _linked(api, person)


def test_labels_are_replaced_and_the_association_stays(api, made) -> None:
    (person,), (one, _) = made["contacts"], made["companies"]
    numbers = []
    for label in ("Buyer", "Blocker"):
        body = {"label": label, "name": label.lower()}
        results = api.post(f"{V4}/labels", json=body).json()["results"]
        assert {row["category"] for row in results} == {"USER_DEFINED"}
        numbers.append(results[0]["typeId"])
    shown = api.put(_path(person, one), json=[_spec(numbers[0], "USER_DEFINED")]).json()
    assert (shown["labels"], shown["fromObjectId"]) == (["Buyer"], int(person))
    api.put(_path(person, one), json=[_spec(numbers[1], "USER_DEFINED")]).raise_for_status()
    assert _linked(api, person)[int(one)] == {1, 279, numbers[1]}
    types = [_spec(numbers[1], "USER_DEFINED")]
    row = {"types": types, "from": {"id": person}, "to": {"id": one}}
    assert api.post(f"{V4}/batch/labels/archive", json={"inputs": [row]}).status_code == 204
    assert _linked(api, person)[int(one)] == {1, 279}


def test_deleting_an_association_removes_all_and_clears_the_mirror(api, made) -> None:
    (person,), (one, _) = made["contacts"], made["companies"]
    api.put(_path(person, one), json=[_spec(279)]).raise_for_status()
    assert api.delete(_path(person, one)).status_code == 204
    assert _linked(api, person) == {}
    assert not _company_of(api, person)


def test_archiving_a_record_ends_its_associations(api, made) -> None:
    (person,), (one, _) = made["contacts"], made["companies"]
    api.put(_path(person, one), json=[_spec(279)]).raise_for_status()
    api.delete(f"/crm/v3/objects/companies/{one}").raise_for_status()
    assert _linked(api, person) == {}
    assert not _company_of(api, person)


def test_batch_reads_give_an_error_for_records_without_associations(api, made) -> None:
    (person,), (one, two) = made["contacts"], made["companies"]
    api.put(_path(person, one), json=[_spec(279)]).raise_for_status()
    path = "/crm/associations/2026-03/companies/contacts/batch/read"
    body = api.post(path, json={"inputs": [{"id": one}, {"id": two}, {"id": "x"}]}).json()
    assert body["results"][0]["to"][0]["toObjectId"] == int(person)
    assert {error["subCategory"] for error in body["errors"]} == {
        "crm.associations.NO_ASSOCIATIONS_FOUND",
        "crm.associations.INVALID_IDENTIFIER",
    }


def test_bad_rows_of_a_batch_do_not_stop_the_others(api, made) -> None:
    (person,), (one, _) = made["contacts"], made["companies"]
    rows = [
        {"from": {"id": person}, "to": {"id": target}, "types": [_spec(number)]}
        for target, number in ((one, 279), ("404", 279), (one, 280))
    ]
    answer = api.post(f"{V4}/batch/create", json={"inputs": rows})
    assert (answer.status_code, len(answer.json()["results"]), answer.json()["numErrors"]) == (207, 1, 2)
    many = {"inputs": [rows[0]] * 2001}
    assert api.post(f"{V4}/batch/create", json=many).status_code == 400


def test_a_batch_without_labels_answers_both_directions(api, made) -> None:
    (person,), companies = made["contacts"], made["companies"]
    rows = [{"from": {"id": person}, "to": {"id": company}} for company in companies]
    answer = api.post(f"{V4}/batch/associate/default", json={"inputs": rows})
    numbers = [row["associationSpec"]["associationTypeId"] for row in answer.json()["results"]]
    assert (answer.status_code, sorted(numbers)) == (200, [279, 279, 280, 280])
    rows = [{"from": {"id": person}, "to": [{"id": company} for company in companies]}]
    assert api.post(f"{V4}/batch/archive", json={"inputs": rows}).status_code == 204
    assert _linked(api, person) == {}


def test_a_new_record_may_bring_its_associations(api, made) -> None:
    one = made["companies"][0]
    link = {"to": {"id": one}, "types": [_spec(279)]}
    body = {"properties": {"lastname": "Berg"}, "associations": [link]}
    created = api.post("/crm/v3/objects/contacts", json=body).json()
    read = api.get(f"/crm/v3/objects/contacts/{created['id']}", params={"associations": "companies"}).json()
    kinds = {row["type"] for row in read["associations"]["companies"]["results"]}
    assert kinds == {"contact_to_company", "contact_to_company_unlabeled"}
    link["types"] = [_spec(280)]
    assert api.post("/crm/v3/objects/contacts", json=body).status_code == 400


def test_a_record_is_not_associated_with_itself_or_with_nothing(api, made) -> None:
    (person,) = made["contacts"]
    base = f"/crm/v4/objects/contacts/{person}/associations/default"
    assert api.put(f"{base}/contacts/{person}").status_code == 400
    assert api.put(f"{base}/companies/404").status_code == 404


def test_the_types_of_a_direction_are_listed(api) -> None:
    rows = api.get(f"{V4}/labels").json()["results"]
    assert {(row["typeId"], row["label"]) for row in rows} == {(1, "Primary"), (279, None)}

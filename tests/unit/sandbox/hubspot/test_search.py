"""Search: operators, limits, caps, lag, ties."""

from __future__ import annotations

import pytest

SEARCH = "/crm/v3/objects/contacts/search"


def _search(api, *filters, **more):
    return api.post(SEARCH, json={"filterGroups": [{"filters": list(filters)}], **more})


def _filter(name, operator, value=None, **more):
    return {"propertyName": name, "operator": operator, **({} if value is None else {"value": value}), **more}


@pytest.fixture
def people(seed):
    rows = [
        {"email": "ana@north.example", "lastname": "Silva", "city": "Porto", "lifecyclestage": "lead"},
        {"email": "bo@south.example", "lastname": "Berg", "city": "Oslo", "lifecyclestage": "customer"},
        {"email": "cy@north.example", "lastname": "Sil", "lifecyclestage": "customer"},
    ]
    dated = [
        {"properties": {**row, "lastmodifieddate": f"2026-04-0{day}T00:00:00Z"}} for day, row in enumerate(rows, 1)
    ]
    return seed(contacts=dated)["ids"]["contacts"]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (_filter("lastname", "EQ", "silva"), [0]),
        (_filter("city", "NEQ", "Oslo"), [0, 2]),
        (_filter("city", "HAS_PROPERTY"), [0, 1]),
        (_filter("city", "NOT_HAS_PROPERTY"), [2]),
        (_filter("email", "CONTAINS_TOKEN", "*north*"), [0, 2]),
        (_filter("email", "NOT_CONTAINS_TOKEN", "north"), [1]),
        (_filter("lifecyclestage", "IN", values=["customer"]), [1, 2]),
        (_filter("city", "IN", values=["porto"]), [0]),
        (_filter("city", "IN", values=["Porto"]), []),
        (_filter("lastmodifieddate", "GTE", "1775088000000"), [1, 2]),
        (_filter("lastmodifieddate", "GT", "2026-04-02T02:00:00+02:00"), [2]),
        (_filter("lastmodifieddate", "BETWEEN", "1775001600000", highValue="1775088000000"), [0, 1]),
    ],
)
def test_operators_select_as_documented(api, people, condition, found) -> None:
    ids = [row["id"] for row in _search(api, condition).json()["results"]]
    assert ids == [people[number] for number in found]


def test_ids_compare_as_numbers_and_one_sort_is_kept(api, people) -> None:
    sort = {"sorts": [{"propertyName": "hs_object_id", "direction": "DESCENDING"}]}
    results = _search(api, _filter("hs_object_id", "GT", people[0]), **sort).json()["results"]
    assert [row["id"] for row in results] == [people[2], people[1]]
    assert _search(api, sorts=[{"propertyName": "city"}, {"propertyName": "email"}]).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"after": "x"},
        {"limit": 200, "after": "9900"},
        {"filterGroups": [{"filters": []}] * 6},
        {"filterGroups": [{"filters": [_filter("city", "EQ", "x")] * 7}]},
        {"filterGroups": [{"filters": [_filter("city", "EQ", "x")] * 5}] * 4},
        {"filterGroups": [{"filters": [_filter("nonsense", "EQ", "x")]}]},
        {"filterGroups": [{"filters": [_filter("city", "LIKE", "x")]}]},
        {"filterGroups": [{"filters": [_filter("city", "EQ")]}]},
        {"filterGroups": [{"filters": [_filter("city", "IN", "x")]}]},
        {"filterGroups": [{"filters": [_filter("lastmodifieddate", "BETWEEN", "1")]}]},
        {"filterGroups": [{"filters": [_filter("lastmodifieddate", "GTE", "yesterday")]}]},
        {"filterGroups": [{"filters": [_filter("lastmodifieddate", "GTE", "2026-04-02 00:00")]}]},
        {"sorts": [{"propertyName": "nonsense"}]},
        {"query": "x" * 3000},
    ],
)
def test_requests_beyond_the_limits_are_refused(api, body) -> None:
    assert api.post(SEARCH, json=body).status_code == 400


def test_the_default_page_is_ten_and_the_total_is_told(api, seed, advance) -> None:
    seed(contacts=[{"properties": {"lastname": f"n{n}"}} for n in range(12)])
    page = api.post(SEARCH, json={}).json()
    assert (page["total"], len(page["results"]), page["paging"]["next"]["after"]) == (12, 10, "10")


def test_ties_come_in_no_order_of_ids_but_every_record_once(api, seed) -> None:
    ids = seed(contacts=[{"properties": {"lastname": f"n{n}"}} for n in range(40)])["ids"]["contacts"]
    sort = {"sorts": [{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}], "limit": 20}
    pages = [api.post(SEARCH, json={**sort, "after": after}).json() for after in ("0", "20")]
    found = [row["id"] for page in pages for row in page["results"]]
    assert found != ids
    assert sorted(found) == ids


def test_the_index_lags_behind_writes_and_reads_do_not(api, contact, advance) -> None:
    api.post("/_sandbox/options", json={"index_lag_s": 5}).raise_for_status()
    created = contact(lastname="Okafor")
    assert api.post(SEARCH, json={}).json()["total"] == 0
    assert api.get(f"/crm/v3/objects/contacts/{created['id']}").status_code == 200
    advance(5)
    assert api.post(SEARCH, json={}).json()["total"] == 1
    api.delete(f"/crm/v3/objects/contacts/{created['id']}")
    assert api.post(SEARCH, json={}).json()["results"] == []
    advance(5)
    assert api.post(SEARCH, json={}).json()["total"] == 0


def test_records_are_found_by_what_they_are_associated_with(api, seed) -> None:
    made = seed(
        companies=[{"ref": "c", "properties": {"name": "Harbour"}}],
        contacts=[
            {"properties": {"lastname": "In"}, "associations": [{"to": "c", "entity": "companies"}]},
            {"properties": {"lastname": "Out"}},
        ],
    )
    condition = _filter("associations.company", "EQ", made["refs"]["c"])
    assert [row["id"] for row in _search(api, condition).json()["results"]] == made["ids"]["contacts"][:1]


def test_a_query_looks_into_the_searchable_properties(api, people) -> None:
    found = api.post(SEARCH, json={"query": "SILVA"}).json()["results"]
    assert [row["id"] for row in found] == people[:1]

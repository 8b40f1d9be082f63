"""Seeding and acting as a person."""

from __future__ import annotations

import time


def test_a_seed_stores_records_dates_owners_and_associations(api, seed) -> None:
    made = seed(
        owners=[{"email": "ola@harbour-lane.example", "firstName": "Ola"}],
        companies=[{"ref": "c", "properties": {"name": "Harbour"}}],
        contacts=[
            {
                "ref": "p",
                "owner_email": "ola@harbour-lane.example",
                "properties": {"email": "mia@example.com", "createdate": "2020-01-02T03:04:05Z"},
                "associations": [{"to": "c", "entity": "companies", "primary": True}],
            }
        ],
    )
    state = api.get("/_sandbox/state").json()
    (person,) = state["contacts"]
    assert person["id"] == made["refs"]["p"]
    assert person["createdAt"] == "2020-01-02T03:04:05Z"
    assert person["properties"]["hubspot_owner_id"] == made["owners"][0]["id"]
    assert person["properties"]["associatedcompanyid"] == made["refs"]["c"]
    assert person["associations"] == {"companies": [{"id": made["refs"]["c"], "typeIds": [1, 279]}]}


def test_a_refused_bulk_seed_stores_nothing(api) -> None:
    for bad in ({"email": "not an address"}, {"email": "a@example.com"}, {"city": "Oslo"}):
        rows = [{"properties": {"email": "a@example.com"}}, {"properties": bad}]
        assert api.post("/_sandbox/seed", json={"contacts": rows}).status_code == 400
        assert api.get("/_sandbox/state").json()["contacts"] == []


def test_ten_thousand_records_are_seeded_within_three_seconds(api, seed) -> None:
    rows = [
        {"properties": {"email": f"p{n}@example.com", "firstname": "F", "lastname": "L", "city": "Oslo"}}
        for n in range(10_000)
    ]
    started = time.perf_counter()
    seed(contacts=rows)
    assert time.perf_counter() - started < 3


def test_a_person_creates_updates_merges_deletes_and_restores(api, seed) -> None:
    made = seed(
        notify=True,
        operations=[
            {"op": "create", "entity": "contacts", "ref": "a", "properties": {"lastname": "A"}},
            {"op": "create", "entity": "contacts", "ref": "b", "properties": {"lastname": "B"}},
            {"op": "create", "entity": "companies", "ref": "c", "properties": {"name": "C"}},
            {"op": "update", "entity": "contacts", "id": "a", "properties": {"city": "Oslo"}},
            {"op": "associate", "entity": "contacts", "id": "a", "to_entity": "companies", "to": "c"},
            {"op": "merge", "entity": "contacts", "id": "a", "with": "b"},
            {"op": "delete", "entity": "contacts", "id": "a"},
        ],
    )
    survivor = made["operations"][-1]["id"]
    (row,) = api.get("/_sandbox/state", params={"entity": "contacts"}).json()["contacts"]
    assert (row["id"], row["archived"], row["properties"]["city"]) == (survivor, True, "Oslo")
    seed(operations=[{"op": "restore", "entity": "contacts", "id": survivor}])
    seed(operations=[{"op": "forget", "entity": "contacts", "id": survivor}])
    assert api.get("/_sandbox/state").json()["contacts"] == []


def test_unknown_references_and_operations_are_refused(api) -> None:
    for operation in (
        {"op": "sing", "entity": "contacts"},
        {"op": "update", "entity": "contacts", "id": "404", "properties": {}},
        {"op": "restore", "entity": "contacts", "id": "404"},
    ):
        assert api.post("/_sandbox/seed", json={"operations": [operation]}).status_code == 400

"""Large amounts into and out of Salesforce by its own jobs: every row linked or parked, with real handlers between."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from crmbridge.connectors import salesforce
from crmbridge.connectors.salesforce.client import _exporting
from tests.functional.rehearsal import Rehearsal

MANY = 30


@pytest.fixture
def rehearsal(monkeypatch: pytest.MonkeyPatch) -> Rehearsal:
    """HubSpot and Salesforce, for which twenty rows are many."""
    limits = replace(salesforce.CONNECTOR.limits, load_min=20, load_max=50)
    monkeypatch.setattr(salesforce, "CONNECTOR", replace(salesforce.CONNECTOR, limits=limits))
    monkeypatch.setattr(_exporting, "EXPORT_MIN", 20)
    return Rehearsal(monkeypatch)


def _fill_salesforce(rehearsal: Rehearsal, number: int = MANY) -> None:
    people = [{"LastName": f"No {each}", "Email": f"n{each}@example.com", "Title": "CTO"} for each in range(number)]
    rehearsal.control("salesforce", "seed", {"records": {"Contact": people}})


def _fill_hubspot(rehearsal: Rehearsal, entity: str, rows: list[dict[str, Any]]) -> None:
    operations = [{"op": "create", "entity": entity, "properties": each} for each in rows]
    rehearsal.control("hubspot", "seed", {"notify": False, "operations": operations})


def _companies(number: int = MANY) -> list[dict[str, Any]]:
    return [{"name": f"Company {each}", "domain": f"c{each}.example.com"} for each in range(number)]


def _jobs(rehearsal: Rehearsal, kind: str) -> list[str]:
    """Return which jobs of a kind were made, by object."""
    calls = rehearsal.control("salesforce", "calls")["calls"]
    return [each["object"] for each in calls if each["method"] == "POST" and each["path"].endswith(f"/jobs/{kind}")]


def _live(rehearsal: Rehearsal, crm: str, entity: str) -> list[dict[str, Any]]:
    rows = rehearsal.control(crm, f"state?entity={entity}")[entity]
    return [row for row in rows if not (row.get("IsDeleted") or row.get("archived"))]


def _links(rehearsal: Rehearsal, entity: Any, integration_id: str) -> list[Any]:
    records = rehearsal.records.list_records("acme", entity, cursor=None, limit=1000).items
    return [each.links[integration_id] for each in records if integration_id in each.links]


def test_a_full_org_is_read_by_a_job_and_stands_in_hubspot(rehearsal: Rehearsal):
    _fill_salesforce(rehearsal)
    rehearsal.connect("hubspot")
    integration_id = rehearsal.connect("salesforce")
    rehearsal.sync()
    assert _jobs(rehearsal, "query") == ["Contact"]
    assert len(_live(rehearsal, "hubspot", "contacts")) == MANY
    assert {each.state for each in _links(rehearsal, "contact", integration_id)} == {"active"}
    rehearsal.sync()
    assert _jobs(rehearsal, "query") == ["Contact"]


@pytest.mark.parametrize("mishap", ["", "failed"])
def test_what_hubspot_holds_is_loaded_once_and_whatever_fails_is_linked_or_parked(rehearsal: Rehearsal, mishap: str):
    twins = [{"name": "Company 3", "domain": "other.example.com"}]
    _fill_hubspot(rehearsal, "companies", _companies() + twins)
    rehearsal.control("salesforce", "settings", {"duplicate_rules": {"Account": "block"}})
    if mishap:
        rehearsal.control("salesforce", "settings", {"bulk_failures": {"count": 1}})
    integration_id = rehearsal.connect("salesforce")
    rehearsal.connect("hubspot")
    rehearsal.sync()
    rehearsal.sync()
    assert _jobs(rehearsal, "ingest") == ["Account"]
    names = [row["Name"] for row in _live(rehearsal, "salesforce", "Account")]
    assert sorted(names) == sorted(f"Company {each}" for each in range(MANY))
    links = _links(rehearsal, "company", integration_id)
    linked = [each for each in links if each.external_id]
    parked = [each for each in links if each.parked is not None]
    assert (len(links), len(linked), len(parked)) == (MANY + 1, MANY, 1), "in == ok + parked"
    assert parked[0].parked.code == "DUPLICATES_DETECTED"


def test_a_day_without_jobs_left_is_gone_through_by_pages_and_batches(rehearsal: Rehearsal):
    _fill_salesforce(rehearsal)
    _fill_hubspot(rehearsal, "companies", _companies())
    rehearsal.control("salesforce", "settings", {"bulk_query_jobs": 0, "bulk_batches": 0})
    rehearsal.connect("salesforce")
    rehearsal.connect("hubspot")
    rehearsal.sync()
    rehearsal.sync()
    assert len(_live(rehearsal, "hubspot", "contacts")) == MANY
    assert len(_live(rehearsal, "salesforce", "Account")) == MANY


def test_an_edit_amid_a_load_comes_after_it(rehearsal: Rehearsal):
    rehearsal.connect("salesforce")
    rehearsal.connect("hubspot")
    rehearsal.sync()
    rehearsal.control("salesforce", "settings", {"bulk_queue_s": 20})
    _fill_hubspot(rehearsal, "companies", _companies())
    rehearsal.advance(1000)
    rehearsal.plan()
    for _ in range(500):
        if not _jobs(rehearsal, "ingest"):
            with suppress(AssertionError):  # it says that there is more to come
                rehearsal.settle(rounds=1)
    assert _jobs(rehearsal, "ingest") == ["Account"]
    row = _live(rehearsal, "hubspot", "companies")[0]
    change = {"op": "update", "entity": "companies", "id": row["id"], "properties": {"city": "Lisboa"}}
    rehearsal.control("hubspot", "seed", {"notify": True, "operations": [change]})
    rehearsal.settle()
    rehearsal.sync()
    cities = [row.get("BillingCity") for row in _live(rehearsal, "salesforce", "Account")]
    assert (len(cities), cities.count("Lisboa")) == (MANY, 1)

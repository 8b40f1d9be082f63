"""Kommo kept in step with HubSpot, through the functions' own handlers and strict simulated CRMs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.people import HubSpotPerson
from tests.functional.rehearsal import Rehearsal

ANA = {"email": "ana.prado@example.com", "firstname": "Ana", "lastname": "Prado", "phone": "+5511987654321"}


@pytest.fixture
def rehearsal(monkeypatch: pytest.MonkeyPatch) -> Rehearsal:
    rehearsal = Rehearsal(monkeypatch, ("hubspot", "kommo"))
    rehearsal.control("kommo", "limits", {"per_second": 0})
    return rehearsal


@pytest.fixture
def hubspot(rehearsal: Rehearsal) -> HubSpotPerson:
    return HubSpotPerson(rehearsal)


def _rows(rehearsal: Rehearsal, table: str) -> list[dict[str, Any]]:
    return rehearsal.http["kommo"].get(f"/_sandbox/state?entity={table}").json()[table]


def _alive(rehearsal: Rehearsal, table: str) -> list[dict[str, Any]]:
    shown = [each for each in _rows(rehearsal, table) if not each.get("is_deleted")]
    return sorted(shown, key=lambda each: each["id"])


def _act(rehearsal: Rehearsal, **operation: Any) -> None:
    rehearsal.control("kommo", "seed", {"operations": [operation]})


def _values(row: dict[str, Any]) -> set[str]:
    return {str(value["value"]) for kept in row["custom"].values() for value in kept}


@pytest.fixture
def linked(rehearsal: Rehearsal, hubspot: HubSpotPerson) -> Rehearsal:
    """Both CRMs connected, with Ana in both."""
    hubspot.fill(contacts=[ANA])
    rehearsal.connect("hubspot")
    rehearsal.connect("kommo")
    rehearsal.sync()
    return rehearsal


def test_a_contact_of_hubspot_comes_to_kommo_with_its_addresses(linked):
    (ana,) = _alive(linked, "contacts")
    assert ana["name"] == "Ana Prado"
    assert {"ana.prado@example.com", "+5511987654321"} <= _values(ana)


def test_an_edit_in_kommo_comes_to_hubspot_by_webhook(linked, hubspot):
    (ana,) = _alive(linked, "contacts")
    _act(linked, op="update", entity="contacts", id=ana["id"], fields={"last_name": "Lund"})
    linked.settle()
    assert hubspot.contact("ana.prado@example.com")["lastname"] == "Lund"
    assert ("kommo", 200) in linked.answers


def test_nothing_is_written_when_nothing_has_changed(linked):
    (before,) = _alive(linked, "contacts")
    for _ in range(2):
        linked.advance(3600)
        linked.sync()
    assert _alive(linked, "contacts") == [before]


def test_a_person_known_to_both_is_linked_and_not_doubled(rehearsal, hubspot):
    email = [{"field_code": "EMAIL", "values": [{"value": "Ana.Prado@example.com", "enum_code": "PRIV"}]}]
    rehearsal.control("kommo", "seed", {"contacts": [{"first_name": "Ana", "custom_fields_values": email}]})
    hubspot.fill(contacts=[ANA])
    rehearsal.connect("hubspot")
    rehearsal.connect("kommo")
    rehearsal.sync()
    (ana,) = _alive(rehearsal, "contacts")
    assert ana["last_name"] == "Prado"


def test_a_lead_of_kommo_is_a_deal_with_its_people(linked, hubspot):
    (ana,) = _alive(linked, "contacts")
    _act(linked, op="create", entity="companies", ref="c", fields={"name": "Vale Verde"})
    (company,) = _alive(linked, "companies")
    fields = {"name": "Telhado", "price": 48_000, "status_id": 142, "contacts": [ana["id"]], "company": company["id"]}
    _act(linked, op="create", entity="leads", fields=fields)
    linked.settle()
    linked.sync()
    (deal,) = linked.http["hubspot"].get("/_sandbox/state?entity=deals").json()["deals"]
    assert (deal["properties"]["dealname"], deal["properties"]["amount"]) == ("Telhado", "48000")
    assert deal["properties"]["dealstage"] == "closedwon"
    assert deal["associations"].keys() == {"companies", "contacts"}


def test_what_is_deleted_in_kommo_goes_from_hubspot_and_not_the_other_way(rehearsal, hubspot):
    hubspot.fill(contacts=[ANA, {**ANA, "email": "bo@example.com", "firstname": "Bo", "phone": "+5511900000000"}])
    for crm in ("hubspot", "kommo"):
        rehearsal.connect(crm, onDelete="propagate")
    rehearsal.sync()
    bo = next(each for each in _alive(rehearsal, "contacts") if each["first_name"] == "Bo")
    _act(rehearsal, op="delete", entity="contacts", id=bo["id"])
    rehearsal.settle()
    assert [each["email"] for each in hubspot.rows("contacts")] == [ANA["email"]]
    hubspot.act("delete", "contacts", hubspot.contact(ANA["email"])["id"])
    rehearsal.settle()
    assert [each["first_name"] for each in _alive(rehearsal, "contacts")] == ["Ana"], "Kommo's API deletes nothing"
    rehearsal.sync()
    assert hubspot.rows("contacts") == [], "and what was deleted is not made again"

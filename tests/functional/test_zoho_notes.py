"""Zoho's notes kept in step with HubSpot's: found again after a lost answer, and what becomes of deleted ones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.matrix.house import House

ANA = {"email": "ana.prado@example.com", "last_name": "Prado"}


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    """Both CRMs connected, with Ana in both."""
    house = House(monkeypatch, ("zoho", "hubspot"))
    house.tools["hubspot"].create("contact", ANA, {})
    house.connect_all()
    house.sync()
    house.sync()
    return house


def ana(house: House, crm: str) -> str:
    return house.tools[crm].client.find("contact", "email", [ANA["email"]])[ANA["email"]][0].external_id


def zoho_notes(house: House) -> list[dict[str, Any]]:
    return house.http["zoho"].get("/_sandbox/state?entity=Notes").json()["Notes"]


def hubspot_notes(house: House) -> list[Any]:
    client = house.tools["hubspot"].client
    items = client.list_all("activity", cursor=None).items
    return [each for each in items if each.fields["kind"] == "note"]


def people(house: House, action: str, **more: Any) -> None:
    house.control("zoho", "seed", {"actions": [{"action": action, "module": "Notes", **more}]})
    house.sync()
    house.sync()


def note_in_zoho(house: House) -> None:
    parent = {"id": ana(house, "zoho"), "module": {"api_name": "Contacts"}}
    people(house, "create", fields={"Note_Content": "Wants storage", "Parent_Id": parent})


def note_in_hubspot(house: House) -> None:
    refs = {"contacts": (ana(house, "hubspot"),)}
    house.tools["hubspot"].create("activity", {"kind": "note", "description": "Wants storage"}, refs)
    for _ in range(4):
        house.sync()


def test_a_note_of_zoho_and_its_edits_travel_without_a_webhook(house: House):
    note_in_zoho(house)
    (there,) = hubspot_notes(house)
    assert there.fields["description"] == "Wants storage"
    assert there.refs["contacts"] == (ana(house, "hubspot"),)
    (row,) = zoho_notes(house)
    people(house, "update", id=row["id"], fields={"Note_Content": "Wants more"})
    assert [each.fields["description"] for each in hubspot_notes(house)] == ["Wants more"]
    assert [each["Note_Content"] for each in zoho_notes(house)] == ["Wants more"], "not ours to mark"


def test_a_note_whose_answer_was_lost_is_in_zoho_once(house: House):
    match = {"method": "POST", "path": "/crm/v8/Notes"}
    house.control("zoho", "faults", [{"match": match, "kind": "timeout_after_effect"}])
    note_in_hubspot(house)
    (row,) = zoho_notes(house)
    assert row["Note_Content"].startswith("Wants storage\n\nCRM Bridge act_")
    assert row["Parent_Id"] == ana(house, "zoho")
    assert [each.fields["description"] for each in hubspot_notes(house)] == ["Wants storage"]


def test_a_note_deleted_in_zoho_is_invisible_and_stays_elsewhere(house: House):
    note_in_hubspot(house)
    (row,) = zoho_notes(house)
    people(house, "delete", id=row["id"])
    house.forget()
    house.advance(86_400)
    house.compare()
    house.compare()
    (record,) = (each for each in house.live() if each.entity == "activity")
    assert record.links[house.ids["zoho"]].state == "invisible"
    assert zoho_notes(house) == []
    assert len(hubspot_notes(house)) == 1
    assert dict(house.written) == {}

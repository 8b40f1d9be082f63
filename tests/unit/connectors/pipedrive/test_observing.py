from __future__ import annotations

from typing import Any

import pytest

from crmbridge.connectors.pipedrive.mapping import Lexicon, StageMap, body_of, observe, project
from crmbridge.connectors.pipedrive.mapping.activities import People, observe_activity, observe_note
from crmbridge.connectors.pipedrive.mapping.lexicon import Definition
from crmbridge.connectors.pipedrive.mapping.rules import COMPANY, CONTACT, DEAL
from tests.unit.connectors.pipedrive.conftest import CODE, fixture_json

SYNCED = ("job_title", "postal_address", "notes")
LABELS = Definition("label_ids", "Labels", "set", False, ((24, "Customer"),))
LEXICON = Lexicon(
    owner_emails={17204402: "ola@example.com"},
    owner_ids={"ola@example.com": 17204402},
    fields={
        **{name: Definition(name, name, "varchar", False) for name in SYNCED},
        "industry": Definition("industry", "Industry", "enum", False, ((1202, "Energy"),)),
    },
    labels=LABELS,
    stages=StageMap({3: "decision"}, {1: {"decision": 3}}, {3: 1}),
    external_code=CODE,
)
PEOPLE = People({17204402: "ola@example.com"}, {"ola@example.com": 17204402})


def test_a_person_is_read_with_all_that_contact_sync_adds():
    seen = observe(CONTACT, fixture_json("answers", "person"), LEXICON)
    assert seen.fields == {
        "email": "ana.prado@example.com",
        "first_name": "Ana",
        "last_name": "Prado",
        "phone": "+5511987654321",
        "mobile_phone": "+5511912345678",
        "job_title": "Head of Purchasing",
        "street": "Rua das Flores 12",
        "city": "São Paulo",
        "state": "SP",
        "postal_code": "01310-100",
        "country": "Brazil",
        "description": None,
        "owner": "ola@example.com",
        "tags": ("Customer",),
    }
    assert seen.refs == {"company": ("12",)}
    assert (seen.version, seen.correlation_id) == ("2026-11-21T12:00:00Z", "con_01JD000000000000000000000A")


def test_a_person_of_one_text_is_taken_apart_and_empty_points_are_none():
    seen = observe(CONTACT, fixture_json("answers", "person.bare"), LEXICON)
    assert (seen.fields["first_name"], seen.fields["last_name"]) == ("Sample", "Person")
    assert (seen.fields["email"], seen.fields["phone"], seen.fields["tags"]) == (None, None, ())
    assert "job_title" not in seen.fields
    assert seen.modified_at is not None


def test_an_address_that_was_never_taken_apart_is_a_street():
    seen = observe(COMPANY, fixture_json("answers", "organization"), LEXICON)
    assert (seen.fields["street"], seen.fields["city"]) == ("Somewhere near Lisbon", None)
    assert (seen.fields["domain"], seen.fields["industry"]) == ("valeverde.example.com", "Energy")


def test_an_open_deal_is_full_of_nulls_and_read_all_the_same():
    seen = observe(DEAL, fixture_json("answers", "deal.open"), LEXICON, contacts=("71",))
    assert (seen.fields["stage"], seen.fields["amount"], seen.fields["close_on"]) == ("decision", "48000.75", None)
    assert seen.refs == {"company": ("12",), "contacts": ("71",)}


def test_an_activity_is_read_with_its_mark_its_people_and_its_length():
    seen = observe_activity(fixture_json("answers", "activity.call"), PEOPLE)
    assert seen.external_id == "activities:88"
    assert seen.fields == {
        "kind": "call",
        "subject": "Call Ana",
        "description": "About the offer\nand the roof",
        "status": "completed",
        "starts_at": "2026-11-25T14:00:00Z",
        "duration_s": 1800,
        "owner": "ola@example.com",
    }
    assert seen.refs == {"company": ("12",), "contacts": ("71", "9"), "deal": ("305",)}
    assert seen.correlation_id == "act_01JD000000000000000000000B"


def test_a_note_is_read_without_its_mark():
    seen = observe_note(fixture_json("answers", "note"), PEOPLE)
    assert seen.fields == {"kind": "note", "description": "Prefers calls\nbefore noon", "owner": "ola@example.com"}
    assert seen.correlation_id == "act_01JD000000000000000000000C"
    assert seen.version == "2026-11-21T12:00:00Z"


@pytest.mark.parametrize("change", [{"emails": "a@x.example"}, {"update_time": "soon"}, {"postal_address": 5}])
def test_a_row_of_another_shape_is_told_by_its_key(change: dict[str, Any]):
    with pytest.raises(ValueError, match=r".+"):
        observe(CONTACT, {**fixture_json("answers", "person"), **change}, LEXICON)


def test_what_we_do_not_know_of_is_kept_when_lists_are_written():
    row = fixture_json("answers", "person")
    body = body_of(CONTACT, {"email": "new@example.com", "mobile_phone": None, "city": "Santos"}, LEXICON, current=row)
    assert body["emails"] == [
        {"value": "new@example.com", "primary": True, "label": "work"},
        {"value": "second@example.com", "primary": False, "label": "home"},
    ]
    assert [each["value"] for each in body["phones"]] == ["(11) 98765-4321"]
    assert (body["postal_address"]["locality"], body["postal_address"]["route"]) == ("Santos", "Rua das Flores 12")
    assert "name" not in body


def test_half_a_name_keeps_the_other_half():
    row = fixture_json("answers", "person")
    assert body_of(CONTACT, {"last_name": "Melo"}, LEXICON, current=row)["name"] == "Ana Melo"
    assert body_of(CONTACT, {"email": "x@example.com"}, LEXICON)["name"] == "x@example.com"
    assert observe(CONTACT, {**row, "name": "Ana.Prado@Example.com"}, LEXICON).fields["last_name"] is None


def test_without_contact_sync_its_fields_are_left_out():
    plain = Lexicon(labels=LABELS)
    assert project(CONTACT, {"job_title": "Owner", "city": "Porto", "email": "a@example.com"}, plain) == {
        "email": "a@example.com"
    }


def test_names_cannot_be_cleared_and_an_empty_amount_is_nothing():
    assert project(COMPANY, {"name": None, "domain": None}, LEXICON) == {"domain": None}
    assert project(DEAL, {"title": None, "amount": None, "currency": None}, LEXICON) == {"amount": "0"}

"""Rows as others have recorded them become observations, and values become bodies."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.connectors.salesflare.mapping.custom import read_custom, write_custom
from crmbridge.connectors.salesflare.mapping.custom_definitions import definition_of, own_definition, suits, type_for
from crmbridge.connectors.salesflare.mapping.definition_answers import Definition, FieldType
from crmbridge.connectors.salesflare.mapping.lexicon import Lexicon
from crmbridge.connectors.salesflare.mapping.observing import id_of, observe
from crmbridge.connectors.salesflare.mapping.projecting import changed_body, new_body, project
from crmbridge.connectors.salesflare.mapping.rules import RULES
from crmbridge.domain.custom_fields import CustomField, CustomKind
from tests.unit.connectors.salesflare.conftest import DEFINITION, SOLUTION, fixture_json


def rows(name: str) -> list[dict[str, Any]]:
    return fixture_json(f"answers/{name}.list")


def test_a_recorded_contact_is_understood(lexicon: Lexicon):
    said = observe(RULES["contact"], rows("contact")[0], lexicon)
    assert said.external_id == "276600011"
    assert said.correlation_id == "con_00000000000000000000000001"
    assert said.refs == {"company": ("13400001",)}
    assert said.version == "1779486323000"
    assert said.fields == {
        "email": "ana.prado@example.com",
        "first_name": "Ana",
        "last_name": "Prado",
        "phone": "+551130001234",
        "mobile_phone": "+5511987654321",
        "job_title": "Head of Purchasing",
        "street": "Rua das Flores 12",
        "city": "São Paulo",
        "state": "SP",
        "postal_code": "01310-100",
        "country": "Brazil",
        "owner": "mia@example.com",
        "tags": ("Solar", "VIP"),
        "x_solution": "Plant",
    }


def test_a_bare_contact_is_known_to_be_empty(lexicon: Lexicon):
    said = observe(RULES["contact"], rows("contact")[1], lexicon)
    assert said.refs == {"company": ()}
    assert said.correlation_id == ""
    assert set(said.fields.values()) == {None}


def test_an_account_has_the_first_number_that_is_neither_mobile_nor_fax(lexicon: Lexicon):
    said = observe(RULES["company"], rows("account")[0], lexicon)
    assert said.fields["phone"] == "+551130001234"
    assert said.fields["description"] == "Solar parks\nand storage"
    assert said.fields["employees"] == 120
    assert said.refs == {}


def test_an_opportunity_has_its_day_and_stage(lexicon: Lexicon):
    said = observe(RULES["deal"], rows("opportunity")[0], lexicon)
    assert said.fields["close_on"] == "2027-03-31"
    assert said.fields["stage"] == "won"
    assert said.fields["amount"] == "48000.75"
    assert said.fields["probability"] == 100


def test_keys_that_a_row_lacks_were_not_read(lexicon: Lexicon):
    said = observe(RULES["company"], {"id": 1}, lexicon)
    assert (said.fields, said.refs, said.version, said.modified_at) == ({}, {}, "", None)
    assert observe(RULES["contact"], {"id": 1, "custom": 7}, lexicon).fields == {"x_solution": None}


@pytest.mark.parametrize(
    ("entity", "row", "words"),
    [
        ("contact", {"id": 1, "firstname": ["Ana"]}, "firstname: expected text"),
        ("deal", {"id": 1, "value": "much"}, "value: 'much' is not a number"),
        ("deal", {"id": 1, "stage": True}, "stage: 'True' is no id"),
        ("contact", {"id": 1, "custom": {"solution_type": {"name": ["x"]}}}, "custom.solution_type: "),
        ("contact", {"id": 1, "modification_date": "yesterday"}, "is not a time"),
    ],
)
def test_a_value_of_an_unknown_kind_names_its_key(lexicon: Lexicon, entity, row, words):
    with pytest.raises(ValueError, match=words.replace("(", "\\(")):
        observe(RULES[entity], row, lexicon)


def test_an_owner_nobody_knows_is_not_read_and_an_old_stage_keeps_its_id(lexicon: Lexicon):
    said = observe(RULES["deal"], {"id": 1, "owner": {"id": 5}, "stage": {"id": 99}}, lexicon)
    assert said.fields == {"stage": "99"}
    assert id_of(None) is None


def test_what_salesflare_cannot_hold_is_left_out(lexicon: Lexicon):
    fields = {"amount": "-5", "probability": 101, "stage": "no such", "owner": "gone@example.com", "close_on": "soon"}
    assert project(RULES["deal"], fields, lexicon) == {}
    assert project(RULES["deal"], {"amount": "12345678901234567.89", "stage": None}, lexicon) == {}
    assert project(RULES["contact"], {"email": "nobody", "nonsense": 1, "x_solution": "Old"}, lexicon) == {}
    assert project(RULES["company"], {"employees": "many"}, lexicon) == {}
    assert project(RULES["contact"], {"country": "x" * 60, "tags": None}, lexicon) == {
        "country": "x" * 50,
        "tags": None,
    }
    assert project(RULES["contact"], {"tags": (" vip", "VIP", "New ", " ")}, lexicon) == {"tags": ("New", "VIP")}


def test_a_whole_record_is_projected_as_salesflare_would_say_it(lexicon: Lexicon):
    contact = {
        "email": "Ana@Example.com",
        "owner": " Mia@example.com ",
        "company": "com_1",
        "contacts": (),
        "city": " ",
    }
    assert project(RULES["contact"], contact | {"x_solution": "plant"}, lexicon) == {
        "email": "ana@example.com",
        "owner": "mia@example.com",
        "company": "com_1",
        "city": None,
        "x_solution": "Plant",
    }
    company = {"domain": "https://www.example.com/x", "employees": 12, "description": None, "company": "com_1"}
    assert project(RULES["company"], company, lexicon) == {
        "domain": "example.com",
        "employees": 12,
        "description": None,
    }
    deal = {"stage": "qualified", "close_on": "2027-03-31", "amount": " ", "contacts": ("con_1",)}
    assert project(RULES["deal"], deal, lexicon) == {"stage": "qualified", "close_on": "2027-03-31", "amount": None}


def test_a_new_record_names_only_what_it_has(lexicon: Lexicon):
    fields = {"last_name": "Lund", "job_title": "Owner", "city": "Aarhus", "phone": None, "x_solution": None}
    body = new_body(RULES["contact"], fields, lexicon, op_id="con_1", account_id=7)
    assert body == {
        "lastname": "Lund",
        "position": {"role": "Owner"},
        "address": {"city": "Aarhus"},
        "custom": {"crmbridge_id": "con_1"},
        "account": 7,
    }
    whole = {"tags": ("vip",), "x_solution": "Plant", "email": "nobody"}
    assert new_body(RULES["contact"], whole, lexicon, op_id="con_1", account_id=None) == {
        "tags": ["VIP"],
        "custom": {"solution_type": 106530010, "crmbridge_id": "con_1"},
    }
    assert new_body(RULES["deal"], {"title": "X"}, Lexicon(), op_id="dea_1", account_id=None) == {"name": "X"}


def test_parts_are_changed_by_their_ids_and_archived_when_emptied(lexicon: Lexicon):
    row = rows("contact")[0]
    fields = {"phone": None, "mobile_phone": "+5511900000000", "city": "Lisboa", "state": None}
    body = changed_body(RULES["contact"], fields, lexicon, row=row)
    assert body == {
        "phone_numbers": [{"id": 106530001, "archived": True}, {"id": 106530002, "number": "+5511900000000"}],
        "addresses": [
            {
                "id": 106530004,
                "street": "Rua das Flores 12",
                "city": "Lisboa",
                "state_region": None,
                "zip": "01310-100",
                "country": "Brazil",
            }
        ],
    }
    emptied: dict[str, Any] = dict.fromkeys(("street", "city", "state", "postal_code", "country"))
    assert changed_body(RULES["contact"], emptied, lexicon, row=row) == {
        "addresses": [{"id": 106530004, "archived": True}]
    }


def test_parts_that_are_not_there_are_added(lexicon: Lexicon):
    bare = rows("contact")[1]
    assert changed_body(RULES["contact"], {"phone": "+4531234567", "city": "Aarhus"}, lexicon, row=bare) == {
        "phone_number": "+4531234567",
        "address": {"city": "Aarhus"},
    }
    assert changed_body(RULES["contact"], {"phone": None, "city": None}, lexicon, row=bare) == {}
    account = {"id": 1, "phone_numbers": [{"id": 5, "number": "+4531234567"}]}
    assert changed_body(RULES["company"], {"phone": None}, lexicon, row=account) == {
        "phone_numbers": [{"id": 5, "archived": True}]
    }


def test_tags_are_sent_as_a_difference(lexicon: Lexicon):
    row = rows("contact")[0]
    body = changed_body(RULES["contact"], {"tags": ("vip", "New")}, lexicon, row=row)
    assert body == {"tags": ["New", {"id": 640001, "name": "Solar", "_deleted": True}]}
    assert changed_body(RULES["contact"], {"tags": ("Solar", "VIP")}, lexicon, row=row) == {}


def test_a_company_is_linked_left_and_kept(lexicon: Lexicon):
    row = rows("contact")[0]
    assert changed_body(RULES["contact"], {}, lexicon, row=row, account=("5",)) == {"account": 5}
    assert changed_body(RULES["contact"], {}, lexicon, row=row, account=()) == {"account": None}
    assert changed_body(RULES["contact"], {"x_solution": None}, lexicon, row=row) == {"custom": {"solution_type": None}}


def test_a_stage_of_another_pipeline_is_refused_in_words(lexicon: Lexicon):
    row = {"id": 1, "pipeline": {"id": 5}}
    with pytest.raises(ValueError, match="pipeline 5 has no stage for 'won'"):
        changed_body(RULES["deal"], {"stage": "won"}, lexicon, row=row)
    assert changed_body(RULES["deal"], {"stage": None}, lexicon, row=row) == {}


# ------------------------------------------------------------------------------------- custom fields


def custom(kind: CustomKind, **more: Any) -> CustomField:
    return CustomField("contact", "x_it", "It", kind, **more)


TEXT = Definition.model_validate({"id": 1, "api_field": "it", "type": {"id": 1, "name": "text", "type": "string"}})
BARE = Definition.model_validate({"id": 1, "api_field": "it", "type": 4})


@pytest.mark.parametrize("raw", [{"id": 106530010, "name": "Plant"}, {"id": 106530010}, 106530010, "Plant", ["Plant"]])
def test_a_choice_is_read_however_it_comes(raw):
    assert read_custom(SOLUTION, DEFINITION, raw) == "Plant"


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("text", None, None),
        ("text", " a\nb ", "a b"),
        ("long_text", "a\nb", "a\nb"),
        ("url", "https://example.com", "https://example.com"),
        ("number", 451.75, "451.75"),
        ("number", "1e2", "100"),
        ("boolean", False, False),
        ("boolean", "true", True),
        ("boolean", 0, False),
        ("date", "2027-03-31T00:00:00.000Z", "2027-03-31"),
        ("datetime", "2026-11-21T15:30:00.000Z", "2026-11-21T15:30:00Z"),
        ("datetime", " ", None),
        ("choices", "B", ("B",)),
        ("choices", [{"id": 2, "name": "B"}, "A"], ("A", "B")),
        ("choices", [], None),
        ("choices", [None], None),
    ],
)
def test_every_kind_is_read(kind, raw, value):
    assert read_custom(custom(kind), TEXT, raw) == value


@pytest.mark.parametrize(("kind", "raw"), [("boolean", "maybe"), ("number", "much"), ("date", "soon")])
def test_a_custom_value_of_another_kind_is_not_understood(kind, raw):
    with pytest.raises(ValueError, match=raw):
        read_custom(custom(kind), TEXT, raw)


@pytest.mark.parametrize(
    ("kind", "definition", "value", "sent"),
    [
        ("text", TEXT, None, None),
        ("number", BARE, "451.75", 451.75),
        ("number", BARE, "7", 7),
        ("number", TEXT, "451.75", "451.75"),
        ("date", BARE, "2027-03-31", "2027-03-31T12:00:00.000Z"),
        ("boolean", BARE, True, True),
        ("datetime", TEXT, "2026-11-21T15:30:00Z", "2026-11-21T15:30:00Z"),
        ("text", BARE, " ", None),
    ],
)
def test_every_kind_is_written(kind, definition, value, sent):
    assert write_custom(custom(kind), definition, value) == (True, sent)


def test_a_choice_is_written_by_its_id_and_left_out_without_one():
    many = CustomField("contact", "x_many", "Many", "choices")
    assert write_custom(SOLUTION, DEFINITION, "plant") == (True, 106530010)
    assert write_custom(many, DEFINITION, ("Partner", "Plant")) == (True, [106530011, 106530010])
    assert write_custom(SOLUTION, DEFINITION, "Old") == (False, None)
    assert write_custom(many, DEFINITION, ()) == (False, None)
    assert write_custom(custom("number"), BARE, "much") == (False, None)


def test_types_are_known_by_any_of_their_names():
    types = [
        FieldType.model_validate({"id": 1, "name": "text", "type": "string", "displayName": "Text"}),
        FieldType.model_validate({"id": 6, "name": "x", "type": "y", "displayName": "Dropdown (single choice)"}),
    ]
    found = {kind: type_for(kind, types) for kind in ("text", "datetime", "choice", "number")}
    assert {kind: each and each.id for kind, each in found.items()} == {
        "text": 1,
        "datetime": 1,
        "choice": 6,
        "number": None,
    }
    assert suits("choice", DEFINITION)
    assert not suits("number", DEFINITION)
    assert suits("url", TEXT)
    assert suits("number", BARE), "a field that does not tell its type is believed"


def test_a_field_is_found_by_the_surest_of_its_names():
    one = Definition.model_validate({"id": 1, "name": "Solution type", "api_field": "solution_type"})
    two = Definition.model_validate({"id": 2, "name": "crm_solution", "api_field": "crm_solution"})
    old = Definition.model_validate({"id": 3, "name": "Old", "api_field": "solution", "archived": True})
    given = CustomField("contact", "x_solution", "Solution type", "text", "crm_solution")
    assert definition_of(given, [one, two]) == two
    assert definition_of(given, [one]) == one
    assert definition_of(CustomField("contact", "x_solution", "Other", "text"), [one, old]) is None
    assert own_definition("crm_solution", [one, two]) == two

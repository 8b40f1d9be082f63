"""Rows become observations and values become rows; what one place holds several of is not lost."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.connectors.kommo.mapping.activities import note_body, observe_activity, task_body
from crmbridge.connectors.kommo.mapping.definitions import Definition, Lexicon, Option
from crmbridge.connectors.kommo.mapping.observing import observe
from crmbridge.connectors.kommo.mapping.rendering import project, rendered
from crmbridge.connectors.kommo.mapping.rules import RULES
from crmbridge.connectors.kommo.mapping.stages import stage_map_of, stages_of
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity
from tests.unit.connectors.kommo.conftest import fixture_json

OPTIONS = tuple(Option(place, code, code) for place, code in enumerate(("WORK", "WORKDD", "MOB", "OTHER", "PRIV"), 1))


def _definition(field_id: int, code: str, kind: str, options: tuple[Option, ...] = ()) -> Definition:
    return Definition(field_id=field_id, name=code.title(), code=code, type=kind, options=options)


def _pipeline(pipeline_id: int, *names: str, **more: Any) -> dict[str, Any]:
    opened = [
        {"id": pipeline_id * 10 + place, "name": name, "sort": place, "type": 0} for place, name in enumerate(names)
    ]
    final = [
        {"id": 142, "name": "Ganho", "sort": 100, "type": 0},
        {"id": 143, "name": "Perdido", "sort": 110, "type": 0},
    ]
    incoming = {"id": pipeline_id * 10 + 9, "name": "Incoming leads", "sort": -1, "type": 1}
    return {"id": pipeline_id, "sort": 1, "_embedded": {"statuses": [*final, *opened, incoming]}, **more}


PEOPLE = Lexicon(
    country="BR",
    owner_emails={11204883: "rafa@lagoasolar.example"},
    owner_ids={"rafa@lagoasolar.example": 11204883},
    definitions=(
        _definition(178380, "POSITION", "text"),
        _definition(178382, "PHONE", "multitext", OPTIONS),
        _definition(178384, "EMAIL", "multitext", OPTIONS),
        _definition(178386, "CRMBRIDGE_ID", "text"),
    ),
)
CONTACT = RULES["contact"]


def test_one_of_several_addresses_and_numbers_is_taken_by_its_kind():
    said = observe(CONTACT, fixture_json("answers", "contact"), PEOPLE)
    assert said.fields["email"] == "ana.prado@example.com"
    assert said.fields["phone"] == "+551130001234"
    assert said.fields["mobile_phone"] == "+5511912345678", "by the account's country"
    assert said.fields["owner"] == "rafa@lagoasolar.example"
    assert said.refs == {"company": ("406320",)}
    assert said.version == "1795262400000"


def test_writing_one_of_several_leaves_the_others():
    row = fixture_json("answers", "contact")
    body = rendered(CONTACT, {"email": "new@example.com", "mobile_phone": None}, PEOPLE, before=row).body()
    values = {each["field_id"]: each["values"] for each in body["custom_fields_values"]}
    assert values[178384] == [
        {"value": "Ana@Casa.example", "enum_code": "PRIV"},
        {"value": "new@example.com", "enum_code": "WORK"},
    ]
    assert [each["enum_code"] for each in values[178382]] == ["WORK", "OTHER"]


def test_two_fields_of_one_place_are_written_together():
    fields = {"phone": "+551130001234", "mobile_phone": "+5511912345678"}
    body = rendered(CONTACT, fields, PEOPLE, before=None).body()
    assert body["custom_fields_values"] == [
        {
            "field_id": 178382,
            "values": [
                {"value": "+551130001234", "enum_code": "WORK"},
                {"value": "+5511912345678", "enum_code": "MOB"},
            ],
        }
    ]


def test_clearing_the_only_value_clears_the_field():
    row = {**fixture_json("answers", "contact")}
    row["custom_fields_values"] = [row["custom_fields_values"][2] | {"values": [{"value": "a@b.example"}]}]
    body = rendered(CONTACT, {"email": None}, PEOPLE, before=row).body()
    assert body["custom_fields_values"] == [{"field_id": 178384, "values": None}]


def test_a_whole_name_is_taken_apart_and_written_whole():
    row = fixture_json("answers", "contact.whole_name")
    said = observe(CONTACT, row, PEOPLE).fields
    assert (said["first_name"], said["last_name"]) == ("Bo", "Lund Marine")
    body = rendered(CONTACT, {"last_name": "Lund"}, PEOPLE, before=row).body()
    assert body == {"first_name": "Bo", "last_name": "Lund"}


def test_no_custom_values_at_all_are_known_to_be_empty():
    said = observe(CONTACT, fixture_json("answers", "contact.whole_name"), PEOPLE).fields
    assert (said["email"], said["phone"], said["job_title"], said["tags"]) == (None, None, None, ())


def test_tags_are_written_as_differences():
    row = fixture_json("answers", "lead.with_contacts")
    fields = {"tags": ("Alto Valor", "Urgente")}
    body = rendered(RULES["deal"], fields, PEOPLE, before=row).body()
    assert body == {
        "tags_to_add": [{"name": "Alto Valor"}, {"name": "Urgente"}],
        "tags_to_delete": [{"name": "Lead Quente"}],
    }


def test_a_lead_says_stage_references_and_the_accounts_currency():
    pipelines = [_pipeline(8572519, "A", "B", "C")]
    pipelines[0]["_embedded"]["statuses"][3]["id"] = 67548611
    lexicon = Lexicon(currency="BRL", stages=stage_map_of(pipelines))
    said = observe(RULES["deal"], fixture_json("answers", "lead.with_contacts"), lexicon)
    assert (said.fields["stage"], said.fields["amount"], said.fields["currency"]) == ("presentation", "48000", "BRL")
    assert said.refs == {"company": ("29610174",), "contacts": ("406322", "406324")}
    assert project(RULES["deal"], {"currency": "USD"}, lexicon) == {"currency": "BRL"}
    assert "owner" not in said.fields, "somebody nobody has heard of"


@pytest.mark.parametrize(
    ("price", "exact", "amount"),
    [(0, None, None), (12, None, "12"), (12, 12.5, "12.5"), (None, None, None), (5, 0, None)],
)
def test_a_budget_of_nothing_is_none(price, exact, amount):
    row = {"id": 1, "name": "x", "price": price, **({} if exact is None else {"price_with_minor_units": exact})}
    assert observe(RULES["deal"], row, Lexicon()).fields["amount"] == amount


def test_won_and_lost_are_the_same_in_every_pipeline_and_named_with_it():
    stages = stage_map_of([_pipeline(1, "Novo Lead", "Proposta"), _pipeline(2, "Qualified", is_main=True, sort=9)])
    assert stages.target("won") == ("2", "142"), "the main pipeline first"
    assert stages.target("won", pipeline_id="1") == ("1", "142")
    assert stages.key("7", "143") == "lost"
    assert stages.key("1", "10") == "appointment"
    assert stages.key("1", "11") == "contract", "the last of two, by its place"
    assert stages.key("1", "19") == "appointment", "an incoming lead"
    assert "19" not in stages.targets["1"].values()
    assert stages.key("1", "77") == "1:77"
    assert stages.target("decision", pipeline_id="1") == ("1", "11")


@pytest.mark.parametrize("rule", [{"1:11": "decision"}, {"decision": "1:11"}])
def test_a_workspace_may_say_what_a_status_means(rule):
    stages = stage_map_of([_pipeline(1, "Novo Lead", "Proposta")], rule)
    assert stages.key("1", "11") == "decision"
    assert stages.target("decision") == ("1", "11")


def test_archived_pipelines_and_incoming_statuses_are_no_stages():
    listed = stages_of([_pipeline(1, "A", "B"), _pipeline(2, "C", is_archive=True)])
    assert [(each.stage_id, each.is_closed, each.is_won, each.probability) for each in listed] == [
        ("1:10", False, False, 33),
        ("1:11", False, False, 66),
        ("1:142", True, True, 100),
        ("1:143", True, False, 0),
    ]


def _custom(kind: Any, definition: Definition, entity: Entity = "contact") -> tuple[Lexicon, str]:
    wanted = CustomField(entity, "x_it", "It", kind)
    return Lexicon(definitions=(definition,), custom=((wanted, definition),)), "x_it"


@pytest.mark.parametrize(
    ("kind", "kommo", "values", "value"),
    [
        ("number", "numeric", [{"value": "451.750"}], "451.75"),
        ("boolean", "checkbox", [{"value": True}], True),
        ("boolean", "checkbox", [{"value": "1"}], True),
        ("boolean", "checkbox", [], False),
        ("date", "date", [{"value": 1_729_717_200}], "2024-10-23"),
        ("date", "date", [{"value": "2026-03-31T00:00:00+00:00"}], "2026-03-31"),
        ("datetime", "date_time", [{"value": 1_729_717_200}], "2024-10-23T21:00:00Z"),
        ("choices", "multiselect", [{"value": "B", "enum_id": 2}, {"value": "A", "enum_id": 1}], ("A", "B")),
        ("choice", "radiobutton", {"value": "B", "enum_id": 2}, "B"),
        ("long_text", "textarea", [{"value": "a\r\nb"}], "a\nb"),
        ("text", "text", [], None),
    ],
)
def test_custom_values_are_read_in_whatever_shape_they_come(kind, kommo, values, value):
    lexicon, name = _custom(kind, _definition(5, "X_IT", kommo))
    row = {"id": 1, "custom_fields_values": [{"field_id": 5, "values": values}] if values else None}
    assert observe(CONTACT, row, lexicon).fields[name] == value


def test_an_option_is_written_by_its_id_and_an_unknown_one_not_at_all():
    lexicon, name = _custom("choice", _definition(5, "X_IT", "select", (Option(17, "Usina própria", ""),)))
    assert rendered(CONTACT, {name: "USINA PRÓPRIA"}, lexicon, before={"id": 1}).custom == {5: [{"enum_id": 17}]}
    assert project(CONTACT, {name: "usina própria"}, lexicon) == {name: "Usina própria"}
    assert project(CONTACT, {name: "Other"}, lexicon) == {}


def test_a_value_that_cannot_be_understood_names_its_place():
    lexicon, _ = _custom("number", _definition(5, "X_IT", "numeric"))
    with pytest.raises(ValueError, match="X_It"):
        observe(CONTACT, {"id": 1, "custom_fields_values": [{"field_id": 5, "values": [{"value": "many"}]}]}, lexicon)


def test_a_task_says_its_lines_its_time_and_the_one_thing_it_is_on():
    said = observe_activity("tasks", fixture_json("answers", "task.done"), PEOPLE)
    assert said.external_id == "tasks:7087"
    assert said.fields["kind"] == "meeting"
    assert (said.fields["subject"], said.fields["description"]) == ("Visita", "Levar a escada")
    assert (said.fields["starts_at"], said.fields["status"]) == ("2026-11-22T20:59:00Z", "completed")
    assert "due_at" not in said.fields
    assert said.refs == {"deal": ("20024930",)}


def test_a_note_says_its_text_and_where_it_is():
    said = observe_activity("leads/notes", fixture_json("answers", "note.common"), PEOPLE)
    assert said.external_id == "notes:leads.4600471"
    assert said.fields == {"kind": "note", "description": "Liga de tarde"}
    assert said.refs == {"deal": ("20024930",)}


def test_our_mark_survives_a_change_of_the_text_and_shows_to_nobody():
    body = task_body({"kind": "task", "subject": "Call"}, PEOPLE, before=None, op_id="act_1")
    row = {"id": 1, "text": body["text"], "task_type_id": 1}
    assert observe_activity("tasks", row, PEOPLE).correlation_id == "act_1"
    changed = task_body({"description": "at noon"}, PEOPLE, before=row, op_id="")
    said = observe_activity("tasks", {**row, "text": changed["text"]}, PEOPLE)
    assert (said.fields["subject"], said.fields["description"], said.correlation_id) == ("Call", "at noon", "act_1")
    note = note_body({"description": "x"}, before={"params": {"text": "old\n\nCRM Bridge act_2"}}, op_id="")
    assert note["params"] == {"text": "x\n\nCRM Bridge act_2"}

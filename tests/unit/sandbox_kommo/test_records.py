"""The simulated Kommo takes and answers leads, contacts and companies as strictly as Kommo."""

from __future__ import annotations

import pytest

from tests.unit.sandbox_kommo.conftest import Desk

FIRST = "custom_fields_values.0"


def custom(value: dict) -> dict:
    return {"custom_fields_values": [value]}


def test_nothing_is_answered_in_place_of_an_empty_list_or_a_missing_record(desk: Desk):
    for path in ("/leads", "/contacts/99", "/leads/notes", "/tasks", "/events", "/contacts/tags", "/webhooks"):
        answer = desk.call("GET", path)
        assert (answer.status_code, answer.content) == (204, b""), path


def test_two_hundred_and_fifty_rows_are_taken_and_one_more_is_not(desk: Desk):
    rows = [{"name": f"C{number}"} for number in range(250)]
    assert len(desk.made("companies", *rows)) == 250
    answer = desk.call("POST", "/companies", [*rows, {"name": "one more"}])
    assert answer.status_code == 422
    assert answer.json()["detail"] == "Limit 250 per page"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", [{"name": "A"}, [], ["A"], "A", None])
def test_a_batch_is_a_list_of_objects(desk: Desk, body):
    assert desk.call("POST", "/companies", body).status_code == 400
    assert desk.call("PATCH", "/companies", body).status_code == 400


def test_one_record_is_changed_by_one_object(desk: Desk):
    (made,) = desk.made("companies", {"name": "A"})
    assert desk.call("PATCH", f"/companies/{made}", [{"name": "B"}]).status_code == 400
    assert desk.call("PATCH", f"/companies/{made}", {"name": "B"}).json()["id"] == made
    assert desk.call("PATCH", "/companies/99", {"name": "B"}).status_code == 404


def test_answers_to_writes_hold_ids_and_no_values(desk: Desk):
    answer = desk.call("POST", "/leads", [{"name": "A", "price": 5}, {"name": "B", "request_id": "mine"}]).json()
    rows = answer["_embedded"]["leads"]
    assert [each["request_id"] for each in rows] == ["0", "mine"]
    assert rows[0].keys() == {"id", "request_id", "_links"}
    changed = desk.call("PATCH", "/leads", [{"id": rows[0]["id"], "price": 6}]).json()["_embedded"]["leads"]
    assert changed[0].keys() == {"id", "updated_at", "_links"}


@pytest.mark.parametrize(
    ("row", "code", "path"),
    [
        ({"nickname": "A"}, "UnexpectedField", "nickname"),
        ({"price": "5"}, "InvalidType", "price"),
        ({"price": 5.5}, "InvalidType", "price"),
        ({"name": 5}, "InvalidType", "name"),
        ({"status_id": 1}, "NotSupportedChoice", "status_id"),
        ({"pipeline_id": 1}, "NotSupportedChoice", "pipeline_id"),
        ({"responsible_user_id": 1}, "NotSupportedChoice", "responsible_user_id"),
        ({"_embedded": {"companies": [{"id": 99}]}}, "NotSupportedChoice", "_embedded.companies.0.id"),
        ({"_embedded": {"companies": [{"id": 98}, {"id": 99}]}}, "InvalidType", "_embedded.companies"),
        ({"_embedded": {"people": []}}, "UnexpectedField", "_embedded.people"),
        (custom({"field_id": 5, "values": [{"value": 1}]}), "NotSupportedChoice", f"{FIRST}.field_id"),
        (custom({"field_code": "REFERRER"}), "FieldMissing", f"{FIRST}.values"),
        (custom({"field_code": "REFERRER", "values": []}), "InvalidType", f"{FIRST}.values"),
        (custom({"field_code": "REFERRER", "values": [{}]}), "FieldMissing", f"{FIRST}.values.0.value"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_with_code_and_path_and_refuses_its_batch(desk: Desk, row, code, path):
    assert desk.wrong("POST", "/leads", [{"name": "good"}, row]) == [("1", code, path)]
    assert desk.call("GET", "/leads").status_code == 204


def test_the_status_of_incoming_leads_cannot_be_set(desk: Desk):
    pipeline = desk.call("GET", "/leads/pipelines").json()["_embedded"]["pipelines"][0]
    incoming = next(each["id"] for each in pipeline["_embedded"]["statuses"] if each["type"] == 1)
    assert desk.wrong("POST", "/leads", [{"status_id": incoming}]) == [("0", "NotSupportedChoice", "status_id")]


def test_won_and_lost_are_in_every_pipeline_and_closing_leaves_its_time(desk: Desk):
    other = desk.seed(pipelines=[{"name": "Two", "statuses": ["Only"]}])["pipelines"][0]["id"]
    (lead,) = desk.made("leads", {"pipeline_id": other, "status_id": 142})
    row = desk.row("leads", lead)
    assert (row["pipeline_id"], row["status_id"]) == (other, 142)
    assert row["closed_at"]
    first = desk.call("GET", f"/leads/pipelines/{other}/statuses").json()["_embedded"]["statuses"][1]["id"]
    desk.call("PATCH", "/leads", [{"id": lead, "status_id": first}])
    assert desk.row("leads", lead)["closed_at"] is None


def test_custom_values_are_null_when_there_are_none_and_cleared_by_null(desk: Desk):
    (person,) = desk.made(
        "contacts", {"custom_fields_values": [{"field_code": "POSITION", "values": [{"value": "CEO"}]}]}
    )
    assert desk.row("contacts", person)["custom_fields_values"][0]["field_code"] == "POSITION"
    desk.call(
        "PATCH", "/contacts", [{"id": person, "custom_fields_values": [{"field_code": "POSITION", "values": None}]}]
    )
    assert desk.row("contacts", person)["custom_fields_values"] is None


def test_a_list_of_numbers_is_replaced_as_a_whole_and_its_kinds_are_checked(desk: Desk):
    def phone(*values: dict) -> dict:
        return {"custom_fields_values": [{"field_code": "PHONE", "values": list(values)}]}

    (person,) = desk.made("contacts", phone({"value": "1", "enum_code": "WORK"}, {"value": "2", "enum_code": "MOB"}))
    desk.call("PATCH", f"/contacts/{person}", phone({"value": "3"}))
    (field,) = desk.row("contacts", person)["custom_fields_values"]
    assert [(each["value"], each["enum_code"]) for each in field["values"]] == [("3", "WORK")]
    wrong = desk.wrong("POST", "/contacts", [phone({"value": "1", "enum_code": "CAR"})])
    assert wrong == [("0", "NotSupportedChoice", "custom_fields_values.0.values.0.enum_code")]


def test_typed_values_come_back_as_kommo_says_them(desk: Desk):
    wanted = {
        "numeric": (12.5, "12.5"),
        "checkbox": (True, True),
        "date_time": ("2026-03-31T12:00:00+00:00", 1_774_958_400),
        "date": ("2026-03-31T23:30:00-03:00", 1_774_926_000),
        "url": ("https://example.com", "https://example.com"),
    }
    fields = [{"name": kind, "type": kind, "code": kind.upper()} for kind in wanted]
    assert desk.call("POST", "/leads/custom_fields", fields).status_code == 201
    values = [{"field_code": kind.upper(), "values": [{"value": sent}]} for kind, (sent, _) in wanted.items()]
    (lead,) = desk.made("leads", {"custom_fields_values": values})
    said = {each["field_type"]: each["values"][0]["value"] for each in desk.row("leads", lead)["custom_fields_values"]}
    assert said == {kind: value for kind, (_, value) in wanted.items()}
    for code, bad in {"NUMERIC": "many", "CHECKBOX": "yes", "DATE": "31.03.2026", "URL": "example.com"}.items():
        row = {"custom_fields_values": [{"field_code": code, "values": [{"value": bad}]}]}
        assert [each[1] for each in desk.wrong("POST", "/leads", [row])] == ["InvalidType"]


def test_an_option_is_met_by_id_code_or_label_and_lost_when_definitions_leave_it_out(desk: Desk):
    field = {"name": "Fonte", "type": "select", "code": "FONTE", "enums": [{"value": "A", "code": "a"}, {"value": "B"}]}
    made = desk.call("POST", "/leads/custom_fields", [field]).json()["_embedded"]["custom_fields"][0]
    first, second = (each["id"] for each in made["enums"])
    for spelt in ({"enum_id": first}, {"enum_code": "a"}, {"value": "A"}):
        (lead,) = desk.made("leads", {"custom_fields_values": [{"field_id": made["id"], "values": [spelt]}]})
        assert desk.row("leads", lead)["custom_fields_values"][0]["values"] == [
            {"value": "A", "enum_id": first, "enum_code": "a"}
        ]
    bad = {"custom_fields_values": [{"field_id": made["id"], "values": [{"value": "C"}]}]}
    assert len(desk.wrong("POST", "/leads", [bad])) == 1
    enums = [{"id": second, "value": "B"}, {"value": "C"}]
    (changed,) = desk.call("PATCH", "/leads/custom_fields", [{"id": made["id"], "enums": enums}]).json()["_embedded"][
        "custom_fields"
    ]
    assert [each["value"] for each in changed["enums"]] == ["B", "C"]
    assert changed["enums"][0]["id"] == second


def test_tags_are_replaced_or_changed_by_difference(desk: Desk):
    (lead,) = desk.made("leads", {"_embedded": {"tags": [{"name": "A"}, {"name": "B"}]}})
    desk.call("PATCH", "/leads", [{"id": lead, "tags_to_add": [{"name": "C"}], "tags_to_delete": [{"name": "A"}]}])
    assert [each["name"] for each in desk.row("leads", lead)["_embedded"]["tags"]] == ["B", "C"]
    desk.call("PATCH", "/leads", [{"id": lead, "_embedded": {"tags": [{"name": "D"}]}}])
    assert [each["name"] for each in desk.row("leads", lead)["_embedded"]["tags"]] == ["D"]
    desk.call("PATCH", "/leads", [{"id": lead, "_embedded": {"tags": None}}])
    assert desk.row("leads", lead)["_embedded"]["tags"] == []
    first = desk.call("POST", "/leads/tags", [{"name": "A"}]).json()["_embedded"]["tags"][0]["id"]
    assert desk.call("POST", "/leads/tags", [{"name": "A"}]).json()["_embedded"]["tags"][0]["id"] == first


def test_a_name_and_its_parts_follow_each_other(desk: Desk):
    (person,) = desk.made("contacts", {"first_name": "Ana", "last_name": "Prado"})
    assert desk.row("contacts", person)["name"] == "Ana Prado"
    desk.call("PATCH", f"/contacts/{person}", {"last_name": ""})
    assert desk.row("contacts", person)["name"] == "Ana"


def test_nothing_can_be_deleted(desk: Desk):
    (lead,) = desk.made("leads", {"name": "A"})
    answer = desk.call("DELETE", f"/leads/{lead}")
    assert answer.status_code == 405
    assert desk.row("leads", lead)["id"] == lead


def test_a_deleted_lead_is_in_the_trash_and_nearly_empty(desk: Desk):
    (lead,) = desk.made("leads", {"name": "A", "price": 5})
    desk.seed(operations=[{"op": "delete", "entity": "leads", "id": lead}])
    assert desk.call("GET", f"/leads/{lead}").status_code == 204
    (row,) = desk.call("GET", "/leads", **{"with": "only_deleted"}).json()["_embedded"]["leads"]
    filled = {key for key, value in row.items() if value is not None}
    assert filled == {"id", "updated_at", "updated_by", "is_deleted", "account_id", "_links", "_embedded"}


def test_links_have_one_company_and_a_main_contact(desk: Desk):
    one, two = desk.made("companies", {"name": "A"}, {"name": "B"})
    first, second = desk.made("contacts", {"first_name": "A"}, {"first_name": "B"})
    (lead,) = desk.made("leads", {"_embedded": {"contacts": [{"id": first}], "companies": [{"id": one}]}})
    people = [{"to_entity_id": second, "to_entity_type": "contacts", "metadata": {"is_main": True}}]
    assert desk.call("POST", f"/leads/{lead}/link", people).status_code == 200
    said = desk.call("GET", f"/leads/{lead}/links").json()["_embedded"]["links"]
    assert {each["to_entity_id"]: each["metadata"] for each in said} == {
        first: {"main_contact": False},
        second: {"main_contact": True},
        one: None,
    }
    company = [{"to_entity_id": two, "to_entity_type": "companies"}]
    assert desk.wrong("POST", f"/leads/{lead}/link", company) == [("0", "NotSupportedChoice", "0.to_entity_id")]
    assert desk.wrong("POST", f"/companies/{one}/link", people) == [("0", "NotSupportedChoice", "0.to_entity_type")]
    assert (
        desk.call("POST", f"/leads/{lead}/unlink", [{"to_entity_id": one, "to_entity_type": "companies"}]).status_code
        == 204
    )
    assert desk.call("POST", f"/leads/{lead}/link", company).status_code == 200
    desk.control("/options", {"mass_links": False})
    assert desk.call("POST", "/leads/link", [{"entity_id": lead, **company[0]}]).status_code == 404


def test_tasks_need_text_and_time_and_keep_their_odd_result(desk: Desk):
    assert desk.wrong("POST", "/tasks", [{}]) == [("0", "FieldMissing", "text"), ("0", "FieldMissing", "complete_till")]
    row = {"text": "Call", "complete_till": 1_800_000_000}
    assert len(desk.wrong("POST", "/tasks", [{**row, "entity_id": 99, "entity_type": "leads"}])) == 1
    assert len(desk.wrong("POST", "/tasks", [{**row, "task_type_id": 77}])) == 1
    (task,) = desk.made("tasks", row)
    assert desk.row("tasks", task)["result"] == []
    desk.call("PATCH", "/tasks", [{"id": task, "is_completed": True, "result": {"text": "done"}}])
    assert desk.row("tasks", task)["result"] == {"text": "done"}


def test_a_note_is_on_something_and_says_what_its_type_says(desk: Desk):
    (person,) = desk.made("contacts", {"first_name": "A"})
    note = {"entity_id": person, "note_type": "common", "params": {"text": "x"}}
    for change, code in (
        ({"entity_id": 99}, "NotSupportedChoice"),
        ({"note_type": "letter"}, "NotSupportedChoice"),
        ({"params": {}}, "FieldMissing"),
        ({"params": {"text": ""}}, "InvalidType"),
        ({"params": {"text": "x", "colour": "red"}}, "UnexpectedField"),
    ):
        assert [each[1] for each in desk.wrong("POST", "/contacts/notes", [{**note, **change}])] == [code]
    made = desk.call("POST", "/contacts/notes", [note]).json()["_embedded"]["notes"][0]["id"]
    assert desk.call("GET", "/leads/notes").status_code == 204
    assert desk.wrong("PATCH", "/leads/notes", [{"id": made, "entity_id": person}]) == [
        ("0", "NotSupportedChoice", "id")
    ]
    changed = [{"id": made, "entity_id": person, "note_type": "common", "params": {"text": "y"}}]
    assert desk.call("PATCH", "/contacts/notes", changed).status_code == 200

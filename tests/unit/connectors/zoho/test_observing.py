from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crmbridge.connectors.zoho.mapping import (
    BY_MODULE,
    Choice,
    Lexicon,
    converted,
    deal_stages,
    lead_statuses,
    observe,
    project,
    schema_of,
)
from sandbox.zoho.modules import standard_modules
from tests.unit.connectors.zoho.conftest import fixture_json

MODULES = standard_modules()


def lexicon(module: str, **more: Any) -> Lexicon:
    fields = [each.as_json() for each in MODULES[module].fields.values()]
    ours = {"api_name": "CrmBridge_ID", "field_label": "CrmBridge ID", "custom_field": True, "data_type": "text"}
    given: dict[str, Any] = {"owner_emails": {"4150868000000225021": "rosa.rep@orchard-row.example"}, **more}
    return Lexicon(schema=schema_of([*fields, ours]), **given)


def test_a_contact_is_read_as_zoho_says_it():
    (row,) = fixture_json("answers", "contacts.list")["data"]
    seen = observe(BY_MODULE["Contacts"], row, lexicon("Contacts"))
    assert seen.external_id == "4150868000000300002"
    assert seen.correlation_id == "con_0000000000000000000000001A"
    assert seen.version.startswith("2026-11-21T12:00:00+00:00#")
    assert seen.refs == {"company": ("4150868000000300001",)}
    assert seen.fields["phone"] == "+5511987654321"
    assert (seen.fields["lead_source"], seen.fields["mobile_phone"], seen.fields["description"]) == (None, None, None)
    assert (seen.fields["owner"], seen.fields["tags"]) == ("rosa.rep@orchard-row.example", ("VIP",))


def test_the_same_moment_told_in_two_time_zones_is_one_version():
    (row,) = fixture_json("answers", "contacts.list")["data"]
    other = {**row, "Modified_Time": "2026-11-21T07:00:00-05:00"}
    place, words = BY_MODULE["Contacts"], lexicon("Contacts")
    assert observe(place, row, words).version == observe(place, other, words).version


def test_a_task_is_read_with_what_it_is_about():
    (row,) = fixture_json("answers", "tasks.list")["data"]
    seen = observe(BY_MODULE["Tasks"], row, lexicon("Tasks"))
    assert seen.external_id == "Tasks:4150868000000300004"
    assert seen.refs == {"contacts": ("4150868000000300002",), "deal": ("4150868000000300003",)}
    assert {name: seen.fields[name] for name in ("kind", "due_at", "status", "priority")} == {
        "kind": "task",
        "due_at": "2027-03-30T00:00:00Z",
        "status": "open",
        "priority": "high",
    }


def test_the_module_may_be_told_inside_the_lookup():
    what = {"id": "7", "module": {"api_name": "Accounts", "id": "1"}}
    seen = observe(BY_MODULE["Tasks"], {"id": "4", "What_Id": what}, lexicon("Tasks"))
    assert seen.refs == {"company": ("7",), "deal": ()}
    lead = {"id": "4", "What_Id": {"id": "7"}, "$se_module": "Leads"}
    assert observe(BY_MODULE["Tasks"], lead, lexicon("Tasks")).refs == {}


def test_a_converted_lead_leads_to_its_contact():
    (row,) = fixture_json("answers", "leads.converted")["data"]
    gone = converted(row)
    assert gone is not None
    assert (gone.external_id, gone.merged_into) == ("4150868000000300005", "4150868000000300006")


def test_a_value_of_the_wrong_kind_names_its_field():
    with pytest.raises(ValueError, match="Phone"):
        observe(BY_MODULE["Contacts"], {"id": "4", "Phone": {"nested": 1}}, lexicon("Contacts"))


def test_rich_text_that_was_cut_off_was_not_read():
    words = lexicon("Contacts")
    shapes = dict(words.schema.shapes)
    shapes["Description"] = replace(shapes["Description"], is_rich=True)
    words = replace(words, schema=replace(words.schema, shapes=shapes))
    place = BY_MODULE["Contacts"]
    assert "description" not in observe(place, {"id": "4", "Description": "x" * 500}, words).fields
    assert observe(place, {"id": "4", "Description": "x" * 499}, words).fields["description"] == "x" * 499


@pytest.mark.parametrize(
    ("due_at", "day"),
    [
        ("2026-03-31T00:00:00Z", "2026-03-31T00:00:00Z"),
        ("2026-04-01T05:30:00Z", "2026-03-31T00:00:00Z"),
        ("2026-03-31T15:00:00Z", "2026-03-31T00:00:00Z"),
    ],
)
def test_a_due_moment_is_the_day_of_the_organisation(due_at: str, day: str):
    """T-87."""
    words = lexicon("Tasks", zone=ZoneInfo("America/Los_Angeles"))
    once = project(BY_MODULE["Tasks"], {"due_at": due_at}, words)
    assert once == {"due_at": day}
    assert project(BY_MODULE["Tasks"], once, words) == once


@pytest.mark.parametrize(
    ("given", "held"),
    [
        ({"phone": "+12125550123 ext. 7"}, {"phone": "+12125550123 ext. 7"}),
        ({"phone": "ask: Ana!"}, {}),
        ({"domain": "valeverde.example.com"}, {"domain": "valeverde.example.com"}),
        ({"domain": "no host"}, {}),
        ({"employees": 10**9}, {}),
        ({"annual_revenue": "9" * 20}, {}),
        ({"industry": "technology"}, {"industry": "Technology"}),
        ({"industry": "Solar"}, {"industry": "Solar"}),
        ({"name": None}, {"name": None}),
        ({"city": "x" * 300}, {"city": "x" * 100}),
    ],
)
def test_a_value_zoho_cannot_hold_is_left_out_or_cut(given: dict[str, Any], held: dict[str, Any]):
    assert project(BY_MODULE["Accounts"], given, lexicon("Accounts")) == held


def test_stages_are_read_by_what_is_stored_and_by_what_is_shown():
    stored = Choice(stored="Id. Decision Makers", shown="Identify Decision Makers", probability=60, forecast="Open")
    won = Choice(stored="Closed Won", shown="Closed Won", probability=100, forecast="Closed Won")
    stages = deal_stages([stored, won], {})
    assert stages.keys["Identify Decision Makers"] == stages.keys["Id. Decision Makers"] == "decision"
    assert stages.targets["appointment"] == stored
    assert "lost" not in stages.targets
    assert stages.first == stored


def test_a_workspace_names_stages_and_statuses_its_own_way():
    pilot = Choice(stored="Pilot", shown="Pilot", probability=10, forecast="Open")
    other = Choice(stored="Qualification", shown="Qualification", probability=10, forecast="Open")
    assert deal_stages([other, pilot], {"Pilot": "contract"}).keys["Pilot"] == "contract"
    assert deal_stages([other, pilot], {"appointment": "Pilot"}).targets["appointment"] == pilot
    warm = Choice(stored="Warm", shown="Warm")
    assert lead_statuses([warm], {}).keys["Warm"] == "in_progress"
    assert lead_statuses([warm], {"Warm": "qualified"}).keys["Warm"] == "qualified"

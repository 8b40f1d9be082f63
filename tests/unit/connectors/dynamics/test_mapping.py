from __future__ import annotations

from typing import Any

import pytest

from crmbridge.connectors.dynamics.mapping.custom_definitions import definition
from crmbridge.connectors.dynamics.mapping.facts import Facts
from crmbridge.connectors.dynamics.mapping.guids import guid_of, record_id_of
from crmbridge.connectors.dynamics.mapping.observing import observe
from crmbridge.connectors.dynamics.mapping.payloads import payload
from crmbridge.connectors.dynamics.mapping.places import BY_TABLE
from crmbridge.connectors.dynamics.mapping.rendering import project
from crmbridge.connectors.dynamics.mapping.schema import Option, Schema, Shape
from crmbridge.connectors.dynamics.mapping.schema_reading import schema_of
from crmbridge.connectors.dynamics.mapping.stages import activity_map, deal_map, lead_map
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.stages import DEAL_STAGES, LEAD_STATUSES
from crmbridge.ports import WriteOp
from tests.unit.connectors.dynamics.conftest import fixture_json

CLOSED = [Option(3, "Won", 1), Option(4, "Canceled", 2), Option(5, "Out-Sold", 2)]
SALES = [Option(0, "Qualify"), Option(1, "Develop"), Option(2, "Propose"), Option(3, "Close")]
LINES = ("address1_line1", "address1_line2", "address1_line3")


def facts(table: str, *names: str, **more: Any) -> Facts:
    shapes = {name: Shape(name=name, type="String", max_length=10) for name in names}
    return Facts(place=BY_TABLE[table], schema=Schema(shapes), **more)


def test_every_stage_is_written_as_one_that_the_organization_has():
    found = deal_map(SALES, CLOSED, {})
    assert set(found.targets) == set(DEAL_STAGES)
    read = {key: found.key(target.state, target.option) for key, target in found.targets.items()}
    assert read == {each: each for each in DEAL_STAGES} | {"appointment": "qualified"}


@pytest.mark.parametrize("overrides", [{"Develop": "contract"}, {"1": "contract"}, {"contract": "1"}])
def test_a_workspace_may_say_what_a_stage_means_either_way_round(overrides):
    assert deal_map(SALES, CLOSED, overrides).key(0, 1) == "contract"


def test_stages_of_an_organizations_own_are_told_by_their_place():
    found = deal_map([Option(n, name) for n, name in enumerate(("Eins", "Zwei", "Drei", "Vier", "Fünf"))], CLOSED, {})
    assert [found.key(0, n) for n in range(5)] == list(DEAL_STAGES[:-2])


def test_an_organization_without_stages_still_wins_and_loses():
    found = deal_map([], CLOSED, {})
    assert set(found.targets) == {"won", "lost"}
    assert project({"stage": "decision"}, facts("opportunity", stages=found)) == {}


def test_a_lead_is_disqualified_as_lost_where_there_is_such_a_status():
    kept = [Option(1, "New", 0), Option(2, "Contacted", 0), Option(3, "Qualified", 1)]
    found = lead_map([*kept, Option(5, "Cannot Contact", 2), Option(4, "Lost", 2)], {})
    assert (found.targets["unqualified"].option, found.targets["qualified"].option) == (4, 3)
    assert set(found.targets) == set(LEAD_STATUSES)
    assert lead_map([*kept, Option(5, "Cannot Contact", 2)], {}).targets["unqualified"].option == 5


def test_a_scheduled_appointment_is_open():
    found = activity_map(
        [Option(1, "Free", 0), Option(3, "Completed", 1), Option(4, "Canceled", 2), Option(5, "Busy", 3)]
    )
    assert (found.key(3, 5), found.targets["open"].state) == ("open", 0)


@pytest.mark.parametrize(
    ("street", "lines", "said"),
    [
        ("One", ["One", None, None], "One"),
        ("One\nTwo\nThree", ["One", "Two", "Three"], "One\nTwo\nThree"),
        ("One\n\nTwo", ["One", "Two", None], "One\nTwo"),
        ("A\nB\nC\nD", ["A", "B", "C, D"], "A\nB\nC, D"),
        ("A\nB\nCCCC\nDDDDDD", ["A", "B", "CCCC, DDDD"], "A\nB\nCCCC, DDDD"),
        (None, [None, None, None], None),
    ],
)
def test_a_street_has_three_lines(street, lines, said):
    shapes = facts("contact", *LINES)
    body = payload(WriteOp("update", "x", "y", fields={"street": street}), shapes).body
    assert [body[name] for name in LINES] == lines
    assert project({"street": street}, shapes) == {"street": said}
    assert project({"street": said}, shapes) == {"street": said}


def test_what_does_not_fit_is_cut_or_left_out_but_never_changed():
    shapes = facts("lead", "telephone1", "emailaddress1", "jobtitle", "websiteurl")
    given = {"phone": "+5511987654321", "email": "ana@example.com", "job_title": "Head of Purchasing"}
    assert project(given, shapes) == {"job_title": "Head of Pu"}


def test_an_amount_says_that_it_is_not_to_be_computed():
    shapes = facts("opportunity", "estimatedvalue")
    assert payload(WriteOp("update", "x", "y", fields={"amount": "1.005"}), shapes).body == {
        "estimatedvalue": 1.01,
        "isrevenuesystemcalculated": False,
    }
    assert project({"amount": "9" * 20}, shapes) == {}


@pytest.mark.parametrize(
    ("refs", "body"),
    [
        ({"deal": ("d",), "company": ("c",)}, {"regardingobjectid_opportunity_task@odata.bind": "/opportunities(d)"}),
        ({"company": ("c",), "contacts": ("p",)}, {"regardingobjectid_account_task@odata.bind": "/accounts(c)"}),
        ({"contacts": ("p", "q")}, {"regardingobjectid_contact_task@odata.bind": "/contacts(p)"}),
        ({}, {}),
    ],
)
def test_a_new_activity_is_about_what_says_most(refs, body):
    assert payload(WriteOp("upsert", "x", refs=refs), facts("task")).body == body


def test_an_activity_that_loses_its_deal_is_about_its_company():
    op = WriteOp("update", "x", "y", refs={"deal": ()}, refs_before={"deal": ("d",), "company": ("c",)})
    assert payload(op, facts("task")).body == {"regardingobjectid_account_task@odata.bind": "/accounts(c)"}
    op = WriteOp("update", "x", "y", refs={"company": ()}, refs_before={"company": ("c",)})
    assert payload(op, facts("annotation")).body == {"objectid_account@odata.bind": None}
    untouched = WriteOp("update", "x", "y", refs_before={"company": ("c",)})
    assert payload(untouched, facts("annotation")).body == {}


def test_a_contact_whose_parent_is_a_person_has_no_company():
    row = fixture_json("answers", "contacts.page")["value"][0]
    about = "_parentcustomerid_value"
    logical = f"{about}@Microsoft.Dynamics.CRM.lookuplogicalname"
    assert observe({**row, about: "P", logical: "contact"}, facts("contact")).refs == {"company": ()}
    assert observe({**row, about: "P", logical: "account"}, facts("contact")).refs == {"company": ("p",)}


@pytest.mark.parametrize("record_id", ["act_01JD000000000000000000000A", "act_01JDZZZZZZZZZZZZZZZZZZZZZZ"])
def test_a_record_id_and_a_row_id_are_the_same_bits(record_id):
    assert record_id_of("act", guid_of(record_id)) == record_id


@pytest.mark.parametrize("row_id", ["e8d1c9a0-4f7b-ee11-8179-000d3a993550", "00000000-0000-4000-8000-0000000000aa"])
def test_a_row_id_of_theirs_is_no_record_id(row_id):
    assert record_id_of("act", row_id) == ""


@pytest.mark.parametrize(
    "kind", ["text", "long_text", "url", "number", "boolean", "date", "datetime", "choice", "choices"]
)
def test_every_kind_of_custom_field_has_a_column(kind):
    body = definition(CustomField("contact", "x_some_thing", "Some thing", kind, options=("A", "B")))
    assert body["SchemaName"] == "crmb_some_thing"
    assert body["@odata.type"].startswith("Microsoft.Dynamics.CRM.")
    options = body.get("OptionSet", {}).get("Options", ())
    assert [each["Value"] for each in options] == ([100_000_000, 100_000_001] if kind.startswith("choice") else [])


def test_definitions_of_one_column_add_up():
    status = fixture_json("answers", "lead.status.definition")["value"]
    plain = {"LogicalName": "statuscode", "AttributeTypeName": {"Value": "StatusType"}, "IsValidForUpdate": False}
    shape = schema_of([plain, *status]).shapes["statuscode"]
    assert (shape.type, shape.is_writable, shape.options[2]) == ("Status", False, Option(3, "Qualified", 1))

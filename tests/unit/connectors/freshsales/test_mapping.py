from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from crmbridge.connectors.freshsales.client._bodies import changed_body
from crmbridge.connectors.freshsales.mapping.customs import read_custom, write_custom
from crmbridge.connectors.freshsales.mapping.held_customs import HeldCustom, held_customs
from crmbridge.connectors.freshsales.mapping.lexicon import Lexicon
from crmbridge.connectors.freshsales.mapping.observing import observe, observed
from crmbridge.connectors.freshsales.mapping.rendering import project
from crmbridge.connectors.freshsales.mapping.rules import RULES
from crmbridge.connectors.freshsales.mapping.stages import stage_map_of, stages_of
from crmbridge.connectors.freshsales.mapping.words import choices_of
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Unreadable
from crmbridge.ports import WriteOp
from tests.unit.connectors.freshsales.fixtures import fixture_json

PIPELINES = [
    {"id": 302, "name": "Renewals", "position": 1, "is_default": False},
    {"id": 301, "name": "Default", "position": 2, "is_default": True},
]
STAGES: list[dict[str, Any]] = [
    {"id": 1, "name": "New", "position": 1, "forecast_type": "Open", "probability": 10, "deal_pipeline_id": 301},
    {"id": 2, "name": "Demo", "position": 2, "forecast_type": "Open", "probability": 70, "deal_pipeline_id": 301},
    {"id": 3, "name": "Cheers", "position": 3, "forecast_type": "Closed Won", "deal_pipeline_id": 301},
    {"id": 4, "name": "Alas", "position": 4, "forecast_type": "Closed Lost", "deal_pipeline_id": 301},
    {"id": 9, "name": "Renewed", "position": 1, "forecast_type": "Closed Won", "deal_pipeline_id": 302},
]
CUSTOMS = {
    "text": CustomField("contact", "x_note", "Note", "text"),
    "number": CustomField("contact", "x_bill", "Bill", "number"),
    "boolean": CustomField("contact", "x_consent", "Consent", "boolean"),
    "date": CustomField("contact", "x_renewal", "Renewal", "date"),
    "datetime": CustomField("contact", "x_met", "Met", "datetime"),
    "choice": CustomField("contact", "x_size", "Size", "choice", options=("S", "L")),
    "choices": CustomField("contact", "x_channels", "Channels", "choices", options=("Phone", "WhatsApp")),
}


def held(kind: str) -> HeldCustom:
    return HeldCustom(CUSTOMS[kind], f"cf_{CUSTOMS[kind].name.removeprefix('x_')}")


def lexicon(**changes: Any) -> Lexicon:
    given: dict[str, Any] = {
        "owner_emails": {"70000000101": "clara.nunes@valeverde.example"},
        "owner_ids": {"clara.nunes@valeverde.example": 70000000101},
        "choices": {
            "lead_sources": choices_of("lead_sources", [{"id": 70000000541, "name": "Web"}]),
            "contact_statuses": choices_of("contact_statuses", [{"id": 70000000502, "name": "Contacted"}]),
            "lifecycle_stages": choices_of("lifecycle_stages", [{"id": 70000000522, "name": "Sales Qualified Lead"}]),
            "currencies": choices_of("currencies", [{"id": 681, "currency_code": "BRL"}]),
        },
        "stages": stage_map_of(PIPELINES, STAGES),
    }
    return Lexicon(**{**given, **changes})


def test_a_contact_says_what_it_holds():
    row = fixture_json("answers", "contact.view")["contact"]
    customs = tuple(held(kind) for kind in ("choices", "date", "boolean", "number"))
    seen = observe(RULES["contact"], row, lexicon(customs=customs))
    assert seen.external_id == "70012345678"
    assert seen.correlation_id == "con_1"
    assert seen.refs == {"company": ("70012345679",)}
    assert seen.modified_at == datetime(2026, 11, 21, 14, 14, 41, tzinfo=UTC)
    assert seen.fields["email"] == "ana.prado@example.com"
    assert seen.fields["phone"] == "+551130001234"
    assert seen.fields["tags"] == ("Solar", "VIP")
    assert seen.fields["owner"] == "clara.nunes@valeverde.example"
    assert (seen.fields["lead_source"], seen.fields["lead_status"]) == ("Web", "connected")
    assert seen.fields["lifecycle_stage"] == "sales_qualified"
    assert seen.fields["x_channels"] == ("Phone", "WhatsApp")
    assert (seen.fields["x_renewal"], seen.fields["x_consent"], seen.fields["x_bill"]) == (
        "2027-03-31",
        True,
        "451.75",
    )


def test_what_an_answer_leaves_out_was_not_read():
    row = {"id": 7, "first_name": "Ana", "updated_at": "2026-11-21T11:14:41-03:00"}
    seen = observe(RULES["contact"], row, lexicon())
    assert seen.fields == {"first_name": "Ana"}
    assert seen.refs == {}


@pytest.mark.parametrize(
    ("told", "refs"),
    [
        ({"sales_accounts": []}, {"company": ()}),
        ({"sales_account_ids": [12, 9]}, {"company": ("9",)}),
        ({"sales_account_id": 5}, {"company": ("5",)}),
        ({"sales_account_id": None}, {"company": ()}),
    ],
)
def test_a_company_is_understood_in_every_form(told: dict[str, Any], refs: dict[str, Any]):
    assert observe(RULES["contact"], {"id": 7, **told}, lexicon()).refs == refs


def test_a_deal_says_what_it_holds():
    row = {**fixture_json("answers", "deal.view")["deal"], "deal_stage_id": 2}
    seen = observe(RULES["deal"], row, lexicon())
    assert seen.refs == {"company": ("70012345679",), "contacts": ("70012345677", "70012345678")}
    assert (seen.fields["amount"], seen.fields["close_on"], seen.fields["stage"]) == (
        "48000.75", "2027-03-31", "presentation",
    )  # fmt: skip
    assert seen.fields["owner"] is None


def test_a_row_that_cannot_be_understood_is_kept_raw():
    bad = observed(RULES["deal"], {"id": 7, "amount": {"odd": 1}}, lexicon())
    assert isinstance(bad, Unreadable)
    assert bad.external_id == "7"
    assert '"odd"' in bad.raw


def test_an_owner_nobody_knows_is_not_read():
    assert "owner" not in observe(RULES["company"], {"id": 7, "owner_id": 5}, lexicon()).fields


def test_a_hidden_field_is_left_out_of_a_projection():
    assert project(RULES["contact"], {"lead_source": "Web"}, lexicon()) == {"lead_source": "Web"}
    closed = lexicon(unwritable=frozenset({"lead_source_id"}))
    assert project(RULES["contact"], {"lead_source": "Web"}, closed) == {}


def test_a_long_text_is_cut_so_that_the_request_does_not_fail():
    said = project(RULES["contact"], {"job_title": "x" * 300}, lexicon())
    assert said == {"job_title": "x" * 255}


def test_stages_are_told_by_name_then_by_what_they_forecast():
    stages = stage_map_of(PIPELINES, STAGES, {"contract": "1"})
    assert [stages.key(each) for each in ("1", "2", "3", "4", "77")] == [
        "contract",
        "presentation",
        "won",
        "lost",
        "77",
    ]
    assert stages.target("won") == ("301", "3")
    assert stages.target("won", pipeline_id="302") == ("302", "9")
    assert stages.target("lost", pipeline_id="302") is None
    assert [each.stage_id for each in stages_of(PIPELINES, STAGES)] == ["1", "2", "3", "4", "9"]


@pytest.mark.parametrize(
    ("kind", "value", "sent"),
    [
        ("text", "Sol", "Sol"),
        ("number", "451.75", "451.75"),
        ("boolean", False, False),
        ("date", "2028-02-29", "2028-02-29"),
        ("datetime", "2026-11-21T15:30:00Z", "2026-11-21T15:30:00Z"),
        ("choice", "L", "L"),
        ("choices", ("Phone", "WhatsApp"), "Phone;WhatsApp"),
        ("choices", None, None),
    ],
)
def test_custom_values_go_out_and_come_back(kind: str, value: Any, sent: Any):
    assert write_custom(held(kind), value) == (True, sent)
    assert read_custom(held(kind), sent) == value


@pytest.mark.parametrize(("kind", "value"), [("choice", "XXL"), ("choices", ("Pigeon",)), ("number", "many")])
def test_custom_values_the_account_cannot_hold_are_left_out(kind: str, value: Any):
    assert write_custom(held(kind), value)[0] is False


def test_a_day_comes_back_as_its_midnight_in_whatever_zone():
    assert read_custom(held("date"), "2018-01-23T00:00:00+05:30") == "2018-01-23"


def test_custom_fields_are_found_by_name_told_derived_or_label():
    rows = [
        {"name": "cf_no-go", "label": "No-go"},
        {"name": "cf_bill", "label": "x"},
        {"name": "cf_q", "label": "Consent"},
    ]
    wanted = [
        CustomField("contact", "x_nogo", "?", "text", remote_name="cf_no-go"),
        CUSTOMS["number"],
        CUSTOMS["boolean"],
    ]
    assert [each.key for each in held_customs([*wanted, CUSTOMS["date"]], rows)] == ["cf_no-go", "cf_bill", "cf_q"]


def test_an_update_sends_the_whole_map_of_custom_fields():
    current = fixture_json("answers", "contact.view")["contact"]
    op = WriteOp("update", "x", "70012345678", fields={"x_bill": "10"})
    body = changed_body(RULES["contact"], op, lexicon(customs=(held("number"),)), current)
    assert body == {"custom_field": {**current["custom_field"], "cf_bill": "10"}}


@pytest.mark.parametrize(
    ("email", "rows"),
    [
        ("new@example.com", [{"id": 1, "value": "new@example.com", "is_primary": True}]),
        ("ana@valeverde.example", [{"id": 2, "value": "ana@valeverde.example", "is_primary": True}]),
        (None, [{"id": 1, "_destroy": True}]),
    ],
)
def test_an_address_is_changed_in_place_or_chosen_among_those_there_are(email: str | None, rows: list[Any]):
    current = fixture_json("answers", "contact.view")["contact"]
    op = WriteOp("update", "x", "70012345678", fields={"email": email})
    assert changed_body(RULES["contact"], op, lexicon(), current) == {"emails": rows}


def test_another_company_leaves_the_secondary_ones_alone():
    current = fixture_json("answers", "contact.view")["contact"]
    op = WriteOp("update", "x", "70012345678", refs={"company": ("5",)})
    assert changed_body(RULES["contact"], op, lexicon(), current) == {
        "sales_accounts": [{"id": 5, "is_primary": True}, {"id": 70012345600, "is_primary": False}]
    }

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.connectors.salesforce import CONNECTOR
from crmbridge.connectors.salesforce.mapping.columns import COLUMNS
from crmbridge.connectors.salesforce.mapping.columns import REFERENCES as SINGLE
from crmbridge.connectors.salesforce.mapping.ids import PREFIXES, id18
from crmbridge.connectors.salesforce.mapping.kinds import PLACEHOLDER, PLACEHOLDER_DAY
from crmbridge.connectors.salesforce.mapping.observing import observe, unreadable
from crmbridge.connectors.salesforce.mapping.organization import OrgFacts
from crmbridge.connectors.salesforce.mapping.rendering import payload, project
from crmbridge.ports import WriteOp
from tests.unit.connectors.salesforce import canonical, shapes

entities = st.sampled_from(canonical.PLAIN)
each_entity = pytest.mark.parametrize("entity", canonical.PLAIN)


def _stored(entity: canonical.Plain, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as an org that changes nothing would answer it."""
    kept = {name: value for name, value in json.loads(json.dumps(row)).items() if name != "attributes"}
    return {"Id": f"{PREFIXES[entity]}000000000001AAA", "SystemModstamp": "2026-11-21T10:30:00.000+0000", **kept}


@given(st.data())
def test_what_is_written_is_read_back_as_the_projection(data: st.DataObject) -> None:
    entity = data.draw(entities)
    fields = data.draw(canonical.fields(entity))
    facts = shapes.org(entity)
    said = project(fields, facts)
    row = payload(WriteOp("upsert", "rec_1", fields=said), facts).row
    seen = observe(_stored(entity, row), facts).fields
    unwritable = {"owner"} if said.get("owner") == shapes.BO.email else set()
    assert {name: seen.get(name, "(unsaid)") for name in said if name not in unwritable} == {
        name: value for name, value in said.items() if name not in unwritable
    }


@given(st.data())
def test_projecting_twice_is_projecting_once(data: st.DataObject) -> None:
    entity = data.draw(entities)
    facts = shapes.org(entity)
    once = project(data.draw(canonical.fields(entity)), facts)
    assert project(once, facts) == once


@given(st.data())
def test_a_new_record_always_brings_what_salesforce_requires(data: st.DataObject) -> None:
    entity = data.draw(entities)
    facts = shapes.org(entity)
    fields = project(data.draw(canonical.fields(entity)), facts)
    for kind in ("create", "upsert"):
        row = payload(WriteOp(kind, "rec_1", fields=fields), facts).row
        assert all(row.get(column.field) for column in COLUMNS[entity] if column.is_required)
        assert row["CrmBridge_Id__c"] == "rec_1"


@given(st.data())
def test_no_text_is_longer_than_its_field(data: st.DataObject) -> None:
    entity = data.draw(entities)
    facts = shapes.org(entity)
    row = payload(WriteOp("upsert", "rec_1", fields=data.draw(canonical.fields(entity))), facts).row
    for name, value in row.items():
        if isinstance(value, str) and name in facts.schema.shapes:
            limit = facts.schema.shapes[name].length
            assert not limit or len(value.encode("utf-16-le")) // 2 <= limit


def test_a_word_that_is_too_long_in_the_vendors_units_is_left_out() -> None:
    facts = shapes.org("contact")
    word = "0" * 35 + "𐀀" * 3
    assert len(word) < (facts.schema.shapes["LeadSource"].length or 0) < len(word) + 3
    assert "LeadSource" not in payload(WriteOp("upsert", "con_1", fields={"lead_source": word}), facts).row


@each_entity
def test_the_declaration_names_what_the_columns_hold(entity: canonical.Plain) -> None:
    held = {column.name for column in COLUMNS[entity]} | set(SINGLE[entity])
    assert held | ({"contacts"} if entity == "deal" else set()) == set(CONNECTOR.supports.fields[entity])


def test_required_text_that_nobody_knows_reads_back_as_empty() -> None:
    facts = shapes.org("contact")
    row = payload(WriteOp("upsert", "con_1", fields={"first_name": "Bo"}), facts).row
    assert row["LastName"] == PLACEHOLDER
    assert observe(_stored("contact", row), facts).fields["last_name"] is None
    assert project({"last_name": None}, facts) == {"last_name": None}


def test_a_required_day_that_nobody_knows_reads_back_as_empty() -> None:
    facts = shapes.org("deal")
    row = payload(WriteOp("upsert", "dea_1"), facts).row
    assert (row["CloseDate"], row["StageName"]) == (PLACEHOLDER_DAY, "Prospecting")
    assert observe(_stored("deal", row), facts).fields["close_on"] is None


def test_an_org_without_our_field_or_any_stage_gets_neither() -> None:
    facts = OrgFacts("deal", shapes.schema("deal", CrmBridge_Id__c=None))
    row = payload(WriteOp("create", "dea_1"), facts).row
    assert set(row) == {"attributes", "Name", "CloseDate"}


def test_an_update_sends_only_what_it_was_given() -> None:
    facts = shapes.org("deal")
    made = payload(WriteOp("update", "dea_1", "006000000000001AAA", fields={"amount": "10.5"}), facts)
    assert made.row == {"attributes": {"type": "Opportunity"}, "id": "006000000000001AAA", "Amount": 10.5}
    nothing = payload(WriteOp("update", "dea_1", "006000000000001AAA", fields={"stage": "unheard of"}), facts)
    assert not nothing.has_values


def test_references_are_written_as_ids_and_cleared_by_none() -> None:
    facts = shapes.org("contact")
    told = payload(WriteOp("update", "con_1", "003000000000001AAA", refs={"company": ("001000000000001AAA",)}), facts)
    assert told.row["AccountId"] == "001000000000001AAA"
    cleared = payload(WriteOp("update", "con_1", "003000000000001AAA", refs={"company": ()}), facts)
    assert cleared.row["AccountId"] is None
    assert cleared.has_values


def test_ids_of_fifteen_characters_are_read_as_eighteen() -> None:
    row = {"Id": "0037Q00000ANApr", "AccountId": "0017Q00000FABRI"}
    seen = observe(row, shapes.org("contact"))
    assert seen.external_id == id18("0037Q00000ANApr")
    assert seen.refs == {"company": (id18("0017Q00000FABRI"),)}


def test_an_owner_that_is_a_queue_is_left_unsaid() -> None:
    seen = observe({"Id": "00Q000000000001AAA", "OwnerId": "00G000000000001AAA"}, shapes.org("lead"))
    assert "owner" not in seen.fields


def test_an_inactive_owner_is_read_and_projected_but_not_written() -> None:
    facts = shapes.org("contact")
    seen = observe({"Id": "003000000000001AAA", "OwnerId": shapes.BO.owner_id}, facts)
    assert seen.fields["owner"] == shapes.BO.email
    assert project({"owner": shapes.BO.email}, facts) == {"owner": shapes.BO.email}
    assert "OwnerId" not in payload(WriteOp("upsert", "con_1", fields={"owner": shapes.BO.email}), facts).row


def test_fields_that_the_org_hides_or_guards_take_no_part() -> None:
    facts = shapes.org("contact", Phone=None, Title={"updateable": False, "createable": True})
    fields = {"phone": "+12125550123", "job_title": "Buyer", "email": "ana@example.com"}
    assert project(fields, facts) == {"email": "ana@example.com"}
    row = {"Id": "003000000000001AAA", "Phone": "1", "Title": "Buyer", "Email": "ana@example.com"}
    assert observe(row, facts).fields == {"email": "ana@example.com"}


def test_the_currency_takes_part_only_where_the_org_has_several() -> None:
    assert project({"currency": "EUR"}, shapes.org("deal")) == {}
    several = shapes.org(
        "deal", CurrencyIsoCode={"picklistValues": [{"value": "EUR"}, {"value": "BRL", "active": False}]}
    )
    assert project({"currency": "EUR"}, several) == {"currency": "EUR"}
    assert project({"currency": "BRL"}, several) == {}


def test_a_picklist_value_takes_the_case_the_org_has() -> None:
    assert project({"industry": "banking"}, shapes.org("company")) == {"industry": "Banking"}
    assert project({"industry": "Basket weaving"}, shapes.org("company")) == {"industry": "Basket weaving"}
    restricted = shapes.org("company", Industry={"restrictedPicklist": True})
    assert project({"industry": "Basket weaving"}, restricted) == {}


def test_countries_are_those_of_the_orgs_picklist_where_it_has_one() -> None:
    codes = {"picklistValues": [{"value": "BR", "label": "Brazil"}, {"value": "DE", "label": "Germany"}]}
    facts = shapes.org("contact", MailingCountryCode=codes)
    assert project({"country": "br"}, facts) == {"country": "Brazil"}
    assert project({"country": "Atlantis"}, facts) == {}
    assert project({"country": None}, facts) == {"country": None}


def test_a_number_is_read_in_the_records_own_country() -> None:
    row = {"Id": "003000000000001AAA", "Phone": "(11) 98765-4321", "MailingCountry": "Brasil"}
    assert observe(row, shapes.org("contact")).fields["phone"] == "+5511987654321"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"amount": "1054.505"}, {"amount": "1054.51"}),
        ({"amount": "12345678901234567"}, {}),
        ({"probability": 101}, {}),
        ({"close_on": "1492-10-12"}, {}),
        ({"close_on": "2026-02-30"}, {}),
        ({"title": "x" * 200}, {"title": "x" * 120}),
        ({"title": "🙂" * 61}, {"title": "🙂" * 60}),
        ({"stage": "decision"}, {"stage": "qualified"}),
        ({"company": "com_1", "contacts": ("con_1",)}, {"company": "com_1", "contacts": ("con_1",)}),
        ({"amount": "not a number"}, {}),
        ({"title": ("a", "b")}, {}),
    ],
)
def test_values_are_projected_as_the_org_would_keep_them(fields: dict[str, Any], said: dict[str, Any]) -> None:
    assert project(fields, shapes.org("deal")) == said


@pytest.mark.parametrize(
    ("email", "kept"),
    [
        ("ana@example.com", True),
        ("ana@example", False),
        ("joão@example.com", False),
        ("ana@exämple.com", False),
        (f"{'a' * 64}@example-of-a-long-domain.com", False),
        ("not an address", False),
    ],
)
def test_only_addresses_that_salesforce_takes_are_projected(email: str, kept: bool) -> None:
    assert project({"email": email}, shapes.org("contact")) == ({"email": email} if kept else {})


def test_a_deals_version_tells_its_contacts_too() -> None:
    facts = shapes.org("deal")
    row = {"Id": "006000000000001AAA", "SystemModstamp": "2026-11-21T10:30:00.000+0000"}
    role = {"ContactId": "003000000000001AAA", "SystemModstamp": "2026-11-21T10:31:00.000+0000"}
    alone = observe({**row, "OpportunityContactRoles": None}, facts)
    joined = observe({**row, "OpportunityContactRoles": {"records": [role, role]}}, facts)
    assert (alone.refs["contacts"], joined.refs["contacts"]) == ((), ("003000000000001AAA",))
    assert alone.version != joined.version
    assert joined.field_times["contacts"].minute == 31


@pytest.mark.parametrize(
    "row",
    [
        {"Id": "003000000000001AAA", "Email": {"not": "text"}},
        {"Id": "003000000000001AAA", "SystemModstamp": "yesterday"},
        {"Id": "001000000000001AAA"},
        {},
    ],
)
def test_a_row_that_cannot_be_understood_is_kept_as_it_came(row: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+") as caught:
        observe(row, shapes.org("contact"))
    kept = unreadable(row, caught.value)
    assert json.loads(kept.raw) == row
    assert kept.external_id == row.get("Id", "")
    assert kept.reason


def test_two_hundred_rows_are_mapped_in_a_moment() -> None:
    """Cold caches included; the bound is several times what an idle core needs."""
    facts = shapes.org("contact")
    rows = [
        {
            "Id": f"003{number:012d}AAA",
            "SystemModstamp": "2026-11-21T10:30:00.000+0000",
            "Email": f"person{number}@example.com",
            "FirstName": "Ana",
            "LastName": f"Prado {number}",
            "Phone": f"+55119876{number:05d}",
            "MobilePhone": f"(11) 9876-{number:04d}",
            "MailingCountry": "Brasil",
            "MailingCity": "São Paulo",
            "Description": "Met at the fair.\r\nLikes coffee.",
            "OwnerId": shapes.ANA.owner_id,
            "AccountId": "001000000000001AAA",
        }
        for number in range(200)
    ]
    started = time.perf_counter()
    seen = [observe(row, facts) for row in rows]
    for each in seen:
        payload(WriteOp("upsert", "con_1", fields=project(each.fields, facts)), facts)
    assert time.perf_counter() - started < 0.5

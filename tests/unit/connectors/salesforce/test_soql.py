from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.connectors.salesforce.client import SalesforceClient
from crmbridge.connectors.salesforce.client import _soql as soql
from crmbridge.ports import WriteOp
from tests.unit.connectors.salesforce.conftest import Org

HOSTILE = [
    "O'Hara",
    "' OR Id != '",
    "\\",
    "\\'",
    "a\\' OR 1=1 --",
    'say "hi"',
    "tab\tand\nline",
    "50%_off",
    "%",
    "漢字 🙂",
    "{braces} & <angles>",
    "+ and %2B",
]


@given(st.text())
def test_a_literal_ends_only_where_it_should(text: str) -> None:
    literal = soql.text(text)
    inner, place = literal[1:-1], 0
    assert (literal[0], literal[-1]) == ("'", "'")
    while place < len(inner):
        assert inner[place] not in "'\n\r"
        place += 2 if inner[place] == "\\" else 1
    assert place == len(inner)
    literal.encode()


@given(st.lists(st.text(max_size=80), max_size=400))
def test_long_lists_are_cut_to_what_a_url_holds_and_none_is_lost(values: list[str]) -> None:
    def query(some: object) -> str:
        return f"SELECT Id FROM Contact WHERE {soql.one_of('Email', list(some))}"  # pyright: ignore[reportArgumentType] - any list

    queries = list(soql.cut(values, query))
    assert all(len(quote(each)) <= soql.URL_MAX for each in queries)
    assert sum(each.count("','") + 1 for each in queries) >= len(values) if values else queries == []


def test_one_value_that_no_url_holds_is_left_out() -> None:
    assert list(soql.cut(["x" * 20_000, "a"], lambda some: soql.one_of("Email", some))) == ["Email IN ('a')"]


def test_times_are_utc_and_rounded_down_to_the_second() -> None:
    west = timezone(timedelta(hours=-8))
    assert soql.moment(datetime(2026, 3, 31, 23, 59, 59, 999_999, tzinfo=west)) == "2026-04-01T07:59:59Z"
    assert soql.moment(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00Z"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_finds_itself_and_nothing_else(client: SalesforceClient, org: Org, text: str) -> None:
    org.seed(Contact=[{"LastName": "Bystander", "Email": "by@stander.example"}])
    made = client.write("contact", [WriteOp("upsert", text, fields={"last_name": "Prado"})])
    if made[0].error is not None:
        raise made[0].error
    found = client.find("contact", "correlation_id", [text])
    assert {key: [each.external_id for each in hits] for key, hits in found.items()} == {text: [made[0].external_id]}


@pytest.mark.parametrize("key", ["email", "phone", "correlation_id"])
def test_hostile_keys_find_nothing(client: SalesforceClient, org: Org, key) -> None:
    org.seed(Contact=[{"LastName": "Bystander", "Email": "by@stander.example", "Phone": "+12125550123"}])
    assert client.find("contact", key, HOSTILE) == {}


def test_hostile_domains_find_nothing(client: SalesforceClient, org: Org) -> None:
    org.seed(Account=[{"Name": "Bystander", "Website": "https://www.bystander.example/about"}])
    assert client.find("company", "domain", HOSTILE) == {}

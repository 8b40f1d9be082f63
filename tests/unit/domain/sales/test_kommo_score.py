"""The founding score of WhatsApp leads: every row of its table and both sides of every edge."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.sales.scoring.kommo_card import kommo_card, written_solution
from crmbridge.domain.sales.scoring.scores import score

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def _value(**facts):
    return score(kommo_card(), facts, now=NOW).value


@pytest.mark.parametrize(
    ("bill", "points"),
    [
        (0, 0),
        (499, 0),
        ("499.99", 0),
        (500, 10),
        (999, 10),
        (Decimal("999.99"), 10),
        (1000, 20),
        (1999, 20),
        (2000, 30),
        (3999, 30),
        (3999.99, 30),
        (4000, 40),
        ("4000.00", 40),
        (1_000_000, 40),
        (None, 0),
        ("unknown", 0),
        (-1, 0),
    ],
)
def test_the_bill_is_worth_up_to_forty_points(bill, points):
    assert _value(energy_bill_value=bill) == points


@pytest.mark.parametrize(
    ("solution", "points"),
    [
        ("usina_propria", 20),
        ("usina_parceira", 20),
        ("investimento", 15),
        ("desconto_alto", 10),
        ("desconto_baixo", 10),
        ("telhado", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_the_solution_is_worth_up_to_twenty_points(solution, points):
    assert _value(solution_interest=solution) == points


@pytest.mark.parametrize(
    ("timeline", "points"),
    [("imediato", 20), ("30_dias", 15), ("90_dias", 10), ("futuro", 5), ("nunca", 0), (None, 0)],
)
def test_the_timeline_is_worth_up_to_twenty_points(timeline, points):
    assert _value(timeline=timeline) == points


@pytest.mark.parametrize(("messages", "points"), [(0, 0), (4, 0), (5, 5), (9, 5), (10, 10), (11, 10), (None, 0)])
def test_messages_are_worth_up_to_ten_points(messages, points):
    assert _value(message_count=messages) == points


@pytest.mark.parametrize(
    ("seconds", "points"),
    [(0, 10), (59, 10), ("59.9", 10), (60, 5), (299, 5), (300, 0), (3600, 0), (None, 0), (-5, 0)],
)
def test_the_response_time_is_worth_up_to_ten_points_and_nothing_when_unknown(seconds, points):
    assert _value(avg_response_time_s=seconds) == points


def test_the_founding_example_is_hot():
    facts = {
        "energy_bill_value": 3500,
        "solution_interest": "usina_propria",
        "timeline": "imediato",
        "message_count": 15,
        "avg_response_time_s": 45,
    }
    assert _value(**facts) == 90


@pytest.mark.parametrize(
    ("solution", "written"),
    [
        ("usina_propria", "Usina própria"),
        ("usina_parceira", "Usina parceira"),
        ("desconto_alto", "Desconto >R$4000"),
        ("desconto_baixo", "Desconto <R$4000"),
        ("investimento", "Investimento"),
        ("telhado", "Desconto <R$4000"),
        (None, "Desconto <R$4000"),
    ],
)
def test_a_solution_is_written_as_the_crms_option(solution, written):
    assert written_solution(solution) == written


SOLUTIONS = st.sampled_from(["usina_propria", "usina_parceira", "investimento", "desconto_alto", "x", None])
FACTS = st.fixed_dictionaries(
    {
        "energy_bill_value": st.none() | st.integers(-100, 9000) | st.decimals(0, 9000, places=2),
        "solution_interest": SOLUTIONS,
        "timeline": st.sampled_from(["imediato", "30_dias", "90_dias", "futuro", "", None]),
        "message_count": st.none() | st.integers(0, 40),
        "avg_response_time_s": st.none() | st.integers(-10, 900),
    }
)


@given(FACTS)
def test_the_explanation_adds_up_within_bounds(facts):
    found = score(kommo_card(), facts, now=NOW)
    assert 0 <= found.value <= 100
    assert sum(part.points for part in found.parts) == found.value
    assert [part.name for part in found.parts] == ["bill", "solution", "timeline", "messages", "response"]


@given(FACTS, st.integers(0, 9000), st.integers(0, 40), st.integers(0, 900))
def test_more_never_earns_less(facts, bill, messages, faster):
    facts = {**facts, "energy_bill_value": bill, "message_count": messages, "avg_response_time_s": 900}
    assert _value(**{**facts, "energy_bill_value": bill + 700}) >= _value(**facts)
    assert _value(**{**facts, "message_count": messages + 3}) >= _value(**facts)
    assert _value(**{**facts, "avg_response_time_s": 900 - faster}) >= _value(**facts)

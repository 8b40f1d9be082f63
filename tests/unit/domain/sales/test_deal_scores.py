"""Deals are scored again whenever their stage changes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crmbridge.domain.sales.scoring.deal_scores import deal_card, deal_score, engagement_after, on_stage_change

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
FACTS = {
    "stage_kind": "open",
    "stage_probability": 50,
    "engagement": 40,
    "lead_score": 80,
    "days_in_stage": 0,
    "deal_score": 41,
}


def test_a_change_of_stage_tells_the_old_and_the_new_score():
    change = on_stage_change(deal_card(), FACTS, from_stage="qualified", to_stage="in_negotiation", now=NOW)
    assert (change.before, change.after.value, change.has_changed) == (41, 61, True)
    assert {part.name: part.points for part in change.after.parts} == {
        "stage": 20,
        "engagement": 10,
        "lead": 16,
        "pace": 15,
    }


def test_the_same_score_needs_no_write():
    change = on_stage_change(deal_card(), {**FACTS, "deal_score": "61"}, from_stage="a", to_stage="b", now=NOW)
    assert not change.has_changed


def test_a_deal_without_a_score_gets_its_first():
    change = on_stage_change(deal_card(), {"stage_kind": "open"}, from_stage="", to_stage="new", now=NOW)
    assert (change.before, change.after.value, change.has_changed) == (None, 0, True)


@pytest.mark.parametrize(("kind", "value"), [("won", 100), ("lost", 0)])
def test_the_outcome_outdoes_the_card(kind, value):
    found = deal_score(deal_card(), {**FACTS, "stage_kind": kind}, now=NOW)
    assert (found.value, sum(part.points for part in found.parts)) == (value, value)
    assert found.parts[0].because == f"the deal is {kind}"


@pytest.mark.parametrize(("days", "points"), [(0, 15), (6, 15), (7, 11), (13, 11), (14, 6), (29, 6), (30, 2), (60, 0)])
def test_a_deal_that_stands_still_is_worth_less(days, points):
    found = deal_score(deal_card(), {"days_in_stage": days}, now=NOW)
    assert found.value == points or abs(found.value - points) <= 1
    assert sum(part.points for part in found.parts) == found.value


@pytest.mark.parametrize(
    ("kinds", "before", "after"),
    [
        (["email"], 0, 10),
        (["email", "call", "meeting", "demo"], 0, 40),
        (["note", "task"], 30, 30),
        (["call"], 95, 100),
        ([], 7, 7),
    ],
)
def test_each_completed_conversation_adds_ten(kinds, before, after):
    assert engagement_after(kinds, before=before) == after

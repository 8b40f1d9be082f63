"""Status, confidence, criteria and advice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.sales.scoring.default_qualification import DATA, default_qualification
from crmbridge.domain.sales.scoring.hub_card import hub_card
from crmbridge.domain.sales.scoring.kommo_card import kommo_card
from crmbridge.domain.sales.scoring.qualification import qualification_from, qualify, status_of
from crmbridge.domain.sales.scoring.requalify import EVERY, changed_facts, inputs, is_due
from crmbridge.domain.sales.scoring.scores import Score, score
from crmbridge.errors import RequestRejectedError

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
RULES = default_qualification()


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (0, "unqualified"),
        (39, "unqualified"),
        (40, "nurturing"),
        (69, "nurturing"),
        (70, "qualified"),
        (100, "qualified"),
    ],
)
def test_thresholds_decide_the_status(value, status):
    assert status_of(RULES, value, ()) == status


def test_thresholds_are_the_workspaces():
    rules = qualification_from({"qualified_from": 55, "nurturing_from": 20})
    assert [status_of(rules, value, ()) for value in (54, 55, 19, 20)] == [
        "nurturing",
        "qualified",
        "unqualified",
        "nurturing",
    ]


def test_a_required_criterion_that_is_not_met_keeps_a_lead_in_nurturing():
    criterion = {"name": "budget", "required": True, "when": [{"field": "budget", "operator": "at_least", "value": 9}]}
    rules = qualification_from({"criteria": [criterion]})
    found = Score(90, (), "hub")
    assert qualify(rules, {"budget": 8}, found).status == "nurturing"
    assert qualify(rules, {"budget": 9}, found).status == "qualified"


def test_the_answer_tells_criteria_behaviour_and_what_to_do():
    facts = {"phone": "1", "timeline": "imediato", "emails_answered": 3, "competitor": "Sunny Ltda"}
    answer = qualify(RULES, facts, score(hub_card(), facts, now=NOW))
    assert answer.status == "unqualified"
    assert {each.name: (each.is_met, each.is_known) for each in answer.criteria} == {
        "reachable": (True, True),
        "budget": (False, False),
        "timeline": (True, True),
        "decision_maker": (False, False),
    }
    assert answer.behaviour[0] == "email_engagement: 90 of 100, emails_answered 3"
    assert [action for action, _ in answer.recommended] == ["keep_in_touch", "ask_decision_maker", "answer_competitor"]


def test_a_hot_lead_in_haste_is_called_now():
    answer = qualify(RULES, {"timeline": "imediato"}, Score(70, (), "hub"))
    assert [action for action, _ in answer.recommended][:3] == ["assign_rep", "schedule_meeting", "call_now"]


def test_confidence_grows_with_what_is_known_and_the_distance_from_a_threshold():
    known = {"phone": "1", "budget": 1, "timeline": "imediato", "decision_maker_role": "user"}
    everything = {
        "energy_bill_value": 9000,
        "solution_interest": "usina_propria",
        "timeline": "imediato",
        "message_count": 20,
        "avg_response_time_s": 5,
        **known,
    }
    assert qualify(RULES, everything, score(kommo_card(), everything, now=NOW)).confidence == Decimal("1.00")
    assert qualify(RULES, {}, score(kommo_card(), {}, now=NOW)).confidence == Decimal("0.25")


@given(st.integers(0, 100), st.sampled_from([{}, {"phone": "1"}, {"budget": 5, "timeline": "futuro"}]))
def test_confidence_stays_between_nothing_and_one(value, facts):
    assert 0 <= qualify(RULES, facts, Score(value, (), "hub")).confidence <= 1


@given(st.integers(0, 99))
def test_a_higher_score_never_has_a_lower_status(value):
    order = ["unqualified", "nurturing", "qualified"]
    assert order.index(status_of(RULES, value + 1, ())) >= order.index(status_of(RULES, value, ()))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"nurturing_from": 70}, "nurturing_from must be below qualified_from, which is 70"),
        ({"qualified_from": 101}, "qualified_from must be a whole number from 1 to 100, not 101"),
        ({"criteria": [{"name": "x", "when": []}]}, r"criteria\[0\]\.when must hold at least one condition"),
        ({"threshold": 3}, "threshold is not known here; known are criteria, nurturing_from, qualified_from"),
        ({"criteria": "all"}, "criteria must be a list of at most 100 objects"),
    ],
)
def test_wrong_rules_are_refused_in_words_that_name_the_field(change, words):
    with pytest.raises(RequestRejectedError, match=words):
        qualification_from({**DATA, **change})


# ----------------------------------------------------------------------------------------------- scored again


def _due(**change):
    given: dict[str, Any] = {
        "scored_at": NOW,
        "scored_by_revision": 0,
        "changed": (),
        "now": NOW + timedelta(minutes=1),
    }
    return is_due(kommo_card(), **{**given, **change})


@pytest.mark.parametrize(
    ("change", "due"),
    [
        ({}, False),
        ({"scored_at": None}, True),
        ({"scored_by_revision": 3}, True),
        ({"changed": {"timeline"}}, True),
        ({"changed": {"name"}}, False),
        ({"now": NOW + EVERY - timedelta(seconds=1)}, False),
        ({"now": NOW + EVERY}, True),
    ],
)
def test_a_lead_is_scored_again_on_change_and_every_thirty_minutes(change, due):
    assert _due(**change) == due


def test_a_score_knows_what_it_depends_on():
    assert {"emails_opened", "last_email_engagement_at", "budget"} <= inputs(hub_card())
    assert "" not in inputs(hub_card())


def test_changes_are_named():
    assert changed_facts({"a": 1, "b": 2}, {"b": 3, "c": None}) == {"a", "b"}

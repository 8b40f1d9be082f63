"""Triggers, conditions, actions; rules refused in words; loops stopped."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.sales.automation.default_rules import default_rules
from crmbridge.domain.sales.automation.engine import Event, plan
from crmbridge.domain.sales.automation.history import dry_run
from crmbridge.domain.sales.automation.loops import MOST_AN_HOUR, History, circles
from crmbridge.domain.sales.automation.pipelines import DATA as PIPELINE
from crmbridge.domain.sales.automation.pipelines import default_pipeline, pipeline_from
from crmbridge.domain.sales.automation.rules import known, rules_from
from crmbridge.domain.sales.automation.stage_rules import pipeline_rules
from crmbridge.domain.sales.follow_ups.sequences import default_sequences
from crmbridge.errors import RequestRejectedError

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)
ZONE = "America/Recife"
NAMES = known(default_pipeline(), default_sequences())
NOTE = {"do": "add_note", "text": "x"}


def _rule(when, *, conditions=(), then=(NOTE,), **change):
    return {"id": "r", "name": "R", "when": when, "if": list(conditions), "then": list(then), **change}


def _rules(*rules):
    return rules_from({"rules": list(rules)}, NAMES)


def _event(kind="stage_change", **change):
    given = {"event_id": "e1", "type": kind, "entity_id": "d1", "at": NOW, "facts": {}, **change}
    return Event(**given)  # pyright: ignore[reportArgumentType] - each test changes another field


def _runs(when, event, **change):
    return bool(plan(_rules(_rule(when, **change)), event, zone_name=ZONE))


# -------------------------------------------------------------------------------------------------- triggers


@pytest.mark.parametrize(
    ("when", "stages", "runs"),
    [
        ({}, ("new", "won"), True),
        ({"to": ["won"]}, ("new", "won"), True),
        ({"to": ["lost", "won"]}, ("new", "won"), True),
        ({"to": ["lost"]}, ("new", "won"), False),
        ({"from": ["new"], "to": ["won"]}, ("new", "won"), True),
        ({"from": ["qualified"]}, ("new", "won"), False),
        ({}, ("won", "won"), False),
    ],
)
def test_a_change_of_stage_fits_where_it_comes_from_and_goes_to(when, stages, runs):
    event = _event(facts={"from_stage": stages[0], "stage": stages[1]})
    assert _runs({"type": "stage_change", **when}, event) == runs


@pytest.mark.parametrize(
    ("types", "runs"), [([], True), (["call"], True), (["email", "call"], True), (["demo"], False)]
)
def test_an_activity_fits_by_its_kind(types, runs):
    event = _event("activity_completed", facts={"activity_type": "call"})
    assert _runs({"type": "activity_completed", "activity_types": types}, event) == runs


@pytest.mark.parametrize(
    ("before", "after", "runs"),
    [
        (49, 50, True),
        (0, 100, True),
        (None, 50, True),
        (50, 51, False),
        (48, 49, False),
        (51, 50, False),
        (49, None, False),
    ],
)
@pytest.mark.parametrize(("kind", "name"), [("engagement_threshold", "engagement"), ("score_change", "score")])
def test_a_threshold_is_crossed_from_below_only(kind, name, before, after, runs):
    event = _event(kind, facts={name: after}, before={name: before})
    assert _runs({"type": kind, "crosses": 50}, event) == runs


@pytest.mark.parametrize(("before", "after", "runs"), [(49, 50, True), (50, 49, True), (50, "50.0", False)])
def test_any_change_of_score_fits_without_a_threshold(before, after, runs):
    event = _event("score_change", facts={"score": after}, before={"score": before})
    assert _runs({"type": "score_change"}, event) == runs
    assert not _runs({"type": "score_change"}, _event("score_change", facts={"score": after}))


@pytest.mark.parametrize(("schedule", "runs"), [("daily", True), ("hourly", False)])
def test_a_time_fits_its_schedule(schedule, runs):
    assert _runs({"type": "time_based", "schedule": schedule}, _event("time_based", schedule="daily")) == runs


@pytest.mark.parametrize(
    ("before", "facts", "runs"),
    [
        ({"budget": None}, {"budget": 10}, True),
        ({"budget": 5}, {"budget": 10}, True),
        ({"budget": 9}, {"budget": 10}, False),
        ({"name": "Ana"}, {"budget": 10}, False),
        ({"budget": 5}, {"budget": 8}, False),
    ],
)
def test_criteria_fire_when_they_become_true_and_not_again(before, facts, runs):
    condition = {"field": "budget", "operator": "at_least", "value": 9}
    event = _event("criteria_met", facts=facts, before=before)
    assert _runs({"type": "criteria_met"}, event, conditions=[condition]) == runs


def test_a_rule_that_is_off_or_whose_conditions_are_not_met_does_nothing():
    event = _event(facts={"from_stage": "new", "stage": "won", "score": 5})
    high = {"field": "score", "operator": "at_least", "value": 70}
    assert not _runs({"type": "stage_change"}, event, enabled=False)
    assert not _runs({"type": "stage_change"}, event, conditions=[high])


# --------------------------------------------------------------------------------------------------- actions


def test_an_action_knows_its_key_its_words_and_its_chain():
    rule = _rule(
        {"type": "stage_change"},
        then=[{"do": "notify", "text": "{name}: {stage} {nobody}"}, {"do": "add_tag", "tag": "VIP"}],
    )
    event = _event(facts={"from_stage": "new", "stage": "won", "name": "Bia"}, chain=("first",))
    (execution,) = plan(_rules(rule), event, zone_name=ZONE)
    assert [(each.key, each.chain) for each in execution.actions] == [
        ("r:e1:0", ("first", "r")),
        ("r:e1:1", ("first", "r")),
    ]
    assert execution.actions[0].params == {"text": "Bia: won ?", "to": "owner"}


@pytest.mark.parametrize(
    ("due", "at"),
    [
        ({"in_min": 30}, NOW + timedelta(minutes=30)),
        ({"today": True}, datetime(2027, 3, 2, 2, 59, tzinfo=UTC)),
        ({"before": "meeting", "in_min": 60}, datetime(2027, 3, 5, 17, tzinfo=UTC)),
        ({}, NOW),
    ],
)
def test_a_due_time_counts_from_the_event_or_before_a_moment(due, at):
    rule = _rule({"type": "stage_change"}, then=[{"do": "create_task", "text": "x", "due": due}])
    event = _event(facts={"stage": "won", "meeting": "2027-03-05T15:00:00-03:00"})
    assert plan(_rules(rule), event, zone_name=ZONE)[0].actions[0].due_at == at


def test_every_action_can_be_written():
    then = [
        {"do": "send_email", "subject": "s", "text": "t"},
        {"do": "send_whatsapp", "text": "t"},
        {"do": "create_task", "text": "t"},
        {"do": "assign_rep"},
        {"do": "update_score", "engagement_by": 10},
        {"do": "update_score", "score": "deal"},
        {"do": "move_stage", "stage": "won"},
        {"do": "schedule_follow_up", "sequence": "7d", "due": {"in_min": 5}},
        {"do": "notify", "text": "t", "to": "team"},
        {"do": "add_note", "text": "t"},
        {"do": "add_tag", "tag": "t"},
    ]
    (rule,) = _rules(_rule({"type": "stage_change"}, then=then))
    assert [each.kind for each in rule.actions] == [each["do"] for each in then]


# ---------------------------------------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"when": {"type": "full_moon"}}, r"rules\[0\]\.when\.type must be one of activity_completed, criteria_met"),
        (
            {"when": {"type": "stage_change", "to": ["moon"]}},
            r"when\.to\[0\] must be one of in_negotiation, .* not 'moon'",
        ),
        ({"when": {"type": "time_based"}}, r"when\.schedule must be one of daily, hourly, and is missing"),
        (
            {"when": {"type": "engagement_threshold"}},
            r"when\.crosses must be a whole number from 1 to 100, and is missing",
        ),
        (
            {"when": {"type": "stage_change", "crosses": 5}},
            r"when\.crosses is not known here; known are from, to, type",
        ),
        ({"when": {"type": "criteria_met"}}, r"rules\[0\]\.if must hold the criteria that are to be met"),
        ({"then": []}, r"rules\[0\]\.then must hold at least one action"),
        ({"then": [{"do": "dance"}]}, r"then\[0\]\.do must be one of add_note, add_tag, assign_rep"),
        ({"then": [{"do": "move_stage", "stage": "moon"}]}, r"then\[0\]\.stage must be one of .*, not 'moon'"),
        ({"then": [{"do": "schedule_follow_up", "sequence": "9y"}]}, r"then\[0\]\.sequence must be one of 24h, 7d"),
        ({"then": [{"do": "create_task"}]}, r"then\[0\]\.text must be a text of 1 to 2000 letters, and is missing"),
        ({"then": [{**NOTE, "due": {"in_min": 5}}]}, r"then\[0\]\.due is not known here; known are do, text"),
        (
            {"then": [{"do": "create_task", "text": "x", "due": {"today": True, "in_min": 5}}]},
            r"then\[0\]\.due\.today leaves no room for in_min or before",
        ),
        ({"if": [{"field": "score", "operator": "over", "value": 1}]}, r"rules\[0\]\.if\[0\]\.operator must be one of"),
        ({"once": "ever"}, r"rules\[0\]\.once must be one of event, stage, not 'ever'"),
        ({"trigger": 1}, r"rules\[0\]\.trigger is not known here; known are enabled, id, if, name, once, then, when"),
    ],
)
def test_a_wrong_rule_is_refused_in_words_that_name_the_field(change, words):
    with pytest.raises(RequestRejectedError, match=words):
        _rules({**_rule({"type": "stage_change"}), **change})


def test_two_rules_of_one_id_are_refused():
    with pytest.raises(RequestRejectedError, match="rules must not have two rules with the id 'r'"):
        _rules(_rule({"type": "stage_change"}), _rule({"type": "stage_change"}))


# ------------------------------------------------------------------------------------------------------ loops


def _mover(rule_id, to, stage):
    when = {"type": "stage_change", "to": [to] if to else []}
    return _rule(when, then=[{"do": "move_stage", "stage": stage}], id=rule_id)


def _play(rules, event, *, hands_on):
    """Carry out every move at once, and let each make the next event; answer the executions."""
    found, waiting, history, count = [], [event], History(), 0
    while waiting and count < 500:
        event, count = waiting.pop(), count + 1
        for each in plan(rules, event, zone_name=ZONE, history=history):
            key = each.rule_id, each.entity_id
            lately = {**history.lately, key: (*history.lately.get(key, ()), each.at)}
            history = History(history.done | {each.key}, lately)
            found.append(each)
            for action in each.actions:
                facts = {"from_stage": event.facts["stage"], "stage": action.params["stage"]}
                chain = action.chain if hands_on else ()
                waiting.append(_event(event_id=f"e{count}{action.key}", facts=facts, chain=chain))
    return found


RING = [
    _mover("a", "new", "qualified"),
    _mover("b", "qualified", "in_negotiation"),
    _mover("c", "in_negotiation", "new"),
]
START = {"from_stage": "lost", "stage": "new"}


def test_rules_that_set_each_other_off_stop_where_the_circle_closes():
    found = _play(_rules(*RING), _event(facts=START), hands_on=True)
    assert [each.rule_id for each in found] == ["a", "b", "c", "a"]
    assert found[-1].stopped == "it led to this event itself: a → b → c → a"
    assert found[-1].actions == ()


def test_a_circle_through_a_crm_stops_by_its_number_within_an_hour():
    found = _play(_rules(*RING), _event(facts=START), hands_on=False)
    assert len([each for each in found if each.actions]) == 3 * MOST_AN_HOUR
    assert found[-1].stopped == "it has run 10 times for this within an hour"


@pytest.mark.parametrize(("depth", "stops"), [(4, False), (5, True)])
def test_five_rules_may_lead_to_one_another_and_no_sixth(depth, stops):
    event = _event(facts=START, chain=tuple("vwxyz"[:depth]))
    assert bool(plan(_rules(_mover("a", "new", "won")), event, zone_name=ZONE)[0].stopped) == stops


def test_an_hour_later_a_rule_may_run_again():
    rules = _rules(_mover("a", "new", "won"))
    history = History(lately={("a", "d1"): (NOW - timedelta(hours=1),) * 50})
    assert not plan(rules, _event(facts=START), zone_name=ZONE, history=history)[0].stopped


STAGES = sorted(NAMES.stages)


@given(st.lists(st.tuples(st.sampled_from(["", *STAGES]), st.sampled_from(STAGES)), max_size=8), st.booleans())
def test_no_set_of_moving_rules_runs_on_for_ever(moves, hands_on):
    rules = _rules(*(_mover(f"r{number}", *move) for number, move in enumerate(moves)))
    assert len(_play(rules, _event(facts=START), hands_on=hands_on)) < 500


def test_authors_are_told_of_circles_before_they_run():
    assert circles(_rules(*RING)) == ("a → b → c → a move a deal in a circle",)
    assert circles(_rules(*RING[:2])) == ()
    assert circles(default_rules()) == ()


def test_a_rule_that_was_done_is_not_done_again():
    event = _event(facts=START)
    rules = _rules(_mover("a", "new", "won"))
    (execution,) = plan(rules, event, zone_name=ZONE)
    assert plan(rules, event, zone_name=ZONE, history=History(done=frozenset({execution.key}))) == ()


# --------------------------------------------------------------------------------------- rules of a pipeline


def _daily(day, days, *, stage="qualified", entered="2027-02-01"):
    facts = {"stage": stage, "days_in_stage": days, "stage_entered_at": entered}
    return _event("time_based", event_id=f"day{day}", schedule="daily", at=NOW + timedelta(days=day), facts=facts)


@pytest.mark.parametrize(("days", "runs"), [(6, False), (7, False), ("7.01", True), (30, True)])
def test_a_deal_that_stands_still_raises_a_high_task_for_today(days, runs):
    executions = plan(pipeline_rules(default_pipeline()), _daily(0, days), zone_name=ZONE)
    assert [each.rule_id for each in executions] == (["stagnation_qualified"] if runs else [])
    if runs:
        (task,) = executions[0].actions
        assert task.params["text"] == "Deal Stagnation Alert\nDeal has been in Qualificado for over 7 days"
        assert (task.params["priority"], task.due_at) == ("high", datetime(2027, 3, 2, 2, 59, tzinfo=UTC))


def test_a_deal_is_reported_once_for_each_time_it_stands_still():
    rules = pipeline_rules(default_pipeline())
    tried = dry_run(rules, [_daily(0, 8), _daily(1, 9), _daily(9, 8, entered="2027-03-01")], zone_name=ZONE)
    assert tried.actions["stagnation_qualified"] == 2


@pytest.mark.parametrize(
    ("kind", "runs"), [("email", True), ("call", True), ("meeting", True), ("demo", True), ("note", False)]
)
def test_each_conversation_in_a_stage_adds_ten_to_the_engagement(kind, runs):
    event = _event("activity_completed", facts={"stage": "new", "activity_type": kind})
    executions = plan(pipeline_rules(default_pipeline()), event, zone_name=ZONE)
    assert [each.actions[0].params for each in executions] == ([{"engagement_by": 10}] if runs else [])


def test_a_deal_moves_on_when_its_criteria_are_met():
    data = deepcopy(PIPELINE)
    data["stages"][1]["criteria"] = [{"field": "energy_bill_value", "operator": "is_known"}]
    rules = pipeline_rules(pipeline_from(data))
    facts = {"stage": "in_qualification", "energy_bill_value": 900, "stage_entered_at": "x"}
    (execution,) = plan(rules, _event("criteria_met", facts=facts, before={"energy_bill_value": None}), zone_name=ZONE)
    assert [(each.kind, each.params) for each in execution.actions] == [
        ("move_stage", {"stage": "qualified"}),
        ("notify", {"text": "Em Qualificação → Qualificado: energy_bill_value is known", "to": "owner"}),
        ("update_score", {"score": "deal"}),
        (
            "add_note",
            {"text": "auto_progression_criteria_met: Em Qualificação → Qualificado (energy_bill_value is known)"},
        ),
    ]

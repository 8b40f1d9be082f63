"""Who gets a lead, who never does, and what happens to leads that wait or lose their owner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crmbridge.domain.sales.assignment.backlog import Waiting, drain, orphans, without
from crmbridge.domain.sales.assignment.choice import choose
from crmbridge.domain.sales.assignment.factors import LeadNeeds
from crmbridge.domain.sales.assignment.hand_off import hand_off, phase_of
from crmbridge.domain.sales.assignment.ledger import Ledger, closed, counted
from crmbridge.domain.sales.assignment.team import AssignmentRules, Representative
from crmbridge.domain.sales.hours import every_day
from crmbridge.domain.sales.scoring.default_qualification import default_qualification
from crmbridge.domain.sales.scoring.qualification import qualify
from crmbridge.domain.sales.scoring.scores import Score

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)
DAY = every_day("UTC", 540, 1080)
FAIR, BEST, ON_DUTY = AssignmentRules(), AssignmentRules(mode="best"), AssignmentRules(waits_for_hours=True)
LEAD = LeadNeeds(lead_id="new", needs=("solar",), region="BR-PE", score=80)


def _rep(rep_id, **change):
    given = {"rep_id": rep_id, "hours": DAY, "capacity": 2, **change}
    return Representative(**given)  # pyright: ignore[reportArgumentType] - each test changes another field


def _give(team, count, rules=FAIR):
    ledger, got = Ledger(), []
    for number in range(count):
        choice = choose(rules, team, ledger, LeadNeeds(lead_id=f"l{number}"), now=NOW)
        ledger, got = choice.ledger, [*got, choice.rep_id]
    return ledger, got


def test_the_best_suited_gets_the_lead_with_the_reasons():
    team = [_rep("a"), _rep("b", skills=frozenset({"solar"}), regions=("BR-PE",))]
    choice = choose(FAIR, team, Ledger(), LEAD, now=NOW)
    assert choice.rep_id == "b"
    assert choice.because.startswith("suits best: 90: workload +30 (0 open deals), expertise +25 (1 of 1 needs)")
    assert {each: score.value for each, score in choice.scores.items()} == {"a": 50, "b": 90}
    assert choice.ledger.desk("b").open == 1


def test_the_best_mode_always_takes_the_best_and_the_fair_one_takes_turns():
    team = [_rep("a", capacity=9), _rep("b", capacity=9, skills=frozenset({"solar"}), performance=100)]
    assert _give(team, 4, BEST)[1] == ["b", "b", "b", "b"]
    assert _give(team, 4)[1].count("a") == 2


def test_a_turn_by_share_says_who_would_suit_better():
    team = [_rep("a"), _rep("b", performance=100)]
    ledger, _ = _give(team, 1)
    assert choose(FAIR, team, ledger, LEAD, now=NOW).because.startswith("next in turn by share, b would suit better")


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False},
        {"capacity": 0},
        {"weight": 0},
        {"absences": ((NOW, NOW + timedelta(days=1)),)},
    ],
)
def test_nobody_who_cannot_take_a_lead_is_given_one(change):
    choice = choose(FAIR, [_rep("a", **change)], Ledger(), LEAD, now=NOW)
    assert (choice.rep_id, choice.ledger) == ("", Ledger())
    assert choice.because


def test_a_full_team_lets_the_lead_wait_until_a_place_is_free():
    team = [_rep("a")]
    ledger, got = _give(team, 3)
    assert got == ["a", "a", ""]
    choice = choose(FAIR, team, ledger, LEAD, now=NOW)
    assert (choice.because, choice.retry_at) == ("everybody has as many leads as they may have", None)
    assert choose(FAIR, team, closed(ledger, "a"), LEAD, now=NOW).rep_id == "a"


def test_the_crms_own_count_corrects_the_capacity():
    assert choose(FAIR, [_rep("a")], counted(Ledger(), {"a": 2}), LEAD, now=NOW).rep_id == ""


def test_a_lead_that_was_given_keeps_its_owner_when_it_is_delivered_again():
    team = [_rep("a"), _rep("b")]
    first = choose(FAIR, team, Ledger(), LEAD, now=NOW)
    again = choose(FAIR, team, first.ledger, LEAD, now=NOW)
    assert (again.rep_id, again.is_new, again.ledger) == (first.rep_id, False, first.ledger)


def test_a_lead_waits_for_people_at_work_and_knows_when_that_is():
    night = NOW.replace(hour=23)
    team = [_rep("a"), _rep("b", hours=every_day("UTC", 480, 1080), absences=((night, night + timedelta(hours=20)),))]
    choice = choose(ON_DUTY, team, Ledger(), LEAD, now=night)
    assert (choice.rep_id, choice.retry_at) == ("", datetime(2027, 3, 2, 9, tzinfo=UTC))
    assert choose(ON_DUTY, team, Ledger(), LEAD, now=choice.retry_at or night).rep_id == "a"


def test_absences_that_follow_each_other_are_waited_out():
    away = ((NOW, NOW + timedelta(days=1)), (NOW + timedelta(days=1), NOW + timedelta(days=3)))
    assert choose(FAIR, [_rep("a", absences=away)], Ledger(), LEAD, now=NOW).retry_at == NOW + timedelta(days=3)


def test_a_backlog_goes_out_when_people_return_hottest_and_longest_waiting_first():
    waiting = [
        Waiting(LeadNeeds(lead_id="cold", score=10), NOW - timedelta(days=3)),
        Waiting(LeadNeeds(lead_id="late", score=80), NOW),
        Waiting(LeadNeeds(lead_id="early", score=80), NOW - timedelta(days=1)),
    ]
    back = drain(FAIR, [_rep("a")], Ledger(), waiting, now=NOW)
    assert list(back.choices) == ["early", "late"]
    assert [each.lead.lead_id for each in back.waiting] == ["cold"]
    assert back.ledger.desk("a").open == 2
    rest = drain(FAIR, [_rep("a"), _rep("b")], back.ledger, back.waiting, now=NOW)
    assert (rest.choices["cold"].rep_id, rest.waiting) == ("b", ())


def test_leads_of_people_who_left_go_to_others():
    team = [_rep("a", capacity=9), _rep("b", capacity=9)]
    ledger, got = _give(team, 4)
    owners = {f"l{number}": rep_id for number, rep_id in enumerate(got)}
    left = [_rep("a", is_active=False), team[1]]
    moved = orphans(left, {**owners, "l9": "gone", "l8": ""})
    assert set(moved) == {"l8", "l9", *(lead for lead, rep_id in owners.items() if rep_id == "a")}
    ledger = without(left, ledger, {lead: owners[lead] for lead in moved if lead in owners})
    assert set(ledger.desks) == {"b"}
    for lead in moved:
        choice = choose(FAIR, left, ledger, LeadNeeds(lead_id=lead), now=NOW)
        assert (choice.rep_id, choice.is_new) == ("b", True)
        ledger = choice.ledger


# -------------------------------------------------------------------------------------------------- hand-off


def _package(value=80, now=NOW):
    facts = {"lead_id": "l1", "lead_source": "WhatsApp", "competitor": "Sunny Ltda", "avg_response_time_s": 20}
    qualification = qualify(default_qualification(), facts, Score(value, (), "hub"))
    choice = choose(FAIR, [_rep("a")], Ledger(), LEAD, now=now)
    return hand_off(choice, qualification, facts, hours=DAY, history=["09:00 Oi"], now=now)


def test_a_hand_off_holds_context_approach_and_deadlines():
    package = _package()
    assert (package.rep_id, package.source, package.sequence, package.history) == (
        "a",
        "WhatsApp",
        "hot",
        ("09:00 Oi",),
    )
    assert "They talk to Sunny Ltda: begin with what differs" in package.approach
    assert "They answer within a minute: write rather than call first" in package.approach
    assert package.approach[-1] == "Find out: budget, timeline, decision_maker"
    assert (package.accept_by, package.contact_by) == (NOW + timedelta(hours=1), NOW + timedelta(hours=1))
    assert _package(50).contact_by == datetime(2027, 3, 2, 10, tzinfo=UTC)


def test_deadlines_count_time_at_work():
    assert _package(now=NOW.replace(hour=17, minute=30)).accept_by == datetime(2027, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "accepted", "contacted", "phase"),
    [
        (0, False, False, "offered"),
        (59, False, False, "offered"),
        (60, False, False, "overdue"),
        (60, True, False, "accepted"),
        (60, False, True, "contacted"),
        (60 * 24, True, False, "overdue"),
        (60 * 24, True, True, "contacted"),
    ],
)
def test_a_hand_off_that_nobody_takes_up_is_overdue(minutes, accepted, contacted, phase):
    found, because = phase_of(
        _package(50),
        accepted_at=NOW if accepted else None,
        contacted_at=NOW if contacted else None,
        now=NOW + timedelta(minutes=minutes),
    )
    assert found == phase
    assert bool(because) == (phase == "overdue")

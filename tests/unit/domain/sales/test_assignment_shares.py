"""Nobody gets more than they can take, and everybody gets their share, however many decide at once."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbridge.adapters.memory.documents import MemoryDocuments
from crmbridge.domain.sales.assignment.choice import choose
from crmbridge.domain.sales.assignment.factors import LeadNeeds
from crmbridge.domain.sales.assignment.ledger import Ledger, from_body, to_body
from crmbridge.domain.sales.assignment.shares import LEAD, Turn, credited, pick
from crmbridge.domain.sales.assignment.team import AssignmentRules, Representative
from crmbridge.domain.sales.hours import every_day
from crmbridge.errors import ConflictError
from crmbridge.ports import Document

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)
ALWAYS = every_day("UTC", 0, 1440)
RULES = AssignmentRules()
TEAM = {
    "ana": (3, 400),
    "bia": (2, 60),
    "caio": (2, 300),
    "davi": (1, 45),
    "eva": (1, 200),
    "fabio": (5, 310),
    "gil": (1, 90),
}
"""Weight and capacity of seven people."""


def ideal(team, leads):
    """Return everybody's exact share: by weight, nobody above the capacity, the others take the rest."""
    shares, left, open_to = {}, Fraction(leads), dict(team)
    while open_to:
        total = sum(weight for weight, _ in open_to.values())
        full = {each: cap for each, (weight, cap) in open_to.items() if left * weight / total >= cap}
        if not full:
            return shares | {each: left * weight / total for each, (weight, _) in open_to.items()}
        shares |= full
        left -= sum(full.values())
        open_to = {each: what for each, what in open_to.items() if each not in full}
    return shares


def _team(team):
    return [
        Representative(
            rep_id=each,
            hours=ALWAYS,
            capacity=cap,
            weight=weight,
            performance=len(each) * 17 % 100,
            skills=frozenset(each),
        )
        for each, (weight, cap) in team.items()
    ]


def _lead(number):
    return LeadNeeds(lead_id=f"l{number}", needs=tuple("abcdefg"[number * 7 % 5 :][: 1 + number % 3]))


def _work(documents, queue, team, done):
    """Read, decide, and store on the condition that nobody did meanwhile; others may act wherever this one waits."""
    while queue:
        lead = queue.pop()
        while lead is not None:
            owned = documents.get("team", lead.lead_id)
            read = documents.get("team", "ledger") or Document("team", "ledger", {})
            yield
            choice = choose(RULES, team, from_body(read.body), lead, now=NOW)
            yield
            if owned or not choice.is_new or _store(documents, read, choice, lead.lead_id):
                done.append(lead.lead_id)
                lead = None


def _store(documents, read, choice, lead_id):
    """Store the state and the lead's owner as one, as a transaction does."""
    try:
        documents.put(Document("team", "ledger", to_body(choice.ledger), read.version))
    except ConflictError:
        return False
    documents.put(Document("team", lead_id, {"owner": choice.rep_id}))
    return True


@pytest.mark.slow
def test_a_thousand_leads_are_shared_out_by_twenty_workers_at_once():
    chance = random.Random(7)
    documents = MemoryDocuments(now=lambda: NOW)
    leads = [_lead(number) for number in range(1000)]
    twice = chance.sample(leads, 100)
    queue, done = [*leads, *twice], []
    chance.shuffle(queue)
    workers = [_work(documents, queue, _team(TEAM), done) for _ in range(20)]
    while workers:
        each = chance.choice(workers)
        if next(each, "done") == "done":
            workers.remove(each)

    stored = documents.get("team", "ledger")
    assert stored is not None
    ledger = from_body(stored.body)
    shares = ideal(TEAM, 1000)
    assert sum(desk.total for desk in ledger.desks.values()) == 1000
    for each, (_, capacity) in TEAM.items():
        assert ledger.desk(each).open <= capacity
        assert abs(ledger.desk(each).total - shares[each]) <= 1, (each, ledger.desk(each).total, float(shares[each]))
    assert sorted(done) == sorted(each.lead_id for each in [*leads, *twice])
    assert all(documents.get("team", each.lead_id) for each in leads)


TEAMS = st.dictionaries(
    st.sampled_from(list("abcdefg")), st.tuples(st.integers(1, 9), st.integers(1, 40)), min_size=1, max_size=7
)


@settings(max_examples=100)
@given(TEAMS, st.randoms(use_true_random=False))
def test_everybody_is_within_one_lead_of_their_share_after_every_lead_whatever_the_scores(team, chance):
    turns = {each: Turn(0, weight, cap) for each, (weight, cap) in team.items()}
    got = dict.fromkeys(team, 0)
    for count in range(1, min(sum(cap for _, cap in team.values()), 60) + 1):
        order = sorted((each for each in team if turns[each].free > 0), key=lambda each: (chance.random(), each))
        chosen, turns = pick(turns, preferred=order)
        got[chosen] += 1
        shares = ideal(team, count)
        assert all(abs(got[each] - shares[each]) <= 1 for each in team), (count, got, shares)
        assert all(got[each] <= cap for each, (_, cap) in team.items())


@pytest.mark.slow
def test_no_team_of_a_thousand_leaves_anybody_a_lead_behind_with_favourites_at_work():
    chance = random.Random(1)
    for _ in range(1000):
        team = {each: (chance.randint(1, 9), chance.randint(1, chance.choice([3, 12, 40]))) for each in TEAM}
        turns, got = {each: Turn(0, *what) for each, what in team.items()}, dict.fromkeys(team, 0)
        favour = {each: chance.random() * 3 for each in team}
        for count in range(1, min(sum(cap for _, cap in team.values()), 60) + 1):
            able = [each for each in team if turns[each].free > 0]
            order = sorted(able, key=lambda each: chance.random() + favour[each])
            chosen, turns = pick(turns, preferred=order)
            got[chosen] += 1
            shares = ideal(team, count)
            assert max(abs(got[each] - shares[each]) for each in team) < 1, (team, count)


@given(TEAMS)
def test_a_lead_is_credited_whole_and_to_nobody_above_their_place(team):
    turns = {each: Turn(0, weight, cap) for each, (weight, cap) in team.items()}
    after = credited(turns)
    assert sum(turn.balance for turn in after.values()) == LEAD
    assert all(0 <= turn.balance <= turn.free * LEAD for turn in after.values())


def test_the_better_suited_gets_the_lead_when_it_may_be_either_ones_turn():
    turns = {"a": Turn(0, 1, 9), "b": Turn(0, 1, 9)}
    assert pick(turns, preferred=["b", "a"])[0] == "b"
    assert pick(turns, preferred=["a", "b"])[0] == "a"


def test_nobody_is_served_twice_while_an_equal_waits():
    turns, order = {each: Turn(0, 1, 9) for each in "abc"}, []
    for _ in range(9):
        chosen, turns = pick(turns, preferred=["a", "b", "c"])
        order.append(chosen)
    assert [sorted(order[place : place + 3]) for place in (0, 3, 6)] == [["a", "b", "c"]] * 3


def test_the_state_survives_its_json():
    ledger = choose(RULES, _team(TEAM), Ledger(), _lead(1), now=NOW).ledger
    assert from_body(to_body(ledger)) == ledger
    assert from_body({}) == Ledger()


def test_after_a_team_has_changed_the_one_who_was_owed_a_lead_the_longest_comes_first():
    """Balances that nobody could have built up by themselves: two are owed a lead at once."""
    turns = {"a": Turn(LEAD * 3 // 2, 1, 9), "b": Turn(LEAD * 9 // 5, 1, 9), "c": Turn(0, 1, 9)}
    assert pick(turns, preferred=["c", "a", "b"])[0] == "b"


def test_a_lead_is_credited_even_where_everybody_has_their_full_share():
    turns = {"a": Turn(LEAD, 1, 1), "b": Turn(LEAD, 3, 1)}
    after = credited(turns)
    assert {each: turn.balance - LEAD for each, turn in after.items()} == {"a": LEAD // 4, "b": LEAD * 3 // 4}

"""Five weighted factors say who suits a lead, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.sales.assignment.factors import LeadNeeds, confidence, suits
from crmbridge.domain.sales.assignment.team import AssignmentRules, Representative, rules_from, team_from
from crmbridge.domain.sales.hours import every_day
from crmbridge.domain.sales.scoring.scores import Score
from crmbridge.errors import RequestRejectedError

NOW = datetime(2027, 3, 1, 15, tzinfo=UTC)
DAY = every_day("UTC", 540, 1080)
RULES = AssignmentRules()
LEAD = LeadNeeds(lead_id="l1", needs=("usina_propria", "português"), region="BR-PE")


def _rep(**change):
    given = {"rep_id": "r1", "hours": DAY, "capacity": 100, "performance": 100, **change}
    return Representative(**given)  # pyright: ignore[reportArgumentType] - each test changes another field


def _points(name, *, open_deals=0, now=NOW, lead=LEAD, **change):
    found = suits(RULES, _rep(**change), lead, open_deals=open_deals, now=now)
    assert sum(part.points for part in found.parts) == found.value
    return next(part.graded for part in found.parts if part.name == name)


@pytest.mark.parametrize(("deals", "points"), [(0, 100), (1, 95), (19, 5), (20, 0), (21, 0), (200, 0)])
def test_each_open_deal_takes_five_from_the_workload(deals, points):
    assert _points("workload", open_deals=deals) == points


@pytest.mark.parametrize(
    ("skills", "points"),
    [([], 0), (["Portugues"], 50), (["usina_propria", "português", "x"], 100), (["x"], 0)],
)
def test_expertise_is_the_share_of_needs_that_somebody_meets(skills, points):
    assert _points("expertise", skills=frozenset(skills)) == points


@pytest.mark.parametrize(("performance", "points"), [(0, 0), (100, 100), (None, 50)])
def test_performance_is_what_is_known_of_it(performance, points):
    assert _points("performance", performance=performance) == points


@pytest.mark.parametrize(
    ("regions", "points"),
    [(("BR-PE",), 100), (("BR",), 100), (("BR-SP",), 50), (("PT",), 0), ((), 0)],
)
def test_geography_counts_region_before_country(regions, points):
    assert _points("geography", regions=regions) == points


@pytest.mark.parametrize(
    ("hour", "minute", "points"),
    [(9, 0, 100), (17, 59, 100), (18, 0, 0), (5, 0, 50), (4, 59, 0), (8, 59, 50)],
)
def test_availability_is_being_at_work_or_starting_soon(hour, minute, points):
    assert _points("availability", now=NOW.replace(hour=hour, minute=minute)) == points


def test_somebody_who_is_away_is_not_available():
    absence = (NOW - timedelta(hours=1), NOW + timedelta(hours=1))
    assert _points("availability", absences=(absence,)) == 0


def test_what_is_not_known_of_a_lead_counts_half_for_everybody():
    unknown = LeadNeeds(lead_id="l2")
    assert _points("expertise", lead=unknown) == _points("geography", lead=unknown) == 50


def test_a_perfect_match_has_a_hundred_by_the_founding_weights():
    perfect = _rep(skills=frozenset(LEAD.needs), regions=("BR-PE",))
    found = suits(RULES, perfect, LEAD, open_deals=0, now=NOW)
    assert found.value == 100
    assert {part.name: part.points for part in found.parts} == {
        "workload": 30,
        "expertise": 25,
        "performance": 20,
        "geography": 15,
        "availability": 10,
    }


@given(st.integers(0, 40), st.integers(0, 100), st.integers(0, 23))
def test_a_suitability_is_bounded_and_adds_up(deals, performance, hour):
    found = suits(RULES, _rep(performance=performance), LEAD, open_deals=deals, now=NOW.replace(hour=hour))
    assert 0 <= found.value <= 100
    assert sum(part.points for part in found.parts) == found.value
    busier = suits(RULES, _rep(performance=performance), LEAD, open_deals=deals + 1, now=NOW.replace(hour=hour))
    assert busier.value <= found.value


def test_confidence_counts_what_is_known_and_how_clear_the_choice_is():
    known = suits(RULES, _rep(), LEAD, open_deals=0, now=NOW)
    assert confidence(known, None) == Decimal("1.00")
    assert confidence(known, known) == Decimal("0.70")
    assert confidence(known, Score(known.value - 10, (), "assignment")) == Decimal("0.85")
    unknown = suits(RULES, _rep(performance=None), LeadNeeds(lead_id="l2"), open_deals=0, now=NOW)
    assert confidence(unknown, unknown) == Decimal("0.28")


HOURS = {"zone": "America/Recife", "week": {"monday": ["09:00-18:00"]}}


@pytest.mark.parametrize(
    ("person", "words"),
    [
        ({"hours": HOURS, "capacity": 5}, r"people\[0\]\.rep_id must be a text of 1 to 100 letters, and is missing"),
        ({"rep_id": "a", "hours": HOURS}, r"people\[0\]\.capacity must be a whole number .*, and is missing"),
        ({"rep_id": "a", "capacity": 5}, r"people\[0\]\.hours\.zone must be a text"),
        ({"rep_id": "a", "hours": HOURS, "capacity": 5, "weight": -1}, r"people\[0\]\.weight must be a whole number"),
        (
            {"rep_id": "a", "hours": HOURS, "capacity": 5, "absences": [{"from": "2027-01-02", "to": "2027-01-01"}]},
            r"people\[0\]\.absences\[0\]\.from must be a moment with its offset",
        ),
        (
            {
                "rep_id": "a",
                "hours": HOURS,
                "capacity": 5,
                "absences": [{"from": "2027-01-02T00:00:00Z", "to": "2027-01-01T00:00:00Z"}],
            },
            r"people\[0\]\.absences\[0\]\.to must be later than from",
        ),
    ],
)
def test_a_wrong_person_is_refused_in_words(person, words):
    with pytest.raises(RequestRejectedError, match=words):
        team_from({"people": [person]})


def test_a_team_is_read_with_everything_that_is_said_of_it():
    absence = {"from": "2027-01-01T00:00:00-03:00", "to": "2027-01-15T00:00:00-03:00"}
    person = {
        "rep_id": "a",
        "hours": HOURS,
        "capacity": 5,
        "performance": 80,
        "skills": ["solar"],
        "absences": [absence],
    }
    (found,) = team_from({"people": [person]})
    assert (found.weight, found.performance, found.skills) == (1, 80, {"solar"})
    assert found.is_away(datetime(2027, 1, 1, 3, tzinfo=UTC))
    assert not found.is_away(datetime(2027, 1, 15, 3, tzinfo=UTC))
    with pytest.raises(RequestRejectedError, match="people must not name 'a' twice"):
        team_from({"people": [person, person]})


def test_weights_are_the_workspaces_and_add_up():
    even = dict.fromkeys(("workload", "expertise", "performance", "geography", "availability"), 20)
    assert set(rules_from({"weights": even}).weights.values()) == {Decimal(20)}
    with pytest.raises(RequestRejectedError, match="weights must add up to 100 percent, not 105"):
        rules_from({"weights": {**even, "workload": 25}})
    assert rules_from({}) == RULES

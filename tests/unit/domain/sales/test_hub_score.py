"""The hub's score: founding weights, an explanation that adds up, and fading."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.sales.scoring.cards import card_from
from crmbridge.domain.sales.scoring.grades import Grade, graded
from crmbridge.domain.sales.scoring.hub_card import hub_card
from crmbridge.domain.sales.scoring.scores import CAP, score, whole_parts

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
BEST = {
    "job_title": "CEO",
    "company_size": 5000,
    "industry": "energy",
    "emails_answered": 9,
    "pricing_visits": 9,
    "webinars": 9,
    "social_messages": 9,
    "demos_requested": 9,
    "timeline": "imediato",
    "budget": 90_000,
    "decision_maker_role": "decision_maker",
}
WEIGHTS = {
    "job_title": 10,
    "company_size": 8,
    "industry": 7,
    "email_engagement": 15,
    "website_activity": 10,
    "content_consumption": 8,
    "social_engagement": 7,
    "product_interest": 15,
    "purchase_timeline": 10,
    "budget": 5,
    "decision_maker": 5,
}


def _part(name, **facts):
    return next(part for part in score(hub_card(), facts, now=NOW).parts if part.name == name)


def test_the_weights_are_the_founding_ones():
    assert {each.name: each.weight for each in hub_card().factors} == WEIGHTS


@pytest.mark.parametrize("factor", WEIGHTS)
def test_a_perfect_factor_is_worth_its_weight(factor):
    assert _part(factor, **BEST).points == WEIGHTS[factor]


def test_a_perfect_lead_has_a_hundred_and_an_unknown_one_nothing():
    assert score(hub_card(), BEST, now=NOW).value == 100
    nothing = score(hub_card(), {}, now=NOW)
    assert (nothing.value, nothing.known_percent()) == (0, 0)


@pytest.mark.parametrize(
    ("title", "points"),
    [
        ("CEO & founder", 100),
        ("Sócia-administradora", 100),
        ("Diretora Comercial", 85),
        ("Vice-President, Sales", 85),
        ("Gerente de compras", 70),
        ("Coordenador", 50),
        ("Estagiário", 10),
        ("Engineer", 30),
        ("Leadership trainer", 30),
    ],
)
def test_a_title_earns_by_its_best_word(title, points):
    assert _part("job_title", job_title=title).graded == points


@pytest.mark.parametrize(
    ("size", "points"), [(0, 0), (1, 20), (9, 20), (10, 45), (49, 45), (50, 65), (249, 65), (250, 85), (1000, 100)]
)
def test_a_company_earns_by_its_size(size, points):
    assert _part("company_size", company_size=size).graded == points


@pytest.mark.parametrize(("timeline", "points"), [("imediato", 10), ("30_dias", 8), ("90_dias", 5), ("futuro", 3)])
def test_an_earlier_purchase_earns_more(timeline, points):
    assert _part("purchase_timeline", timeline=timeline).points == points


@pytest.mark.parametrize(("days", "left"), [(0, 15), (15, 11), (30, 8), (60, 4), (90, 2), (300, 0), (-3, 15)])
def test_what_was_earned_fades_by_half_in_thirty_days(days, left):
    part = _part("email_engagement", emails_answered=9, last_email_engagement_at=NOW - timedelta(days=days))
    assert part.points == left
    assert ("left by now" in part.because) == (days > 0)


def test_interest_fades_by_half_in_sixty_days_and_a_job_title_never():
    old = NOW - timedelta(days=60)
    assert _part("product_interest", demos_requested=9, last_product_interest_at=old).points == 8
    assert _part("job_title", job_title="CEO", last_job_title_at=old).points == 10


def test_the_explanation_says_why_in_words():
    words = score(hub_card(), {"job_title": "CEO", "timeline": "futuro"}, now=NOW).words()
    assert words == "13: job_title +10 (CEO (ceo)), purchase_timeline +3 (futuro)"


COUNTS = st.none() | st.integers(0, 9)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        **{name: COUNTS for name in ("emails_opened", "emails_clicked", "website_visits", "downloads", "social_likes")},
        "forms_submitted": COUNTS,
        "job_title": st.sampled_from(["CEO", "manager", "nobody", ""]),
        "company_size": st.none() | st.integers(0, 3000),
        "budget": st.none() | st.integers(0, 90_000),
        "timeline": st.sampled_from(["imediato", "futuro", "?"]),
        "last_email_engagement_at": st.integers(-90, 700).map(lambda days: NOW - timedelta(days=days)),
    },
)


@given(FACTS)
def test_parts_add_up_to_the_score_and_each_stays_near_its_exact_amount(facts):
    found = score(hub_card(), facts, now=NOW)
    assert 0 <= found.value <= 100
    assert sum(part.points for part in found.parts) == found.value
    assert abs(sum(part.exact for part in found.parts) - found.value) <= Decimal("0.5")
    assert all(abs(part.points - part.exact) < 1 for part in found.parts)


@given(FACTS, st.sampled_from(["emails_opened", "website_visits", "downloads", "forms_submitted", "budget"]))
def test_more_activity_never_lowers_the_score(facts, name):
    more = {**facts, name: (facts.get(name) or 0) + 1}
    assert score(hub_card(), more, now=NOW).value >= score(hub_card(), facts, now=NOW).value


@given(FACTS, st.integers(0, 900))
def test_time_alone_never_raises_the_score(facts, days):
    later = score(hub_card(), facts, now=NOW + timedelta(days=days))
    assert later.value <= score(hub_card(), facts, now=NOW).value


@given(st.lists(st.decimals(0, 60, places=3), min_size=1, max_size=12))
def test_whole_points_share_out_the_rounded_sum(exact):
    whole = whole_parts(exact)
    assert abs(sum(exact) - sum(whole)) <= Decimal("0.5")
    assert all(each >= 0 and abs(each - amount) < 1 for each, amount in zip(whole, exact, strict=True))


def test_a_card_that_gives_more_than_a_hundred_says_what_it_takes_away():
    factor = {"fact": "a", "grade": {"kind": "value"}}
    card = card_from({"name": "x", "style": "points", "factors": [{**factor, "name": n} for n in ("one", "two")]})
    found = score(card, {"a": 80}, now=NOW)
    assert found.value == 100
    assert [(part.name, part.points) for part in found.parts] == [("one", 80), ("two", 80), (CAP, -60)]


@pytest.mark.parametrize(("value", "points"), [(-1, 0), (0, 0), (55, 55), ("55.5", Decimal("55.5")), (101, 100)])
def test_a_value_counts_within_its_bounds(value, points):
    assert graded(Grade("value"), "a", {"a": value}).points == points


@pytest.mark.parametrize("grade", [Grade("value"), Grade("at_least", (("1", 5),)), Grade("below", (("1", 5),))])
@pytest.mark.parametrize("value", ["nan", "Infinity", "many", True])
def test_what_is_no_number_earns_nothing_and_counts_as_unknown(grade, value):
    found = graded(grade, "a", {"a": value})
    assert (found.points, found.is_known) == (0, False)

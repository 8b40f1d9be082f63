"""Credit adds up to what was won, whatever the model; and each model divides as its name says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.social.apportioning import apportion, total
from crmbridge.domain.social.attribution import MODELS, Journey, channel_effects, credits_of, journey_of
from crmbridge.domain.social.markov import removal_effects
from crmbridge.domain.social.totals import earned
from crmbridge.domain.social.touchpoints import Touchpoint, touchpoint_from_json, touchpoint_to_json

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
CHANNELS = ("ads", "instagram", "mail", "web")
amounts = (
    st.decimals(0, 10**9, places=2).map(str)
    | st.decimals(0, 10**6, places=4).map(str)
    | st.integers(0, 10**12).map(str)
)


def touch(place: int, channel: str = "ads", campaign: str = "", *, day: float | None = None) -> Touchpoint:
    at = START + timedelta(days=place if day is None else day)
    return Touchpoint(record_id="lea_1", key=f"k{place:03d}", at=at, channel=channel, campaign=campaign, kind="click")


@st.composite
def journeys(draw: st.DrawFn, *, won: bool | None = True) -> Journey:
    steps = draw(
        st.lists(
            st.tuples(st.sampled_from(CHANNELS), st.sampled_from(["", "spring", "fall"]), st.floats(0, 400)),
            min_size=1,
            max_size=8,
        )
    )
    touchpoints = [touch(place, channel, campaign, day=day) for place, (channel, campaign, day) in enumerate(steps)]
    moments = st.none() | st.floats(-10, 410).map(lambda day: START + timedelta(days=day))
    value = draw(amounts) if won or (won is None and draw(st.booleans())) else ""
    made = journey_of(touchpoints, value=value, lead_at=draw(moments), deal_at=draw(moments))
    assert made is not None
    return made


def shares(model: str, touchpoints: Sequence[Touchpoint], value: str = "100", **more) -> list[str]:
    made = journey_of(touchpoints, value=value, **more)
    assert made is not None
    return [each.amount for each in credits_of(model, made)]  # type: ignore[arg-type] - names of models


# ------------------------------------------------------------------------------------------------ exactness


@given(amounts, st.lists(st.fractions(0, 1000), min_size=1, max_size=12))
def test_parts_add_up_to_the_amount_and_none_is_below_nothing(amount, weights):
    parts = apportion(amount, weights)
    assert sum(map(Decimal, parts)) == Decimal(amount)
    assert all(Decimal(each) >= 0 for each in parts)
    assert Decimal(total(parts)) == Decimal(amount)


@given(amounts, st.lists(st.fractions(0, 1000), min_size=1, max_size=12))
def test_no_part_is_a_cent_off_its_share(amount, weights):
    cent = Decimal(1).scaleb(min(-2, Decimal(amount).as_tuple().exponent))  # type: ignore[type-var] - finite
    whole = sum(weights)
    for part, weight in zip(apportion(amount, weights), weights, strict=True):
        exact = Fraction(Decimal(amount)) * (weight / whole if whole else Fraction(1, len(weights)))
        assert abs(Fraction(Decimal(part)) - exact) < Fraction(cent)


@pytest.mark.parametrize("model", MODELS)
@given(journey=journeys(), others=st.lists(journeys(won=None), max_size=4))
def test_the_credits_of_a_conversion_add_up_to_its_value(model, journey, others):
    effects = channel_effects([journey, *others])
    found = credits_of(model, journey, effects=effects)
    assert tuple(each.touchpoint for each in found) == journey.touchpoints
    assert sum(Decimal(each.amount) for each in found) == Decimal(journey.value)


@pytest.mark.parametrize("by", ["channel", "campaign"])
@pytest.mark.parametrize("model", MODELS)
@given(many=st.lists(journeys(won=None), max_size=5))
def test_the_totals_add_up_to_all_that_was_won(model, by, many):
    found = earned(model, many, by=by)
    assert sum(Decimal(each.amount) for each in found) == sum(Decimal(each.value or "0") for each in many)
    assert sum(each.touchpoints for each in found) == sum(len(each.touchpoints) for each in many if each.value)
    assert len({each.name for each in found}) == len(found)


def test_a_loss_is_divided_like_a_win():
    assert apportion("-100", [Fraction(1), Fraction(2)]) == ("-33.33", "-66.67")
    assert apportion("0.001", [Fraction(1), Fraction(1)]) == ("0.001", "0")


# ------------------------------------------------------------------------------------------------ the models

FOUR = [touch(0, "ads"), touch(7, "instagram"), touch(14, "mail"), touch(21, "web")]


@pytest.mark.parametrize(
    ("model", "divided"),
    [
        ("first", ["100", "0", "0", "0"]),
        ("last", ["0", "0", "0", "100"]),
        ("linear", ["25", "25", "25", "25"]),
        ("time_decay", ["6.67", "13.33", "26.67", "53.33"]),
        ("position_based", ["40", "10", "10", "40"]),
        ("shapley", ["25", "25", "25", "25"]),
    ],
)
def test_a_model_divides_as_its_name_says(model, divided):
    assert shares(model, FOUR) == divided


def test_w_shaped_credits_the_first_the_one_before_the_lead_and_the_one_before_the_deal():
    five = [*FOUR, touch(28, "web")]
    made = shares("w_shaped", five, lead_at=START + timedelta(days=8), deal_at=START + timedelta(days=22))
    assert made == ["30", "30", "5", "30", "5"]
    assert shares("w_shaped", FOUR, lead_at=START - timedelta(days=1), deal_at=None) == ["60", "5", "5", "30"]


@pytest.mark.parametrize("model", MODELS)
def test_one_touchpoint_earns_all(model):
    assert shares(model, [touch(0)]) == ["100"]


def test_two_ends_share_when_there_is_nothing_between():
    assert shares("position_based", FOUR[:2]) == ["50", "50"]


def test_what_touched_after_the_conversion_earns_nothing_and_nothing_may_have():
    made = journey_of(FOUR[::-1], value="10", until=START + timedelta(days=8))
    assert made is not None
    assert [each.channel for each in made.touchpoints] == ["ads", "instagram"]
    assert journey_of(FOUR, until=START - timedelta(days=1)) is None


def brute_force(sets: Sequence[tuple[frozenset[str], Fraction]]) -> dict[str, Fraction]:
    """Return Shapley values by their definition: the average gain of joining, over all orders."""
    players = sorted(set().union(*(each for each, _ in sets)))
    orders = list(permutations(players))
    values = dict.fromkeys(players, Fraction(0))
    for order in orders:
        for place, player in enumerate(order):
            inside, before = set(order[: place + 1]), set(order[:place])
            gain = sum((won for needed, won in sets if needed <= inside), Fraction(0))
            values[player] += gain - sum((won for needed, won in sets if needed <= before), Fraction(0))
    return {player: each / len(orders) for player, each in values.items()}


@given(
    st.lists(
        st.tuples(st.frozensets(st.sampled_from(CHANNELS), min_size=1), st.integers(0, 10**6)), min_size=1, max_size=6
    )
)
def test_shapley_is_the_average_gain_of_joining_over_all_orders(won):
    many = [
        Journey(tuple(touch(place, each) for place, each in enumerate(sorted(channels))), str(value))
        for channels, value in won
    ]
    exact = brute_force([(channels, Fraction(value)) for channels, value in won])
    for each in earned("shapley", many, by="channel"):
        assert abs(Fraction(Decimal(each.amount)) - exact[each.name]) <= Fraction(len(won), 100)


def test_markov_gives_a_channel_what_would_be_lost_without_it():
    paths = [(("ads", "mail"), True), (("ads",), False), (("mail",), True), (("web", "mail"), True)]
    effects = removal_effects(paths)
    assert effects["mail"] == 1
    assert float(effects["ads"]) == pytest.approx(1 / 3, abs=1e-6)
    assert float(effects["web"]) == pytest.approx(1 / 3, abs=1e-6)


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=6).map(tuple), st.booleans()), max_size=8
    )
)
def test_removal_effects_are_shares_and_where_every_conversion_begins_everything_would_be_lost(paths):
    effects = removal_effects(paths)
    assert all(0 <= each <= 1 for each in effects.values())
    assert effects.keys() == {each for channels, _ in paths for each in channels}
    won = [channels for channels, is_won in paths if is_won]
    if len({channels[0] for channels in won}) == 1:
        assert effects[won[0][0]] == 1 or len({channels[0] for channels, _ in paths}) > 1
    if not won:
        assert set(effects.values()) <= {Fraction(0)}


def test_very_many_channels_are_worked_off_in_time():
    paths = [(tuple(f"c{(place * 7 + step) % 200}" for step in range(5)), place % 3 == 0) for place in range(400)]
    assert len(removal_effects(paths)) == 200


def test_a_touchpoint_survives_its_storage():
    told = Touchpoint(
        record_id="lea_1", key="k", at=START, channel="x", kind="share", campaign="c", source="s", post_id="p",
        conversation_id="v", sentiment="positive", followers=7, profile_url="https://x.example.com/ana",
    )  # fmt: skip
    assert touchpoint_from_json("lea_1", touchpoint_to_json(told)) == told

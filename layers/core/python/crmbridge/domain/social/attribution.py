"""Which touchpoint earned how much of a conversion, by eight models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal, TypeAlias, get_args

from crmbridge.domain.social.apportioning import apportion
from crmbridge.domain.social.markov import removal_effects
from crmbridge.domain.social.touchpoints import Touchpoint, in_order

Model: TypeAlias = Literal["first", "last", "linear", "time_decay", "position_based", "w_shaped", "markov", "shapley"]
MODELS: tuple[Model, ...] = get_args(Model)

HALF_LIFE_DAYS = 7
ENDS = Fraction(2, 5)
"""Share of the first and of the last touchpoint in the position-based model; the others have the rest."""

MILESTONE = Fraction(3, 10)
"""Share of the first touchpoint, of the one that made the lead and of the one that made the deal, W-shaped."""


@dataclass(frozen=True, slots=True)
class Journey:
    """What led, or has not led, to one conversion.

    Attributes:
        touchpoints: at least one, as they happened, none after the conversion.
        value: what was won, a decimal number; empty where nothing was won.
        lead_at: when the lead was made, ``None`` when unknown.
        deal_at: when the deal was made, ``None`` when unknown.
    """

    touchpoints: tuple[Touchpoint, ...]
    value: str = ""
    lead_at: datetime | None = None
    deal_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Credit:
    """What one touchpoint earned: a decimal number."""

    touchpoint: Touchpoint
    amount: str


def journey_of(
    touchpoints: Sequence[Touchpoint],
    *,
    value: str = "",
    until: datetime | None = None,
    lead_at: datetime | None = None,
    deal_at: datetime | None = None,
) -> Journey | None:
    """Return the journey to a conversion, ``None`` where nothing touched before it.

    Args:
        touchpoints: of everybody concerned, in any order.
        until: when it converted; ``None`` counts all.
    """
    kept = tuple(each for each in in_order(touchpoints) if until is None or each.at <= until)
    return Journey(kept, value, lead_at, deal_at) if kept else None


def credits_of(model: Model, journey: Journey, *, effects: Mapping[str, Fraction] | None = None) -> tuple[Credit, ...]:
    """Divide a conversion's value among its touchpoints, exactly.

    Args:
        model: which.
        journey: with a value.
        effects: what removing each channel would cost, see ``channel_effects``; for ``markov`` alone.
    """
    weights = _channel_weights(journey, effects or {}) if model == "markov" else _WEIGHTS[model](journey)
    amounts = apportion(journey.value or "0", weights)
    return tuple(Credit(each, amount) for each, amount in zip(journey.touchpoints, amounts, strict=True))


def channel_effects(journeys: Sequence[Journey]) -> dict[str, Fraction]:
    """Return, by channel, the share of conversions that would be lost without it; see ``markov``.

    Args:
        journeys: all of a workspace, those that have not converted too.
    """
    paths = [(tuple(each.channel for each in one.touchpoints), bool(one.value)) for one in journeys]
    return removal_effects(paths)


# ------------------------------------------------------------------------------------------------ the models


def _first(journey: Journey) -> list[Fraction]:
    return [Fraction(place == 0) for place in range(len(journey.touchpoints))]


def _last(journey: Journey) -> list[Fraction]:
    return _first(journey)[::-1]


def _linear(journey: Journey) -> list[Fraction]:
    return [Fraction(1)] * len(journey.touchpoints)


def _time_decay(journey: Journey) -> list[Fraction]:
    """Halve the weight for every half-life before the last touchpoint."""
    last = journey.touchpoints[-1].at
    ages = [(last - each.at).total_seconds() / 86_400 for each in journey.touchpoints]
    return [Fraction(2.0 ** -min(age / HALF_LIFE_DAYS, 1000.0)) for age in ages]


def _position_based(journey: Journey) -> list[Fraction]:
    return _milestones(len(journey.touchpoints), {0: ENDS, len(journey.touchpoints) - 1: ENDS})


def _w_shaped(journey: Journey) -> list[Fraction]:
    """Give most to the first touchpoint and to the last ones before the lead and before the deal were made."""
    places: dict[int, Fraction] = {}
    for place in (0, _before(journey, journey.lead_at), _before(journey, journey.deal_at)):
        places[place] = places.get(place, Fraction(0)) + MILESTONE
    return _milestones(len(journey.touchpoints), places)


def _before(journey: Journey, moment: datetime | None) -> int:
    """Return the place of the last touchpoint up to a moment: the first where there is none, the last without one."""
    count = len(journey.touchpoints)
    if moment is None:
        return count - 1
    return max((place for place in range(count) if journey.touchpoints[place].at <= moment), default=0)


def _milestones(count: int, shares: Mapping[int, Fraction]) -> list[Fraction]:
    """Return the shares of some places, and the rest in equal parts for the others."""
    others = count - len(shares)
    rest = (1 - sum(shares.values(), Fraction(0))) / others if others else Fraction(0)
    return [shares.get(place, rest) for place in range(count)]


def _shapley(journey: Journey) -> list[Fraction]:
    """Divide equally among the channels, and each channel's part among its touchpoints.

    That is the Shapley value, of the game in which a set of channels earns the conversions that needed no other.
    """
    return _channel_weights(journey, {each.channel: Fraction(1) for each in journey.touchpoints})


def _channel_weights(journey: Journey, weights: Mapping[str, Fraction]) -> list[Fraction]:
    """Divide by the weights of channels, and each channel's part equally among its touchpoints."""
    channels = [each.channel for each in journey.touchpoints]
    return [weights.get(each, Fraction(0)) / channels.count(each) for each in channels]


_WEIGHTS: Mapping[Model, Callable[[Journey], list[Fraction]]] = {
    "first": _first,
    "last": _last,
    "linear": _linear,
    "time_decay": _time_decay,
    "position_based": _position_based,
    "w_shaped": _w_shaped,
    "shapley": _shapley,
}

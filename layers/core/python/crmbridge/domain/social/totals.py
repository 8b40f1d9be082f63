"""What channels and campaigns have earned over all conversions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from crmbridge.domain.social.apportioning import total
from crmbridge.domain.social.attribution import Journey, Model, channel_effects, credits_of
from crmbridge.domain.social.touchpoints import Touchpoint

By: TypeAlias = Literal["channel", "campaign"]
_KEYS: dict[By, Callable[[Touchpoint], str]] = {
    "channel": lambda each: each.channel,
    "campaign": lambda each: each.campaign,
}


@dataclass(slots=True)
class Earned:
    """What one channel or campaign has earned.

    Attributes:
        name: empty for touchpoints of no campaign.
        amounts: of single touchpoints.
        touchpoints: how many of them had a part in a conversion's journey.
        conversions: how many journeys they were part of.
    """

    name: str
    amounts: list[str] = field(default_factory=list[str])
    touchpoints: int = 0
    conversions: int = 0

    @property
    def amount(self) -> str:
        """All of it, a decimal number."""
        return total(self.amounts)


def earned(model: Model, journeys: Sequence[Journey], *, by: By) -> list[Earned]:
    """Return what each channel or campaign has earned, the most first; together exactly what was won.

    Args:
        model: which.
        journeys: of a workspace; those that have not converted count for ``markov`` alone.
        by: what touchpoints are summed by.
    """
    effects = channel_effects(journeys) if model == "markov" else {}
    found: dict[str, Earned] = {}
    for journey in (each for each in journeys if each.value):
        seen: set[str] = set()
        for credit in credits_of(model, journey, effects=effects):
            name = _KEYS[by](credit.touchpoint)
            mine = found.setdefault(name, Earned(name))
            mine.amounts.append(credit.amount)
            mine.touchpoints += 1
            mine.conversions += name not in seen
            seen.add(name)
    return sorted(found.values(), key=lambda each: (-float(each.amount), each.name))

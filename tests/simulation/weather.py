"""What goes wrong around the engine, and how often."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weather:
    """Chances of each fault.

    Attributes:
        crash: the worker dies before or after a port call, per call and side.
        quota: a CRM answers 429, per call.
        outage: a CRM answers 500, per call.
        lost: a CRM carries a write out and the answer is lost, per write.
        denied: a CRM answers 401 and means it: people must connect again, per call.
        meanwhile: another worker, or a person, acts in the midst of this one's work, per call.
        unheard: a webhook is lost.
        doubled: a webhook comes twice.
        again: a queue delivers a message once more, though its worker came to its end.
        settles: everything comes to rest after each thing that people do.
    """

    name: str
    crash: float = 0.0
    quota: float = 0.0
    outage: float = 0.0
    lost: float = 0.0
    denied: float = 0.0
    meanwhile: float = 0.0
    unheard: float = 0.0
    doubled: float = 0.0
    again: float = 0.0
    settles: bool = False

    @property
    def is_calm(self) -> bool:
        return self == CALM

    @property
    def loses(self) -> bool:
        """Whether what became of a write may stay unknown for a while."""
        return max(self.crash, self.quota, self.outage, self.lost, self.denied, self.meanwhile) > 0


CALM = Weather("calm", settles=True)
"""Nothing goes wrong and nobody hurries: every write that is due is made exactly once."""

TENTH = Weather("one call in ten fails", quota=0.03, outage=0.04, lost=0.03, settles=True)
"""Every call to a CRM fails with one chance in ten; a write that fails has its effect or has not."""

ROUGH = (
    Weather(
        "storm", crash=0.01, quota=0.01, outage=0.02, lost=0.05, meanwhile=0.05, unheard=0.1, doubled=0.1, again=0.05
    ),
    Weather("deaths", crash=0.03, unheard=0.05),
    Weather("lost answers", lost=0.5, unheard=0.3, again=0.2),
    Weather("refusals", quota=0.05, outage=0.08, doubled=0.2),
    Weather("crowd", meanwhile=0.25, doubled=0.2, again=0.1),
    Weather("silence", unheard=0.7, outage=0.02),
    Weather("lost grants", denied=0.02, crash=0.01, lost=0.05),
    Weather("haste"),
)
PEACE = Weather("peace")


def choose(dice: random.Random) -> Weather:
    """Return a seed's weather: one in eight calm, one in eight with a tenth of all calls failing, the rest rough."""
    roll = dice.random()
    if roll < 0.125:
        return CALM
    return TENTH if roll < 0.25 else dice.choice(ROUGH)

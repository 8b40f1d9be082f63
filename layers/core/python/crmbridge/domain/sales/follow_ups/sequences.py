"""Steps after which somebody who has fallen silent is written to, and when to stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from crmbridge.domain.sales.follow_ups.quiet_hours import Purpose
from crmbridge.domain.sales.follow_ups.texts import KINDS
from crmbridge.domain.sales.forms import Form, read

CHANNELS = ("whatsapp", "email")
TRANSACTIONAL = frozenset({"meeting_confirmation"})


@dataclass(frozen=True, slots=True)
class Step:
    """One message.

    Attributes:
        after: since the silence began.
        kind: of the text.
        channel: ``whatsapp`` or ``email``.
        counts: an unanswered one is a try.
    """

    after: timedelta
    kind: str
    channel: str = "whatsapp"
    counts: bool = True

    @property
    def purpose(self) -> Purpose:
        """Whose quiet hours hold."""
        return "transactional" if self.kind in TRANSACTIONAL else "selling"


@dataclass(frozen=True, slots=True)
class Sequence:
    """Steps in order.

    Attributes:
        name: by which rules start it.
        tries: unanswered steps that count after which no other is sent.
        gives_up_after: the last step, a lead without an answer is lost; ``None`` never gives up.
    """

    name: str
    steps: tuple[Step, ...]
    tries: int = 3
    gives_up_after: timedelta | None = None


HOUR, DAY = 60, 24 * 60

DATA: dict[str, Any] = {
    "sequences": [
        {
            "name": "silence",
            "tries": 3,
            "gives_up": True,
            "steps": [
                {"after_min": 30, "kind": "immediate"},
                {"after_min": DAY, "kind": "daily"},
                {"after_min": 3 * DAY, "kind": "default"},
            ],
        },
        {"name": "24h", "steps": [{"after_min": DAY, "kind": "daily"}]},
        {"name": "7d", "steps": [{"after_min": 7 * DAY, "kind": "re_engagement", "counts": False}]},
        {"name": "proposal", "steps": [{"after_min": 2 * DAY, "kind": "proposal", "counts": False}]},
        {"name": "repair", "steps": [{"after_min": 14 * DAY, "kind": "repair", "counts": False}]},
    ]
}
"""The founding waiting times; ``repair`` is the repair shop's, 14 days after completion."""


@cache
def default_sequences() -> Mapping[str, Sequence]:
    """Return the default sequences by name."""
    return sequences_from(DATA)


def sequences_from(data: object) -> Mapping[str, Sequence]:
    """Return a workspace's sequences by name.

    Raises:
        RequestRejectedError: something is wrong with them.
    """
    return read(data, _read_sequences)


def _read_sequences(form: Form) -> Mapping[str, Sequence]:
    found = form.many("sequences", _read_sequence, most=50)
    if len({each.name for each in found}) < len(found):
        form.wrong("sequences", "must not have two of one name")
    return {each.name: each for each in found}


def _read_sequence(form: Form) -> Sequence:
    steps = form.many("steps", _read_step, most=20)
    if not steps:
        form.wrong("steps", "must hold at least one step")
    elif list(steps) != sorted(steps, key=lambda step: step.after):
        form.wrong("steps", "must be in the order of their waiting times")
    last_min = int(steps[-1].after / timedelta(minutes=1)) if steps else 1
    gives_up = form.flag("gives_up", default=False)
    wait_min = form.whole("gives_up_after_min", low=1, high=365 * DAY, default=max(last_min, 1))
    if form.has("gives_up_after_min") and not gives_up:
        form.wrong("gives_up_after_min", "is for a sequence with gives_up true")
    return Sequence(
        name=form.text("name", most=40),
        steps=steps,
        tries=form.whole("tries", low=1, high=20, default=3),
        gives_up_after=timedelta(minutes=wait_min) if gives_up else None,
    )


def _read_step(form: Form) -> Step:
    return Step(
        timedelta(minutes=form.whole("after_min", low=0, high=365 * DAY)),
        form.choice("kind", KINDS),
        form.choice("channel", CHANNELS, default="whatsapp"),
        form.flag("counts", default=True),
    )

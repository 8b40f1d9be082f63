"""Sales stages, lead statuses and activity states: several of theirs may read as one of ours, one is written for each.

A stage of theirs is an option of a choice (open stages) or a state that is reached by closing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crmbridge.connectors.dynamics.mapping.schema import Option
from crmbridge.domain.stages import DEAL_STAGES, LEAD_STATUSES

_DEAL_WORDS = {
    "qualify": "qualified",
    "develop": "presentation",
    "propose": "decision",
    "close": "contract",
    "prospect": "appointment",
    "appointment": "appointment",
}
_LEAD_WORDS = {
    "new": "new",
    "open": "open",
    "contacted": "connected",
    "connected": "connected",
    "in progress": "in_progress",
    "working": "in_progress",
}
PREFERRED_LOST = "lost"
"""Of several disqualifying statuses, the one whose label this is."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is written for a key: an option, in a state."""

    state: int
    option: int


@dataclass(frozen=True, slots=True)
class StageMap:
    """Our keys for their options, and what is written for each key.

    Attributes:
        keys: our key by (state, option).
        states: our key by state, for closed ones whose option does not matter.
        targets: what is written, by our key; a key without its own has the nearest open one's.
    """

    keys: Mapping[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])
    states: Mapping[int, str] = field(default_factory=dict[int, str])
    targets: Mapping[str, Target] = field(default_factory=dict[str, Target])

    def key(self, state: int, option: int) -> str | None:
        """Return our key, ``None`` for what nobody has heard of."""
        return self.states.get(state) or self.keys.get((state, option))


def deal_map(stages: Iterable[Option], statuses: Iterable[Option], overrides: Mapping[str, str]) -> StageMap:
    """Map sales stages, and won and lost.

    Args:
        stages: options of the sales stage, in their order.
        statuses: options of the status, each with its state.
        overrides: our key by the number or the label of a sales stage.

    Example:
        >>> deal_map([Option(1, "Develop")], [Option(3, "Won", 1), Option(4, "Canceled", 2)], {}).key(0, 1)
        'presentation'
    """
    listed = list(stages)
    keys: dict[tuple[int, int], str] = {}
    for place, each in enumerate(listed):
        keys[0, each.value] = _said(each, overrides, DEAL_STAGES) or _deal_key(each, place, len(listed))
    targets = _with_nearest({key: Target(0, option) for (_, option), key in reversed(keys.items())}, DEAL_STAGES[:-2])
    for each in reversed(list(statuses)):
        if each.state in (1, 2):
            targets["won" if each.state == 1 else "lost"] = Target(each.state, each.value)
    return StageMap(keys, {1: "won", 2: "lost"}, targets)


def _deal_key(option: Option, place: int, count: int) -> str:
    known = _DEAL_WORDS.get(option.label.casefold().strip())
    return known or DEAL_STAGES[:-2][min(4, 5 * place // max(1, count))]


def lead_map(statuses: Iterable[Option], overrides: Mapping[str, str]) -> StageMap:
    """Map lead statuses.

    Args:
        statuses: options of the status, each with its state: 0 open, 1 qualified, 2 disqualified.
        overrides: our key by the number or the label of a status.

    Example:
        >>> lead_map([Option(1, "New", 0), Option(3, "Qualified", 1), Option(7, "Canceled", 2)], {}).key(0, 1)
        'new'
    """
    listed = list(statuses)
    keys: dict[tuple[int, int], str] = {}
    for each in listed:
        if each.state == 0:
            key = _said(each, overrides, LEAD_STATUSES) or _LEAD_WORDS.get(each.label.casefold().strip())
            keys[0, each.value] = key or ("in_progress" if keys else "new")
    targets = _with_nearest({key: Target(0, option) for (_, option), key in reversed(keys.items())}, LEAD_STATUSES[:-2])
    for each in sorted(listed, key=lambda one: one.label.casefold() != PREFERRED_LOST):
        if each.state in (1, 2):
            targets.setdefault("qualified" if each.state == 1 else "unqualified", Target(each.state, each.value))
    return StageMap(keys, {1: "qualified", 2: "unqualified"}, targets)


def activity_map(statuses: Iterable[Option]) -> StageMap:
    """Map the states of an activity; appointments have a fourth one, scheduled, which is open too.

    Example:
        >>> activity_map([Option(2, "Not Started", 0), Option(5, "Completed", 1), Option(6, "Canceled", 2)]).key(1, 5)
        'completed'
    """
    words = {0: "open", 1: "completed", 2: "cancelled", 3: "open"}
    targets: dict[str, Target] = {}
    for each in statuses:
        if each.state in words:
            targets.setdefault(words[each.state], Target(each.state, each.value))
    return StageMap({}, words, targets)


def _said(option: Option, overrides: Mapping[str, str], keys: Sequence[str]) -> str:
    """Return the workspace's own key for an option; overrides stand either way round."""
    names = (str(option.value), option.label)
    for first, second in overrides.items():
        if first in names and second in keys:
            return second
        if second in names and first in keys:
            return first
    return ""


def _with_nearest(own: Mapping[str, Target], keys: Sequence[str]) -> dict[str, Target]:
    """Give each open key the nearest option, the earlier of two."""
    places = [place for place, key in enumerate(keys) if key in own]
    return {
        key: own[keys[min(places, key=lambda each, here=place: (abs(each - here), each))]]
        for place, key in enumerate(keys)
        if places
    }

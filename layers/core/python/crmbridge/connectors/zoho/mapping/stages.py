"""Zoho's deal stages and lead statuses as canonical keys, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crmbridge.domain.stages import DEAL_STAGES, LEAD_STATUSES
from crmbridge.ports import Stage

_NOT_A_LETTER = re.compile(r"[\W_]+")
_DEAL_KEYS: Mapping[str, str] = {
    "qualification": "appointment",
    "needsanalysis": "qualified",
    "valueproposition": "presentation",
    "iddecisionmakers": "decision",
    "identifydecisionmakers": "decision",
    "proposalpricequote": "contract",
    "negotiationreview": "contract",
    "closedwon": "won",
    "closedlost": "lost",
    **{key: key for key in DEAL_STAGES},
}
_STATUS_KEYS: Mapping[str, str] = {
    "notcontacted": "new",
    "attemptedtocontact": "open",
    "contactinfuture": "in_progress",
    "contacted": "connected",
    "prequalified": "qualified",
    "notqualified": "unqualified",
    "junklead": "unqualified",
    "lostlead": "unqualified",
    **{key.replace("_", ""): key for key in LEAD_STATUSES},
}
_STEPS = ((15, "appointment"), (30, "qualified"), (50, "presentation"), (70, "decision"))
"""An open stage of the organisation's own reads as the first key whose percentage is not below its probability."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One stage or status.

    Attributes:
        stored: what records hold and what is written.
        shown: what people see; some answers hold it in place of ``stored``.
        forecast: ``Open``, ``Closed Won`` or ``Closed Lost``; empty for statuses.
    """

    stored: str
    shown: str = ""
    probability: int = 0
    forecast: str = ""
    pipeline: str = ""
    pipeline_id: str = ""


@dataclass(frozen=True, slots=True)
class StageMap:
    """Choices as keys, and the choice that is written for each key.

    Attributes:
        keys: canonical key by stored and by shown value; several may share one.
        targets: by key; open keys without a choice of their own have the nearest one's.
        first: what a new record gets when nothing better is known.
    """

    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    targets: Mapping[str, Choice] = field(default_factory=dict[str, Choice])
    first: Choice | None = None


def letters(text: str) -> str:
    """Return a text's letters and digits, so that spelling does not hide equality."""
    return _NOT_A_LETTER.sub("", text.casefold()) or text


def deal_stages(choices: Sequence[Choice], overrides: Mapping[str, str]) -> StageMap:
    """Map deal stages.

    Args:
        choices: pipelines and stages in the organisation's order.
        overrides: a workspace's own rules, either way round: stage to canonical key or key to stage.

    Example:
        >>> deal_stages([Choice(stored="Pilot", probability=60, forecast="Open")], {}).keys
        {'Pilot': 'decision', '': 'decision'}
    """
    return _mapped(choices, _by_choice(overrides, DEAL_STAGES), DEAL_STAGES, _DEAL_KEYS)


def lead_statuses(choices: Sequence[Choice], overrides: Mapping[str, str]) -> StageMap:
    """Map lead statuses; one of the organisation's own reads as ``in_progress``."""
    return _mapped(choices, _by_choice(overrides, LEAD_STATUSES), LEAD_STATUSES, _STATUS_KEYS)


def stages_of(choices: Iterable[Choice]) -> tuple[Stage, ...]:
    """Return every stage, pipelines and stages in order."""
    return tuple(
        Stage(
            pipeline_id=each.pipeline_id or each.pipeline,
            stage_id=each.stored,
            label=each.shown or each.stored,
            is_closed=each.forecast.startswith("Closed"),
            is_won=each.forecast == "Closed Won",
            probability=min(max(each.probability, 0), 100),
        )
        for each in choices
    )


def _by_choice(overrides: Mapping[str, str], keys: Sequence[str]) -> dict[str, tuple[str, bool]]:
    """Return (key, is written for it) by the choice's own name."""
    return {
        (second if first in keys else first): ((first, True) if first in keys else (second, False))
        for first, second in overrides.items()
    }


def _mapped(
    choices: Sequence[Choice], ours: Mapping[str, tuple[str, bool]], keys: Sequence[str], known: Mapping[str, str]
) -> StageMap:
    read: dict[str, str] = {}
    own: dict[str, Choice] = {}
    for each in choices:
        told = ours.get(each.stored) or ours.get(each.shown)
        key = told[0] if told and told[0] in keys else _key(each, known)
        for name in (each.stored, each.shown):
            read.setdefault(name, key)
        if told and told[1]:
            own[key] = each
        else:
            own.setdefault(key, each)
    first = next((each for each in choices if read[each.stored] not in keys[-2:]), None)
    return StageMap(read, _with_nearest(own, keys[:-2]), first)


def _key(choice: Choice, known: Mapping[str, str]) -> str:
    said = known.get(letters(choice.stored)) or known.get(letters(choice.shown))
    if said:
        return said
    if not choice.forecast:
        return "in_progress"
    if choice.forecast.startswith("Closed"):
        return "won" if choice.forecast == "Closed Won" else "lost"
    return next((key for step, key in _STEPS if choice.probability <= step), "contract")


def _with_nearest(own: Mapping[str, Choice], open_keys: Sequence[str]) -> dict[str, Choice]:
    """Give every open key without a choice the nearest one's, the earlier of two; final keys stay without."""
    found = dict(own)
    held = [place for place, key in enumerate(open_keys) if key in own]
    for place, key in enumerate(open_keys):
        if held and key not in own:
            found[key] = own[open_keys[min(held, key=lambda each: (abs(each - place), each))]]
    return found

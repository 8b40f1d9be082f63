"""Sales stages and lead statuses: several of the org's may read as one of ours; one is written for each of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crmbridge.domain.stages import DEAL_STAGES, LEAD_STATUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One row of ``OpportunityStage`` or ``LeadStatus``.

    Attributes:
        name: what records hold (``ApiName``).
        order: place in the org's own order.
        probability: percent; 0 for lead statuses.
        is_default: what a new lead gets.
        is_converted: only a conversion leads here; the API may not write it.
    """

    name: str
    order: int = 0
    probability: float = 0.0
    is_active: bool = True
    is_closed: bool = False
    is_won: bool = False
    is_default: bool = False
    is_converted: bool = False


@dataclass(frozen=True, slots=True)
class StageMap:
    """The org's choices as our keys, and the choice that is written for each key.

    Attributes:
        keys: our key by the org's name, inactive choices included.
        names: the org's name by our key; a key without a choice of its own has the nearest one's.
        first: what a new record gets when the hub knows no better; empty when the org has no choices.
    """

    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    first: str = ""


_DEAL_KEYS = {
    "prospecting": "appointment",
    "qualification": "qualified",
    "needs analysis": "qualified",
    "value proposition": "presentation",
    "id. decision makers": "decision",
    "perception analysis": "decision",
    "proposal/price quote": "contract",
    "negotiation/review": "contract",
    "closed won": "won",
    "closed lost": "lost",
}
_PREFERRED_STAGES = (
    "prospecting",
    "qualification",
    "value proposition",
    "id. decision makers",
    "negotiation/review",
    "closed won",
    "closed lost",
)
_STEPS = ((20, "appointment"), (40, "qualified"), (60, "presentation"), (80, "decision"))
"""An org's own open stage reads as the first key whose percentage lies above its default probability."""

_STATUS_KEYS = {
    "open - not contacted": "new",
    "new": "new",
    "open": "open",
    "attempted to contact": "open",
    "working - contacted": "in_progress",
    "working": "in_progress",
    "nurturing": "in_progress",
    "contacted": "connected",
    "connected": "connected",
    "closed - converted": "qualified",
    "qualified": "qualified",
    "closed - not converted": "unqualified",
    "unqualified": "unqualified",
}


def stage_map(choices: Iterable[Choice], overrides: Mapping[str, str]) -> StageMap:
    """Map the org's opportunity stages.

    Args:
        choices: in any order.
        overrides: our key by the org's stage name, as set by the workspace; unknown keys are ignored.

    Example:
        >>> stage_map([Choice(name="Pilot", probability=70.0)], {}).keys
        {'Pilot': 'decision'}
    """
    return _mapped(choices, overrides, _stage_key, DEAL_STAGES, _PREFERRED_STAGES)


def status_map(choices: Iterable[Choice], overrides: Mapping[str, str]) -> StageMap:
    """Map the org's lead statuses; those of converted leads are read but never written.

    Example:
        >>> status_map([Choice(name="Working"), Choice(name="Won", is_converted=True)], {}).names["qualified"]
        'Working'
    """
    return _mapped(choices, overrides, _status_key, LEAD_STATUSES, ())


def _stage_key(choice: Choice) -> str:
    if choice.is_won:
        return "won"
    if choice.is_closed:
        return "lost"
    known = _DEAL_KEYS.get(choice.name.casefold())
    return known or next((key for below, key in _STEPS if choice.probability < below), "contract")


def _status_key(choice: Choice) -> str:
    if choice.is_converted:
        return "qualified"
    return _STATUS_KEYS.get(choice.name.casefold()) or ("new" if choice.is_default else "in_progress")


def _mapped(
    choices: Iterable[Choice],
    overrides: Mapping[str, str],
    key_of: Callable[[Choice], str],
    keys: Sequence[str],
    preferred: Sequence[str],
) -> StageMap:
    ordered = sorted(choices, key=lambda each: (each.order, each.name))
    by_name = {each.name: _overridden(each, overrides, keys) or key_of(each) for each in ordered}
    writable = [each for each in ordered if each.is_active and not each.is_converted]

    def rank(each: Choice) -> tuple[bool, bool]:
        return not _overridden(each, overrides, keys), each.name.casefold() not in preferred

    candidates: dict[str, list[Choice]] = {}
    for each in sorted(writable, key=rank):
        candidates.setdefault(by_name[each.name], []).append(each)
    own = {key: found[0].name for key, found in candidates.items()}
    first = next((each.name for each in writable if each.is_default), "") or next(
        (each.name for each in writable if by_name[each.name] not in keys[-2:]), ""
    )
    return StageMap(by_name, _with_nearest(own, keys), first)


def _overridden(choice: Choice, overrides: Mapping[str, str], keys: Sequence[str]) -> str:
    key = overrides.get(choice.name, "")
    return key if key in keys else ""


def _with_nearest(own: Mapping[str, str], keys: Sequence[str]) -> dict[str, str]:
    """Give a key without a choice the one before it, else the one after it; final keys stay without.

    The lead statuses' last but one, ``qualified``, is final for people but not for the API: it has a nearest.
    """
    is_sales = keys is DEAL_STAGES
    open_keys = list(keys[:-2] if is_sales else keys[:-1])
    names = dict(own)
    for place, key in enumerate(open_keys):
        near = [*reversed(open_keys[:place]), *open_keys[place + 1 :]]
        found = own.get(key) or next((own[each] for each in near if each in own), "")
        if found:
            names[key] = found
    return names

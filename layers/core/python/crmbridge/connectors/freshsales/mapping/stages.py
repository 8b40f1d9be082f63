"""The account's own stages as canonical keys, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crmbridge.connectors.freshsales.mapping.rule_types import Row
from crmbridge.connectors.freshsales.mapping.words import letters
from crmbridge.domain.stages import DEAL_STAGES
from crmbridge.ports import Stage

_SAID: Mapping[str, str] = {
    "new": "appointment",
    "qualification": "qualified",
    "qualified": "qualified",
    "discovery": "qualified",
    "followup": "qualified",
    "demo": "presentation",
    "demonstration": "presentation",
    "underreview": "decision",
    "proposal": "contract",
    "proposalsent": "contract",
    "negotiation": "contract",
    **{key: key for key in DEAL_STAGES},
}
"""Canonical key by the letters of a stage's name."""

_STEPS = ((20, "appointment"), (40, "qualified"), (60, "presentation"), (80, "decision"), (100, "contract"))
_OPEN = DEAL_STAGES[:-2]


@dataclass(frozen=True, slots=True)
class StageMap:
    """The stages of every pipeline.

    Attributes:
        keys: canonical key by stage id.
        pipelines: pipeline id by stage id.
        targets: per pipeline id, in display order, the stage id to write by canonical key. Won and lost are never
            approximated.
    """

    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    pipelines: Mapping[str, str] = field(default_factory=dict[str, str])
    targets: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])

    def key(self, stage_id: str) -> str:
        """Return the canonical key of a stage; one nobody knows stays its own id."""
        return self.keys.get(stage_id, stage_id)

    def target(self, key: str, *, pipeline_id: str = "") -> tuple[str, str] | None:
        """Return (pipeline id, stage id) for a canonical key, in one pipeline or the first that has it."""
        for each, stage_ids in self.targets.items():
            if (not pipeline_id or each == pipeline_id) and key in stage_ids:
                return each, stage_ids[key]
        return None


def stage_map_of(
    pipelines: Iterable[Row], stages: Iterable[Row], overrides: Mapping[str, str] | None = None
) -> StageMap:
    """Build the map from the account's lists.

    Args:
        pipelines: as the account lists them; the default one stands first, then by position.
        stages: of every pipeline.
        overrides: a workspace's own rules, either way round: stage id to canonical key or key to stage id.
    """
    ours = _by_stage_id(overrides or {})
    preferred = {stage_id for key, stage_id in (overrides or {}).items() if key in DEAL_STAGES}
    keys: dict[str, str] = {}
    homes: dict[str, str] = {}
    targets: dict[str, dict[str, str]] = {str(each["id"]): {} for each in _in_order(pipelines)}
    for stage in sorted(stages, key=lambda each: int(each.get("position") or 0)):
        stage_id, home = str(stage["id"]), str(stage.get("deal_pipeline_id") or "")
        homes[stage_id] = home
        keys[stage_id] = ours.get(stage_id) or _key(stage)
        found = targets.setdefault(home, {})
        if stage_id in preferred:
            found[keys[stage_id]] = stage_id
        else:
            found.setdefault(keys[stage_id], stage_id)
    for found in targets.values():
        _fill(found)
    return StageMap(keys, homes, targets)


def stages_of(pipelines: Iterable[Row], stages: Iterable[Row]) -> tuple[Stage, ...]:
    """Return every stage, pipelines and stages in display order."""
    order = {str(each["id"]): place for place, each in enumerate(_in_order(pipelines))}
    found = [
        Stage(
            pipeline_id=str(each.get("deal_pipeline_id") or ""),
            stage_id=str(each["id"]),
            label=str(each.get("name") or each["id"]),
            is_closed=_is_closed(each),
            is_won=_is_won(each),
            probability=_probability(each),
        )
        for each in sorted(stages, key=lambda each: int(each.get("position") or 0))
    ]
    return tuple(sorted(found, key=lambda each: order.get(each.pipeline_id, len(order))))


def _in_order(pipelines: Iterable[Row]) -> list[Row]:
    return sorted(pipelines, key=lambda each: (not each.get("is_default"), int(each.get("position") or 0)))


def _by_stage_id(overrides: Mapping[str, str]) -> dict[str, str]:
    return {
        (second if first in DEAL_STAGES else first): (first if first in DEAL_STAGES else second)
        for first, second in overrides.items()
    }


def _fill(found: dict[str, str]) -> None:
    """Give every open key the nearest stage of a pipeline, the earlier of two."""
    own = [place for place, key in enumerate(_OPEN) if key in found]
    for place, key in enumerate(_OPEN):
        if own and key not in found:
            nearest = min(own, key=lambda each: (abs(each - place), each))
            found[key] = found[_OPEN[nearest]]


def _key(stage: Row) -> str:
    if _is_closed(stage):
        return "won" if _is_won(stage) else "lost"
    said = _SAID.get(letters(str(stage.get("name") or "")))
    if said in _OPEN:
        return said
    return next(key for step, key in _STEPS if _probability(stage) <= step)


def _is_closed(stage: Row) -> bool:
    return str(stage.get("forecast_type") or "").lower().startswith("closed")


def _is_won(stage: Row) -> bool:
    return str(stage.get("forecast_type") or "").lower() == "closed won"


def _probability(stage: Row) -> int:
    try:
        return min(max(round(float(stage.get("probability") or 0)), 0), 100)
    except (OverflowError, TypeError, ValueError):
        return 0

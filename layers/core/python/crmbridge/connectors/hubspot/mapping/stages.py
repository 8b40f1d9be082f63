"""HubSpot's deal stages as canonical keys, and back, in whichever pipeline a deal is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crmbridge.connectors.hubspot.mapping.answers import Pipeline, PipelineStage
from crmbridge.connectors.hubspot.mapping.choices import letters
from crmbridge.domain.stages import DEAL_STAGES
from crmbridge.ports import Stage

_SAID: Mapping[str, str] = {
    "appointmentscheduled": "appointment",
    "qualifiedtobuy": "qualified",
    "presentationscheduled": "presentation",
    "decisionmakerboughtin": "decision",
    "contractsent": "contract",
    "closedwon": "won",
    "closedlost": "lost",
    **{key: key for key in DEAL_STAGES},
}
"""Canonical key by the letters of a default stage's id or label."""

_STEPS = ((20, "appointment"), (40, "qualified"), (60, "presentation"), (80, "decision"), (100, "contract"))
"""An account's own open stage reads as the first key whose percentage is not below its probability."""

_OPEN = DEAL_STAGES[:-2]


@dataclass(frozen=True, slots=True)
class StageMap:
    """The stages of every pipeline.

    Attributes:
        keys: canonical key by stage id; several stages may share one.
        targets: per pipeline id, in display order, the stage id to write by canonical key; a key without a stage
            of its own has the nearest one's. Won and lost are never approximated.
    """

    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    targets: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])

    def key(self, stage_id: str) -> str:
        """Return the canonical key of a stage; one that is not in use any more stays its own id."""
        return self.keys.get(stage_id, stage_id)

    def target(self, key: str, *, pipeline_id: str = "") -> tuple[str, str] | None:
        """Return (pipeline id, stage id) for a canonical key.

        Args:
            key: canonical.
            pipeline_id: the only pipeline that will do; without it the first one that has the stage.

        Returns:
            ``None`` when no pipeline, or not this one, has such a stage.
        """
        for each, stage_ids in self.targets.items():
            if (not pipeline_id or each == pipeline_id) and key in stage_ids:
                return each, stage_ids[key]
        return None


def stage_map_of(pipelines: Iterable[Pipeline], overrides: Mapping[str, str] | None = None) -> StageMap:
    """Build the map from the account's own pipelines.

    Args:
        pipelines: as the account defines them, in any order.
        overrides: a workspace's own rules, either way round: stage id to canonical key or key to stage id.

    Example:
        >>> won = PipelineStage(id="77", label="Cheers", metadata={"isClosed": "true", "probability": "1.0"})
        >>> stages = stage_map_of([Pipeline(id="default", stages=(won,))])
        >>> stages.key("77"), stages.target("won")
        ('won', ('default', '77'))
    """
    ours = _by_stage_id(overrides or {})
    preferred = {stage_id for key, stage_id in (overrides or {}).items() if key in DEAL_STAGES}
    keys: dict[str, str] = {}
    targets: dict[str, dict[str, str]] = {}
    for pipeline in sorted(pipelines, key=lambda each: each.display_order):
        found = targets.setdefault(pipeline.id, {})
        for stage in sorted(pipeline.stages, key=lambda each: each.display_order):
            key = keys.setdefault(stage.id, ours.get(stage.id) or _key(stage))
            if stage.id in preferred:
                found[key] = stage.id
            else:
                found.setdefault(key, stage.id)
        _fill(found)
    return StageMap(keys, targets)


def _fill(found: dict[str, str]) -> None:
    """Give every open key the nearest stage of a pipeline, the earlier of two."""
    own = [place for place, key in enumerate(_OPEN) if key in found]
    for place, key in enumerate(_OPEN):
        if own and key not in found:
            nearest = min(own, key=lambda each: (abs(each - place), each))
            found[key] = found[_OPEN[nearest]]


def stages_of(pipelines: Iterable[Pipeline]) -> tuple[Stage, ...]:
    """Return every stage, pipelines and stages in display order."""
    return tuple(
        Stage(
            pipeline_id=pipeline.id,
            stage_id=stage.id,
            label=stage.label,
            is_closed=_is_closed(stage),
            is_won=_is_closed(stage) and _probability(stage) == 100,
            probability=_probability(stage),
        )
        for pipeline in sorted(pipelines, key=lambda each: each.display_order)
        for stage in sorted(pipeline.stages, key=lambda each: each.display_order)
    )


def _by_stage_id(overrides: Mapping[str, str]) -> dict[str, str]:
    return {
        (second if first in DEAL_STAGES else first): (first if first in DEAL_STAGES else second)
        for first, second in overrides.items()
    }


def _key(stage: PipelineStage) -> str:
    said = _SAID.get(letters(stage.id)) or _SAID.get(letters(stage.label))
    if said:
        return said
    if _is_closed(stage):
        return "won" if _probability(stage) == 100 else "lost"
    return next(key for step, key in _STEPS if _probability(stage) <= step)


def _is_closed(stage: PipelineStage) -> bool:
    return str(stage.metadata.get("isClosed", "")).lower() == "true"


def _probability(stage: PipelineStage) -> int:
    try:
        percent = round(float(stage.metadata.get("probability") or 0) * 100)
    except (OverflowError, TypeError, ValueError):
        return 0
    return min(max(percent, 0), 100)

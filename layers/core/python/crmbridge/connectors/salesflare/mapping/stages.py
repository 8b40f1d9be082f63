"""Salesflare's stages as canonical keys, and back, in whichever pipeline an opportunity is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crmbridge.connectors.salesflare.mapping.answers import Pipeline, PipelineStage
from crmbridge.domain.stages import DEAL_STAGES
from crmbridge.ports import Stage

_SAID: Mapping[str, str] = {
    "lead": "appointment",
    "qualified": "qualified",
    "proposalmade": "decision",
    "negotiation": "contract",
    **{key: key for key in DEAL_STAGES},
}
"""Canonical key by the letters of a stage's name."""

_STEPS = ((20, "appointment"), (40, "qualified"), (60, "presentation"), (80, "decision"), (100, "contract"))
"""Any other open stage reads as the first key whose percentage is not below its probability."""

_OPEN = DEAL_STAGES[:-2]
_NOT_A_LETTER = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class StageMap:
    """The stages of every pipeline.

    Attributes:
        keys: canonical key by stage id; several stages may share one.
        targets: per pipeline id, in display order, the stage id to write by canonical key; a key without a stage
            of its own has the nearest one's. Won and lost are never approximated.
    """

    keys: Mapping[int, str] = field(default_factory=dict[int, str])
    targets: Mapping[int, Mapping[str, int]] = field(default_factory=dict[int, Mapping[str, int]])

    def key(self, stage_id: int) -> str:
        """Return the canonical key of a stage; one that is not in use any more stays its own id."""
        return self.keys.get(stage_id, str(stage_id))

    def target(self, key: str, *, pipeline_id: int = 0) -> int | None:
        """Return the stage to write for a canonical key.

        Args:
            pipeline_id: the only pipeline that will do; without it the first one that has the stage.
        """
        for each, stage_ids in self.targets.items():
            if (not pipeline_id or each == pipeline_id) and key in stage_ids:
                return stage_ids[key]
        return None


def stage_map_of(pipelines: Iterable[Pipeline], overrides: Mapping[str, str] | None = None) -> StageMap:
    """Build the map from the team's own pipelines.

    Args:
        overrides: a workspace's own rules, either way round: stage id to canonical key or key to stage id.

    Example:
        >>> won = PipelineStage(id=7, name="Cheers", fixed_stage=1, probability=100)
        >>> stages = stage_map_of([Pipeline(id=1, name="Sales", stages=(won,))])
        >>> stages.key(7), stages.target("won"), stages.target("lost")
        ('won', 7, None)
    """
    ours = _by_stage_id(overrides or {})
    preferred = {stage_id for key, stage_id in (overrides or {}).items() if key in DEAL_STAGES}
    keys: dict[int, str] = {}
    targets: dict[int, dict[str, int]] = {}
    for pipeline in _in_use(pipelines):
        found = targets.setdefault(pipeline.id, {})
        for stage in sorted(pipeline.stages, key=lambda each: each.order):
            key = keys.setdefault(stage.id, ours.get(str(stage.id)) or _key(stage))
            if str(stage.id) in preferred:
                found[key] = stage.id
            else:
                found.setdefault(key, stage.id)
        _fill(found)
    return StageMap(keys, targets)


def stages_of(pipelines: Iterable[Pipeline]) -> tuple[Stage, ...]:
    """Return every stage, pipelines and stages in display order."""
    return tuple(
        Stage(
            pipeline_id=str(pipeline.id),
            stage_id=str(stage.id),
            label=stage.name,
            is_closed=is_closed(stage),
            is_won=is_closed(stage) and stage.probability >= 100,
            probability=min(max(round(stage.probability), 0), 100),
        )
        for pipeline in _in_use(pipelines)
        for stage in sorted(pipeline.stages, key=lambda each: each.order)
    )


def is_closed(stage: PipelineStage) -> bool:
    """Tell whether a stage is an end: fixed by Salesflare and certain, or called so.

    What the numbers of ``fixed_stage`` mean is not published; 1 was seen on "Won".
    """
    certain = stage.probability in (0, 100)
    return certain and (stage.fixed_stage is not None or _letters(stage.name) in ("won", "lost"))


def _in_use(pipelines: Iterable[Pipeline]) -> list[Pipeline]:
    return sorted((each for each in pipelines if not each.archived), key=lambda each: each.order)


def _fill(found: dict[str, int]) -> None:
    """Give every open key the nearest stage of a pipeline, the earlier of two."""
    own = [place for place, key in enumerate(_OPEN) if key in found]
    for place, key in enumerate(_OPEN):
        if own and key not in found:
            found[key] = found[_OPEN[min(own, key=lambda each: (abs(each - place), each))]]


def _by_stage_id(overrides: Mapping[str, str]) -> dict[str, str]:
    return {
        (second if first in DEAL_STAGES else first): (first if first in DEAL_STAGES else second)
        for first, second in overrides.items()
    }


def _key(stage: PipelineStage) -> str:
    if is_closed(stage):
        return "won" if stage.probability >= 100 else "lost"
    said = _SAID.get(_letters(stage.name))
    if said in _OPEN:
        return said
    return next((key for step, key in _STEPS if stage.probability <= step), "contract")


def _letters(text: str) -> str:
    return _NOT_A_LETTER.sub("", text.casefold())

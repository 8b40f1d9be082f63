"""HubSpot's stages of deals and leads as canonical keys, and back, in whichever pipeline a record is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from crmbridge.connectors.hubspot.mapping.answers import Pipeline, PipelineStage
from crmbridge.connectors.hubspot.mapping.choices import letters
from crmbridge.domain.stages import DEAL_STAGES, LEAD_STATUSES
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

_LEADS_SAID: Mapping[str, str] = {
    "attempting": "in_progress",
    "disqualified": "unqualified",
    **{key.replace("_", ""): key for key in LEAD_STATUSES},
}
"""Canonical key by the letters of a default lead stage's id, less its last words, or of its label."""

_LEAD_STATES: Mapping[str, str] = {key.upper(): key for key in LEAD_STATUSES}
"""Canonical key by a stage's own state, as far as an account tells any."""


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


@dataclass(frozen=True, slots=True)
class Words:
    """The canonical keys of one entity's stages.

    Attributes:
        keys: all of them.
        near: those that the nearest stage may stand for, in working order.
        key_of: tells a stage's key.
    """

    keys: tuple[str, ...]
    near: tuple[str, ...]
    key_of: Callable[[PipelineStage], str]


def stage_map_of(
    pipelines: Iterable[Pipeline], overrides: Mapping[str, str] | None = None, *, words: Words | None = None
) -> StageMap:
    """Build the map from the account's own pipelines.

    Args:
        pipelines: as the account defines them, in any order.
        overrides: a workspace's own rules, either way round: stage id to canonical key or key to stage id.
        words: those of deals by default.

    Example:
        >>> won = PipelineStage(id="77", label="Cheers", metadata={"isClosed": "true", "probability": "1.0"})
        >>> stages = stage_map_of([Pipeline(id="default", stages=(won,))])
        >>> stages.key("77"), stages.target("won")
        ('won', ('default', '77'))
    """
    words = words or DEALS
    ours = _by_stage_id(overrides or {}, words)
    preferred = {stage_id for key, stage_id in (overrides or {}).items() if key in words.keys}
    keys: dict[str, str] = {}
    targets: dict[str, dict[str, str]] = {}
    for pipeline in sorted(pipelines, key=lambda each: each.display_order):
        found = targets.setdefault(pipeline.id, {})
        for stage in sorted(pipeline.stages, key=lambda each: each.display_order):
            key = keys.setdefault(stage.id, ours.get(stage.id) or words.key_of(stage))
            if stage.id in preferred:
                found[key] = stage.id
            else:
                found.setdefault(key, stage.id)
        _fill(found, words.near)
    return StageMap(keys, targets)


def _fill(found: dict[str, str], near: tuple[str, ...]) -> None:
    """Give every open key the nearest stage of a pipeline, the earlier of two."""
    own = [place for place, key in enumerate(near) if key in found]
    for place, key in enumerate(near):
        if own and key not in found:
            nearest = min(own, key=lambda each: (abs(each - place), each))
            found[key] = found[near[nearest]]


def lead_stages_of(pipelines: Iterable[Pipeline]) -> tuple[Stage, ...]:
    """Return every stage of leads, pipelines and stages in display order; the last two statuses are final."""
    return tuple(
        Stage(
            pipeline_id=pipeline.id,
            stage_id=stage.id,
            label=stage.label,
            is_closed=_lead_key(stage) in LEAD_STATUSES[-2:],
            is_won=_lead_key(stage) == "qualified",
            probability=0,
        )
        for pipeline in sorted(pipelines, key=lambda each: each.display_order)
        for stage in sorted(pipeline.stages, key=lambda each: each.display_order)
    )


def stages_of(pipelines: Iterable[Pipeline]) -> tuple[Stage, ...]:
    """Return every stage of deals, pipelines and stages in display order."""
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


def _by_stage_id(overrides: Mapping[str, str], words: Words) -> dict[str, str]:
    return {
        (second if first in words.keys else first): (first if first in words.keys else second)
        for first, second in overrides.items()
    }


def _key(stage: PipelineStage) -> str:
    said = _SAID.get(letters(stage.id)) or _SAID.get(letters(stage.label))
    if said:
        return said
    if _is_closed(stage):
        return "won" if _probability(stage) == 100 else "lost"
    return next(key for step, key in _STEPS if _probability(stage) <= step)


def _lead_key(stage: PipelineStage) -> str:
    """Return the canonical status of a lead stage; one that nothing is known of is work in progress."""
    said = _LEADS_SAID.get(letters(stage.id).removesuffix("stageid")) or _LEADS_SAID.get(letters(stage.label))
    return said or _LEAD_STATES.get(str(stage.metadata.get("leadState", "")).upper(), "in_progress")


def _is_closed(stage: PipelineStage) -> bool:
    return str(stage.metadata.get("isClosed", "")).lower() == "true"


def _probability(stage: PipelineStage) -> int:
    try:
        percent = round(float(stage.metadata.get("probability") or 0) * 100)
    except (OverflowError, TypeError, ValueError):
        return 0
    return min(max(percent, 0), 100)


DEALS = Words(DEAL_STAGES, DEAL_STAGES[:-2], _key)
"""Won and lost are never approximated."""

LEADS = Words(LEAD_STATUSES, LEAD_STATUSES[:-1], _lead_key)
"""Nor is it that a lead came to nothing."""

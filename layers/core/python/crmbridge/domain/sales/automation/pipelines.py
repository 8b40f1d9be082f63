"""Pipelines: their stages, and how stages of others map onto them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Literal, TypeAlias, cast

from crmbridge.domain.sales.conditions import Condition, read_condition
from crmbridge.domain.sales.facts import plain
from crmbridge.domain.sales.forms import Form, read

Kind: TypeAlias = Literal["open", "won", "lost"]
COLOUR = re.compile(r"#[0-9A-F]{6}")
DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage.

    Attributes:
        key: by which rules name it.
        name: as people read it in the CRM.
        colour: as ``#99CCFF``.
        probability: of winning, 0..100.
        max_days: days after which a deal in it stands still; 0 for no limit.
        criteria: on which a deal moves on by itself; none never does.
    """

    key: str
    name: str
    colour: str
    kind: Kind
    probability: int
    max_days: int
    criteria: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Stages in order; the last open one is followed by ``won``."""

    name: str
    stages: tuple[Stage, ...]

    def stage(self, key: str) -> Stage | None:
        """Return a stage by its key."""
        return next((each for each in self.stages if each.key == key), None)

    def following(self, key: str) -> Stage | None:
        """Return the stage after one, ``None`` after the last and for a closed one."""
        keys = [each.key for each in self.stages if each.kind != "lost"]
        if key not in keys or keys.index(key) + 1 == len(keys):
            return None
        return self.stage(keys[keys.index(key) + 1])


def _stage(key: str, name: str, colour: str, probability: int, max_days: int) -> dict[str, Any]:
    return {
        "key": key,
        "name": name,
        "colour": colour,
        "kind": key if key in {"won", "lost"} else "open",
        "probability": probability,
        "max_days": max_days,
    }


DATA: dict[str, Any] = {
    "name": "SolarPrime",
    "stages": [
        _stage("new", "Novo Lead", "#99CCFF", 5, 2),
        _stage("in_qualification", "Em Qualificação", "#FFCC66", 15, 5),
        _stage("qualified", "Qualificado", "#66CCFF", 30, 7),
        _stage("meeting_scheduled", "Reunião Agendada", "#66CC66", 45, 14),
        _stage("meeting_confirmed", "Reunião Confirmada", "#00CC00", 55, 7),
        _stage("in_negotiation", "Em Negociação", "#FFFF66", 65, 14),
        _stage("proposal_sent", "Proposta Enviada", "#FF9966", 75, 14),
        _stage("won", "Fechado/Ganho", "#00FF00", 100, 0),
        _stage("lost", "Fechado/Perdido", "#FF0000", 0, 0),
    ],
}
"""The founding stages with their colours; probabilities and days are ours to start from."""

REPAIR_STAGES = {"pending": "new", "diagnosed": "qualified", "in_progress": "proposal_sent", "completed": "won"}
"""The repair shop's states as stages."""

AGENT_STAGES = {
    "initial": "new",
    "identifying": "in_qualification",
    "solution_discovery": "in_qualification",
    "value_assessment": "in_qualification",
    "competitor_analysis": "qualified",
    "scheduling": "meeting_scheduled",
    "scheduled": "meeting_confirmed",
}
"""Where the agent's own stages put a lead; it says ``scheduled`` when the lead has confirmed."""


@cache
def default_pipeline() -> Pipeline:
    """Return the founding pipeline."""
    return pipeline_from(DATA)


def stage_of_agent(agent_stage: str) -> str:
    """Return the stage for a stage of the agent; an unknown one is a lead in qualification."""
    return AGENT_STAGES.get(agent_stage, "in_qualification")


def live_stage(pipeline: Pipeline, agent_stage: str, *, current: str = "") -> str:
    """Return the stage of a lead that the agent talks to: forward only, never out of won or lost.

    Args:
        pipeline: the workspace's; where it lacks the agent's stage, a new lead is in its first one.
        agent_stage: the agent's own.
        current: stage the lead is in, empty for a new lead; one that the pipeline does not know is left alone.
    """
    wanted = stage_of_agent(agent_stage)
    keys = [each.key for each in pipeline.stages]
    if not current:
        return wanted if wanted in keys else keys[0]
    return max(current, wanted, key=keys.index) if {current, wanted} <= set(keys) else current


def days_in_stage(entered_at: datetime, *, now: datetime) -> Decimal:
    """Return the days that a deal has been in its stage, with their fraction."""
    return Decimal(max(0, int((now - entered_at).total_seconds()))) / DAY_S


def mapped_stages(pipeline: Pipeline, labels: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return a CRM's stage ids by stage, matched by their names, and the stages that were not found.

    Args:
        pipeline: as the workspace defined it.
        labels: by the CRM's stage id, its name there.
    """
    by_name = {plain(label): stage_id for stage_id, label in sorted(labels.items(), reverse=True)}
    found = {each.key: by_name[plain(each.name)] for each in pipeline.stages if plain(each.name) in by_name}
    return found, tuple(each.key for each in pipeline.stages if each.key not in found)


def pipeline_from(data: object) -> Pipeline:
    """Return a pipeline as a workspace wrote it.

    Raises:
        RequestRejectedError: something is wrong with it.
    """
    return read(data, _read_pipeline)


def _read_pipeline(form: Form) -> Pipeline:
    stages = form.many("stages", _read_stage, most=50)
    keys = [each.key for each in stages]
    for twice in sorted({each for each in keys if keys.count(each) > 1}):
        form.wrong("stages", f"must not have two stages called {twice!r}")
    for kind in ("won", "lost"):
        if [each.kind for each in stages].count(kind) != 1:
            form.wrong("stages", f"must have exactly one stage of kind {kind}")
    if _is_mixed([each.kind for each in stages]):
        form.wrong("stages", "must have every open stage before won and lost")
    return Pipeline(form.text("name", most=100), stages)


def _is_mixed(kinds: Sequence[Kind]) -> bool:
    return kinds != sorted(kinds, key=lambda kind: kind != "open")


def _read_stage(form: Form) -> Stage:
    colour = form.text("colour", default="#CCCCCC", most=7)
    if not COLOUR.fullmatch(colour.upper()):
        form.wrong("colour", f"must be a colour such as #99CCFF, not {colour!r}")
    return Stage(
        key=form.text("key", most=40),
        name=form.text("name", most=100),
        colour=colour,
        kind=cast("Kind", form.choice("kind", ("open", "won", "lost"), default="open")),
        probability=form.whole("probability", low=0, high=100),
        max_days=form.whole("max_days", low=0, high=3650, default=0),
        criteria=form.many("criteria", read_condition, most=20),
    )

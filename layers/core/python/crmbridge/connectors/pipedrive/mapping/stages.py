"""Pipedrive's stages and statuses as canonical keys, and back, in whichever pipeline a deal is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crmbridge.domain.stages import DEAL_STAGES
from crmbridge.ports import Stage

_USUAL: Mapping[str, str] = {
    "Lead In": "appointment",
    "Contact Made": "appointment",
    "Qualified": "qualified",
    "Demo Scheduled": "presentation",
    "Needs Defined": "presentation",
    "Proposal Made": "decision",
    "Negotiations Started": "contract",
    **{key: key for key in DEAL_STAGES[:-2]},
}
"""Canonical key by the names that Pipedrive gives the stages of a new company."""

_OPEN = DEAL_STAGES[:-2]
_FINAL = DEAL_STAGES[-2:]
_NOT_A_LETTER = re.compile(r"[\W_]+")
_SAID = {_NOT_A_LETTER.sub("", name.casefold()): key for name, key in _USUAL.items()}


@dataclass(frozen=True, slots=True)
class StageMap:
    """The stages of every pipeline; won and lost are statuses and belong to each of them.

    Attributes:
        keys: canonical key by stage id.
        targets: per pipeline id, in display order, the stage id to write by canonical key.
        pipelines: pipeline id by stage id.
    """

    keys: Mapping[int, str] = field(default_factory=dict[int, str])
    targets: Mapping[int, Mapping[str, int]] = field(default_factory=dict[int, Mapping[str, int]])
    pipelines: Mapping[int, int] = field(default_factory=dict[int, int])

    def key(self, stage_id: int, status: str) -> str:
        """Return the canonical key of a deal's stage and status; a stage nobody knows stays its own id."""
        return status if status in _FINAL else self.keys.get(stage_id, str(stage_id))

    def body(self, key: str, *, pipeline_id: int | None = None) -> dict[str, Any] | None:
        """Return what to write for a canonical key, ``None`` when no pipeline has such a stage.

        Args:
            key: canonical.
            pipeline_id: of the deal, which stays there where it can; the first pipeline otherwise.
        """
        if key in _FINAL:
            return {"status": key}
        own = {each: stages for each, stages in self.targets.items() if each == pipeline_id} or self.targets
        for each, stage_ids in own.items():
            if key in stage_ids:
                return {"status": "open", "stage_id": stage_ids[key], "pipeline_id": each}
        return None


def stage_map_of(
    pipelines: Iterable[Mapping[str, Any]],
    stages: Iterable[Mapping[str, Any]],
    overrides: Mapping[str, str] | None = None,
) -> StageMap:
    """Build the map from the company's own pipelines.

    Args:
        pipelines: as the company defines them, in any order.
        stages: of all of them.
        overrides: a workspace's own rules, either way round: stage id to canonical key or key to stage id.

    Example:
        >>> found = stage_map_of([{"id": 1}], [{"id": 7, "pipeline_id": 1, "order_nr": 0, "name": "Proposal Made"}])
        >>> found.key(7, "open"), found.key(7, "won"), found.body("decision")
        ('decision', 'won', {'status': 'open', 'stage_id': 7, 'pipeline_id': 1})
    """
    ours = _by_stage_id(overrides or {})
    listed = sorted(stages, key=lambda each: (int(each.get("order_nr") or 0), int(each["id"])))
    keys: dict[int, str] = {}
    targets: dict[int, dict[str, int]] = {}
    for pipeline in sorted(pipelines, key=lambda each: (int(each.get("order_nr") or 0), int(each["id"]))):
        own = [each for each in listed if each["pipeline_id"] == pipeline["id"]]
        found = targets.setdefault(int(pipeline["id"]), {})
        for place, stage in enumerate(own):
            stage_id = int(stage["id"])
            keys[stage_id] = ours.get(str(stage_id)) or _key(str(stage.get("name") or ""), place, len(own))
            if str(stage_id) in ours:
                found[keys[stage_id]] = stage_id
            else:
                found.setdefault(keys[stage_id], stage_id)
        _fill(found)
    return StageMap(keys, targets, {int(each["id"]): int(each["pipeline_id"]) for each in listed})


def stages_of(pipelines: Iterable[Mapping[str, Any]], stages: Iterable[Mapping[str, Any]]) -> tuple[Stage, ...]:
    """Return every stage in display order, and each pipeline's two ends."""
    listed = sorted(stages, key=lambda each: int(each.get("order_nr") or 0))
    found: list[Stage] = []
    for pipeline in sorted(pipelines, key=lambda each: int(each.get("order_nr") or 0)):
        own = [each for each in listed if each["pipeline_id"] == pipeline["id"]]
        name = str(pipeline["id"])
        found += [Stage(name, str(each["id"]), str(each.get("name")), False, False, _percent(each)) for each in own]
        found += [Stage(name, "won", "Won", True, True, 100), Stage(name, "lost", "Lost", True, False, 0)]
    return tuple(found)


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


def _key(name: str, place: int, number: int) -> str:
    """Return a stage's key by its name, or by its place among the others."""
    said = _SAID.get(_NOT_A_LETTER.sub("", name.casefold()))
    return said or _OPEN[min(place * len(_OPEN) // max(number, 1), len(_OPEN) - 1)]


def _percent(stage: Mapping[str, Any]) -> int:
    told = stage.get("deal_probability")
    return min(max(told, 0), 100) if isinstance(told, int) else 0

"""Kommo's statuses as canonical stages, and back, in whichever pipeline a lead is.

Won and lost are 142 and 143 in every pipeline, so only pipeline and status together name a stage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crmbridge.domain.stages import DEAL_STAGES
from crmbridge.ports import Stage

WON, LOST = "142", "143"
INCOMING = 1
"""``type`` of the status of leads that nobody has accepted yet; none can be put there."""

_OPEN = DEAL_STAGES[:-2]
_WORDS: Mapping[str, str] = {
    "initialcontact": "appointment",
    "firstcontact": "appointment",
    "newlead": "appointment",
    "novolead": "appointment",
    "appointmentscheduled": "appointment",
    "qualified": "qualified",
    "qualificado": "qualified",
    "discussions": "presentation",
    "negotiation": "presentation",
    "presentationscheduled": "presentation",
    "decisionmaking": "decision",
    "contractdiscussion": "contract",
    "contractsent": "contract",
    **{key: key for key in _OPEN},
}
"""Canonical key by the letters of a status's name; statuses called otherwise are told by their place."""

_NOT_A_LETTER = re.compile(r"[\W_]+")
_Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class StageMap:
    """The stages of every pipeline.

    Attributes:
        keys: canonical key by (pipeline id, status id); several may share one.
        targets: per pipeline id, in display order, the status id to write by canonical key; a key without a status
            of its own has the nearest one's. Won and lost are never approximated.
    """

    keys: Mapping[_Pair, str] = field(default_factory=dict[_Pair, str])
    targets: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])

    def key(self, pipeline_id: str, status_id: str) -> str:
        """Return the canonical key of a status; one that is not in use any more stays its own pair of ids."""
        final = {WON: "won", LOST: "lost"}.get(status_id)
        return final or self.keys.get((pipeline_id, status_id), f"{pipeline_id}:{status_id}")

    def target(self, key: str, *, pipeline_id: str = "") -> _Pair | None:
        """Return (pipeline id, status id) for a canonical key.

        Args:
            key: canonical.
            pipeline_id: the only pipeline that will do; without it the first one that has the stage.
        """
        for each, status_ids in self.targets.items():
            if (not pipeline_id or each == pipeline_id) and key in status_ids:
                return each, status_ids[key]
        return None


def stage_map_of(pipelines: Iterable[Mapping[str, Any]], overrides: Mapping[str, str] | None = None) -> StageMap:
    """Build the map from the account's own pipelines.

    Args:
        pipelines: as Kommo lists them, in any order.
        overrides: a workspace's own rules, either way round, a stage spelt ``<pipeline id>:<status id>``.
    """
    given = overrides or {}
    ours = {(two if one in DEAL_STAGES else one): (one if one in DEAL_STAGES else two) for one, two in given.items()}
    preferred = {two for one, two in given.items() if one in DEAL_STAGES}
    keys: dict[_Pair, str] = {}
    targets: dict[str, dict[str, str]] = {}
    for pipeline in in_order(pipelines):
        pipeline_id = str(pipeline["id"])
        found = targets.setdefault(pipeline_id, {})
        statuses = statuses_of(pipeline)
        for place, (status_id, told) in enumerate(_keys(statuses)):
            name = f"{pipeline_id}:{status_id}"
            key = keys[pipeline_id, status_id] = ours.get(name, told)
            if statuses[place].get("type") == INCOMING:
                continue
            if name in preferred:
                found[key] = status_id
            else:
                found.setdefault(key, status_id)
        _fill(found)
    return StageMap(keys, targets)


def stages_of(pipelines: Iterable[Mapping[str, Any]]) -> tuple[Stage, ...]:
    """Return every stage that a lead can be put into, pipelines and stages in display order."""
    found: list[Stage] = []
    for pipeline in in_order(pipelines):
        statuses = [each for each in statuses_of(pipeline) if each.get("type") != INCOMING]
        open_count = sum(str(each["id"]) not in (WON, LOST) for each in statuses)
        for place, each in enumerate(statuses):
            status_id = str(each["id"])
            is_closed = status_id in (WON, LOST)
            found.append(
                Stage(
                    pipeline_id=str(pipeline["id"]),
                    stage_id=f"{pipeline['id']}:{status_id}",
                    label=str(each.get("name") or status_id),
                    is_closed=is_closed,
                    is_won=status_id == WON,
                    probability=100 * (status_id == WON) if is_closed else 100 * (place + 1) // (open_count + 1),
                )
            )
    return tuple(found)


def in_order(pipelines: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the pipelines in use, the main one first."""
    live = [each for each in pipelines if not each.get("is_archive")]
    return sorted(live, key=lambda each: (not each.get("is_main"), each.get("sort") or 0, each["id"]))


def statuses_of(pipeline: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return a pipeline's statuses in display order."""
    parts: Mapping[str, Any] = pipeline.get("_embedded") or {}
    rows: list[Mapping[str, Any]] = parts.get("statuses") or []
    return sorted(rows, key=lambda each: each.get("sort") or 0)


def _keys(statuses: list[Mapping[str, Any]]) -> list[_Pair]:
    """Return (status id, canonical key) of each status of one pipeline."""
    opened = [each for each in statuses if str(each["id"]) not in (WON, LOST) and each.get("type") != INCOMING]
    places = {str(each["id"]): place for place, each in enumerate(opened)}
    found: list[_Pair] = []
    for each in statuses:
        status_id = str(each["id"])
        if status_id not in places:
            found.append((status_id, {WON: "won", LOST: "lost"}.get(status_id, _OPEN[0])))
            continue
        word = _WORDS.get(_NOT_A_LETTER.sub("", str(each.get("name") or "").casefold()))
        step = places[status_id] * (len(_OPEN) - 1) // max(len(opened) - 1, 1)
        found.append((status_id, word or _OPEN[step]))
    return found


def _fill(found: dict[str, str]) -> None:
    """Give every open key the nearest status of a pipeline, the earlier of two."""
    own = [place for place, key in enumerate(_OPEN) if key in found]
    for place, key in enumerate(_OPEN):
        if own and key not in found:
            found[key] = found[_OPEN[min(own, key=lambda each: (abs(each - place), each))]]

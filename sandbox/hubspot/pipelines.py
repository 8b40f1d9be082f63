"""Pipelines and stages of deals, tickets and leads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.hubspot.times import iso

JsonObject = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Stage:
    """One stage; ``metadata`` holds texts, even for booleans and numbers."""

    stage_id: str
    label: str
    display_order: int
    metadata: dict[str, str]
    created_ms: int
    updated_ms: int

    def as_json(self) -> JsonObject:
        """Return the vendor's spelling."""
        return {
            "id": self.stage_id,
            "label": self.label,
            "displayOrder": self.display_order,
            "metadata": self.metadata,
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.updated_ms),
            "archived": False,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        }


@dataclass(slots=True, kw_only=True)
class Pipeline:
    """One pipeline with its stages by id."""

    pipeline_id: str
    label: str
    display_order: int
    created_ms: int
    updated_ms: int
    stages: dict[str, Stage] = field(default_factory=dict[str, Stage])

    def as_json(self) -> JsonObject:
        """Return the vendor's spelling, stages in display order."""
        stages = sorted(self.stages.values(), key=lambda stage: stage.display_order)
        return {
            "id": self.pipeline_id,
            "label": self.label,
            "displayOrder": self.display_order,
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.updated_ms),
            "archived": False,
            "stages": [stage.as_json() for stage in stages],
        }


_DEAL_STAGES = (
    ("appointmentscheduled", "Appointment Scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified To Buy", "0.4"),
    ("presentationscheduled", "Presentation Scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
    ("contractsent", "Contract Sent", "0.9"),
    ("closedwon", "Closed Won", "1.0"),
    ("closedlost", "Closed Lost", "0.0"),
)
_TICKET_STAGES = (("1", "New"), ("2", "Waiting on contact"), ("3", "Waiting on us"), ("4", "Closed"))
_LEAD_STAGES = (
    ("new-stage-id", "New"),
    ("attempting-stage-id", "Attempting"),
    ("connected-stage-id", "Connected"),
    ("qualified-stage-id", "Qualified"),
    ("unqualified-stage-id", "Unqualified"),
)
MAX_STAGES = {"deals": 100, "tickets": 100, "leads": 30}
"""Most stages per pipeline."""


class PipelineBook:
    """The pipelines of every object type that has them."""

    def __init__(self, now_ms: int) -> None:
        """Start with the vendor's default pipelines."""
        self._next_id = 148_002_310
        self.by_type: dict[str, dict[str, Pipeline]] = {}
        deals = [
            (stage_id, label, {"isClosed": _bool(probability in {"0.0", "1.0"}), "probability": probability})
            for stage_id, label, probability in _DEAL_STAGES
        ]
        tickets = [
            (stage_id, label, {"ticketState": "CLOSED" if stage_id == "4" else "OPEN"})
            for stage_id, label in _TICKET_STAGES
        ]
        leads = [(stage_id, label, dict[str, str]()) for stage_id, label in _LEAD_STAGES]
        for kind, pipeline_id, label, stages in (
            ("deals", "default", "Sales Pipeline", deals),
            ("tickets", "0", "Support Pipeline", tickets),
            ("leads", "lead-pipeline-id", "Lead pipeline", leads),
        ):
            pipeline = Pipeline(
                pipeline_id=pipeline_id, label=label, display_order=0, created_ms=now_ms, updated_ms=now_ms
            )
            self.by_type[kind] = {pipeline_id: pipeline}
            for order, (stage_id, name, metadata) in enumerate(stages):
                pipeline.stages[stage_id] = Stage(
                    stage_id=stage_id,
                    label=name,
                    display_order=order,
                    metadata=metadata,
                    created_ms=now_ms,
                    updated_ms=now_ms,
                )

    def new_id(self) -> str:
        """Return a numeric id for a custom pipeline or stage."""
        self._next_id += 1
        return str(self._next_id)

    def first(self, kind: str) -> Pipeline | None:
        """Return the default pipeline of an object type."""
        pipelines = self.by_type.get(kind)
        return next(iter(pipelines.values())) if pipelines else None


def closing_values(stage: Stage) -> dict[str, str]:
    """Return the read-only deal properties that follow from the stage."""
    closed = stage.metadata.get("isClosed") == "true"
    probability = stage.metadata.get("probability", "0.0")
    return {
        "hs_is_closed": _bool(closed),
        "hs_is_closed_won": _bool(closed and float(probability) == 1.0),
        "hs_deal_stage_probability": probability,
    }


def _bool(value: object) -> str:
    return "true" if value else "false"

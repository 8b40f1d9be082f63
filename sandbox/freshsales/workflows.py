"""Webhooks: a workflow that an admin has designed, sent as designed; the vendor adds no proof of its own.

A workflow names a module and what starts it, and says what the call holds: each value a text in which
``{{contact.id}}`` and the like are filled in. Encodings are JSON, XML and form; headers are the admin's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox._webhook_delivery import DeliveryRules, Event
from sandbox.freshsales.modules import BY_SINGULAR

JsonObject = dict[str, Any]
MODULES: tuple[str, ...] = (*BY_SINGULAR, "task", "appointment", "sales_activity")
TRIGGERS: tuple[str, ...] = ("created", "updated", "deleted")
_SLOT = re.compile(r"\{\{([a-z_]+)\.([a-z0-9_-]+)\}\}")
TYPES = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "xml": "application/xml",
}


def delivery_rules() -> DeliveryRules:
    """Return how calls are made: one event each, tried again for two days, as one secondary source says."""
    hours = (0.25, 1, 4, 12, 30.75)
    return DeliveryRules(retry_delays_s=tuple(3600 * each for each in hours), timeout_s=10.0, batch_size=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """One workflow with the action "trigger webhook"."""

    module: str
    url: str
    content: Mapping[str, str]
    triggers: tuple[str, ...] = ("created", "updated")
    encoding: str = "json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def as_json(self) -> JsonObject:
        """Return the workflow as it was designed."""
        return asdict(self)


def workflow_of(body: Mapping[str, Any]) -> Workflow:
    """Read a workflow that an admin designs.

    Raises:
        ValueError: an unknown module, trigger or encoding.
    """
    made = Workflow(
        module=str(body["module"]),
        url=str(body["url"]),
        content={str(name): str(value) for name, value in body["content"].items()},
        triggers=tuple(str(each) for each in body.get("triggers", ("created", "updated"))),
        encoding=str(body.get("encoding", "json")),
        headers={str(name): str(value) for name, value in body.get("headers", {}).items()},
    )
    if made.module not in MODULES or not set(made.triggers) <= set(TRIGGERS) or made.encoding not in TYPES:
        message = f"a workflow has a module of {MODULES}, triggers of {TRIGGERS}, an encoding of {sorted(TYPES)}"
        raise ValueError(message)
    return made


def usual_workflows(url: str, host: str) -> list[Workflow]:
    """Return the workflows an admin makes who follows CRM Bridge's page: one per module and trigger."""
    return [
        Workflow(
            module=module,
            url=url,
            triggers=(trigger,),
            content={
                "domain": host,
                "entity": module,
                "event": trigger,
                "id": f"{{{{{module}.id}}}}",
                "updated_at": f"{{{{{module}.updated_at}}}}",
            },
        )
        for module in MODULES
        for trigger in TRIGGERS
    ]


def event_of(workflow: Workflow, row: Mapping[str, Any]) -> Event:
    """Fill a workflow's content in for one record."""

    def value_of(match: re.Match[str]) -> str:
        value = row.get(match[2]) if match[1] == workflow.module else None
        return "" if value is None else str(value)

    content = {name: _SLOT.sub(value_of, text) for name, text in workflow.content.items()}
    return {"content": content, "encoding": workflow.encoding, "headers": dict(workflow.headers)}

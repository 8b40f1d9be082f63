"""Holds every event that is published against its published schema."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonschema import Draft4Validator

from crmbridge.domain.events.envelope import Event
from crmbridge.runtime import event_schemas


@cache
def validator(kind: str) -> Draft4Validator:
    """Return what an event of a kind must be: nothing less than its schema, and nothing that this does not name."""
    return Draft4Validator(_closed(event_schemas.schemas()[kind]))


def _closed(schema: Any) -> Any:
    if isinstance(schema, dict):
        closed = {name: _closed(each) for name, each in schema.items()}
        if isinstance(schema.get("properties"), dict):
            closed.setdefault("additionalProperties", False)
        return closed
    return [_closed(each) for each in schema] if isinstance(schema, list) else schema


def described(event: Event) -> bool:
    """Fail where an event is not what its schema says; otherwise let it be published."""
    detail = json.loads(json.dumps(event.to_json()))
    wrong = [f"{each.json_path}: {each.message[:200]}" for each in validator(event.kind).iter_errors(detail)]
    assert not wrong, f"{event.kind} is published otherwise than described: {wrong[:3]}"
    return True

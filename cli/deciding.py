"""``conflicts`` and ``resolve``."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from typing import Any

from cli.desk import OK, WRONG, Desk, text

ALL = "/api/crm/conflicts"


def conflicts(desk: Desk, asked: argparse.Namespace) -> int:
    """List what people must decide, with all sides."""
    path = f"{ALL}/{asked.record}" if asked.record else ALL
    found = [
        each
        for each in desk.api.items(path, kind=asked.kind, entity=asked.entity)
        if asked.kind in (None, each["kind"])
    ]
    if not found:
        desk.tell("nothing is open")
        return OK
    rows = found if desk.as_json else [{**each, "about": _about(each)} for each in found]
    desk.show(rows, record_id="record", kind="kind", about="what is open")
    return OK


def _about(decision: dict[str, Any]) -> str:
    if decision["kind"] == "double":
        return f"perhaps the same as {text(decision['candidates'])}"
    if decision["kind"] == "twin":
        return f"the same as {decision['other_record_id']}, and both are in {text(decision['integrations'])}"
    sides = (f"{key} says {text(value)} ({_when(at_ms)})" for key, (value, at_ms, _) in decision["sides"].items())
    return f"{decision['field']}: was {text(decision['base'])}; {'; '.join(sides)}"


def _when(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds") if at_ms else "no time"


def resolve(desk: Desk, asked: argparse.Namespace) -> int:
    """Decide an open conflict, or whether two records are one."""
    if (asked.side is not None or asked.value is not None) == (asked.field is None):
        desk.tell("crmbridge: --side and --value are for the --field in conflict, and only they are")
        return WRONG
    if asked.apart:
        body: dict[str, Any] = {"decision": "apart"}
    elif asked.into:
        body = {"into": asked.into}
    else:
        decided = {"side": asked.side} if asked.side is not None else {"value": _value(str(asked.value))}
        body = {"field": asked.field, **decided}
    shown = desk.api.post(f"{ALL}/{asked.record}", body)
    left = [*shown.get("frozen", {}), *(["who it is"] if shown.get("candidates") else [])]
    row = {**shown, "open": left, "due": list(shown.get("due_for", {}))}
    desk.show([row], record_id="record", rev="revision", due="goes to", open="still open")
    return OK


def _value(given: str) -> Any:  # noqa: ANN401 - JSON
    """Return a value as typed: JSON where it is a number, a list or null, else the text itself."""
    try:
        read: object = json.loads(given)
    except ValueError:
        return given
    return given if isinstance(read, dict | bool | float) else read

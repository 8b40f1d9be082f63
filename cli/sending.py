"""``send-event``."""

from __future__ import annotations

import argparse
import json
import uuid
from pathlib import Path
from typing import Any, cast

from cli.desk import BAD, OK, WRONG, Desk

AT_ONCE = 25
"""Events that one call may hold."""


def send_event(desk: Desk, asked: argparse.Namespace) -> int:
    """Tell of what happened elsewhere: events from a file or standard input, or one that is typed."""
    try:
        events = _events(desk, asked)
    except (OSError, ValueError) as error:
        desk.tell(f"crmbridge: {error}")
        return WRONG
    results: list[dict[str, Any]] = []
    for begin in range(0, len(events), AT_ONCE):
        shown = desk.api.post("/api/crm/events", {"events": events[begin : begin + AT_ONCE]})
        results += [{**each, "index": begin + each["index"]} for each in shown["items"]]
    desk.show(
        results,
        index="event",
        id="id",
        type="type",
        result="result",
        records="records",
        words="words",
        problem__detail="refused because",
        problem__nextStep="next step",
    )
    return BAD if any(each["result"] in ("refused", "later") for each in results) else OK


def _events(desk: Desk, asked: argparse.Namespace) -> list[Any]:
    """Return the events that are meant; one without an id gets one, so that this command may be tried again.

    Raises:
        ValueError: it is no JSON, or holds nothing.
        OSError: the file cannot be read.
    """
    if asked.type is not None:
        at = {"occurredAt": asked.at} if asked.at else {}
        found: list[Any] = [{"id": asked.id, "type": asked.type, **at, "data": json.loads(asked.data)}]
    else:
        text = desk.read.read() if asked.file == "-" else Path(asked.file).read_text(encoding="utf-8")
        found = _listed(text)
    if not found:
        raise ValueError("there is no event")
    return [_named(each) for each in found]


def _listed(text: str) -> list[Any]:
    """Return the events of a text: an object, a list, or one object a line."""
    try:
        read: object = json.loads(text)
    except ValueError:
        read = [json.loads(line) for line in text.splitlines() if line.strip()]
    if isinstance(read, dict):
        told = cast("dict[str, Any]", read)
        return list(told["events"]) if isinstance(told.get("events"), list) else [told]
    return list(cast("list[Any]", read)) if isinstance(read, list) else [read]


def _named(event: object) -> object:
    if not isinstance(event, dict) or cast("dict[str, Any]", event).get("id"):
        return cast("object", event)
    return {**cast("dict[str, Any]", event), "id": str(uuid.uuid4())}

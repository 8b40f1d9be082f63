"""``dead-letters``."""

from __future__ import annotations

import argparse

from cli.desk import OK, WRONG, Desk

ALL = "/api/crm/dead-letters"


def dead_letters(desk: Desk, asked: argparse.Namespace) -> int:
    """List messages that nobody could process, show why, give them back, or discard them for a reason."""
    if asked.what == "list":
        rows = list(desk.api.items(ALL))
        desk.show(rows, queue="queue", depth="messages", oldest="oldest")
        return OK
    if not asked.queue or (asked.what == "discard" and not (asked.message and asked.reason)):
        desk.tell("crmbridge: name the queue; to discard, each message and --reason as well")
        return WRONG
    if asked.what == "show":
        found = list(desk.api.items(f"{ALL}/{asked.queue}"))
        rows = found if desk.as_json else [{**each, "asks": _asks(each["facts"])} for each in found]
        desk.show(rows, messageId="message", sentAt="sent", asks="asked for", error="error", where="where")
        return OK
    body = {"messageIds": asked.message} if asked.message else {}
    if asked.what == "discard":
        body["reason"] = asked.reason
    shown = desk.api.post(f"{ALL}/{asked.queue}/{asked.what}", body)
    desk.show([shown], **{name: name for name in shown})
    return OK


def _asks(facts: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in facts.items() if value)

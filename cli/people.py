"""``person`` and ``erasures``."""

from __future__ import annotations

import argparse
import json
from typing import Any

from cli.desk import BAD, OK, WRONG, Desk

ERASURES = "/api/crm/erasures"


def person(desk: Desk, asked: argparse.Namespace) -> int:
    """Hand out everything that is held of a person as one JSON, or forget them here and in every CRM."""
    who = _who(asked.who)
    if asked.export:
        whole = desk.api.post("/api/crm/people/export", who)
        part = whole
        while "nextCursor" in part:
            part = desk.api.post("/api/crm/people/export", {**who, "cursor": part["nextCursor"]})
            whole["mentions"] += part["mentions"]
        whole.pop("nextCursor", None)
        desk.say(json.dumps(whole, ensure_ascii=False, indent=2))
        return OK
    crms = dict(each.split("=", 1) for each in asked.crm if "=" in each)
    if len(crms) != len(asked.crm):
        desk.tell("crmbridge: --crm is INTEGRATION=MODE")
        return WRONG
    shown = desk.api.post(ERASURES, {**who, "mode": asked.mode, "crms": crms})
    while asked.watch and "endedAt" not in shown:
        desk.sleep(asked.every)
        shown = desk.api.get(f"{ERASURES}/{shown['erasureId']}")
        desk.tell(f"{shown['status']}: {shown['step']}")
    _show(desk, [shown])
    return BAD if shown["status"] == "partial" else OK


def erasures(desk: Desk, asked: argparse.Namespace) -> int:
    """List erasures, show one with what became of each row, or let its people come back."""
    if not asked.erasure:
        _show(desk, list(desk.api.items(ERASURES)))
        return OK
    if asked.lift:
        lifted = desk.api.post(f"{ERASURES}/{asked.erasure}/lift")["lifted"]
        desk.tell(f"{lifted} identities are kept out no longer")
        return OK
    shown = desk.api.get(f"{ERASURES}/{asked.erasure}")
    _show(desk, [shown])
    if not desk.as_json:
        desk.show(shown["places"], recordId="record", integrationId="integration", result="result", words="words")
    return BAD if shown["status"] == "partial" else OK


def _who(given: str) -> dict[str, str]:
    """Return how the API is to be told of a person: an address, a number or a record's id."""
    if "@" in given:
        return {"email": given}
    return {"phone": given} if given.startswith("+") else {"recordId": given}


def _show(desk: Desk, rows: list[dict[str, Any]]) -> None:
    desk.show(rows, erasureId="erasure", status="status", step="step", askedAt="asked", changed="others changed")

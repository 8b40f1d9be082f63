"""``history``."""

from __future__ import annotations

import argparse
from typing import Any

from cli.desk import OK, Desk, text


def history(desk: Desk, asked: argparse.Namespace) -> int:
    """Show who changed what of a record, when and from where, newest first."""
    part = "archived-history" if asked.archived else "history"
    found = list(desk.api.items(f"/api/crm/records/{asked.record}/{part}"))
    if not found:
        desk.tell("there is nothing")
    rows = found if desk.as_json else [{**each, "what": _what(each)} for each in found]
    desk.show(rows, rev="revision", at="when", kind="kind", integration_id="from", by="by", what="what")
    return OK


def _what(line: dict[str, Any]) -> str:
    return "; ".join(f"{name}: {text(old)} → {text(new)}" for name, old, new in line.get("changes", ()))

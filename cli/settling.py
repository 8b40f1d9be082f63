"""``settings``."""

from __future__ import annotations

import argparse
import json
from typing import Any

from cli.desk import OK, WRONG, Desk

PATH = "/api/crm/settings"


def settings(desk: Desk, asked: argparse.Namespace) -> int:
    """Show the workspace's settings, or change some."""
    body: dict[str, dict[str, Any]] = {}
    for each in asked.change:
        place, is_change, value = each.partition("=")
        section, is_inner, name = place.partition(".")
        if not (is_change and is_inner and section and name):
            desk.tell(f"crmbridge: {each} is none of the form SECTION.NAME=VALUE")
            return WRONG
        body.setdefault(section, {})[name] = _value(value)
    shown = desk.api.patch(PATH, body) if body else desk.api.get(PATH)
    rows = [
        {"setting": f"{section}.{name}", "value": value}
        for section, held in shown.items()
        for name, value in held.items()
    ]
    desk.show(rows, setting="setting", value="value")
    return OK


def _value(given: str) -> Any:  # noqa: ANN401 - JSON
    """Return a value as typed: JSON where it is some, else the text itself."""
    try:
        return json.loads(given)
    except ValueError:
        return given

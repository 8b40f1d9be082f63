"""Answers of several rows, and parameters that must be there."""

from __future__ import annotations

from typing import Any

from sandbox.zoho.calls import Answer, Call
from sandbox.zoho.errors import param_missing
from sandbox.zoho.org import Org

JsonObject = dict[str, Any]


def batch(org: Org, key: str, rows: list[JsonObject], *, ok: int = 200) -> Answer:
    """Answer rows, each with its own fate: all well, all refused, or some."""
    refused = sum(each["status"] == "error" for each in rows)
    status = ok if not refused else 400 if refused == len(rows) else org.options.partial_status
    return Answer(body={key: rows}, status=status, records=len(rows))


def needed(call: Call, name: str) -> str:
    """Return a parameter.

    Raises:
        ZohoError: it is missing.
    """
    if not call.params.get(name):
        raise param_missing(name)
    return call.params[name]

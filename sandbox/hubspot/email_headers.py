"""An e-mail's headers: a JSON text that is written, and the addresses in it that are only read."""

from __future__ import annotations

import json
from typing import Any, cast

HEADERS = "hs_email_headers"


def read_headers(text: str) -> dict[str, Any] | None:
    """Return what the headers say; ``None`` unless they are a JSON object of people and lists of people."""
    try:
        found: object = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    headers = cast("dict[str, Any]", found)
    lists = [headers.get(name, []) for name in ("to", "cc", "bcc")]
    fits = isinstance(headers.get("from", {}), dict) and all(isinstance(each, list) for each in lists)
    return headers if fits else None


def told_addresses(text: str) -> dict[str, str]:
    """Return the read-only properties that follow from headers."""
    headers = read_headers(text) or {}
    sender = cast("dict[str, Any]", headers.get("from") or {})
    receivers = cast("list[dict[str, Any]]", headers.get("to") or [])
    return {
        "hs_email_from_email": str(sender.get("email") or ""),
        "hs_email_to_email": ";".join(str(each.get("email") or "") for each in receivers if each.get("email")),
    }

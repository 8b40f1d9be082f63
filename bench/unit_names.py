"""What an item of the two tables is, in the words of docs/key-schema.md: units are told by what they were spent on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from crmbridge.adapters.aws._texts import unpacked

INDEX = "index of due work"

_LOOK_UPS = {"X": "look-up by external id", "K": "look-up by e-mail or telephone"}
_DOCUMENTS = {
    "JOURNAL": "journal",
    "LEASE": "leases",
    "RUN": "run and its checkpoints",
    "READING": "mark of a reading under way",
    "CURSOR": "reading position",
    "INTEGRATION": "integrations",
    "GRANT": "tokens",
    "REPORT": "reports",
    "TELL": "what is still to be told",
}


def name_of(item: Mapping[str, Any]) -> str:
    """Return what an item is, or what the items of a key or partition are.

    Example:
        >>> name_of({"pk": {"S": "acme#JOURNAL#con_1"}, "sk": {"S": "0000000001"}})
        'journal'
        >>> name_of({"pk": {"S": "acme#K#contact#email#ab"}})
        'look-up by e-mail or telephone'
    """
    parts = item["pk"]["S"].split("#")
    if parts[0] == "ACCOUNT":
        return "accounts: owner and budget"
    kind = parts[1] if len(parts) > 1 else parts[0]
    if kind == "R":
        return _record(item)
    return _LOOK_UPS.get(kind) or _DOCUMENTS.get(kind) or kind.lower()


def _record(item: Mapping[str, Any]) -> str:
    """Tell saves of a record apart by what they were made for."""
    if "body" not in item:
        return "record"
    body: dict[str, dict[str, str]] = json.loads(unpacked(item["body"]))
    return f"record, {body['last']['kind'] if 'last' in body else 'saved'}"

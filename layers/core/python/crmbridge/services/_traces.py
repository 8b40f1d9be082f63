"""What is kept of a record beside the record, and how it is forgotten."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from crmbridge.domain.erasure import row_identity
from crmbridge.domain.records import entity_of
from crmbridge.errors import ConflictError
from crmbridge.ports import Document
from crmbridge.services.hub import Hub, load_integrations
from crmbridge.services.touchpoints import forget_touchpoints

KEPT = ("rev", "kind", "integration_id", "at", "run_id", "by")
"""What stays of a line of history: who, when, what kind; and which fields, without their values."""

_NEVER = "\0"


def forget_traces(hub: Hub, workspace_id: str, record_id: str, *, needles: Iterable[str] = ()) -> None:
    """Take every value out of a record's history; remove its open decisions, touchpoints, payments and the like.

    Args:
        needles: only what holds one of these; everything where there are none.
    """
    wanted = [each.casefold() for each in needles]
    _blank_history(hub, f"{workspace_id}#JOURNAL#{record_id}", wanted)
    if wanted:
        return
    forget_touchpoints(hub, workspace_id, record_id)
    _remove(hub, hub.documents.query(f"{workspace_id}#ARCHIVED", record_id), [])  # and with it the archive's key
    _remove(hub, hub.documents.query(f"{workspace_id}#CONFLICT", f"{record_id}#"), [])
    _remove(hub, hub.documents.query(f"{workspace_id}#CUSTOMER", f"{record_id}#"), [])
    for pk in (f"{workspace_id}#REFERENCE#{entity_of(record_id)}", f"{workspace_id}#CONVERSATION"):
        _remove(hub, [each for each in hub.documents.query(pk) if each.body.get("record_id") == record_id], [])


def remove_raw_rows(hub: Hub, workspace_id: str, needles: Iterable[str], rows: Collection[str]) -> None:
    """Remove quarantined rows that hold one of some words, or are some rows.

    Args:
        rows: as ``erasure.row_identity`` spells them.
    """
    wanted = [each.casefold() for each in needles]
    for key in load_integrations(hub, workspace_id):
        for each in hub.documents.query(f"{workspace_id}#QUARANTINE#{key}"):
            is_row = row_identity(key, *each.sk.split("#", 1)) in rows
            _remove(hub, [each], [] if is_row else wanted or [_NEVER])


def _blank_history(hub: Hub, pk: str, wanted: list[str]) -> None:
    lines = [each for each in hub.documents.query(pk) if _holds(each, wanted)]
    blank = [replace(each, body=blanked(each.body)) for each in lines if blanked(each.body) != dict(each.body)]
    if blank:
        hub.documents.append(blank)


def blanked(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line of history without any value.

    Example:
        >>> blanked({"rev": 2, "kind": "changed", "changes": [["email", "a@example.com", None]]})
        {'rev': 2, 'kind': 'changed', 'changes': [['email', None, None]]}
    """
    kept = {name: line[name] for name in KEPT if name in line}
    if "changes" in line:
        kept["changes"] = [[name, None, None] for name, *_ in line["changes"]]
    if "lost" in line:
        kept["lost"] = [[name, None, *rest] for name, _, *rest in line["lost"]]
    return kept


def _remove(hub: Hub, documents: Iterable[Document], wanted: list[str]) -> None:
    for each in documents:
        if _holds(each, wanted):
            with suppress(ConflictError):
                hub.documents.delete(each)


def _holds(document: Document, wanted: list[str]) -> bool:
    said = str(dict(document.body)).casefold()
    return not wanted or any(word in said for word in wanted)

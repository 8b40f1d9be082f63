"""What the stream writes down: the journal of every change, and the list of what people must decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from crmbridge.domain.codec import change_to_json, conflict_to_json
from crmbridge.domain.records import Record
from crmbridge.errors import ConflictError
from crmbridge.ports import Document
from crmbridge.services.hub import Hub

JOURNALED = frozenset(
    {"imported", "linked", "changed", "resolved", "released", "deleted", "held", "merged", "parked", "erased"}
)
"""Kinds of changes worth a line of history; what pushing settles is no change of a value."""


HISTORY_S = 400 * 86_400
"""How long a line of history stays in the table; from then on it is in the archive."""


def write_history(hub: Hub, records: Iterable[Record]) -> None:
    """Write one line of history for each change; telling it twice writes the same lines."""
    lines = [
        Document(
            _journal(record.workspace_id, record.record_id),
            f"{record.rev:010d}",
            {**change_to_json(record.last), "rev": record.rev},
            expires_at=int(record.last.at.timestamp()) + HISTORY_S,
        )
        for record in records
        if record.last is not None and record.last.kind in JOURNALED
    ]
    if lines:
        hub.documents.append(lines)


def read_history(hub: Hub, workspace_id: str, record_id: str) -> list[dict[str, Any]]:
    """Return a record's history, newest first: who, when, from where, old and new values, and what lost."""
    found = hub.documents.query(_journal(workspace_id, record_id))
    return [dict(each.body) for each in reversed(found)]


def list_decisions(hub: Hub, before: Record | None, after: Record) -> None:
    """Keep the list of open conflicts and possible doubles in step with one record."""
    open_before: Mapping[str, Any] = {} if before is None else _open(before)
    open_after = _open(after)
    pk = f"{after.workspace_id}#CONFLICT"
    for sk, body in open_after.items():
        if open_before.get(sk) != body:
            hub.documents.put(Document(pk, sk, body), unconditionally=True)
    for sk in open_before.keys() - open_after.keys():
        held = hub.documents.get(pk, sk)
        if held is not None:
            with suppress(ConflictError):
                hub.documents.delete(held)


def open_decisions(hub: Hub, workspace_id: str) -> Sequence[Mapping[str, Any]]:
    """Return what people must decide in a workspace, in a stable order."""
    return tuple(decisions_by_place(hub, workspace_id).values())


def decisions_by_place(hub: Hub, workspace_id: str, record_id: str = "") -> dict[str, Mapping[str, Any]]:
    """Return what people must decide in a workspace, or of one record, each by its place in the list, ascending."""
    prefix = f"{record_id}#" if record_id else ""
    return {each.sk: each.body for each in hub.documents.query(f"{workspace_id}#CONFLICT", prefix)}


def _open(record: Record) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {
        f"{record.record_id}#field#{name}": {
            "kind": "field",
            "record_id": record.record_id,
            "field": name,
            **conflict_to_json(conflict),
        }
        for name, conflict in record.frozen.items()
    }
    if record.candidates:
        found[f"{record.record_id}#double"] = {
            "kind": "double",
            "record_id": record.record_id,
            "candidates": list(record.candidates),
        }
    return found


def _journal(workspace_id: str, record_id: str) -> str:
    return f"{workspace_id}#JOURNAL#{record_id}"

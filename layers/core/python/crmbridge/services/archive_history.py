"""Move history whose time in the table is over into the archive, and read it there."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crmbridge.errors import ConflictError
from crmbridge.ports import Document
from crmbridge.ports.archive import Archive, ArchivedLine
from crmbridge.services.hub import Hub

VALUES = ("changes", "lost")
TRIES = 5


def archive_lines(hub: Hub, archive: Archive, lines: Sequence[Document], *, new_key: Callable[[], bytes]) -> int:
    """Archive lines of history that the table has let go of; returns how many objects were written.

    Told twice, it writes the same lines with the same ids. A record's key and the days of its lines are stored
    before the lines are: what is in the archive can always be found and read.

    Args:
        hub: the ports.
        archive: where to.
        lines: as the table held them.
        new_key: makes 32 random bytes.

    Raises:
        ConflictError: the days of a record kept moving; the batch can be told again.
    """
    by_record: dict[tuple[str, str], list[Document]] = {}
    for each in lines:
        workspace_id, _, record_id = each.pk.split("#", 2)
        by_record.setdefault((workspace_id, record_id), []).append(each)
    sealed: list[ArchivedLine] = []
    for (workspace_id, record_id), found in by_record.items():
        days = {str(each.body["at"])[:10] for each in found}
        key = _noted(hub, workspace_id, record_id, days, new_key)
        sealed += [_line(workspace_id, record_id, each, key) for each in found]
    return archive.put(sealed)


def _line(workspace_id: str, record_id: str, document: Document, key: bytes) -> ArchivedLine:
    body = document.body
    return ArchivedLine(
        workspace_id,
        record_id,
        f"{record_id}#{document.sk}",
        str(body["at"])[:10],
        {name: value for name, value in body.items() if name not in VALUES},
        {name: value for name, value in body.items() if name in VALUES},
        key,
    )


def _noted(hub: Hub, workspace_id: str, record_id: str, days: set[str], new_key: Callable[[], bytes]) -> bytes:
    """Return the record's key, made if there is none, once the days are noted with it."""
    pk = f"{workspace_id}#ARCHIVED"
    for _ in range(TRIES):
        held = hub.documents.get(pk, record_id)
        known: Mapping[str, Any] = {} if held is None else held.body
        if held is not None and days <= set(known["days"]):
            return base64.b64decode(known["key"])
        key: str = known.get("key") or base64.b64encode(new_key()).decode()
        body = {"key": key, "days": sorted({*known.get("days", ()), *days})}
        try:
            hub.documents.put(Document(pk, record_id, body, 0 if held is None else held.version))
        except ConflictError:
            continue
        return base64.b64decode(key)
    raise ConflictError(f"the archived days of {record_id} kept moving")


def read_archived(hub: Hub, archive: Archive, workspace_id: str, record_id: str) -> list[dict[str, Any]]:
    """Return a record's archived history, newest first; nothing where there is none, or its key was destroyed."""
    held = hub.documents.get(f"{workspace_id}#ARCHIVED", record_id)
    if held is None:
        return []
    key = base64.b64decode(held.body["key"])
    lines = archive.read(workspace_id, record_id, days=list(held.body["days"]), key=key)
    found = {int(each["rev"]): each for each in lines}
    return [found[rev] for rev in sorted(found, reverse=True)]

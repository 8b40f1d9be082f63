"""The touchpoints of a workspace's leads and contacts: told once, kept as they were told."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from crmbridge.domain.keys import digest
from crmbridge.domain.records import Record
from crmbridge.domain.social.touchpoints import Touchpoint, in_order, touchpoint_from_json, touchpoint_to_json
from crmbridge.errors import ConflictError, NotFoundError
from crmbridge.ports import Document
from crmbridge.services.hub import Hub

TOUCHED = ("lead", "contact")
"""Entities that touchpoints are told of."""

MERGES_FOLLOWED = 5


def record_touchpoints(hub: Hub, workspace_id: str, touchpoints: Sequence[Touchpoint]) -> tuple[bool, ...]:
    """Store touchpoints; one whose record and key are stored already is left as it is.

    A touchpoint of a record that was merged away is the survivor's.

    Args:
        workspace_id: from verified claims or from the event's own source only.
        touchpoints: at most a few hundred; each is one write.

    Returns:
        In their order, whether each was new.

    Raises:
        NotFoundError: the workspace has no such lead or contact; nothing was stored.
    """
    whose = {each: survivor(hub, workspace_id, each).record_id for each in {one.record_id for one in touchpoints}}
    return tuple([_stored(hub, workspace_id, replace(each, record_id=whose[each.record_id])) for each in touchpoints])


def touchpoints_of(hub: Hub, workspace_id: str, record_id: str) -> tuple[Touchpoint, ...]:
    """Return a record's touchpoints as they happened."""
    found = hub.documents.query(_pk(workspace_id), f"{record_id}#")
    return in_order(touchpoint_from_json(record_id, each.body) for each in found)


def all_touchpoints(hub: Hub, workspace_id: str) -> dict[str, tuple[Touchpoint, ...]]:
    """Return every record's touchpoints as they happened, by record id."""
    found: dict[str, list[Touchpoint]] = {}
    for each in hub.documents.query(_pk(workspace_id)):
        record_id = each.sk.partition("#")[0]
        found.setdefault(record_id, []).append(touchpoint_from_json(record_id, each.body))
    return {record_id: in_order(mine) for record_id, mine in found.items()}


def forget_touchpoints(hub: Hub, workspace_id: str, record_id: str) -> int:
    """Remove a record's touchpoints, for a person who is to be forgotten; returns how many there were."""
    found = hub.documents.query(_pk(workspace_id), f"{record_id}#")
    for each in found:
        with suppress(ConflictError):
            hub.documents.delete(each)
    return len(found)


def survivor(hub: Hub, workspace_id: str, record_id: str) -> Record:
    """Return a lead or contact, or the record that it ended in.

    Raises:
        NotFoundError: the workspace has none, or it was deleted.
    """
    wanted = record_id
    for _ in range(MERGES_FOLLOWED):
        record = hub.records.get_many(workspace_id, [wanted]).get(wanted)
        if record is None or record.entity not in TOUCHED or (record.deleted_at and not record.merged_into):
            break
        if not record.merged_into:
            return record
        wanted = record.merged_into
    raise NotFoundError(
        f"there is no lead or contact {record_id[:60]!r}",
        field="recordId",
        next_step="send the id of a lead or contact of this workspace, as its records show it",
    )


def _stored(hub: Hub, workspace_id: str, touchpoint: Touchpoint) -> bool:
    sk = f"{touchpoint.record_id}#{digest(touchpoint.key)}"
    try:
        hub.documents.put(Document(_pk(workspace_id), sk, touchpoint_to_json(touchpoint)))
    except ConflictError:
        return False
    return True


def _pk(workspace_id: str) -> str:
    return f"{workspace_id}#TOUCHPOINT"

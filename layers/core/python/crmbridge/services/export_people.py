"""Everything that is held of a person, for the person."""

from __future__ import annotations

from typing import Any

from crmbridge.domain.codec import to_json
from crmbridge.domain.records import REFERENCES, Entity, Record
from crmbridge.domain.social.touchpoints import touchpoint_to_json
from crmbridge.services._chronicle import decisions_by_place, read_history
from crmbridge.services._customer_ledger import ledger_of
from crmbridge.services.erase_people import Wanted, records_of
from crmbridge.services.hub import Hub
from crmbridge.services.touchpoints import touchpoints_of

ABOUT: tuple[Entity, ...] = ("deal", "activity")
"""Entities that can be about a person without being one."""

PAGE = 200


def export_person(hub: Hub, workspace_id: str, wanted: Wanted) -> dict[str, Any]:
    """Return a person's records with links and history, open decisions, touchpoints, and what a shop told of them.

    Raises:
        NotFoundError: the record that is named does not exist.
        RequestRejectedError: a telephone number belongs to several people, or what is named is no person.
    """
    people = [_whole(hub, each) for each in records_of(hub, workspace_id, wanted)]
    return {"at": hub.now().isoformat(), "people": people}


def export_mentions(
    hub: Hub, workspace_id: str, wanted: Wanted, *, entity: Entity, cursor: str | None, pages: int
) -> tuple[list[dict[str, Any]], Entity | None, str | None]:
    """Return the deals and activities of some pages of the workspace's records that are about a person.

    Returns:
        What was found; the entity and the place at which to go on, ``None`` when all have been looked through.

    Raises:
        NotFoundError: the record that is named does not exist.
        RequestRejectedError: the cursor was not given out by an export.
    """
    ids = {each.record_id for each in records_of(hub, workspace_id, wanted)}
    found: list[dict[str, Any]] = []
    for _ in range(pages):
        page = hub.records.list_records(workspace_id, entity, cursor=cursor, limit=PAGE)
        found += [_with_history(hub, each) for each in page.items if _is_about(each, ids)]
        cursor = page.next_cursor
        if cursor is None:
            later = ABOUT[ABOUT.index(entity) + 1 :]
            if not later:
                return found, None, None
            entity = later[0]
    return found, entity, cursor


def _whole(hub: Hub, record: Record) -> dict[str, Any]:
    mine = record.workspace_id, record.record_id
    return {
        **_with_history(hub, record),
        "conflicts": list(decisions_by_place(hub, *mine).values()),
        "touchpoints": [touchpoint_to_json(each) for each in touchpoints_of(hub, *mine)],
        "customer": ledger_of(hub, *mine),
    }


def _with_history(hub: Hub, record: Record) -> dict[str, Any]:
    return {"record": to_json(record), "history": read_history(hub, record.workspace_id, record.record_id)}


def _is_about(record: Record, ids: set[str]) -> bool:
    for name, target in REFERENCES[record.entity].items():
        value = record.fields.get(name)
        if target == "contact" and isinstance(value, tuple) and ids & set(value):
            return True
    return False

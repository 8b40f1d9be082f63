"""Which table holds what; standard library only, so that the webhook door may use it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from crmbridge.domain.records import Entity

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One table.

    Attributes:
        table: its logical name, singular.
        set_name: its name in paths, plural.
        kind: of activity, empty otherwise.
        merges: rows can be merged into others.
        has_key: columns, and with them our own key, can be added.
    """

    entity: Entity
    table: str
    set_name: str
    key: str
    kind: str = ""
    merges: bool = False
    has_key: bool = True

    def external_id(self, row_id: str) -> str:
        """Return the id by which the hub knows a row; activities carry their table's name."""
        return f"{self.table}:{row_id.lower()}" if self.kind else row_id.lower()


PLACES: tuple[Place, ...] = (
    Place(entity="company", table="account", set_name="accounts", key="accountid", merges=True),
    Place(entity="contact", table="contact", set_name="contacts", key="contactid", merges=True),
    Place(entity="lead", table="lead", set_name="leads", key="leadid", merges=True),
    Place(entity="deal", table="opportunity", set_name="opportunities", key="opportunityid"),
    Place(entity="activity", table="task", set_name="tasks", key="activityid", kind="task"),
    Place(entity="activity", table="phonecall", set_name="phonecalls", key="activityid", kind="call"),
    Place(entity="activity", table="appointment", set_name="appointments", key="activityid", kind="meeting"),
    Place(
        entity="activity", table="annotation", set_name="annotations", key="annotationid", kind="note", has_key=False
    ),
)

BY_TABLE: Mapping[str, Place] = {each.table: each for each in PLACES}


def places(entity: Entity) -> tuple[Place, ...]:
    """Return the tables of an entity."""
    return tuple(each for each in PLACES if each.entity == entity)


def row_id_of(place: Place, external_id: str) -> str:
    """Return a row's id; an empty string for what is none of this table.

    Example:
        >>> row_id_of(BY_TABLE["task"], "task:00000000-0000-0000-0000-00000000000A")
        '00000000-0000-0000-0000-00000000000a'
        >>> row_id_of(BY_TABLE["contact"], "task:00000000-0000-0000-0000-00000000000A")
        ''
    """
    table, _, row_id = external_id.lower().rpartition(":")
    return row_id if table == (place.table if place.kind else "") and _GUID.fullmatch(row_id) else ""


def place_of(entity: Entity, external_id: str) -> Place | None:
    """Return the table that an id belongs to, ``None`` when it is no id of this entity."""
    return next((each for each in places(entity) if row_id_of(each, external_id)), None)


def place_for(entity: Entity, kind: object) -> Place | None:
    """Return the table that a new record goes to, ``None`` when there is none for its kind."""
    return next((each for each in places(entity) if not each.kind or each.kind == kind), None)

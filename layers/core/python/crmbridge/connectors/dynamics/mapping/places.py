"""Which table holds what; standard library only, so that the webhook door may use it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from crmbridge.domain.records import Entity

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_OURS_MS = range(1_700_000_000_000, 4_100_000_000_000)
"""Moments that may stand in an id of ours: years 2023 to 2099."""


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


def guid_of(record_id: str) -> str:
    """Return the row id that a record of ours has in a table that cannot hold our key.

    A record id's 26 characters are the same 128 bits as a row id, so that a repeated create finds the first one.

    Example:
        >>> guid_of("act_01JD000000000000000000000A")
        '01934000-0000-0000-0000-00000000000a'

    Raises:
        ValueError: it is no record id.
    """
    number = 0
    for letter in record_id[-26:]:
        number = number * 32 + _DIGITS.index(letter)
    text = f"{number & (1 << 128) - 1:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def record_id_of(prefix: str, row_id: str) -> str:
    """Return the record id that a row id was made of; an empty string when it was made of none.

    Example:
        >>> record_id_of("act", "01934000-0000-0000-0000-00000000000a")
        'act_01JD000000000000000000000A'
        >>> record_id_of("act", "e8d1c9a0-4f7b-ee11-8179-000d3a993550")
        ''
    """
    number = int(row_id.replace("-", ""), 16)
    if number >> 80 not in _OURS_MS:
        return ""
    letters = "".join(_DIGITS[number >> 5 * place & 31] for place in reversed(range(26)))
    return f"{prefix}_{letters}"

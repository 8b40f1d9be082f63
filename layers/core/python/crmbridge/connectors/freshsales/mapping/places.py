"""Where Freshsales keeps activities, how their ids are spelt, and how our own id stands in their text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRule:
    """One object of Freshsales and what it holds.

    Attributes:
        text: the key of the long text, which also carries our id.
        times: key by canonical field.
    """

    plural: str
    singular: str
    text: str
    title: bool = True
    times: Mapping[str, str]
    has_status: bool = False
    has_owner: bool = True
    required: tuple[str, ...] = ()


_TASKS = PlaceRule(
    plural="tasks",
    singular="task",
    text="description",
    times={"due_at": "due_date"},
    has_status=True,
    required=("due_at",),
)
_APPOINTMENTS = PlaceRule(
    plural="appointments",
    singular="appointment",
    text="description",
    times={"starts_at": "from_date", "ends_at": "end_date"},
    has_owner=False,
    required=("starts_at", "ends_at"),
)
LOGGED = PlaceRule(
    plural="sales_activities",
    singular="sales_activity",
    text="notes",
    times={"starts_at": "start_date", "ends_at": "end_date"},
)
NOTES = PlaceRule(plural="notes", singular="note", text="description", title=False, times={}, has_owner=False)

PLACES: Mapping[str, PlaceRule] = {
    "note": NOTES,
    "task": _TASKS,
    "call": LOGGED,
    "meeting": _APPOINTMENTS,
    "email": LOGGED,
}
BY_PLURAL: Mapping[str, PlaceRule] = {each.plural: each for each in PLACES.values()}

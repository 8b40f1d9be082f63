"""Where Freshsales keeps activities, how their ids are spelt, and how our own id stands in their text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_MARK = re.compile(r"\n*CRM Bridge (act_[0-9A-Za-z]{1,40})\s*\Z")
_ID = re.compile(r"(tasks|appointments|sales_activities):(\d+)|(notes):(contacts|sales_accounts|deals)\.(\d+)\.(\d+)")


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


@dataclass(frozen=True, slots=True)
class ActivityId:
    """An activity's id, taken apart; a note is only found through what it is on."""

    place: str
    number: str
    parent: str = ""
    parent_id: str = ""

    def text(self) -> str:
        """Return the external id."""
        on = f"{self.parent}.{self.parent_id}." if self.parent else ""
        return f"{self.place}:{on}{self.number}"


def activity_id(external_id: str) -> ActivityId | None:
    """Take an external id apart; ``None`` for what is no id of ours.

    Example:
        >>> activity_id("tasks:15"), activity_id("notes:16")
        (ActivityId(place='tasks', number='15', parent='', parent_id=''), None)
        >>> activity_id("notes:contacts.7.16").text()
        'notes:contacts.7.16'
    """
    found = _ID.fullmatch(external_id) if external_id.isascii() else None
    if found is None:
        return None
    if found[1]:
        return ActivityId(found[1], found[2])
    return ActivityId(found[3], found[6], found[4], found[5])


def marked(text: str, op_id: str) -> str:
    """Return a text with our id as its last line."""
    return f"{text}\n\nCRM Bridge {op_id}".lstrip() if op_id else text


def unmarked(text: str) -> tuple[str, str]:
    """Return a text without our id, and the id.

    Example:
        >>> unmarked(marked("Call Ana", "act_1")), unmarked(marked("", "act_1")), unmarked("Call Ana")
        (('Call Ana', 'act_1'), ('', 'act_1'), ('Call Ana', ''))
    """
    found = _MARK.search(text)
    return (text[: found.start()], found[1]) if found else (text, "")

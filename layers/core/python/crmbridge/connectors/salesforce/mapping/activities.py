"""Tasks and events as activities: their kinds, their days and hours, and what they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesforce.mapping.ids import Kept, id18, id_of
from crmbridge.connectors.salesforce.mapping.kinds import MOMENT, UNSAID, Kind
from crmbridge.connectors.salesforce.mapping.organization import OrgFacts
from crmbridge.connectors.salesforce.mapping.schema import EXTERNAL_ID_FIELD, Shape
from crmbridge.connectors.salesforce.mapping.stages import Choice, StageMap
from crmbridge.domain.records import Value

KINDS: Mapping[str, Kept] = {"task": "Task", "call": "Task", "email": "Task", "meeting": "Event"}
"""The object of each kind that Salesforce keeps."""

SUBTYPES: Mapping[str, str] = {"task": "Task", "call": "Call", "email": "Email"}
"""``TaskSubtype`` by kind; it is given when a task is made and never changes."""

STAND_IN = "2099-12-31T00:00:00Z"
"""Start of an event that the hub knows none of; reads back as ``None``."""

_KIND_OF = {"Call": "call", "Email": "email", "ListEmail": "email"}
_ONLY: Mapping[str, tuple[str, ...]] = {
    "due_at": ("task",),
    "starts_at": ("call", "email", "meeting"),
    "ends_at": ("meeting",),
    "direction": ("call",),
    "duration_s": ("call",),
    "status": ("task", "call", "email"),
    "priority": ("task", "call", "email"),
}
"""Fields that not every kind has, and the kinds that have them."""


def kind_of(place: Kept, row: Mapping[str, Any]) -> str:
    """Return the kind of a row; an empty text for what is no activity."""
    if place == "Task":
        return _KIND_OF.get(str(row.get("TaskSubtype") or ""), "task")
    return "meeting" if place == "Event" else ""


def has(kind: str, name: str) -> bool:
    """Tell whether a kind of activity has a field; what is no activity has all of its own."""
    return not kind or kind in _ONLY.get(name, (kind,))


def task_statuses(choices: Iterable[Choice]) -> StageMap:
    """Return the org's task statuses as ours: the closed ones are completed, all others open.

    Example:
        >>> statuses = task_statuses([Choice(name="New", is_default=True), Choice(name="Done", is_closed=True)])
        >>> statuses.keys, statuses.names
        ({'New': 'open', 'Done': 'completed'}, {'open': 'New', 'completed': 'Done'})
    """
    ranked = sorted(choices, key=lambda each: (not each.is_default, each.order))
    keys = {each.name: "completed" if each.is_closed else "open" for each in ranked}
    names: dict[str, str] = {}
    for name, key in keys.items():
        names.setdefault(key, name)
    return StageMap(keys, names, names.get("open", ""))


# ------------------------------------------------------------------------------------------------- what it is about


def refs_of(place: Kept, row: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return what a task or event is about, as far as it can tell.

    It holds one record beside one person. A field that may hold more than it can show is not told: the company of one
    about a deal, and the people of one that was written from here.
    """
    if place not in ("Task", "Event"):
        return {}
    what, who = id18(str(row.get("WhatId") or "")), id18(str(row.get("WhoId") or ""))
    is_ours = bool(row.get(EXTERNAL_ID_FIELD))
    refs: dict[str, tuple[str, ...]] = {}
    if "WhatId" in row:
        deal, company = id_of("deal", what), id_of("company", what)
        refs["deal"] = (deal,) if deal else ()
        if company or not (deal or is_ours):
            refs["company"] = (company,) if company else ()
    if "WhoId" in row and not is_ours:
        contact = id_of("contact", who)
        refs["contacts"] = (contact,) if contact else ()
    return refs


def links(refs: Mapping[str, Sequence[str]], what_now: str) -> dict[str, str | None]:
    """Return the fields that say what a task or event is about: the deal before the company.

    Args:
        refs: reference fields that change.
        what_now: the record it is about at present; empty for none, or for a new one.
    """
    row: dict[str, str | None] = {}
    if "contacts" in refs:
        row["WhoId"] = refs["contacts"][0] if refs["contacts"] else None
    if "deal" in refs or "company" in refs:
        deal = refs["deal"][:1] if "deal" in refs else [each for each in (id_of("deal", what_now),) if each]
        company = refs["company"][:1] if "company" in refs else [each for each in (id_of("company", what_now),) if each]
        row["WhatId"] = next(iter((*deal, *company)), None)
    return row


def completed(place: Kept, kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a new row with what Salesforce wants of it."""
    if place == "Task":
        return {**row, "TaskSubtype": SUBTYPES.get(kind, "Task")}
    start = row.get("StartDateTime") or STAND_IN
    end = {} if row.get("EndDateTime") else {"DurationInMinutes": 0}
    kept = {name: value for name, value in row.items() if value is not None}
    return {**kept, "StartDateTime": start, **end}


def without_length(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event's row whose end is taken away: it has no length then."""
    if "EndDateTime" not in row or row["EndDateTime"] is not None:
        return dict(row)
    return {**{name: value for name, value in row.items() if name != "EndDateTime"}, "DurationInMinutes": 0}


def has_no_length(row: Mapping[str, Any]) -> bool:
    """Tell whether an event ends when it begins."""
    return bool(row.get("EndDateTime")) and row.get("EndDateTime") == row.get("StartDateTime")


# ------------------------------------------------------------------------------------------------- kinds of fields


def _read_day(value: object, _country: str | None, _org: OrgFacts) -> Value:
    day = values.date_text(value)
    return None if day is None else f"{day}T00:00:00Z"


def _write_day(value: object, _shape: Shape, _org: OrgFacts) -> object:
    moment = values.moment(value)
    return None if moment is None else moment.date().isoformat()


def _read_start(value: object, _country: str | None, org: OrgFacts) -> object:
    found = MOMENT.read(value, None, org)
    return None if found == STAND_IN else found


def _write_start(value: object, shape: Shape, org: OrgFacts) -> object:
    found = MOMENT.write(value, shape, org)
    return UNSAID if found is None else found


def _word(words: Mapping[str, str]) -> Kind:
    """Return the kind of a picklist with fixed words; it cannot be emptied."""
    values_of = {word: value for value, word in words.items()}

    def read(value: object, _country: str | None, _org: OrgFacts) -> object:
        return words.get(str(value), UNSAID)

    def write(value: object, shape: Shape, _org: OrgFacts) -> object:
        found = values_of.get(str(value), "")
        return found if found and (found in shape.options or not shape.options) else UNSAID

    return Kind(read, write)


DAY = Kind(_read_day, _write_day)
START = Kind(_read_start, _write_start)
PRIORITY = _word({"High": "high", "Normal": "normal", "Low": "low"})
DIRECTION = _word({"Inbound": "inbound", "Outbound": "outbound"})


def needs_mark(refs: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether an update must carry our own id: from then on its people are not told by what Salesforce shows."""
    return len(refs.get("contacts", ())) > 1

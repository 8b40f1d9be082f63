"""Ids of activities, which tell their place; and our own id, marked in a text."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARK = re.compile(r"\n*CRM Bridge (act_[0-9A-Za-z]{1,40})\s*\Z")
_ID = re.compile(r"(tasks|appointments|sales_activities):(\d+)|(notes):(contacts|sales_accounts|deals)\.(\d+)\.(\d+)")


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

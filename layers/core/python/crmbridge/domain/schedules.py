"""When an integration is looked after by itself, beside incremental reads and comparisons."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from crmbridge.domain.records import Record

MINUTE_S = 60
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Seconds between two looks of each kind; the defaults are those of every new integration.

    Attributes:
        pull_s: it is read at least this often, however far apart its incremental reads are.
        push_s: contacts that are new since the last such push are made sure to go there; 0 for never.
        clean_s: clean-ups; 0 for never.
        priority_s: contacts of high priority are read by their ids, where no webhook tells of them; 0 for never.
    """

    pull_s: int = 6 * 3600
    push_s: int = 3600
    clean_s: int = 24 * 3600
    priority_s: int = 60


DEFAULT = Schedule()

BOUNDS: Mapping[str, tuple[str, int, int]] = {
    "pullInterval": ("pull_s", 1, 7 * DAY_MINUTES),
    "pushInterval": ("push_s", 5, 7 * DAY_MINUTES),
    "cleanupInterval": ("clean_s", 60, 30 * DAY_MINUTES),
    "priorityInterval": ("priority_s", 1, DAY_MINUTES),
}
"""By name of the API, the attribute it sets, and the least and most minutes; 0 switches all but pulling off."""

ALWAYS = frozenset({"pullInterval"})
"""What cannot be switched off."""

PRIORITY_FIELD = "x_priority"
"""Custom field that marks a contact where its CRM knows no tags; see ``is_priority``."""


def is_priority(record: Record, tags: Collection[str]) -> bool:
    """Tell whether a contact is marked high priority: by a tag, or by the value ``high`` of ``x_priority``.

    Args:
        record: of any entity.
        tags: that mark one, in lower case.

    Example:
        >>> is_priority(Record("w", "con_1", "contact", fields={"tags": ("Lisbon", "VIP")}), {"vip"})
        True
    """
    if record.entity != "contact" or record.deleted_at is not None or record.merged_into:
        return False
    held: Any = record.fields.get("tags") or ()
    marked = record.fields.get(PRIORITY_FIELD)
    return any(each.lower() in tags for each in held) or (isinstance(marked, str) and marked.lower() == "high")

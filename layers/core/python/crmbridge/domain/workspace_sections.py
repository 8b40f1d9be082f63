"""Sections of a workspace's settings: what each may hold, and what holds while the workspace says nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


def _whatever(_: Mapping[str, Any]) -> None:
    """Accept what has the right shape already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section; its shape, for the API, stands in ``runtime.routes.settings``.

    Attributes:
        name: as the API spells it.
        defaults: every setting by name, with what holds until the workspace says otherwise; JSON-ready, no floats.
        accept: refuses, with a ``RequestRejectedError``, what a shape cannot tell is wrong; takes the whole section.
    """

    name: str
    defaults: Mapping[str, Any]
    accept: Callable[[Mapping[str, Any]], None] = _whatever


EVENTS = Section(name="events", defaults={"enabled": True, "payload": "ids"})
"""``payload`` is ``ids`` (nothing personal leaves) or ``full`` (the values that changed go along)."""

NOTIFICATIONS = Section(
    name="notifications",
    defaults={
        "syncCompleted": True,
        "syncFailed": True,
        "conflicts": True,
        "errors": True,
        "authenticationLost": True,
        "quotaWarning": True,
        "circuitOpened": True,
    },
)
"""What people are told of; every kind can be switched off."""

SCHEDULES = Section(name="schedules", defaults={"priorityTags": ["high priority", "high-priority", "vip"]})
"""``priorityTags`` mark contacts of high priority, whatever the case of their letters."""

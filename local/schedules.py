"""Switches the deployed stack's schedules off, and tells which are on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.cloud import STACK

if TYPE_CHECKING:
    from local.cloud import Cloud

_KEPT = (
    "Name", "GroupName", "ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow", "Target",
    "StartDate", "EndDate", "ActionAfterCompletion",
)  # fmt: skip
"""What an update must say again: whatever it leaves out is set back."""


def switch_off_schedules(cloud: Cloud) -> list[str]:
    """Let none of the stack's schedules fire any more.

    Returns:
        Their names.
    """
    client: Any = cloud.schedules
    listed = _listed(client)
    for each in listed:
        schedule = client.get_schedule(Name=each["Name"], GroupName=each["GroupName"])
        said = {name: schedule[name] for name in _KEPT if schedule.get(name)}
        client.update_schedule(**said, State="DISABLED")
    return [each["Name"] for each in listed]


def schedules_at_work(cloud: Cloud) -> list[str]:
    """Return the names of the stack's schedules that may still fire."""
    return [each["Name"] for each in _listed(cloud.schedules) if each["State"] != "DISABLED"]


def _listed(client: Any) -> list[dict[str, Any]]:
    pages = client.get_paginator("list_schedules").paginate(NamePrefix=f"{STACK}-")
    return [each for page in pages for each in page["Schedules"]]

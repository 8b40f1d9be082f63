"""An integration's schedule as the API has it, and which of its looks are due."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal, TypeAlias

from crmbridge.domain.integrations import Integration
from crmbridge.domain.messages import SyncStep
from crmbridge.domain.schedules import ALWAYS, BOUNDS, Schedule
from crmbridge.errors import ConflictError, RequestRejectedError
from crmbridge.ports import Document
from crmbridge.services.hub import Hub

Look: TypeAlias = Literal["push", "clean"]

LOOKS: Mapping[Look, str] = {"push": "push_s", "clean": "clean_s"}
"""What is queued when it is due, and the attribute of the schedule that says how often."""


def show_schedule(schedule: Schedule) -> dict[str, int]:
    """Return a schedule as the API shows it, in minutes."""
    return {name: getattr(schedule, attribute) // 60 for name, (attribute, _, _) in BOUNDS.items()}


def read_schedule(sync: Mapping[str, Any], held: Schedule) -> Schedule:
    """Return a schedule with what a request's ``syncConfig`` changes of it.

    Raises:
        RequestRejectedError: an interval is no whole number of minutes within its bounds.
    """
    changes: dict[str, int] = {}
    for name, (attribute, least, most) in BOUNDS.items():
        if name not in sync:
            continue
        value: object = sync[name]
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if not isinstance(value, int) or not is_whole or not (least <= value <= most or _is_off(name, value)):
            never = "" if name in ALWAYS else "0 for never, or "
            wanted = f"{never}minutes from {least} to {most}"
            at = f"syncConfig.{name}"
            raise RequestRejectedError(f"{at} must be {wanted}", field=at, next_step=f"send {at} as {wanted}")
        changes[attribute] = value * 60
    return replace(held, **changes)


def _is_off(name: str, value: int) -> bool:
    return value == 0 and name not in ALWAYS


def ask_where_looks_are_due(hub: Hub, workspace_id: str, integrations: list[Integration]) -> int:
    """Queue the pushes of new contacts and the clean-ups that are due.

    Noted before it is asked for, so that two planners cannot ask twice; should the message be lost, the next one in
    turn does the work.

    Returns:
        How many were queued.
    """
    asked = {each.sk: each for each in hub.documents.query(_pk(workspace_id))}
    now, count = hub.now(), 0
    for integration in integrations:
        held = asked.get(integration.integration_id)
        before: Mapping[str, str] = {} if held is None else held.body
        due: list[Look] = [look for look in LOOKS if _is_due(integration, look, before, now)]
        if not due:
            continue
        body = {**before, **dict.fromkeys(due, now.isoformat())}
        version = 0 if held is None else held.version
        with suppress(ConflictError):
            hub.documents.put(Document(_pk(workspace_id), integration.integration_id, body, version=version))
            steps = [SyncStep(workspace_id, integration.integration_id, "", task=each) for each in due]
            hub.queues.send_steps(steps)
            count += len(steps)
    return count


def _is_due(integration: Integration, look: Look, asked: Mapping[str, str], now: datetime) -> bool:
    every_s: int = getattr(integration.schedule, LOOKS[look])
    since = datetime.fromisoformat(asked[look]) if look in asked else integration.created_at
    return every_s > 0 and since is not None and (now - since).total_seconds() >= every_s


def _pk(workspace_id: str) -> str:
    return f"{workspace_id}#SCHEDULE"

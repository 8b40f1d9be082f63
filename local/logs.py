"""What the functions wrote."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from local.cloud import STACK, Cloud
from local.errors import LocalError

_PREFIX = f"/aws/lambda/{STACK}-"
_PERIOD_S = 1.0


def log_groups(cloud: Cloud, name: str | None = None) -> list[str]:
    """Return the functions' log groups whose name holds ``name``.

    Args:
        cloud: where they are.
        name: a part of a function's name, in any of its spellings (``push_changes``, ``push-changes``).

    Raises:
        LocalError: no function is called so; the message lists them all.
    """
    pages = cloud.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=_PREFIX)
    groups = [group.get("logGroupName", "") for page in pages for group in page["logGroups"]]
    wanted = (name or "").replace("_", "-").lower()
    found = [group for group in groups if wanted in group.removeprefix(_PREFIX)]
    if not found:
        known = ", ".join(group.removeprefix(_PREFIX) for group in groups)
        raise LocalError(f"no function is called {name!r}; there are {known}")
    return found


def read_logs(cloud: Cloud, groups: list[str], *, follow: bool = False) -> Iterator[str]:
    """Yield log lines, oldest first, with their time and function.

    Args:
        cloud: where they are.
        groups: as ``log_groups`` names them.
        follow: go on with what is written from then on, until the caller stops.
    """
    since_ms = dict.fromkeys(groups, 0)
    seen: set[str] = set()
    while True:
        lines: list[tuple[int, str]] = []
        for group in groups:
            for at_ms, event_id, message in _events(cloud, group, since_ms=since_ms[group]):
                if event_id not in seen:
                    seen.add(event_id)
                    since_ms[group] = max(since_ms[group], at_ms)
                    lines.append((at_ms, f"{_clock(at_ms)} {group.removeprefix(_PREFIX)}  {message}"))
        yield from (line for _, line in sorted(lines, key=lambda item: item[0]))
        if not follow:
            return
        time.sleep(_PERIOD_S)


def _events(cloud: Cloud, group: str, *, since_ms: int) -> Iterator[tuple[int, str, str]]:
    pages = cloud.logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since_ms)
    for page in pages:
        for number, event in enumerate(page["events"]):
            at_ms = event.get("timestamp", 0)
            event_id = event.get("eventId") or f"{event.get('logStreamName')}:{at_ms}:{number}"
            yield at_ms, f"{group}:{event_id}", event.get("message", "").rstrip()


def _clock(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC).strftime("%H:%M:%S.%f")[:-3]

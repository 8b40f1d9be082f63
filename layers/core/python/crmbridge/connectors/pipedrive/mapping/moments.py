"""When an activity is: a day, an hour in UTC and a length there, up to two moments here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.domain.records import Fields, Value

DUE: Mapping[str, str] = {"task": "due_at", "call": "starts_at", "meeting": "starts_at", "email": "starts_at"}
"""The field that an activity's day and hour are, by kind."""

LENGTH: Mapping[str, str] = {"call": "duration_s", "meeting": "ends_at"}
"""The field that an activity's length is, by kind."""

_DAY_S = 86_400


def start_of(row: Mapping[str, Any]) -> datetime | None:
    """Return when an activity begins or is due; a day without an hour is its first moment in UTC.

    Raises:
        ValueError: the day or the hour cannot be read.
    """
    day = row.get("due_date")
    if not day:
        return None
    hour = time.fromisoformat(str(row["due_time"])) if row.get("due_time") else time()
    return datetime.combine(datetime.fromisoformat(str(day)).date(), hour, tzinfo=UTC)


def length_of(row: Mapping[str, Any]) -> int | None:
    """Return an activity's length in seconds.

    Raises:
        ValueError: it cannot be read.
    """
    told = row.get("duration")
    if not told:
        return None
    hours, minutes = (int(each) for each in str(told).split(":")[:2])
    return hours * 3600 + minutes * 60


def read_times(row: Mapping[str, Any], kind: str) -> dict[str, Value]:
    """Return the fields that an activity's day, hour and length are.

    Raises:
        ValueError: one of them cannot be read.
    """
    start, length_s = start_of(row), length_of(row)
    found: dict[str, Value] = {DUE[kind]: None if start is None else values.moment_text(start)}
    if LENGTH.get(kind) == "duration_s":
        found["duration_s"] = length_s
    elif LENGTH.get(kind) == "ends_at":
        is_known = start is not None and length_s is not None
        end = start + timedelta(seconds=length_s) if start is not None and length_s is not None else None
        found["ends_at"] = values.moment_text(end) if is_known and end is not None else None
    return found


def write_times(fields: Fields, kind: str, current: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys to send; what is not among ``fields`` stays as it is now.

    Raises:
        ValueError: a value is no time.
    """
    if not {DUE[kind], LENGTH.get(kind, "")} & set(fields):
        return {}
    start = values.moment(fields[DUE[kind]]) if DUE[kind] in fields else start_of(current)
    body: dict[str, Any] = {"due_date": None, "due_time": None}
    if start is not None:
        body["due_date"] = start.date().isoformat()
        body["due_time"] = f"{start:%H:%M}" if start.time().replace(second=0, microsecond=0) != time() else None
    if kind in LENGTH:
        body["duration"] = _duration(_length_s(fields, kind, current, start))
    return body


def _length_s(fields: Fields, kind: str, current: Mapping[str, Any], start: datetime | None) -> int | None:
    name = LENGTH[kind]
    if name == "duration_s":
        return values.integer(fields[name]) if name in fields else length_of(current)
    if name in fields:
        end = values.moment(fields[name])
    else:
        was, length_s = start_of(current), length_of(current)
        end = was + timedelta(seconds=length_s) if was is not None and length_s is not None else None
    return int((end - start).total_seconds()) if end is not None and start is not None else None


def _duration(length_s: int | None) -> str | None:
    """Return a length as hours and minutes; one that is no length of a day or less is none."""
    if length_s is None or not 0 <= length_s < _DAY_S:
        return None
    return f"{length_s // 3600:02d}:{length_s % 3600 // 60:02d}"

"""The three ways in which Pipedrive writes a moment."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sandbox.pipedrive.errors import invalid

_V2 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_V1 = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def v2_time(ms: int) -> str:
    """Return a moment as v2 writes it: RFC 3339, whole seconds."""
    return f"{_utc(ms).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def lead_time(ms: int) -> str:
    """Return a moment as leads write it: with milliseconds."""
    return f"{_utc(ms).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def v1_time(ms: int) -> str:
    """Return a moment as notes and users write it: UTC without saying so."""
    return _utc(ms).strftime("%Y-%m-%d %H:%M:%S")


def parse_v2(name: str, text: str) -> int:
    """Read the only form that v2 filters take.

    Raises:
        VendorError: 400, any other form.
    """
    if not _V2.fullmatch(text):
        raise invalid(f"{name} must be in RFC3339 format, e.g. 2025-01-01T10:20:00Z")
    return _ms(name, text)


def parse_v1(name: str, text: str) -> int:
    """Read the only form that ``/recents`` takes.

    Raises:
        VendorError: 400, any other form.
    """
    if not _V1.fullmatch(text):
        raise invalid(f"{name} must be in format YYYY-MM-DD HH:MM:SS")
    return _ms(name, f"{text.replace(' ', 'T')}Z")


def _ms(name: str, text: str) -> int:
    try:
        return int(datetime.fromisoformat(text).timestamp()) * 1000
    except ValueError as problem:
        raise invalid(f"{name} is not a valid date") from problem


def _utc(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)

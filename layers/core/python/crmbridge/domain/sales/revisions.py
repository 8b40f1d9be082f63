"""A workspace's rules as they change: validated before they count, each version kept, one named in every result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crmbridge.errors import ConflictError


@dataclass(frozen=True, slots=True)
class Revision:
    """One version of one kind of rules.

    Attributes:
        kind: what they are for, such as ``hub_card``.
        number: 1 for the first that a workspace wrote; 0 are the defaults.
        body: JSON-ready, as it was written.
        author: who wrote it.
        at: when, aware.
    """

    kind: str
    number: int
    body: Mapping[str, Any]
    author: str
    at: datetime


def revised(
    kind: str,
    body: Mapping[str, Any],
    *,
    check: Callable[[object], object],
    before: Revision | None,
    expected: int,
    author: str,
    at: datetime,
) -> Revision:
    """Return the next version of some rules.

    Args:
        kind: of the rules.
        body: as the workspace wrote it.
        check: reads the rules, and raises ``RequestRejectedError`` with what is wrong.
        before: the version that holds now, ``None`` while the defaults do.
        expected: number of the version that the author has seen.
        author: who wrote it.
        at: when, aware.

    Raises:
        ConflictError: somebody else wrote a version meanwhile.
        RequestRejectedError: something is wrong with the rules; the version before holds on.
    """
    number = 0 if before is None else before.number
    if number != expected:
        raise ConflictError(f"{kind} is at version {number} by now, not {expected}: read it again")
    check(body)
    return Revision(kind, number + 1, body, author, at)

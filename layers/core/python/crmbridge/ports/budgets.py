"""One budget per remote account, and the lane that calls are made in."""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the webhook door pays for no budgets
    from crmbridge.domain.budgets import Ask, Grant, Lane
    from crmbridge.domain.declaration import Limits

PACED = "PACED"
"""Code of the error that gives work back before the CRM was asked."""

_LANE: ContextVar[Lane | None] = ContextVar("lane", default=None)
_PATIENCE_S: ContextVar[float] = ContextVar("patience_s", default=math.inf)


@contextmanager
def in_lane(lane: Lane) -> Generator[None]:
    """Make the calls of a block in a lane; those of a worker are live without."""
    token = _LANE.set(lane)
    try:
        yield
    finally:
        _LANE.reset(token)


def lane() -> Lane:
    """Return the lane that calls are made in now."""
    return _LANE.get() or "live"


@contextmanager
def waiting_at_most(seconds: float) -> Generator[None]:
    """Give the work of a block back rather than hold its calls back for longer, in seconds."""
    token = _PATIENCE_S.set(seconds)
    try:
        yield
    finally:
        _PATIENCE_S.reset(token)


def patience_s(most_s: float) -> float:
    """Return how long a call may be held back here, in seconds, of the most it may be at all."""
    return min(most_s, _PATIENCE_S.get())


class Budgets(Protocol):
    """Shares an account's limits out among all workers, in whatever process they are."""

    def exchange(self, account: str, limits: Limits, ask: Ask) -> Grant:
        """Tell what was learnt, and get a share of the account's windows for a term.

        Args:
            account: the connector's name and the account's id there, as ``hubspot#123``.

        Raises:
            ConflictError: others kept asking at the same moment; ask again.
        """
        ...

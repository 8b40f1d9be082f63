"""One budget per remote account, and the lane that calls are made in."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from crmbridge.domain.budgets import Ask, Grant, Lane
from crmbridge.domain.declaration import Limits

_LANE: ContextVar[Lane | None] = ContextVar("lane", default=None)


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

"""One attack on a webhook door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.functional.attacks.genuine import Sent
from tests.matrix.house import House


@dataclass(frozen=True, slots=True)
class Attack:
    """One call that must be refused.

    Attributes:
        statuses: any of these is a clear refusal.
    """

    name: str
    make: Callable[[House], Sent]
    statuses: tuple[int, ...] = (400, 401, 404)

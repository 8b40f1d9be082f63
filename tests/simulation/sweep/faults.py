"""The faults of the sweep, and who lets one of them strike at one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal, TypeAlias

from crmbridge.errors import AuthorizationExpiredError, RetriableProviderError
from tests.simulation.oracle import ViolationError
from tests.simulation.world import Crash, World

Fault: TypeAlias = Literal["crash before", "crash after", "timeout", "429", "500", "401"]

EVERYWHERE: tuple[Fault, ...] = ("crash before", "crash after", "timeout")
"""What can befall any call; a timeout comes after the call has had its effect."""

OF_CRMS: tuple[Fault, ...] = ("429", "500", "401")
"""What only a CRM answers: DynamoDB, SQS, KMS and Secrets Manager know no such answer that reaches a worker."""

FAULTS = (*EVERYWHERE, *OF_CRMS)
RETRY_AFTER = timedelta(seconds=3)
"""What the simulated CRMs say with a 429."""


def faults_at(call: str) -> tuple[Fault, ...]:
    """Return the faults that can befall a call of this name."""
    return FAULTS if call.startswith("crm.") else EVERYWHERE


class Striker:
    """Stands between the engine and its ports, notes every call, and lets one of them fail.

    Attributes:
        calls: names of the calls so far.
        on_strike: told when the fault strikes.
        has_struck: the call that was to fail has failed.
        refused: CRMs that answered 401 and were not connected again since.
    """

    def __init__(self, world: World, fault: Fault | None = None, at: int = 0) -> None:
        self.world = world
        self.fault = fault
        self.at = at
        self.calls: list[str] = []
        self.has_struck = False
        self.on_strike: Callable[[], None] | None = None
        self.refused: set[str] = set()
        self._quiet_until: dict[str, datetime] = {}
        self._answer = ""
        world.watch = self
        for name, crm in world.crms.items():
            crm.fault = partial(self.answer, name)

    def __call__(self, name: str, call: Callable[[], Any]) -> Any:
        """Pass a call on, or let it fail."""
        self.calls.append(name)
        if len(self.calls) != self.at:
            return call()
        if self.fault in OF_CRMS:
            self._answer = self.fault
            return call()
        if self.fault == "crash before":
            self._strike()
            raise Crash
        call()
        self._strike()
        if self.fault == "crash after":
            raise Crash
        if name.startswith("crm."):
            raise RetriableProviderError("the answer was lost", provider="sim", may_have_applied=True)
        raise TimeoutError(f"the answer to {name} was lost")

    def _strike(self) -> None:
        self.has_struck = True
        if self.on_strike is not None:
            self.on_strike()

    def answer(self, crm: str, kind: str) -> str:
        """Say what a CRM answers to a call.

        Raises:
            AuthorizationExpiredError: this is the call whose credentials it refuses.
            ViolationError: it has said that it does not want to be called now.
        """
        if crm in self.refused or self.world.time < self._quiet_until.get(crm, self.world.time):
            raise ViolationError(f"{crm} was asked to {kind} although it had said no for now")
        said, self._answer = self._answer, ""
        if not said:
            return ""
        self._strike()
        if said == "401":
            self.refused.add(crm)
            raise AuthorizationExpiredError("invalid_grant", provider=crm, status=401)
        if said == "429":
            self._quiet_until[crm] = self.world.time + RETRY_AFTER
        return said


def missing(calls: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Return the names of calls that a flow was to make and does not."""
    return [each for each in wanted if each not in calls]

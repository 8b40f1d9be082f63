"""Behaviour that no source decides, and limits whose numbers are not published; settable by control."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sandbox._clock import Clock
from sandbox.salesflare.errors import refusal

DELETIONS = ("archived", "vanish")
TWINS = ("answer_existing", "answer_nothing", "refuse")


@dataclass(kw_only=True)
class Options:
    """Switches of the simulated team.

    Attributes:
        per_minute: calls in any 60 s; 0 for no limit.
        retry_after: whether a 429 says how long to wait.
        index_lag_s: seconds (sandbox clock) until searches and ``q`` see a write.
        deleted_contacts: ``archived`` keeps them behind ``includeArchived``, ``vanish`` leaves no trace.
        twin_contacts: what creating a contact with ``force=false`` does when its address is taken.
        modification_filter: whether ``filterfields`` offers the modified time of accounts, opportunities and tasks.
        custom_filters: whether ``filterfields`` offers custom fields.
        longest_page: rows at most, whatever ``limit`` says; 0 for no such limit.
        update_merges_custom: whether an update keeps the custom values it does not name.
    """

    per_minute: int = 600
    retry_after: bool = False
    index_lag_s: float = 5.0
    deleted_contacts: str = "archived"
    twin_contacts: str = "answer_existing"
    modification_filter: bool = True
    custom_filters: bool = True
    longest_page: int = 100
    update_merges_custom: bool = True

    def change(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Set the options named in ``body`` and return all.

        Raises:
            ValueError: unknown name, or a value of another kind.
        """
        known = asdict(self)
        among = {"deleted_contacts": DELETIONS, "twin_contacts": TWINS}
        for name, value in body.items():
            if name not in known or not isinstance(value, type(known[name]) | int):
                message = f"{name}: known options are {sorted(known)}"
                raise ValueError(message)
            if name in among and value not in among[name]:
                message = f"{name}: one of {among[name]}"
                raise ValueError(message)
        for name, value in body.items():
            setattr(self, name, type(known[name])(value))
        return asdict(self)


class Gate:
    """Lets calls pass or refuses them with 429."""

    def __init__(self, clock: Clock, options: Options) -> None:
        """Start with an empty window."""
        self._clock = clock
        self._options = options
        self._passed: deque[float] = deque()

    def take(self) -> None:
        """Count one call.

        Raises:
            VendorError: 429, the window is full.
        """
        if not self._options.per_minute:
            return
        now_s = self._clock.now_ms() / 1000
        while self._passed and self._passed[0] <= now_s - 60:
            self._passed.popleft()
        if len(self._passed) >= self._options.per_minute:
            raise refusal(429)
        self._passed.append(now_s)

    def wait_s(self) -> int:
        """Return seconds until the window lets the next call pass, at least 1."""
        now_s = self._clock.now_ms() / 1000
        return max(1, round(self._passed[0] + 60 - now_s)) if self._passed else 1

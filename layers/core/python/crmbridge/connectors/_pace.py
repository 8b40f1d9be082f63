"""Keeps the calls to one account within what its CRM lets through, before it has to refuse any.

Short windows are counted here and corrected by what the vendor's headers tell of others; allowances of a day are known
by headers alone. What is due soon is waited for; for the rest the work is given back, to come again later.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from crmbridge.connectors._pace_allowances import Stock
from crmbridge.connectors._pace_windows import Window
from crmbridge.domain.declaration import Limits
from crmbridge.errors import RetriableProviderError
from crmbridge.ports import Now, Sleep

PATIENCE_S = 10.0
"""How long a call may be held back, in seconds; work that would wait for longer is given back."""

MARGIN_S = 0.005
"""Waited besides, in seconds: clocks and sleeps are not exact."""

CODE = "PACED"
"""Of the error that gives work back before the CRM was asked."""


class Pacer:
    """One process's share of one account's limits; shared by all clients of that account.

    Args:
        provider: folder name of the connector.
        workers: processes that call the account at once; rates of which headers tell nothing are divided by them.
        patience_s: seconds that a call may be held back.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        provider: str,
        now: Now,
        sleep: Sleep,
        workers: int = 1,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._provider = provider
        self._now, self._sleep = now, sleep
        self._patience_s = patience_s
        self._windows = [Window(each, reserve=limits.reserve, workers=workers) for each in limits.rates]
        self._stocks = [Stock(each, reserve=limits.reserve) for each in limits.allowances]
        self._lock = threading.Lock()

    def before(self, method: str, path: str, *, completes: bool = False) -> None:
        """Hold a call back until the limits have room for it.

        Args:
            completes: without it what was done before would have to be done again; half of the reserve is there for it.

        Raises:
            RetriableProviderError: it would take too long; nothing was sent.
        """
        left_s = self._patience_s
        while (wait_s := self._wait_s(method, path, completes=completes)) > 0:
            if wait_s > left_s:
                raise RetriableProviderError(
                    f"our share of {self._provider}'s limits is used up for now",
                    provider=self._provider,
                    code=CODE,
                    retry_after_s=wait_s,
                    is_quota=True,
                )
            self._sleep(wait_s + MARGIN_S)
            left_s -= wait_s

    def after(self, path: str, *, status: int, headers: Mapping[str, str]) -> None:
        """Count a call that was answered, or lost, and learn what its headers tell.

        Args:
            status: 0 when no answer came.
        """
        now_s = self._now().timestamp()
        with self._lock:
            for window in self._matching(path):
                window.note(now_s, headers, refused=status == 429)
            for stock in self._stocks:
                stock.note(now_s, headers)

    def _wait_s(self, method: str, path: str, *, completes: bool) -> float:
        now_s = self._now().timestamp()
        with self._lock:
            waits = [each.wait_s(now_s, completes=completes) for each in self._matching(path)]
            waits += [each.wait_s(now_s, completes=completes or method != "GET") for each in self._stocks]
        return max(waits, default=0.0)

    def _matching(self, path: str) -> list[Window]:
        """Return the windows that a call counts in: its own alone where that stands apart from all others."""
        found = [each for each in self._windows if each.rate.only and path.endswith(each.rate.only)]
        if any(each.rate.apart for each in found):
            return found
        return [*found, *(each for each in self._windows if not each.rate.only)]

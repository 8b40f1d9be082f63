"""Keeps the calls to one account within what its CRM lets through, before it has to refuse any.

Short windows are shared out among all workers (``_pace_share.py``) and counted here, corrected by what the vendor's
headers tell of others; allowances of a day are known by headers alone. What is due soon is waited for; for the rest
the work is given back, to come again later.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from crmbridge.connectors._pace_allowances import Stock
from crmbridge.connectors._pace_share import Share
from crmbridge.connectors._pace_windows import Window
from crmbridge.domain.budgets import Level, is_shared
from crmbridge.domain.declaration import Limits
from crmbridge.errors import ConflictError, RetriableProviderError
from crmbridge.ports import Now, Sleep
from crmbridge.ports.budgets import PACED, Budgets, lane, patience_s

PATIENCE_S = 10.0
"""How long a call may be held back, in seconds; work that would wait for longer is given back."""

MARGIN_S = 0.005
"""Waited besides, in seconds: clocks and sleeps are not exact."""

CLOSED_S = 1.0
"""How long nobody calls after a refusal that does not say how long, in seconds."""


class Pacer:
    """One process's part in one account's limits; shared by all clients of that account.

    Args:
        provider: folder name of the connector.
        budgets: shares the limits out among all processes; without it this one has them for itself.
        account: name of the account among all budgets.
        worker: name of this process, unlike any other's.
        patience_s: seconds that a call may be held back.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        provider: str,
        now: Now,
        sleep: Sleep,
        budgets: Budgets | None = None,
        account: str = "",
        worker: str = "",
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._provider = provider
        self._reserve = limits.reserve
        self._now, self._sleep = now, sleep
        self._patience_s = patience_s
        self._windows = [Window(each) for each in limits.rates]
        self._stocks = [Stock(each, reserve=limits.reserve) for each in limits.allowances]
        self._share: Share | None = None
        if budgets is not None:
            self._share = Share(budgets, account=account, limits=limits, worker=worker)
        self._closed_until_s = 0.0
        self._lock = threading.Lock()

    def before(self, method: str, path: str, *, completes: bool = False) -> None:
        """Hold a call back until the limits have room for it.

        Args:
            completes: without it what was done before would have to be done again; half of the reserve is there for it.

        Raises:
            RetriableProviderError: it would take too long; nothing was sent.
        """
        left_s, indices = patience_s(self._patience_s), self._matching(path)
        while True:
            self._renew(indices)
            wait_s, nap_s = self._wait_s(indices, writes=completes or method != "GET", completes=completes)
            if wait_s <= 0:
                return
            if self._grows(indices, completes=completes):
                continue
            if wait_s > left_s:
                raise self._paced(wait_s)
            nap_s = min(wait_s, nap_s)
            self._sleep(nap_s + MARGIN_S)
            left_s -= nap_s

    def after(self, path: str, *, status: int, headers: Mapping[str, str]) -> None:
        """Count a call that was answered, or lost, and learn what its headers tell.

        Args:
            status: 0 when no answer came.
        """
        now_s = self._now().timestamp()
        with self._lock:
            indices = self._matching(path)
            silent = [each for each in indices if self._windows[each].note(now_s, headers, refused=status == 429)]
            for stock in self._stocks:
                stock.note(now_s, headers)
        if silent and self._share:
            self._share.refused(0, silent)

    def refused(self, retry_after_s: float | None) -> None:
        """Close the account for every worker, after the vendor refused a call for a limit.

        Args:
            retry_after_s: as the vendor says, ``None`` where it does not.
        """
        now_s = self._now().timestamp()
        self._closed_until_s = now_s + (CLOSED_S if retry_after_s is None else retry_after_s)
        if self._share:
            self._share.refused(int(self._closed_until_s * 1000), ())
            self._exchange(self._share)

    # ---------------------------------------------------------------------------------- the share

    def _renew(self, indices: list[int]) -> None:
        """Ask for a share for the next term where this one has ended."""
        share, now_s = self._share, self._now().timestamp()
        if share and share.is_over(now_s, indices):
            share.want(now_s, indices)
            self._exchange(share)
        elif share:
            share.want(now_s, indices)

    def _grows(self, indices: list[int], *, completes: bool) -> bool:
        """Ask for more where it is the share that holds calls back; tells whether it was asked for."""
        share, now_s = self._share, self._now().timestamp()
        if not share or now_s < self._closed_until_s:
            return False
        reserve = self._left_alone(completes=completes)
        with self._lock:
            short = [each for each in indices if self._windows[each].is_short_of_share(now_s, reserve=reserve)]
            may_grow = bool(short) and share.may_grow(now_s, short)
            share.want_more(now_s, indices)
        if may_grow:
            self._exchange(share)
        return may_grow

    def _exchange(self, share: Share) -> None:
        """Tell what was learnt, and take over what others have.

        Raises:
            RetriableProviderError: too many ask at once.
        """
        now_s = self._now().timestamp()
        try:
            grant = share.exchange(now_s, self._windows, self._levels())
        except ConflictError as error:
            raise self._paced(1.0) from error
        with self._lock:
            self._closed_until_s = max(self._closed_until_s, grant.closed_until_ms / 1000)
            for index, window in enumerate(self._windows):
                window.is_alone = grant.is_alone
                window.share = grant.shares[index] if is_shared(window.rate) else None
            for name, level in grant.levels.items():
                kind, _, place = name.partition(".")
                known = self._windows if kind == "rate" else self._stocks
                known[int(place)].adopt(level)

    def _levels(self) -> dict[str, Level]:
        """Return what headers told of long windows and allowances."""
        found = [(f"rate.{at}", each.level()) for at, each in enumerate(self._windows) if not is_shared(each.rate)]
        found += [(f"allowance.{at}", each.level()) for at, each in enumerate(self._stocks)]
        return {name: level for name, level in found if level is not None}

    # ---------------------------------------------------------------------------------- waiting

    def _wait_s(self, indices: list[int], *, writes: bool, completes: bool) -> tuple[float, float]:
        """Return the seconds until there is room, and after how many it is worth asking for a share again."""
        now_s = self._now().timestamp()
        reserve = self._left_alone(completes=completes)
        part = 0.0 if lane() == "interactive" else 0.5 if writes else 1.0
        with self._lock:
            waits = [self._windows[each].wait_s(now_s, reserve=reserve) for each in indices]
            short = any(self._windows[each].is_short_of_share(now_s, reserve=reserve) for each in indices)
            waits += [each.wait_s(now_s, part=part) for each in self._stocks]
        waits.append(self._closed_until_s - now_s)
        wait_s = max(waits)
        grant = None if self._share is None else self._share.grant
        if grant is None or not short:
            return wait_s, wait_s
        empty = any(is_shared(self._windows[each].rate) and not grant.shares[each] for each in indices)
        again_s = max((grant.come_ms if empty else grant.until_ms) / 1000 - now_s, MARGIN_S)
        return (max(again_s, self._closed_until_s - now_s) if empty else wait_s), again_s

    def _left_alone(self, *, completes: bool) -> float:
        return self._reserve / 2 if completes or lane() == "interactive" else self._reserve

    def _paced(self, wait_s: float) -> RetriableProviderError:
        return RetriableProviderError(
            f"our share of {self._provider}'s limits is used up for now",
            provider=self._provider,
            code=PACED,
            retry_after_s=wait_s,
            is_quota=True,
        )

    def _matching(self, path: str) -> list[int]:
        """Return the windows that a call counts in: its own alone where that stands apart from all others."""
        rates = [each.rate for each in self._windows]
        found = [at for at, each in enumerate(rates) if each.only and path.endswith(each.only)]
        if any(rates[each].apart for each in found):
            return found
        return [*found, *(at for at, each in enumerate(rates) if not each.only)]

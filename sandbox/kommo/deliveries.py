"""Sends webhooks, and switches off those that are refused too often."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox._clock import Clock
from sandbox._settings import Settings
from sandbox._webhook_delivery import DeliveryRules, Event, WebhookDelivery
from sandbox._webhook_post import Outgoing, Reply
from sandbox.kommo.hooks import RETRIES_S, TIMEOUT_S, HookBook, accepts, render

_WINDOW_MS = 2 * 3600 * 1000
_BAD_ANSWERS = 100


class Deliveries(WebhookDelivery):
    """Kommo's way of delivering: one change a call, two seconds, four more tries."""

    def __init__(self, book: HookBook, *, clock: Clock, settings: Settings) -> None:
        """Prepare; nothing is sent before a change."""
        self.book = book
        self._bad_ms: dict[str, deque[int]] = {}
        self._now_ms = clock.now_ms
        super().__init__(
            DeliveryRules(retry_delays_s=RETRIES_S, timeout_s=TIMEOUT_S, batch_size=1),
            clock=clock,
            settings=settings,
            render=self._rendered,
            accepts=accepts,
        )
        self._plain_post, self._post = self._post, self._counted

    def reset(self) -> None:
        """Drop everything waiting and every count."""
        super().reset()
        self._bad_ms.clear()

    def memory(self) -> dict[str, Any]:
        """Return what waits, and which answers were bad."""
        return super().memory() | {"bad_ms": {url: list(times) for url, times in self._bad_ms.items()}}

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Go on from what ``memory`` returned in an earlier process."""
        super().recall(memory)
        self._bad_ms = {url: deque(times) for url, times in memory["bad_ms"].items()}

    def _rendered(self, target: str, events: Sequence[Event], attempt: int) -> Outgoing:
        del attempt
        return render(target, events)

    def _counted(self, call: Outgoing, timeout_s: float) -> Reply:
        """Post one call; more than a hundred bad answers within two hours end the subscription."""
        try:
            reply = self._plain_post(call, timeout_s)
        except Exception:
            self._note(call.url)
            raise
        if not accepts(reply):
            self._note(call.url)
        return reply

    def _note(self, url: str) -> None:
        bad, now_ms = self._bad_ms.setdefault(url, deque()), self._now_ms()
        bad.append(now_ms)
        while bad and bad[0] <= now_ms - _WINDOW_MS:
            bad.popleft()
        if len(bad) > _BAD_ANSWERS and url in self.book.hooks:
            self.book.hooks[url]["disabled"] = True

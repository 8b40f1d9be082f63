"""One account with its integration: everything that calls and people work on."""

from __future__ import annotations

from random import Random
from typing import Any

from sandbox._clock import Clock
from sandbox._settings import Settings
from sandbox.kommo.activities import NoteBook, TaskBook
from sandbox.kommo.deliveries import Deliveries
from sandbox.kommo.hook_items import item_of
from sandbox.kommo.hooks import CODES, HookBook, group_of
from sandbox.kommo.limits import RateGate
from sandbox.kommo.linking import Linker
from sandbox.kommo.records import Account
from sandbox.kommo.setup import host_of
from sandbox.kommo.showing import View
from sandbox.kommo.tokens import TokenBook
from sandbox.kommo.writing import Writer

JsonObject = dict[str, Any]


class Portal:
    """The simulated account, its tokens, limits and webhooks."""

    def __init__(self, settings: Settings, *, clock: Clock, deliveries: Deliveries | None = None) -> None:
        """Open a fresh account; ``deliveries`` are kept when an account is reset."""
        self.settings, self.clock = settings, clock
        self.account = Account(clock, random_seed=settings.random_seed)
        self.tokens = TokenBook(clock, Random(settings.random_seed + 1), api_domain=host_of(settings.base_url))
        self.gate = RateGate(clock)
        self.hooks = HookBook()
        self.deliveries = deliveries or Deliveries(self.hooks, clock=clock, settings=settings)
        self.deliveries.book = self.hooks
        self.writer = Writer(self.account, self.tell)
        self.tasks = TaskBook(self.account, self.tell)
        self.notes = NoteBook(self.account, self.tell)
        self.linker = Linker(self.account)
        self.view = View(self.account, settings.base_url)
        self.set_targets(settings.webhook_urls)

    def tell(self, table: str, action: str, code: str, row: JsonObject) -> None:
        """Send a change to whoever listens to its code."""
        event = {
            "group": group_of(table, row),
            "action": action,
            "item": item_of(self.account, table, action, row),
        }
        for url in self.hooks.listening(code):
            self.deliveries.publish(url, [event])

    def set_targets(self, urls: tuple[str, ...]) -> None:
        """Subscribe ``urls``, and no others, to everything."""
        self.hooks.hooks.clear()
        for url in urls:
            codes = sorted({*CODES, "unsorted"})
            self.hooks.subscribe(url, codes, now_s=self.account.now_s(), merge=False)

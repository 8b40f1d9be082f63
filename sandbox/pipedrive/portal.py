"""The company with its tokens, limits and webhooks."""

from __future__ import annotations

from random import Random

from sandbox._clock import Clock
from sandbox._settings import Settings
from sandbox.pipedrive.company import Company, Options
from sandbox.pipedrive.hooks import HookBook
from sandbox.pipedrive.limits import Gate
from sandbox.pipedrive.telling import Telling
from sandbox.pipedrive.tokens import TokenBook
from sandbox.pipedrive.writing import Writer


class Portal:
    """Everything of one company; a reset opens another one."""

    def __init__(self, settings: Settings, clock: Clock, telling: Telling, options: Options | None = None) -> None:
        """Open a fresh company."""
        seed = settings.random_seed
        self.company = Company(clock, random_seed=seed, options=options)
        self.tokens = TokenBook(clock, Random(seed + 2), settings.base_url)
        self.gate = Gate(clock)
        self.hooks = HookBook(clock, Random(seed + 3))
        self.telling = telling
        telling.open(self.hooks)
        self.writer = Writer(self.company, telling.announce)

    def set_targets(self, urls: tuple[str, ...]) -> None:
        """Tell everything to ``urls``, as an admin who fills in the webhooks page."""
        for hook in list(self.hooks.items.values()):
            if hook.from_control:
                del self.hooks.items[hook.hook_id]
        for url in urls:
            self.hooks.add(url, "*", "*", name="Set by hand", from_control=True)

"""How a simulated CRM is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sandbox._clock import real_now
from sandbox._webhook_post import Outgoing, Reply, post_over_http


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a simulated CRM is run.

    Attributes:
        base_url: where it is reached, without a trailing slash.
        webhook_urls: where its app's webhooks go at first; changeable by control.
        background: send webhooks from threads; if false nothing is sent before
            ``deliveries.flush()``, which makes tests repeatable.
        random_seed: decides every random choice (order of results, dropped webhooks).
        real: the source of real time; frozen in tests.
        post: sends one webhook call; replaced in tests that have no receiver.
    """

    base_url: str = "http://sandbox.test"
    webhook_urls: tuple[str, ...] = ()
    background: bool = True
    random_seed: int = 1
    real: Callable[[], datetime] = field(default=real_now)
    post: Callable[[Outgoing, float], Reply] = field(default=post_over_http)

"""How a vendor delivers webhooks, and what is remembered of each attempt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to deliver a batch; ``status`` is ``None`` if no answer came."""

    at: str
    target: str
    events: int
    attempt: int
    status: int | None
    error: str | None
    latency_s: float
    accepted: bool


@dataclass(slots=True, kw_only=True)
class DeliveryRules:
    """How a vendor delivers.

    Attributes:
        retry_delays_s: seconds of the sandbox clock to the 1st, 2nd … retry; one retry each.
        timeout_s: real seconds the receiver has to answer.
        batch_size: most events in one call.
        gather_s: real seconds to wait for more events before a call.
        concurrency: most calls at once.
        jitter: part of a retry's delay that is random, 0 to 1.
        drop: probability that an event is never sent.
        duplicate: probability that an event is sent twice.
        shuffle: mix the order of waiting events.
        delay_s: longest time an event is held back, in seconds of the sandbox clock; each has a time of its own.
        seed: of the disturbances; a new one begins a new row of throws.
    """

    retry_delays_s: tuple[float, ...]
    timeout_s: float = 5.0
    batch_size: int = 100
    gather_s: float = 0.02
    concurrency: int = 10
    jitter: float = 0.0
    drop: float = 0.0
    duplicate: float = 0.0
    shuffle: bool = False
    delay_s: float = 0.0
    seed: int = 0

    def change(self, changes: Mapping[str, Any]) -> None:
        """Set the rules named in ``changes``; unknown names are left alone.

        Raises:
            ValueError: a value is of the wrong type, a probability outside 0..1 or a delay below 0.
        """
        if float(changes.get("delay_s", 0.0)) < 0:
            message = "delay_s is 0 or more"
            raise ValueError(message)
        for name in ("drop", "duplicate", "jitter"):
            if not 0.0 <= float(changes.get(name, 0.0)) <= 1.0:
                message = f"{name} is a probability, 0 to 1"
                raise ValueError(message)
        for name, current in asdict(self).items():
            if name in changes:
                setattr(self, name, _converted(changes[name], current))


def _converted(value: Any, current: object) -> object:
    if isinstance(current, tuple):
        return tuple(float(part) for part in value)
    if isinstance(current, bool):
        return bool(value)
    return int(value) if isinstance(current, int) else float(value)

"""The only home of the clock, of randomness and of ids."""

from __future__ import annotations

import random
import secrets
import time
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Executor

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no letter that looks like another


def now() -> datetime:
    """Return the present moment, aware UTC."""
    return datetime.now(UTC)


def sleep(seconds: float) -> None:
    """Wait that many seconds."""
    time.sleep(seconds)


def jitter() -> float:
    """Return a number from 0.0 up to 1.0."""
    return random.random()  # noqa: S311 - spreads retries, protects nothing


def secret() -> str:
    """Return a fresh secret: 43 URL-safe characters, 256 bits."""
    return secrets.token_urlsafe(32)


def new_id(prefix: str) -> str:
    """Return ``<prefix>_<26 characters>``: 48 bits of time, then 80 random bits, so ids ascend in time."""
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    letters = [_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5)]
    return f"{prefix}_{''.join(letters)}"


@cache
def threads() -> Executor:
    """Return the process's threads for parallel calls to AWS."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - not every function reads in parallel

    return ThreadPoolExecutor(max_workers=8, thread_name_prefix="aws")

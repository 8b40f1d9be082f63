"""Copies of frozen values with some attributes changed, many thousand times a second."""

from __future__ import annotations

from typing import TypeVar

Value = TypeVar("Value")


def altered(value: Value, **changes: object) -> Value:
    """Return a copy of a frozen dataclass with some attributes changed, in a fraction of the time of ``replace``.

    Args:
        value: of a dataclass without slots; its ``__init__`` is not run again, so it should check nothing.

    Raises:
        TypeError: it has no such attribute.
    """
    known = value.__dict__
    if not changes.keys() <= known.keys():
        raise TypeError(f"{type(value).__name__} has no {', '.join(sorted(changes.keys() - known.keys()))}")
    after = object.__new__(value.__class__)
    after.__dict__.update(known, **changes)
    return after

"""What the body of a document may hold, the same in every document store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast


def plain(body: Mapping[str, object]) -> dict[str, Any]:
    """Return a body as JSON would give it back: new dicts and lists, tuples as lists.

    Raises:
        TypeError: a value has no place in a document, such as a float or a datetime.

    Example:
        >>> plain({"ids": ("1", "2"), "count": 2})
        {'ids': ['1', '2'], 'count': 2}
    """
    return {key: _plain(each) for key, each in body.items()}


def _plain(value: object) -> object:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, list | tuple):
        return [_plain(each) for each in cast("list[object]", value)]
    if isinstance(value, Mapping):
        return plain(cast("Mapping[str, object]", value))
    raise TypeError(f"a document holds no {type(value).__name__}")

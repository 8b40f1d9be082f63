"""Which fields of an event are still news: the later event counts, in whatever order they come in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Mark: TypeAlias = tuple[int, str]
"""When something was said (epoch milliseconds), and in which event; the id decides between two of one moment."""


def still_new(
    said: Mapping[str, Any], mark: Mark, before: Mapping[str, Mark]
) -> tuple[dict[str, Any], dict[str, Mark]]:
    """Return the fields that no later event has said already, and the marks as they then are.

    An event that comes in a second time is as new as the first time, so that one that was cut off can be ended.

    Args:
        said: the event's fields.
        mark: the event's own.
        before: by field, the latest event that said it so far.

    Example:
        >>> still_new({"stage": "won", "title": "x"}, (5, "e1"), {"stage": (7, "e2")})
        ({'title': 'x'}, {'stage': (7, 'e2'), 'title': (5, 'e1')})
    """
    fresh = {name: value for name, value in said.items() if mark >= before.get(name, mark)}
    return fresh, {**before, **dict.fromkeys(fresh, mark)}

"""Lists in pages: the place after which a page begins travels as an opaque cursor."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from crmbridge.errors import RequestRejectedError

T = TypeVar("T")


def paged(
    items: Sequence[T],
    *,
    key: Callable[[T], str],
    show: Callable[[T], Any],
    limit: int,
    cursor: str | None,
    newest_first: bool = False,
) -> dict[str, Any]:
    """Return one page of a sorted list, and where the next one begins.

    What was added or removed since the last page neither repeats an item nor hides one.

    Args:
        items: sorted by ``key``, ascending.
        key: unique text of an item.
        show: an item as it is answered.
        limit: items in the page, 1..n.
        cursor: of the page before; ``None`` for the first.
        newest_first: they are sorted descending.

    Raises:
        RequestRejectedError: the cursor is none of ours.

    Example:
        >>> first = paged(["a", "b", "c"], key=str, show=str, limit=2, cursor=None)
        >>> paged(["a", "b", "c"], key=str, show=str, limit=2, cursor=first["nextCursor"])
        {'items': ['c']}
    """
    if cursor is not None:
        after = place_of(cursor)
        items = [each for each in items if (key(each) < after if newest_first else key(each) > after)]
    found = [show(each) for each in items[:limit]]
    return {"items": found} if len(items) <= limit else {"items": found, "nextCursor": cursor_of(key(items[limit - 1]))}


def cursor_of(place: str) -> str:
    """Return a place as a cursor."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def place_of(cursor: str) -> str:
    """Return the place that a cursor stands for.

    Raises:
        RequestRejectedError: the cursor is none of ours.
    """
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise RequestRejectedError(
            "this cursor was not given out by a list", field="cursor", next_step="start again without a cursor"
        ) from error

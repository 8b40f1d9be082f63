"""Views, page by page, and the pages themselves: numbers only, so that rows shift under a walk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sandbox.freshsales.errors import invalid

JsonObject = dict[str, Any]
PAGE = 25
PAGE_MAX = 100
"""Rows of a page when nothing is asked for, and at most: more is cut without a word."""
T = TypeVar("T")


def page_of(items: Sequence[T], asked: Mapping[str, Any]) -> tuple[Sequence[T], JsonObject]:
    """Return one page and its ``meta``.

    Raises:
        VendorError: 400 for numbers that are none.
    """
    page, size = _number(asked, "page", 1), min(_number(asked, "per_page", PAGE), PAGE_MAX)
    meta = {"total_pages": -(-len(items) // size), "total": len(items)}
    return items[(page - 1) * size : page * size], meta


def _number(asked: Mapping[str, Any], name: str, otherwise: int) -> int:
    try:
        number = int(asked.get(name) or otherwise)
    except (TypeError, ValueError):
        number = 0
    if number < 1:
        raise invalid(f"{name} must be a positive number")
    return number

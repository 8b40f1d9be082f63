"""What a list was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sandbox.kommo.errors import problem

PAGE_DEFAULT, PAGE_MOST = 50, 250
_FILTER = re.compile(r"filter\[(\w+)\](?:\[(\w*)\])?(?:\[(\w+)\])?\Z")
_ORDER = re.compile(r"order\[(\w+)\]\Z")


class Query:
    """The parameters of a list, read once."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Read the pairs of a query string."""
        self.plain: dict[str, str] = {}
        self.filters: dict[str, list[tuple[str, str, str]]] = {}
        self.order: tuple[str, str] | None = None
        for key, value in pairs:
            found, ordered = _FILTER.match(key), _ORDER.match(key)
            if found:
                self.filters.setdefault(found[1], []).append((found[2] or "", found[3] or "", value))
            elif ordered and self.order is None:
                self.order = (ordered[1], value)
            else:
                self.plain[key] = value

    @property
    def page(self) -> int:
        """The page asked for, 1 or more."""
        return max(1, _number(self.plain.get("page"), 1))

    @property
    def limit(self) -> int:
        """Rows in one page; more than 250 are never given."""
        return min(PAGE_MOST, max(1, _number(self.plain.get("limit"), PAGE_DEFAULT)))

    @property
    def wanted(self) -> set[str]:
        """What ``with`` names."""
        return {each.strip() for each in self.plain.get("with", "").split(",") if each.strip()}

    def values(self, name: str) -> list[str]:
        """Return a filter's values, given once, as a list or separated by commas."""
        return [
            part
            for kind, _, value in self.filters.get(name, ())
            if kind not in {"from", "to"}
            for part in value.split(",")
        ]

    def bounds(self, name: str) -> tuple[int, int] | None:
        """Return a range, both ends included; ``None`` when the filter is not given.

        A bare number means exactly that second.

        Raises:
            VendorError: a bound is no number.
        """
        if name not in self.filters:
            return None
        low, high = 0, 1 << 62
        for kind, _, value in self.filters[name]:
            if not value.isdigit():
                raise problem(400, f"filter[{name}] is not a valid timestamp")
            number = int(value)
            if kind == "from":
                low = number
            elif kind == "to":
                high = number
            else:
                low = high = number
        return low, high


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdigit() else otherwise


def page_of(rows: list[dict[str, Any]], query: Query) -> tuple[list[dict[str, Any]], bool]:
    """Return one page and whether there is another."""
    start = (query.page - 1) * query.limit
    return rows[start : start + query.limit], len(rows) > start + query.limit

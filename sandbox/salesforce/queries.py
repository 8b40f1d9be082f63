"""Queries run page by page: cursors that live two days."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.org import Org
from sandbox.salesforce.soql import Result, parse, run
from sandbox.salesforce.view import View

LIFE = timedelta(days=2)
PAGE_MIN, PAGE_MAX = 200, 2000
_KEPT_CURSORS = 1000


@dataclass(frozen=True, slots=True)
class _Cursor:
    result: Result
    size: int
    user_id: str
    expires_at: datetime


class Queries:
    """Cursors of queries that did not fit a page."""

    def __init__(self, org: Org) -> None:
        """Start without cursors."""
        self._org = org
        self._cursors: OrderedDict[str, _Cursor] = OrderedDict()

    def clear(self) -> None:
        """Forget all cursors."""
        self._cursors.clear()

    def first(
        self, text: str, view: View, *, user_id: str, page_rows: int, version: str, deleted_too: bool = False
    ) -> dict[str, Any]:
        """Run a query and return its first page.

        Raises:
            SalesforceError: the query's mistake in the vendor's words.
        """
        result = run(parse(text), view, deleted_too=deleted_too)
        size = max(1, min(page_rows, self._org.switches.page_rows))
        locator = ""
        if len(result.rows) > size:
            locator = self._org.mint.mint("01g")
            expires_at = self._org.clock.now() + LIFE
            self._cursors[locator] = _Cursor(result, size, user_id, expires_at)
            while len(self._cursors) > _KEPT_CURSORS:
                self._cursors.popitem(last=False)
        return _page(result, 0, size, locator, version)

    def more(self, name: str, *, user_id: str, version: str) -> dict[str, Any]:
        """Return a later page by the last part of ``nextRecordsUrl``.

        Raises:
            SalesforceError: INVALID_QUERY_LOCATOR, unknown, expired or someone else's.
        """
        locator, _, start = name.rpartition("-")
        cursor = self._cursors.get(locator)
        usable = cursor is not None and cursor.user_id == user_id and start.isdigit()
        if cursor is None or not usable or cursor.expires_at < self._org.clock.now():
            raise SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
        return _page(cursor.result, int(start), cursor.size, locator, version)


def page_rows(options: str | None) -> int:
    """Read ``batchSize`` of the header ``Sforce-Query-Options``; 2000 without, 200..2000 with."""
    name, _, value = (options or "").partition("=")
    if name.strip().lower() != "batchsize" or not value.strip().isdigit():
        return PAGE_MAX
    return max(PAGE_MIN, min(PAGE_MAX, int(value)))


def _page(result: Result, start: int, size: int, locator: str, version: str) -> dict[str, Any]:
    end = start + size
    done = end >= len(result.rows)
    page: dict[str, Any] = {"totalSize": result.total, "done": done}
    if not done:
        page["nextRecordsUrl"] = f"/services/data/v{version}/query/{locator}-{end}"
    page["records"] = result.page(start, size)
    return page

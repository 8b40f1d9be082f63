"""Reading a table: one page of a query, or of what has changed.

Source: Dataverse developer guide, query data using the Web API; use change tracking.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sandbox.dynamics.errors import DataverseError, bad_query
from sandbox.dynamics.odata.filters import Test, compiled, folded
from sandbox.dynamics.odata.pages import Cookie, cookie_of, delta_token, version_of
from sandbox.dynamics.odata.preferences import Preferences
from sandbox.dynamics.odata.rendering import context, selected, shown
from sandbox.dynamics.org import Org, Row
from sandbox.dynamics.schema import Column, TableDef

_KNOWN = {"$select", "$filter", "$orderby", "$top", "$count", "$skiptoken", "$deltatoken"}
_COUNT_MAX = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One request for rows of a table.

    Attributes:
        args: query options by name.
        base: URL of the service root, with a slash at its end.
        now: the present moment.
    """

    org: Org
    table: TableDef
    args: Mapping[str, str]
    prefer: Preferences
    base: str
    now: datetime

    def answer(self) -> dict[str, Any]:
        """Return one page.

        Raises:
            DataverseError: an option is unknown, wrong, or does not go with another.
        """
        unknown = {name for name in self.args if name.startswith("$")} - _KNOWN
        if unknown:
            raise bad_query(f"The query parameter {sorted(unknown)[0]} is not supported.")
        if self.prefer.tracks or "$deltatoken" in self.args:
            return _Deltas(self).answer()
        return self._plain()

    @property
    def query(self) -> str:
        """What a cookie must have been made for."""
        kept = {name: value for name, value in self.args.items() if name != "$skiptoken"}
        return urlencode(sorted(kept.items()))

    @property
    def cookie(self) -> Cookie | None:
        """Where the page before ended, ``None`` on the first page."""
        text = self.args.get("$skiptoken")
        return None if text is None else cookie_of(text, query=self.query)

    def link(self, **more: str) -> str:
        """Return the address of this query with other tokens."""
        kept = {name: value for name, value in self.args.items() if name not in ("$skiptoken", "$deltatoken")}
        return f"{self.base}{self.table.set_name}?{urlencode({**kept, **more}, safe='$,()')}"

    def body(self, rows: list[Row], *, tail: str = "") -> dict[str, Any]:
        """Return rows in their envelope."""
        columns = selected(self.table, self.args.get("$select"))
        return {
            "@odata.context": context(self.base, self.table, columns, self.args.get("$select"), tail=tail),
            "value": [shown(self.org, row, columns, annotates=self.prefer.annotates) for row in rows],
        }

    def _plain(self) -> dict[str, Any]:
        test: Test = compiled(self.org, self.table, self.args["$filter"]) if self.args.get("$filter") else _all
        order, cookie = self._order(), self.cookie
        rows = _sorted([row for row in self.org.rows[self.table.name].values() if test(row)], order)
        body: dict[str, Any] = {}
        if self.args.get("$count") == "true":
            body["@odata.count"] = min(len(rows), _COUNT_MAX)
        if cookie is not None:
            rows = [row for row in rows if _is_behind(row, order, cookie.last)]
        size = self._top(rows)
        body = self.body(rows[:size]) | body
        if len(rows) > size:
            last = [_sortable(rows[size - 1], column) for column, _ in order]
            page = (cookie.page if cookie else 1) + 1
            body["@odata.nextLink"] = self.link(**{"$skiptoken": Cookie(page=page, query=self.query, last=last).text()})
        return body

    def _top(self, rows: list[Row]) -> int:
        """Return how many rows go into this page; ``$top`` leaves nothing behind it."""
        top = self.args.get("$top")
        if top is None:
            return self.prefer.page_size
        if not top.isdigit():
            raise bad_query(f"Invalid value '{top}' for $top query option found.")
        del rows[int(top) :]
        return int(top)

    def _order(self) -> list[tuple[Column, bool]]:
        """Return the columns to sort by, the primary key last, and whether downwards."""
        found: list[tuple[Column, bool]] = []
        for part in (self.args.get("$orderby") or "").split(","):
            name, _, way = part.strip().partition(" ")
            if not name:
                continue
            column = self.table.by_shown(name)
            if column is None or way not in ("", "asc", "desc"):
                raise bad_query(f"Could not sort by '{part.strip()}'.")
            found.append((column, way == "desc"))
        return [*found, (self.table.columns[self.table.primary], False)]


class _Deltas:
    """The rows that changed since a token, and then the ids that are gone."""

    def __init__(self, listing: Listing) -> None:
        self._listing, self._org, self._table = listing, listing.org, listing.table

    def answer(self) -> dict[str, Any]:
        args, listing = self._listing.args, self._listing
        if not self._table.tracked:
            raise DataverseError("0x80072491", f"Entity {self._table.name} isn't enabled for change tracking.")
        forbidden = {"$filter", "$orderby", "$top", "$count"} & args.keys()
        if forbidden:
            raise bad_query(f"The query parameter {sorted(forbidden)[0]} is not supported with change tracking.")
        cookie = listing.cookie
        since = cookie.since if cookie else self._since()
        upto = cookie.upto if cookie else self._org.version
        items = self._items(since, upto, cookie.last if cookie else [0, 0])
        page = items[: listing.prefer.page_size]
        body = listing.body([], tail="/$delta" if "$deltatoken" in args else "")
        body["value"] = [each for _, each in page]
        token = {"$deltatoken": args["$deltatoken"]} if "$deltatoken" in args else {}
        if len(items) > len(page):
            last = list(page[-1][0])
            more = Cookie(page=0, query=listing.query, last=last, since=since, upto=upto)
            body["@odata.nextLink"] = listing.link(**token, **{"$skiptoken": more.text()})
        else:
            body["@odata.deltaLink"] = listing.link(**{"$deltatoken": delta_token(upto, listing.now)})
        return body

    def _since(self) -> int:
        token = self._listing.args.get("$deltatoken")
        if token is None:
            return 0
        organization = next(iter(self._org.rows["organization"].values()))
        days = organization["expirechangetrackingindays"] or 7
        return version_of(token, now=self._listing.now, days=days, newest=self._org.version)

    def _items(self, since: int, upto: int, last: list[Any]) -> list[tuple[tuple[int, int], dict[str, Any]]]:
        """Return what is still to be told, by phase and version: rows first, deletions after them."""
        listing, table = self._listing, self._table
        columns = selected(table, listing.args.get("$select"))
        rows = [row for row in self._org.rows[table.name].values() if since < row["versionnumber"] <= upto]
        items = [
            ((0, row["versionnumber"]), shown(self._org, row, columns, annotates=False))
            for row in sorted(rows, key=lambda row: row["versionnumber"])
        ]
        where = f"{listing.base}$metadata#{table.set_name}/$deletedEntity"
        if "$deltatoken" in listing.args:
            items += [
                ((1, version), {"@odata.context": where, "id": row_id, "reason": "deleted"})
                for version, row_id in self._org.gone[table.name]
                if since < version <= upto
            ]
        return [each for each in items if list(each[0]) > last]


def _all(_row: Row) -> bool:
    return True


def _sortable(row: Row, column: Column) -> Any:
    value = folded(column, row.get(column.name))
    return value.isoformat() if isinstance(value, datetime) else value


def _key(row: Row, column: Column) -> tuple[bool, Any]:
    value = _sortable(row, column)
    return value is not None, value if value is not None else 0


def _sorted(rows: list[Row], order: list[tuple[Column, bool]]) -> list[Row]:
    for column, downwards in reversed(order):
        rows.sort(key=lambda row, by=column: _key(row, by), reverse=downwards)
    return rows


def _is_behind(row: Row, order: list[tuple[Column, bool]], last: list[Any]) -> bool:
    """Tell whether a row comes after the one a page ended with, be that one still there or not."""
    for (column, downwards), value in zip(order, last, strict=True):
        mine, theirs = _key(row, column), (value is not None, value if value is not None else 0)
        if mine != theirs:
            return (mine > theirs) is not downwards
    return False

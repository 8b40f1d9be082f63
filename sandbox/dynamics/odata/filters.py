"""``$filter``: comparisons as the database collates them, without letters' case; texts match with wildcards.

Source: Dataverse developer guide, filter rows using OData; Web API query function reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sandbox.dynamics.errors import DataverseError, bad_query
from sandbox.dynamics.odata.splitting import Word
from sandbox.dynamics.odata.words import Words
from sandbox.dynamics.org import Org, Row
from sandbox.dynamics.schema import Column, TableDef
from sandbox.dynamics.times import parsed

Test = Callable[[Row], bool]
Read = Callable[[Row], Any]

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left is not None and right is not None and left > right,
    "ge": lambda left, right: left is not None and right is not None and left >= right,
    "lt": lambda left, right: left is not None and right is not None and left < right,
    "le": lambda left, right: left is not None and right is not None and left <= right,
}
_TAKES = {
    "string": {"text"},
    "memo": {"text"},
    "multiselect": {"text"},
    "boolean": {"flag"},
    "guid": {"guid"},
    "lookup": {"guid"},
    "datetime": {"time", "date"},
    "date": {"date"},
    "decimal": {"number"},
    "money": {"number"},
}
_TEXT = ("contains", "startswith", "endswith")
_IN = "Microsoft.Dynamics.CRM.In"
_LIKE = re.compile(r"%|_|\[\^?[^\]]+\]|.", re.DOTALL)


def compiled(org: Org, table: TableDef, text: str) -> Test:
    """Return the test that a filter stands for.

    Raises:
        DataverseError: it cannot be read, names no column, or compares what cannot be compared.
    """
    reader = _Reader(org, table, Words(text))
    test = reader.either()
    if reader.words.peek() is not None:
        raise bad_query(f"Syntax error in '{text[:200]}'.")
    return test


class _Reader:
    """Reads one filter."""

    def __init__(self, org: Org, table: TableDef, words: Words) -> None:
        self.words = words
        self._org, self._table = org, table

    def either(self) -> Test:
        tests = [self._both()]
        while self.words.takes("name", "or"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self.words.takes("name", "and"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self.words.takes("name", "not"):
            test = self._one()
            return lambda row: not test(row)
        if self.words.takes("mark", "("):
            test = self.either()
            self.words.want("mark", ")")
            return test
        word = self.words.take()
        if word.kind != "name":
            raise bad_query(f"A property was expected, found '{word.value}'.")
        if word.value == _IN:
            return self._in()
        return self._matching(word.value) if word.value in _TEXT else self._comparison(word.value)

    def _comparison(self, name: str) -> Test:
        column, read = self._column(name)
        verb, word = self.words.take(), self.words.take()
        if verb.value not in _COMPARE:
            raise bad_query(f"'{verb.value}' is no operator.")
        if column.kind in ("guid", "lookup") and verb.value not in ("eq", "ne"):
            raise bad_query("A binary operator with incompatible types was detected for 'Edm.Guid'.")
        wanted, compare = _literal(column, word), _COMPARE[verb.value]
        return lambda row: compare(folded(column, read(row)), wanted)

    def _in(self) -> Test:
        """Read ``In(PropertyName='…',PropertyValues=['…','…'])``; the property is named as the column is."""
        self.words.want("mark", "(")
        self.words.want("name", "PropertyName")
        self.words.want("mark", "=")
        column = self._table.columns.get(str(self.words.take().value))
        if column is None:
            raise DataverseError("0x80041103", f"'{self._table.name}' entity doesn't contain that attribute.")
        for mark in (",", "PropertyValues", "=", "["):
            self.words.want("name" if mark.isalpha() else "mark", mark)
        wanted: set[Any] = set()
        while not self.words.takes("mark", "]"):
            wanted.add(folded(column, _from_text(column, self.words.take())))
            self.words.takes("mark", ",")
        self.words.want("mark", ")")
        return lambda row: folded(column, row.get(column.name)) in wanted

    def _matching(self, verb: str) -> Test:
        self.words.want("mark", "(")
        column, read = self._column(self.words.take().value)
        self.words.want("mark", ",")
        word = self.words.take()
        self.words.want("mark", ")")
        if word.kind != "text" or column.kind not in ("string", "memo"):
            raise bad_query(f"No function signature for '{verb}' with these arguments.")
        head, tail = ("%" if verb != "startswith" else ""), ("%" if verb != "endswith" else "")
        pattern = _like(f"{head}{word.value}{tail}")
        return lambda row: pattern.fullmatch(str(read(row) or "").casefold()) is not None

    def _column(self, name: str) -> tuple[Column, Read]:
        if "/" in name:
            return self._beyond(*name.split("/", 1))
        column = self._table.by_shown(name)
        if column is None:
            message = f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{self._table.name}'."
            raise bad_query(message)
        return column, lambda row: row.get(column.name)

    def _beyond(self, nav: str, name: str) -> tuple[Column, Read]:
        found = self._table.nav(nav)
        table = self._org.tables.get(found[1]) if found else None
        column = table.by_shown(name) if table else None
        if found is None or table is None or column is None:
            raise bad_query(f"Could not find a property named '{nav}' or '{name}'.")
        lookup, rows = found[0].name, self._org.rows[table.name]

        def read(row: Row) -> object:
            target = row.get(lookup)
            return rows.get(target[1], {}).get(column.name) if target else None

        return column, read


def _literal(column: Column, word: Word) -> object:
    if word.kind == "null":
        return None
    if word.kind not in _TAKES.get(column.kind, {"number"}):
        raise bad_query(
            "A binary operator with incompatible types was detected. Found operand types "
            f"'{column.kind}' and '{word.kind}'."
        )
    if column.kind == "datetime" and word.kind == "date":
        return parsed(f"{word.value}T00:00:00Z")
    return folded(column, word.value)


def _from_text(column: Column, word: Word) -> object:
    if word.kind != "text":
        raise bad_query("PropertyValues holds texts.")
    if column.kind in ("guid", "lookup", "string", "memo", "date"):
        return word.value.lower() if column.kind in ("guid", "lookup") else word.value
    return word.value if not str(word.value).lstrip("-").isdigit() else int(word.value)


def folded(column: Column, value: object) -> Any:
    """Return a value as the database compares it."""
    if value is None:
        return None
    if isinstance(value, tuple):
        return value[1]  # pyright: ignore[reportUnknownVariableType]
    if column.kind == "datetime":
        return value if isinstance(value, datetime) else parsed(str(value))
    return value.casefold().rstrip(" ") if isinstance(value, str) else value


def _like(pattern: str) -> re.Pattern[str]:
    """Return what a LIKE pattern matches: ``%`` anything, ``_`` one letter, ``[…]`` one of some."""
    parts: list[str] = []
    for piece in _LIKE.findall(pattern.casefold()):
        if piece == "%":
            parts.append(".*")
        elif piece == "_":
            parts.append(".")
        elif len(piece) > 1:
            inner = piece[1:-1]
            parts.append(f"[{'^' if inner.startswith('^') else ''}{re.escape(inner.lstrip('^'))}]")
        else:
            parts.append(re.escape(piece))
    return re.compile("".join(parts), re.DOTALL)

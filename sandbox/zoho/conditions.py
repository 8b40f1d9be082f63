"""Where clauses of the query language, and how a record is held against them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.zoho.coql import invalid_query, syntax
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.modules import Module
from sandbox.zoho.records import Record
from sandbox.zoho.times import seconds

IN_MAX = 50
CRITERIA_MAX = 25
_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|\"[^\"]*\"|>=|<=|!=|[=<>(),]|[\w.$:+\-]+)")
Test = Callable[[Record], bool]
_PLAIN: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda held, wanted: held == wanted,
    "!=": lambda held, wanted: held != wanted,
    ">": lambda held, wanted: held > wanted,
    ">=": lambda held, wanted: held >= wanted,
    "<": lambda held, wanted: held < wanted,
    "<=": lambda held, wanted: held <= wanted,
}
_ORDERED = frozenset({"datetime", "date", "integer", "double", "currency", "percent", "bigint"})


class Where:
    """Turns a where clause into a test of records."""

    def __init__(self, module: Module, text: str) -> None:
        """Understand ``text`` for a module."""
        self._module = module
        self._tokens = [each.group(1) for each in _TOKEN.finditer(text)]
        if sum(len(each) for each in self._tokens) != len("".join(_unspaced(text))):
            raise syntax(text)
        self._place = 0
        self._criteria = 0
        self.test = self._either()
        if self._place != len(self._tokens):
            raise syntax(" ".join(self._tokens[self._place :]))

    def _either(self) -> Test:
        """Read one or two sides; three without brackets are refused, as the vendor does."""
        left = self._side()
        word = self._peek().lower()
        if word not in ("and", "or"):
            return left
        self._next()
        right = self._side()
        if self._peek().lower() in ("and", "or"):
            raise syntax("more than two criteria must be enclosed in brackets, two by two")
        if word == "and":
            return lambda record: left(record) and right(record)
        return lambda record: left(record) or right(record)

    def _side(self) -> Test:
        if self._peek() == "(":
            self._next()
            inner = self._either()
            if self._next() != ")":
                raise syntax("a bracket is not closed")
            return inner
        return self._criterion()

    def _criterion(self) -> Test:
        self._criteria += 1
        if self._criteria > CRITERIA_MAX:
            raise ZohoError(code="LIMIT_EXCEEDED", message="criteria limit exceeded", details={"limit": CRITERIA_MAX})
        name = self._next()
        self._check_column(name)
        verb = self._next().lower()
        if verb == "is":
            empty = self._next().lower() == "null"
            if not empty and self._next().lower() != "null":
                raise syntax(name)
            return lambda record: (held(self._module, record, name) is None) == empty
        if verb == "in":
            wanted = self._list()
            return lambda record: (
                held(self._module, record, name) in [_typed(self._module, name, each) for each in wanted]
            )
        if verb not in _PLAIN:
            raise syntax(f"{name} {verb}")
        if verb not in ("=", "!=") and name != "id" and self._module.fields[name].data_type not in _ORDERED:
            raise invalid_query("operator not supported", operator=verb, column_name=name)
        value = _typed(self._module, name, self._next())
        return lambda record: _compare(verb, held(self._module, record, name), value)

    def _check_column(self, name: str) -> None:
        field = self._module.fields.get(name)
        if name != "id" and field is None:
            raise invalid_query("column given seems to be invalid", column_name=name)
        if field is not None and field.data_type == "textarea":
            raise invalid_query("multi-line fields are not supported in criteria", column_name=name)

    def _list(self) -> list[str]:
        if self._next() != "(":
            raise syntax("in")
        found: list[str] = []
        while True:
            found.append(self._next())
            mark = self._next()
            if mark == ")":
                break
            if mark != ",":
                raise syntax("in")
        if len(found) > IN_MAX:
            raise ZohoError(code="LIMIT_EXCEEDED", message="in operator limit exceeded", details={"limit": IN_MAX})
        return found

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise syntax("the query ends too early")
        self._place += 1
        return token


def held(module: Module, record: Record, name: str) -> Any:
    """Return what a record holds, as queries compare it."""
    if name == "id":
        return int(record.record_id)
    times = {"Created_Time": record.created_s, "Modified_Time": record.modified_s}
    if name in times:
        return times[name]
    value = record.values.get(name)
    return value.casefold() if isinstance(value, str) and module.fields[name].data_type != "date" else value


def _typed(module: Module, name: str, token: str) -> Any:
    text = token[1:-1].replace("''", "'") if token[0] in "'\"" else token
    data_type = "id" if name == "id" else module.fields[name].data_type
    if data_type == "datetime":
        found = seconds(text)
        if found is None:
            raise invalid_query("value given seems to be invalid", column_name=name)
        return found
    if data_type in ("id", "integer"):
        return int(text) if text.isdigit() else -1
    if data_type in ("double", "currency", "percent"):
        return float(text)
    if data_type == "boolean":
        return text.lower() == "true"
    return text if data_type == "date" else text.casefold()


def _compare(verb: str, mine: Any, wanted: Any) -> bool:
    if mine is None:
        return verb == "!="
    return _PLAIN[verb](mine, wanted)


def _unspaced(text: str) -> list[str]:
    """Return a clause without the blanks between its tokens, those inside quotes kept."""
    return [each.group(1) for each in re.finditer(r"\s*('(?:[^']|'')*'|\"[^\"]*\"|\S)", text)]

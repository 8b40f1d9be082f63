"""From a query's text to its nodes: SELECT, FROM, GROUP BY, ORDER BY, LIMIT, OFFSET."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.soql.condition_parser import ConditionParser
from sandbox.salesforce.soql.nodes import Aggregate, AllFields, Order, Path, Query

MAX_CHARACTERS = 100_000
_AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"})
_AFTER_SOURCE = frozenset(
    {"WHERE", "ORDER", "LIMIT", "OFFSET", "GROUP", "ALL", "FOR", "WITH", "USING", "HAVING", "UPDATE"}
)

Member = TypeVar("Member")


def parse(text: str) -> Query:
    """Read a query.

    Raises:
        SalesforceError: MALFORMED_QUERY, or QUERY_TOO_COMPLICATED over 100,000 characters.
    """
    if len(text) > MAX_CHARACTERS:
        message = "SOQL statements cannot be longer than 100000 characters."
        raise SalesforceError("MALFORMED_QUERY", message)
    parser = _Parser(text)
    query = parser.query()
    parser.expect_end()
    return query


class _Parser(ConditionParser):
    def query(self) -> Query:
        self.keyword("SELECT")
        select = self._several(self._selected)
        self.keyword("FROM")
        source = self.word()
        query = Query(self.text, select, source.text, source.position)
        self.take_word("AS")
        if self.here.kind == "word" and self.here.upper not in _AFTER_SOURCE:
            query.alias = self.word().text
        self._clauses(query)
        return query

    def _clauses(self, query: Query) -> None:
        if self.take_word("WHERE"):
            query.where = self.condition()
        if self.take_word("GROUP"):
            self.keyword("BY")
            query.group_by = self._several(self.path)
        if self.take_word("ORDER"):
            self.keyword("BY")
            query.order_by = self._several(self._order)
        if self.take_word("LIMIT"):
            query.limit = self.count()
        if self.take_word("OFFSET"):
            query.offset = self.count()
        if self.take_word("ALL"):
            self.keyword("ROWS")
            query.all_rows = True

    def _several(self, read: Callable[[], Member]) -> list[Member]:
        members = [read()]
        while self.take(","):
            members.append(read())
        return members

    def _selected(self) -> Path | Aggregate | AllFields | Query:
        if self.take("("):
            inner = self.query()
            self.sign(")")
            return inner
        name = self.here
        if name.upper == "FROM":
            raise self.unexpected(name)
        follows = self.ahead.text
        if follows == "(" and name.upper == "FIELDS":
            return self._fields_function()
        if follows == "(" and name.upper in _AGGREGATES:
            return self._aggregate()
        path = self.path()
        if self.here.kind == "word" and self.here.upper != "FROM":
            return Aggregate("", path, self.word().text)
        return path

    def _fields_function(self) -> AllFields:
        name = self.word()
        self.sign("(")
        kind = self.word()
        self.sign(")")
        if kind.upper not in {"ALL", "STANDARD", "CUSTOM"}:
            raise self.unexpected(kind)
        return AllFields(kind.upper, name.position)

    def _aggregate(self) -> Aggregate:
        function = self.word().upper
        self.sign("(")
        path = None if self.here.text == ")" else self.path()
        self.sign(")")
        alias = None
        if self.here.kind == "word" and self.here.upper != "FROM":
            alias = self.word().text
        return Aggregate(function, path, alias)

    def _order(self) -> Order:
        path = self.path()
        descending = self.take_word("DESC")
        if not descending:
            self.take_word("ASC")
        nulls_first = True
        if self.take_word("NULLS"):
            nulls_first = self.here.upper == "FIRST"
            if not nulls_first:
                self.keyword("LAST")
            else:
                self.word()
        return Order(path, descending, nulls_first)

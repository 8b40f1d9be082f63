"""WHERE: the grammar that wants brackets wherever AND, OR and NOT meet."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from sandbox.salesforce.soql.cursor import Cursor
from sandbox.salesforce.soql.nodes import Comparison, Condition, Junction, Literal, Negation
from sandbox.salesforce.soql.tokens import Token, unquoted

if TYPE_CHECKING:
    from sandbox.salesforce.soql.nodes import Query

_SIGNS = frozenset({"=", "!=", "<>", "<", "<=", ">", ">="})
_LISTS = frozenset({"IN", "INCLUDES", "EXCLUDES"})
_RANGES = frozenset(
    {
        "YESTERDAY",
        "TODAY",
        "TOMORROW",
        "LAST_WEEK",
        "THIS_WEEK",
        "NEXT_WEEK",
        "LAST_MONTH",
        "THIS_MONTH",
        "NEXT_MONTH",
        "LAST_90_DAYS",
        "NEXT_90_DAYS",
        "LAST_YEAR",
        "THIS_YEAR",
        "NEXT_YEAR",
        "LAST_N_DAYS",
        "NEXT_N_DAYS",
        "N_DAYS_AGO",
    }
)


class ConditionParser(Cursor, ABC):
    """Reads conditions; subqueries are left to the full parser."""

    @abstractmethod
    def query(self) -> Query:
        """Read a whole query; the full parser knows how."""

    def condition(self) -> Condition:
        """Read conditions joined by AND only or by OR only, or one NOT."""
        if self.take_word("NOT"):
            return Negation(self._simple())
        first = self._simple()
        kind = self.here.upper if self.here.upper in {"AND", "OR"} else None
        if kind is None:
            return first
        parts = [first]
        while self.take_word(kind):
            parts.append(self._simple())
        return Junction(kind, tuple(parts))

    def _simple(self) -> Condition:
        if self.take("("):
            inner = self.condition()
            self.sign(")")
            return inner
        if self.here.upper == "NOT":
            raise self.unexpected(self.here)
        return self._comparison()

    def _comparison(self) -> Comparison:
        path = self.path()
        token = self.step()
        operator = token.upper
        if operator == "NOT":
            self.keyword("IN")
            return Comparison(path, "NOT IN", self._operands())
        if operator in _LISTS:
            return Comparison(path, operator, self._operands())
        if operator == "LIKE" or operator in _SIGNS:
            named = "!=" if operator == "<>" else operator
            return Comparison(path, named, self._literal())
        raise self.unexpected(token)

    def _operands(self) -> tuple[Literal, ...] | Query:
        self.sign("(")
        if self.here.upper == "SELECT":
            inner = self.query()
            self.sign(")")
            return inner
        literals = [self._literal()]
        while self.take(","):
            literals.append(self._literal())
        self.sign(")")
        return tuple(literals)

    def _literal(self) -> Literal:
        token = self.step()
        if token.kind == "string":
            return Literal("string", unquoted(token, self.text), token.text, token.position)
        if token.kind == "number":
            return Literal("number", float(token.text), token.text, token.position)
        if token.kind in {"date", "datetime"}:
            return Literal(token.kind, token.text, token.text, token.position)
        if token.kind == "word":
            return self._named(token)
        raise self.unexpected(token)

    def _named(self, token: Token) -> Literal:
        lower = token.text.lower()
        if lower in {"true", "false"}:
            return Literal("boolean", lower == "true", token.text, token.position)
        if lower == "null":
            return Literal("null", None, token.text, token.position)
        if token.upper.split(":")[0] in _RANGES:
            return Literal("range", token.upper, token.text, token.position)
        raise self.unexpected(token)

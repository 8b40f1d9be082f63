"""From conditions to a function that says whether a row is meant."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.schema import SObject
from sandbox.salesforce.soql import problems
from sandbox.salesforce.soql.nodes import Comparison, Condition, Junction, Literal, Negation, Query
from sandbox.salesforce.soql.paths import Resolved, resolve
from sandbox.salesforce.soql.scope import Scope
from sandbox.salesforce.soql.values import Span, comparable
from sandbox.salesforce.tables import Row, folded

Test = Callable[[Row], bool]
_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_WILDCARDS = {"%": ".*", "_": "."}


@dataclass(frozen=True, slots=True)
class Filters:
    """Compiles the conditions of one query."""

    query: Query
    sobject: SObject
    scope: Scope
    ids_of: Callable[[Query], frozenset[Any]]

    def test(self, condition: Condition) -> Test:
        """Return the function that says whether a row fulfils ``condition``.

        Raises:
            SalesforceError: a field is unknown, cannot be filtered, or a value does not fit.
        """
        if isinstance(condition, Negation):
            inner = self.test(condition.part)
            return lambda row: not inner(row)
        if isinstance(condition, Junction):
            return _joined(condition.kind, [self.test(part) for part in condition.parts])
        return self._comparison(condition)

    def resolved(self, comparison: Comparison) -> Resolved:
        """Find a comparison's field.

        Raises:
            SalesforceError: INVALID_FIELD, unknown, invisible or not to be filtered by.
        """
        path = comparison.path
        found = resolve(path, query=self.query, sobject=self.sobject, scope=self.scope)
        if not found.field.filterable:
            sentence = f"field '{found.field.name}' can not be filtered in a query call"
            raise problems.at(self.query.text, path.position, sentence, code="INVALID_FIELD")
        return found

    def values(self, comparison: Comparison, found: Resolved) -> list[Any]:
        """Return the values a comparison compares with."""
        operand = comparison.operand
        if isinstance(operand, Query):
            return list(self.ids_of(operand))
        literals = operand if isinstance(operand, tuple) else (operand,)
        return [comparable(literal, found.field, text=self.query.text, scope=self.scope) for literal in literals]

    def _comparison(self, comparison: Comparison) -> Test:
        found = self.resolved(comparison)
        get = found.value
        if comparison.operator in {"INCLUDES", "EXCLUDES"}:
            return self._multiple(comparison, found)
        if comparison.operator == "LIKE":
            return self._like(comparison, found)
        values = self.values(comparison, found)
        if comparison.operator in {"IN", "NOT IN"}:
            wanted = frozenset(values)
            positive = comparison.operator == "IN"
            return lambda row: (folded(get(row)) in wanted if found.field.is_text else get(row) in wanted) is positive
        return _single(comparison.operator, values[0], found)

    def _like(self, comparison: Comparison, found: Resolved) -> Test:
        literal = comparison.operand
        if not found.field.is_text or not isinstance(literal, Literal) or literal.kind != "string":
            sentence = f"invalid operator on {found.field.type} field"
            raise problems.at(self.query.text, comparison.path.position, sentence, code="INVALID_QUERY_FILTER_OPERATOR")
        pattern, get = like_pattern(str(literal.value)), found.value
        return lambda row: bool(pattern.fullmatch(get(row) or ""))

    def _multiple(self, comparison: Comparison, found: Resolved) -> Test:
        if found.field.type != "multipicklist":
            raise problems.at(
                self.query.text,
                comparison.path.position,
                "includes and excludes operators can only be used on multipicklist fields",
                code="INVALID_QUERY_FILTER_OPERATOR",
            )
        wanted = [set(str(value).split(";")) for value in self.values(comparison, found)]
        positive, get = comparison.operator == "INCLUDES", found.value

        def test(row: Row) -> bool:
            has = set((get(row) or "").lower().split(";"))
            return any(each <= has for each in wanted) is positive

        return test


def like_pattern(text: str) -> re.Pattern[str]:
    r"""Translate a LIKE pattern; ``\%`` and ``\_`` stand for themselves.

    Example:
        >>> bool(like_pattern("a%").fullmatch("Anna"))
        True
    """
    parts: list[str] = []
    for token in re.findall(r"\\[%_]|.", text, re.DOTALL):
        parts.append(_WILDCARDS.get(token) or re.escape(token.removeprefix("\\")))
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


def _joined(kind: str, tests: list[Test]) -> Test:
    if kind == "AND":
        return lambda row: all(test(row) for test in tests)
    return lambda row: any(test(row) for test in tests)


def _single(sign: str, wanted: Any, found: Resolved) -> Test:
    get = found.value
    read: Callable[[Row], Any] = (lambda row: folded(get(row))) if found.field.is_text else get
    if isinstance(wanted, Span):
        return _spanned(sign, wanted, get)
    if sign == "=":
        return lambda row: read(row) == wanted
    if sign == "!=":
        return lambda row: read(row) != wanted
    if wanted is None:
        return lambda _row: False
    compare = _ORDERINGS[sign]

    def test(row: Row) -> bool:
        value = read(row)
        return value is not None and compare(value, wanted)

    return test


def _spanned(sign: str, span: Span, get: Callable[[Row], Any]) -> Test:
    def inside(row: Row) -> bool:
        value = get(row)
        return value is not None and span.start <= value < span.end

    if sign == "=":
        return inside
    if sign == "!=":
        return lambda row: not inside(row)
    if sign in {"<", ">="}:
        compare, bound = _ORDERINGS[sign], span.start
    else:
        compare, bound = (operator.ge if sign == ">" else operator.lt), span.end

    def test(row: Row) -> bool:
        value = get(row)
        return value is not None and compare(value, bound)

    return test

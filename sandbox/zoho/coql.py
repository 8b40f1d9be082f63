"""The query language: what is understood of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.zoho.errors import ZohoError

COLUMNS_MAX = 50
LIMIT_MAX = 200
OFFSET_MAX = 100_000
_SHAPE = re.compile(
    r"\s*select\s+(?P<columns>.+?)\s+from\s+(?P<module>\w+)\s+where\s+(?P<where>.+?)"
    r"(?:\s+order\s+by\s+(?P<order>[\w\s,]+?))?(?:\s+limit\s+(?P<limit>\d+))?(?:\s+offset\s+(?P<offset>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(slots=True, kw_only=True)
class Query:
    """One understood query."""

    columns: list[str]
    module: str
    where: str
    order: list[tuple[str, bool]]
    limit: int
    offset: int


def syntax(near: str) -> ZohoError:
    """Build the refusal of a query that is none."""
    return ZohoError(code="SYNTAX_ERROR", message="error occured while parsing the query", details={"near": near[:60]})


def invalid_query(reason: str, **details: object) -> ZohoError:
    """Build the refusal of a query that asks for what there is not."""
    return ZohoError(code="INVALID_QUERY", message="invalid query formed", details={"reason": reason, **details})


def parse(text: str) -> Query:
    """Take a query apart.

    Raises:
        ZohoError: it is no select query with a where clause, or breaks a limit.
    """
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise syntax(text)
    columns = [each.strip() for each in found["columns"].split(",")]
    if len(columns) > COLUMNS_MAX:
        raise ZohoError(code="LIMIT_EXCEEDED", message="select column limit exceeded", details={"limit": COLUMNS_MAX})
    limit, offset = int(found["limit"] or LIMIT_MAX), int(found["offset"] or 0)
    if limit > LIMIT_MAX or offset > OFFSET_MAX:
        raise ZohoError(
            code="LIMIT_EXCEEDED", message="limit exceeded", details={"clause": "limit", "limit": LIMIT_MAX}
        )
    order: list[tuple[str, bool]] = []
    for each in (found["order"] or "id").split(","):
        name, _, way = each.strip().partition(" ")
        order.append((name, way.strip().lower() == "desc"))
    return Query(columns=columns, module=found["module"], where=found["where"], order=order, limit=limit, offset=offset)

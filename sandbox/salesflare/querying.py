"""Query strings: known keys only, filters, the ``q`` language, order and pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from werkzeug.wrappers import Request

from sandbox.salesflare.checking import is_date
from sandbox.salesflare.errors import invalid, refusal
from sandbox.salesflare.filterfields import values_of
from sandbox.salesflare.team import Team

JsonObject = dict[str, Any]
_PAGED = {"limit", "offset", "order_by", "q", "export", "custom"}
_TAGGED = {"tag", "tag.name", "search", "id", "name"}
_PLACED = {"address.country", "address.city", "address.state_region"}
_CREATED = {"creation_after", "creation_before"}

KEYS: Mapping[str, set[str]] = {
    "accounts": {"details", "min_size", "max_size", "domain", "hotness"} | _PAGED | _TAGGED | _PLACED | _CREATED,
    "contacts": {
        "email", "phone_number", "domain", "modification_after", "modification_before", "account", "position.role",
        "includeArchived", "type",
    } | _PAGED | _TAGGED | _PLACED | _CREATED,
    "opportunities": {
        "status", "stage", "stage.name", "owner", "team_member", "owner_group", "assignee_group", "account",
        "team_member_group", "assignee", "min_value", "max_value", "close_after", "close_before", "closed", "done",
        "hotness", "pipeline", "details",
    } | _PAGED | _TAGGED | _CREATED,
    "tasks": {"assignees", "type", "account", "id", "search"} | (_PAGED - {"custom"}),
    "tags": {"id", "name", "limit", "offset", "order_by", "q"},
    "users": {"id", "name", "email", "search", "limit", "offset", "order_by", "onlyEnabled", "q"},
}  # fmt: skip
DEFAULT_LIMITS = {"accounts": 10, "contacts": 20, "opportunities": 20, "tasks": 20, "tags": 20, "users": 20}
_FILTERED = {"tag", "tag.name", "account", "email", "domain", "name", "phone_number", "search", "q", "custom"}
"""What is answered from the lagging index; ids and times are not."""


def check_keys(known: set[str], request: Request) -> None:
    """Refuse a key that an operation does not have.

    Raises:
        VendorError: 400.
    """
    for key in request.args:
        if key not in known:
            raise invalid("query", key, f'"{key}" is not allowed', "object", "unknown")


def number(request: Request, key: str, default: int, *, least: int) -> int:
    """Return a whole number of the query string.

    Raises:
        VendorError: 400.
    """
    text = request.args.get(key)
    if text is None:
        return default
    if not text.lstrip("-").isdigit():
        raise invalid("query", key, f'"{key}" must be a number', "number", "base")
    if int(text) < least:
        raise invalid("query", key, f'"{key}" must be larger than or equal to {least}', "number", "min")
    return int(text)


def ids(request: Request, key: str) -> list[int]:
    """Return the numbers given under a key, once each or repeated.

    Raises:
        VendorError: 400.
    """
    found = request.args.getlist(key)
    for text in found:
        if not text.isdigit():
            raise invalid("query", key, f'"{key}" must be a number', "number", "base")
    return [int(text) for text in found]


def moment(request: Request, key: str) -> datetime | None:
    """Return a moment of the query string.

    Raises:
        VendorError: 400.
    """
    text = request.args.get(key)
    if text is None:
        return None
    if not is_date(text):
        raise invalid("query", key, f'"{key}" must be a valid ISO 8601 date', "date", "isoDate")
    return as_moment(text)


def as_moment(text: str) -> datetime:
    """Return an ISO text as an aware moment."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def asks_index(request: Request) -> bool:
    """Tell whether a call is answered from the lagging index."""
    return bool(_FILTERED & request.args.keys())


def between(rows: list[JsonObject], request: Request) -> list[JsonObject]:
    """Return the rows that lie between the moments asked for, both exclusive."""
    for name in ("creation", "modification"):
        after, before = moment(request, f"{name}_after"), moment(request, f"{name}_before")
        if after:
            rows = [row for row in rows if as_moment(row[f"{name}_date"]) > after]
        if before:
            rows = [row for row in rows if as_moment(row[f"{name}_date"]) < before]
    return rows


def rules_of(request: Request) -> JsonObject | None:
    """Return the ``q`` of a call.

    Raises:
        VendorError: 400, it is not what the specification describes.
    """
    text = request.args.get("q")
    if text is None:
        return None
    try:
        said = json.loads(text)
    except ValueError:
        raise invalid("query", "q", '"q" must be of type object', "object", "base") from None
    query = cast("JsonObject", said) if isinstance(said, dict) else JsonObject()
    if query.get("condition") not in ("AND", "OR"):
        raise invalid("query", "q.condition", '"condition" must be one of [AND, OR]', "any", "allowOnly")
    for rule in query.get("rules", []):
        for key in ("id", "operator", "value", "raw_value"):
            if key not in rule:
                raise invalid("query", f"q.rules.{key}", f'"{key}" is required', "any", "required")
    return query


def matches_query(team: Team, entity: str, row: JsonObject, query: JsonObject) -> bool:
    """Tell whether a row keeps to a ``q``.

    Raises:
        VendorError: 400, a rule names a field or an operator that there is not.
    """
    verdicts = [_matches_rule(team, entity, row, rule) for rule in query.get("rules", [])]
    return all(verdicts) if query["condition"] == "AND" else any(verdicts)


def _matches_rule(team: Team, entity: str, row: JsonObject, rule: JsonObject) -> bool:
    held = values_of(team, entity, row, str(rule["id"]), str(rule["operator"]))
    if held is None:
        raise refusal(400, f"Invalid filter: {rule['id']} {rule['operator']}")
    value: object = rule["value"]
    wanted = cast("list[object]", value) if isinstance(value, list) else [value]
    test = _TESTS[rule["operator"]]
    return any(test(str(value), str(each)) for value in held for each in wanted)


_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "equal": lambda held, wanted: held.lower() == wanted.lower(),
    "in": lambda held, wanted: held.lower() == wanted.lower(),
    "contains": lambda held, wanted: wanted.lower() in held.lower(),
    "after": lambda held, wanted: as_moment(held) > as_moment(wanted),
    "before": lambda held, wanted: as_moment(held) < as_moment(wanted),
}


def ordered(rows: list[JsonObject], request: Request, known: tuple[str, ...]) -> list[JsonObject]:
    """Return rows, given by id, in the order asked for; without one, newest first.

    Raises:
        VendorError: 400, there is no such key.
    """
    if "order_by" not in request.args:
        return rows[::-1]
    if request.args.getlist("order_by") == ["id"]:
        return rows
    for clause in reversed(request.args.getlist("order_by")):
        key, _, direction = clause.partition(" ")
        if key not in known or direction not in ("", "asc", "desc"):
            raise invalid("query", "order_by", f'"order_by" does not know {clause}', "array", "includes")
        rows = sorted(rows, key=lambda row: (row.get(key) is None, row.get(key)), reverse=direction == "desc")
    return rows


def page(team: Team, rows: list[JsonObject], request: Request, table: str) -> list[JsonObject]:
    """Return one page of rows."""
    limit = number(request, "limit", DEFAULT_LIMITS[table], least=1)
    if team.options.longest_page:
        limit = min(limit, team.options.longest_page)
    offset = number(request, "offset", 0, least=0)
    return rows[offset : offset + limit]

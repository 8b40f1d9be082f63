"""One call with what it needs, and the ways to answer it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from werkzeug.wrappers import Request, Response

from sandbox._calls import annotate_records, annotate_unchanged
from sandbox.pipedrive.account import ADMIN_ID
from sandbox.pipedrive.company import Actor, Company
from sandbox.pipedrive.errors import error, invalid
from sandbox.pipedrive.portal import Portal
from sandbox.pipedrive.tokens import Access

JsonObject = dict[str, Any]
PAGE, PAGE_MAX = 100, 500


@dataclass(slots=True, kw_only=True)
class ApiCall:
    """One vendor call."""

    request: Request
    portal: Portal
    params: Mapping[str, Any]
    access: Access | None = None

    @property
    def company(self) -> Company:
        """The company it is about."""
        return self.portal.company

    @property
    def actor(self) -> Actor:
        """Who webhooks will say did it."""
        return Actor(user_id=ADMIN_ID, source="api")

    def body(self) -> JsonObject:
        """Return the JSON object sent.

        Raises:
            VendorError: 400, anything else; forms are not taken.
        """
        given = self.value()
        if not isinstance(given, dict):
            raise error(400, "Request body must be a JSON object")
        return cast("JsonObject", given)

    def value(self) -> object:
        """Return the JSON sent.

        Raises:
            VendorError: 400.
        """
        if self.request.mimetype != "application/json":
            raise error(400, "Content-Type must be application/json")
        try:
            return json.loads(self.request.get_data())
        except ValueError as problem:
            raise error(400, "Request body is not valid JSON") from problem

    def text(self, name: str) -> str:
        """Return a query parameter, empty when it is absent."""
        return self.request.args.get(name, "")

    def number(self, name: str, default: int, *, least: int = 1, most: int | None = None) -> int:
        """Return a whole number from the query.

        Raises:
            VendorError: 400, not a number in bounds.
        """
        given = self.text(name)
        if not given:
            return default
        if not given.isdigit() or int(given) < least or (most is not None and int(given) > most):
            raise invalid(f"{name} must be an integer between {least} and {most}")
        return int(given)

    def flag(self, name: str) -> bool:
        """Return a truth value from the query.

        Raises:
            VendorError: 400, neither ``true`` nor ``false``.
        """
        given = self.text(name) or "false"
        if given not in ("true", "false"):
            raise invalid(f"{name} must be a boolean")
        return given == "true"

    def record_id(self) -> int:
        """Return the id in the path.

        Raises:
            VendorError: 400, not a number.
        """
        given = str(self.params["id"])
        if not given.isdigit():
            raise invalid("id must be an integer")
        return int(given)

    def count(self, records: int) -> None:
        """Tell the log how many records the call carried."""
        annotate_records(self.request, records)

    def unchanged(self) -> None:
        """Tell the log that a write changed nothing."""
        annotate_unchanged(self.request, 1)


def answer(body: object, status: int = 200) -> Response:
    """Return JSON."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return Response(text, status=status, content_type="application/json; charset=utf-8")


def success(data: object, *, status: int = 200, **more: Any) -> Response:
    """Return data in the vendor's envelope."""
    return answer({"success": True, "data": data, **more}, status)


def cursor_of(position: JsonObject) -> str:
    """Return a place in a list as the vendor writes it."""
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode().rstrip("=")


def position_of(cursor: str) -> JsonObject:
    """Read a cursor back.

    Raises:
        VendorError: 400, not one of ours.
    """
    try:
        found: object = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as problem:
        raise invalid("cursor is invalid") from problem
    if not isinstance(found, dict):
        raise invalid("cursor is invalid")
    return cast("JsonObject", found)


def offset_page(call: ApiCall, rows: list[Any]) -> tuple[list[Any], JsonObject]:
    """Cut the page of v1 that ``start`` and ``limit`` ask for."""
    start = call.number("start", 0, least=0)
    limit = call.number("limit", PAGE, most=PAGE_MAX)
    more = len(rows) > start + limit
    pagination: JsonObject = {"start": start, "limit": limit, "more_items_in_collection": more}
    if more:
        pagination["next_start"] = start + limit
    page = rows[start : start + limit]
    call.count(len(page))
    return page, {"pagination": pagination}

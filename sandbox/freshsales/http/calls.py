"""One API call, and what answers are made of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.freshsales.errors import invalid, not_found
from sandbox.freshsales.modules import BY_PLURAL, BY_SINGULAR, Module
from sandbox.freshsales.office import Office
from sandbox.freshsales.places import PLACES, Place

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """One call with the parts of its path."""

    request: Request
    office: Office
    params: dict[str, str]

    @property
    def module(self) -> Module:
        """The module in the path, plural.

        Raises:
            VendorError: 404.
        """
        found = BY_PLURAL.get(self.params["module"]) or BY_SINGULAR.get(self.params["module"])
        if found is None:
            raise not_found()
        return found

    @property
    def place(self) -> Place:
        """The kind of activity in the path."""
        return PLACES[self.params["place"]]

    @property
    def record_id(self) -> int:
        """The id in the path; one that is no number is nobody's."""
        text = self.params["id"]
        return int(text) if text.isascii() and text.isdigit() else 0

    @property
    def include(self) -> frozenset[str]:
        """What the call wants beside the record; words no module has are passed over."""
        return frozenset(self.request.args.get("include", "").replace(" ", "").split(",")) - {""}

    def json(self) -> JsonObject:
        """Return the body.

        Raises:
            VendorError: 400 for a body that is no JSON object or does not say that it is JSON.
        """
        if "json" not in (self.request.content_type or ""):
            raise invalid("Content-Type must be application/json")
        try:
            body: object = json.loads(self.request.get_data())
        except ValueError:
            raise invalid("The request body is not valid JSON") from None
        if not isinstance(body, dict):
            raise invalid("The request body must be an object")
        return body  # pyright: ignore[reportUnknownVariableType]


def answer(body: object, status: int = 200) -> Response:
    """Return JSON."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return Response(text, status=status, content_type="application/json; charset=utf-8")


def page(status: int = 404) -> Response:
    """Return the HTML page that stands where there is no API."""
    html = "<!DOCTYPE html><html><head><title>Freshworks</title></head><body>Page not found</body></html>"
    return Response(html, status=status, mimetype="text/html")

"""One API call as handlers see it, and ways to answer it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from werkzeug.wrappers import Request, Response

from sandbox._calls import annotate_records, annotate_unchanged
from sandbox.hubspot.actors import INTEGRATION
from sandbox.hubspot.compact import compact_json
from sandbox.hubspot.errors import error, invalid_input
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import ObjectTable
from sandbox.hubspot.times import iso
from sandbox.hubspot.tokens import Access
from sandbox.hubspot.writing import Stamp

JsonObject = dict[str, Any]
JSON_TYPE = "application/json;charset=utf-8"


@dataclass(slots=True, kw_only=True)
class ApiCall:
    """A routed and authenticated call.

    Attributes:
        params: parts of the path, by name.
        access: the token used; ``None`` where no token is needed.
        is_late_2026: called in the 2026-09 spelling, which knows no 207.
    """

    request: Request
    portal: Portal
    params: Mapping[str, str]
    access: Access | None = None
    is_late_2026: bool = False
    started_ms: int = field(default=0)

    @property
    def now_ms(self) -> int:
        """The sandbox clock when the call came in."""
        return self.started_ms

    @property
    def table(self) -> ObjectTable:
        """The table of the object type in the path.

        Raises:
            VendorError: 400 for an unknown type.
        """
        return self.portal.state.table(self.params["objectType"])

    @property
    def stamp(self) -> Stamp:
        """A stamp for changes made by this call's app."""
        return Stamp(actor=INTEGRATION, at_ms=self.started_ms)

    def count_unchanged(self, rows: int = 1) -> None:
        """Tell the log of written rows that were so already."""
        annotate_unchanged(self.request, rows)

    def json(self) -> JsonObject:
        """Return the body, which must be a JSON object.

        Raises:
            VendorError: 415 for another content type, 400 for anything but an object.
        """
        body = self.json_value()
        if not isinstance(body, dict):
            raise error(400, "Invalid input JSON on line 1, column 1: an object was expected")
        return cast("JsonObject", body)

    def json_value(self) -> object:
        """Return the body, which must be JSON.

        Raises:
            VendorError: 415 or 400, as for ``json``.
        """
        if self.request.mimetype != "application/json":
            raise error(415, "Unsupported Media Type: send application/json")
        try:
            return cast("object", json.loads(self.request.get_data()))
        except ValueError as problem:
            raise error(400, f"Invalid input JSON: {problem}") from problem

    def inputs(self, most: int) -> list[JsonObject]:
        """Return the ``inputs`` of a batch.

        Raises:
            VendorError: 400 if they are missing, empty or more than ``most``.
        """
        raw: object = self.json().get("inputs")
        if not isinstance(raw, list) or not all(isinstance(item, dict) for item in cast("list[object]", raw)):
            raise invalid_input('Invalid input JSON: "inputs" must be an array of objects')
        inputs = cast("list[JsonObject]", raw)
        if not inputs:
            raise invalid_input("Some required fields were not set: [inputs]")
        if len(inputs) > most:
            raise invalid_input(f"The number of inputs ({len(inputs)}) exceeds the limit of {most}")
        annotate_records(self.request, len(inputs))
        return inputs

    def number(self, name: str, *, default: int, most: int) -> int:
        """Return a positive query parameter.

        Raises:
            VendorError: 400 if it is no number from 1 to ``most``.
        """
        text = self.request.args.get(name, str(default))
        if not text.isdigit() or not 1 <= int(text) <= most:
            raise invalid_input(f"Invalid input ({name}): must be a number from 1 to {most}, not {text}")
        return int(text)

    def flag(self, name: str) -> bool:
        """Return a boolean query parameter, false if it is missing.

        Raises:
            VendorError: 400 if it is neither true nor false.
        """
        text = self.request.args.get(name, "false").lower()
        if text not in {"true", "false"}:
            raise invalid_input(f"Invalid input ({name}): {text} is not a boolean")
        return text == "true"

    def names(self, name: str) -> list[str]:
        """Return a query parameter that may be repeated or separated by commas."""
        values = self.request.args.getlist(name)
        return [part.strip() for value in values for part in value.split(",") if part.strip()]


def answer(body: object, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(compact_json(body), status=status, content_type=JSON_TYPE)


def no_content() -> Response:
    """Answer 204."""
    response = Response(b"", status=204)
    response.headers.pop("Content-Type", None)
    return response


def batch_answer(
    call: ApiCall, results: list[JsonObject], errors: list[JsonObject] | None = None, *, status: int = 200
) -> Response:
    """Answer a batch: 207 with errors, but ``status`` in the spelling that knows no 207."""
    body: JsonObject = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": iso(call.started_ms),
        "completedAt": iso(max(call.started_ms, call.portal.clock.now_ms())),
    }
    if errors:
        body["numErrors"] = len(errors)
        body["errors"] = errors
        if not call.is_late_2026:
            status = 207
    return answer(body, status)


def wanted_names(body: Mapping[str, Any]) -> list[str]:
    """Return the ``properties`` a read asks for.

    Raises:
        VendorError: 400 if they are not a list.
    """
    raw: object = body.get("properties") or []
    if not isinstance(raw, list):
        raise error(400, "Invalid input JSON: properties must be an array")
    return [str(name) for name in cast("list[object]", raw)]


def required(body: Mapping[str, Any], *names: str) -> None:
    """Refuse a body that lacks a field.

    Raises:
        VendorError: 400 naming the missing fields.
    """
    missing = [name for name in names if body.get(name) in (None, "")]
    if missing:
        raise invalid_input(f"Some required fields were not set: {missing}")

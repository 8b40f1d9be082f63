"""Zoho CRM's refusals, as its documentation shows them.

Where no source gives the words, they are ours; clients must not depend on any.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Response

JsonObject = dict[str, Any]


@dataclass(kw_only=True)
class ZohoError(Exception):
    """One refusal, of a call or of one row of it."""

    code: str
    message: str
    status: int = 400
    details: JsonObject = field(default_factory=dict[str, Any])

    def as_json(self) -> JsonObject:
        """Return the envelope, the same for calls and rows."""
        return {"code": self.code, "details": self.details, "message": self.message, "status": "error"}


def invalid_data(message: str, **details: object) -> ZohoError:
    """Build the refusal of a value."""
    return ZohoError(code="INVALID_DATA", message=message, details=dict(details))


def invalid_value(name: str, path: str, **details: object) -> ZohoError:
    """Build the refusal of one field's value."""
    return invalid_data("invalid data", **details, api_name=name, json_path=path)


def invalid_id(path: str) -> ZohoError:
    """Build the refusal of an id that no live record has."""
    return invalid_data("the id given seems to be invalid", api_name="id", json_path=path)


def mandatory(name: str, path: str) -> ZohoError:
    """Build the refusal of a row or body that lacks something."""
    details: JsonObject = {"api_name": name, "json_path": path}
    return ZohoError(code="MANDATORY_NOT_FOUND", message="required field not found", details=details)


def param_missing(name: str) -> ZohoError:
    """Build the refusal of a call that lacks a parameter."""
    message = "One of the expected parameter is missing"
    return ZohoError(code="REQUIRED_PARAM_MISSING", message=message, details={"param_name": name})


def invalid_module() -> ZohoError:
    """Build the refusal of an unknown module."""
    message = "the module name given seems to be invalid"
    return ZohoError(code="INVALID_MODULE", message=message, details={"resource_path_index": 0})


def limit_exceeded(message: str, **details: object) -> ZohoError:
    """Build the refusal of too many things at once."""
    return ZohoError(code="LIMIT_EXCEEDED", message=message, details=dict(details))


def not_served() -> ZohoError:
    """Build the refusal of an unknown path."""
    message = "Please check if the URL trying to access is a correct one"
    return ZohoError(code="INVALID_URL_PATTERN", message=message, status=404)


FAULTS: dict[int, tuple[str, str]] = {
    400: ("INVALID_DATA", "invalid data"),
    401: ("INVALID_TOKEN", "invalid oauth token"),
    403: ("NO_PERMISSION", "permission denied"),
    404: ("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one"),
    429: ("TOO_MANY_REQUESTS", "Too many requests fired in the given time"),
    500: ("INTERNAL_ERROR", "Internal Server Error"),
}


def fault(status: int) -> ZohoError:
    """Build what is answered with an injected status."""
    code, message = FAULTS.get(status, FAULTS[500])
    return ZohoError(code=code, message=message, status=status)


def json_answer(body: object, status: int = 200) -> Response:
    """Return JSON as the vendor sends it."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return Response(text, status=status, content_type="application/json;charset=utf-8")

"""Salesflare's error bodies: hapi's envelope, with joi's details where a request is malformed."""

from __future__ import annotations

from typing import Any

JsonObject = dict[str, Any]

_REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Time-out",
}
_INTERNAL = "An internal server error occurred"


class VendorError(Exception):
    """A refusal in the vendor's words.

    Attributes:
        status: HTTP status.
        body: the JSON answered.
    """

    def __init__(self, status: int, body: JsonObject) -> None:
        super().__init__(body["message"])
        self.status = status
        self.body = body


def body_of(status: int, message: str = "") -> JsonObject:
    """Return the envelope for a status; without a message the reason stands for it."""
    reason = _REASONS.get(status, "Error")
    return {"statusCode": status, "error": reason, "message": message or (_INTERNAL if status == 500 else reason)}


def refusal(status: int, message: str = "") -> VendorError:
    """Return an error to raise."""
    return VendorError(status, body_of(status, message))


def not_found() -> VendorError:
    """Return the error of an id or a path that does not exist."""
    return refusal(404)


def invalid(source: str, path: str, message: str, kind: str, constraint: str) -> VendorError:
    """Return the error of a value that breaks a rule; joi stops at the first one.

    Args:
        source: ``payload``, ``query`` or ``params``.
        path: where the value is, ``0.email`` in a list of rows; empty for the body itself.
        kind: joi's type, such as ``string``.
        constraint: joi's rule that is broken, such as ``max``.
    """
    label = path.rpartition(".")[2] or "value"
    detail = {"path": path, "message": message, "type": kind, "constraint": constraint, "label": label}
    return VendorError(400, body_of(400, message) | {"validation": {"source": source, "errors": [detail]}})

"""Kommo's error bodies. Source: developers.kommo.com, HTTP codes; bodies reported to the official PHP library."""

from __future__ import annotations

from typing import Any

JsonObject = dict[str, Any]

_TITLES = {
    400: ("Bad Request", "Request validation failed"),
    401: ("Unauthorized", "Invalid user name or password"),
    402: ("Payment Required", "Payment required"),
    403: ("Forbidden", "You have no rights for this operation"),
    404: ("Not Found", "Not Found"),
    405: ("Method Not Allowed", "Method Not Allowed"),
    422: ("Unprocessable Entity", "Limit 250 per page"),
    504: ("Gateway Timeout", "Gateway Timeout"),
}
BLOCKED = "403 Forbidden"
"""The whole body of every answer to an address that was blocked; plain text."""


class VendorError(Exception):
    """A refusal in Kommo's own words; ``body`` is text where Kommo answers no JSON."""

    def __init__(self, status: int, body: JsonObject | str) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


def problem(status: int, detail: str | None = None) -> VendorError:
    """Return a refusal of the whole call."""
    if status == 429:
        text = "You have sent too many requests in a given amount of time. Please try again later."
        return VendorError(429, _body(429, "Too Many Requests", text) | {"retry_after": 300})
    if status >= 500 and status != 504:
        text = "Our team are probably already working on the elimination of the problem"
        trace = "5d1c9a7e-0f42-11f1-93aa-0242ac120002"
        return VendorError(status, {"title": "ErrInternalServer", "status": status, "detail": text, "trace_id": trace})
    title, text = _TITLES.get(status, ("Error", f"error {status}"))
    return VendorError(status, _body(status, title, detail or text))


def oauth_problem(status: int, hint: str) -> VendorError:
    """Return a refusal of the token endpoint."""
    body = {
        "hint": hint,
        "title": "Invalid request",
        "type": "https://developers.kommo.com/v3/errors/OAuthProblemJson",
        "status": status,
        "detail": "The request misses parameters, or they are not valid",
    }
    return VendorError(status, body)


def invalid(found: list[tuple[str, list[JsonObject]]]) -> VendorError:
    """Return a refusal of rows, each with its own errors."""
    errors = [{"request_id": request_id, "errors": each} for request_id, each in found]
    return VendorError(400, {"validation-errors": errors, **_body(400, "Bad Request", "Request validation failed")})


def choice(path: str) -> JsonObject:
    """Return the error of a value that is none of the allowed ones."""
    return {"code": "NotSupportedChoice", "path": path, "detail": "The value you selected is not a valid choice."}


def wrong_type(path: str, wanted: str) -> JsonObject:
    """Return the error of a value of the wrong type."""
    return {"code": "InvalidType", "path": path, "detail": f"This value should be of type {wanted}."}


def missing(path: str) -> JsonObject:
    """Return the error of a key that must be there."""
    return {"code": "FieldMissing", "path": path, "detail": "This field is missing."}


def unexpected(path: str) -> JsonObject:
    """Return the error of a key that is not known."""
    return {"code": "UnexpectedField", "path": path, "detail": "This field was not expected."}


def _body(status: int, title: str, detail: str) -> JsonObject:
    return {"title": title, "type": f"https://httpstatus.es/{status}", "status": status, "detail": detail}

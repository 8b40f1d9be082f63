"""The vendor's errors: what is raised inside, and the body each becomes.

Sources: HubSpot's error-handling page and recorded answers. Texts for which no source
was found are our own words; clients must not depend on any text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.hubspot.account import PORTAL_ID

JsonObject = dict[str, Any]


@dataclass(kw_only=True)
class VendorError(Exception):
    """An answer other than success; ``body`` lacks only ``correlationId``."""

    status: int
    body: JsonObject
    headers: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def category(self) -> str:
        """The body's category, empty if it has none."""
        return str(self.body.get("category", ""))

    def as_row(self, trace_id: str | None) -> JsonObject:
        """Return the error as an entry of a batch answer's ``errors``."""
        row: JsonObject = {"status": "error", **self.body}
        if trace_id is not None:
            row["context"] = {"objectWriteTraceId": [trace_id], **row.get("context", {})}
        return row


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalid:
    """One refused property value."""

    name: str
    code: str
    message: str


def error(status: int, message: str, category: str | None = None, **more: object) -> VendorError:
    """Build an error with the vendor's usual body."""
    body: JsonObject = {"status": "error", "message": message, **more}
    if category is not None:
        body["category"] = category
    return VendorError(status=status, body=body)


def invalid_input(message: str, **more: object) -> VendorError:
    """Build a 400 ``VALIDATION_ERROR``."""
    return error(400, message, "VALIDATION_ERROR", **more)


def invalid_properties(problems: Sequence[Invalid]) -> VendorError:
    """Build the 400 for refused property values; details also as JSON inside the message."""
    rows = [
        {
            "isValid": False,
            "message": problem.message,
            "error": problem.code,
            "name": problem.name,
            "localizedErrorMessage": problem.message,
            "portalId": PORTAL_ID,
        }
        for problem in problems
    ]
    details = [
        {"message": problem.message, "code": problem.code, "context": {"propertyName": [problem.name]}}
        for problem in problems
    ]
    text = json.dumps(rows, separators=(",", ":"), ensure_ascii=False)
    return invalid_input(f"Property values were not valid: {text}", errors=details)


def unknown_property(name: str) -> Invalid:
    """Describe a property the object does not have."""
    return Invalid(name=name, code="PROPERTY_DOESNT_EXIST", message=f'Property "{name}" does not exist')


def not_found(message: str = "Object not found.  objectId are usually numeric.") -> VendorError:
    """Build a 404 for a record that does not exist."""
    return error(404, message, "OBJECT_NOT_FOUND")


def already_exists(singular: str, existing_id: str) -> VendorError:
    """Build the 409 for a taken e-mail address."""
    message = f"{singular.capitalize()} already exists. Existing ID: {existing_id}"
    return error(409, message, "CONFLICT", context={"existingId": [existing_id]})


def missing_scopes(scopes: Sequence[str]) -> VendorError:
    """Build the 403 for a token that lacks a scope."""
    message = "One or more of the following scopes are required."
    context = {"requiredGranularScopes": list(scopes)}
    return error(403, message, "MISSING_SCOPES", context=context)


def unknown_object_type(name: str) -> VendorError:
    """Build the 400 for an object type that does not exist; it has no category."""
    return error(400, f"Unable to infer object type from: {name}")


def oauth_error(status: str, message: str, code: str) -> VendorError:
    """Build a 400 of the token endpoint, which has a shape of its own."""
    body = {"status": status, "message": message, "error": code, "error_description": message}
    return VendorError(status=400, body=body)

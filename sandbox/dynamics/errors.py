"""Dataverse's refusals: a hexadecimal code, a sentence, an HTTP status.

Source: Dataverse developer guide, compose HTTP requests and handle errors; web service error codes.
"""

from __future__ import annotations

import json
from typing import Any

from werkzeug.wrappers import Response


class DataverseError(Exception):
    """One refusal.

    Attributes:
        code: such as ``0x80040217``.
        status: HTTP status.
    """

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        """Describe one refusal."""
        super().__init__(message)
        self.code, self.message, self.status = code, message, status

    def as_json(self) -> dict[str, Any]:
        """Return the documented envelope."""
        return {"error": {"code": self.code, "message": self.message}}

    def as_response(self) -> Response:
        """Return the refusal as an answer."""
        return json_response(self.as_json(), self.status)


class ThrottledError(DataverseError):
    """A service protection limit; carries the wait in whole seconds."""

    def __init__(self, code: str, message: str, *, retry_after_s: int) -> None:
        """Describe which limit, and when to come back."""
        super().__init__(code, message, status=429)
        self.retry_after_s = retry_after_s

    def as_response(self) -> Response:
        """Return the refusal with its ``Retry-After``."""
        response = super().as_response()
        response.headers["Retry-After"] = str(self.retry_after_s)
        return response


def json_response(body: object, status: int = 200) -> Response:
    """Return JSON as the Web API types it."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    response = Response(text, status=status, content_type="application/json; odata.metadata=minimal")
    response.headers["OData-Version"] = "4.0"
    return response


def not_found(table: str, record_id: str) -> DataverseError:
    """Build the refusal of an id that no row has, of the record itself or of a lookup's target."""
    return DataverseError("0x80040217", f"{table} With Id = {record_id} Does Not Exist", status=404)


def no_such_key_value(table: str) -> DataverseError:
    """Build the refusal of an alternate key's value that no row has."""
    message = f"A record with the specified key values does not exist in {table} entity"
    return DataverseError("0x80060891", message, status=404)


def key_violated(key: str, label: str) -> DataverseError:
    """Build the refusal of a second row with one alternate key."""
    message = (
        f"Entity Key {key} violated. A record with the same value for {label} already exists. A duplicate record "
        "cannot be created. Select one or more unique values and try again."
    )
    return DataverseError("0x80060892", message, status=412)


def bad_payload(message: str) -> DataverseError:
    """Build the refusal of a body that does not fit the table."""
    return DataverseError("0x80048d19", f"Error identified in Payload provided by the user. {message}")


def bad_query(message: str) -> DataverseError:
    """Build the refusal of a query or path that cannot be understood."""
    return DataverseError("0x80060888", message)


def no_segment(name: str) -> DataverseError:
    """Build the refusal of a path that names nothing."""
    return DataverseError("0x80060888", f"Resource not found for the segment '{name}'.")


def bad_state() -> DataverseError:
    """Build the refusal of a state and a status that do not go together."""
    message = "State code is invalid or state code is valid but status code is invalid for a specified state code."
    return DataverseError("0x80048408", message)

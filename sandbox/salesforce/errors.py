"""Salesforce's own errors: a code, a message, the fields concerned, an HTTP status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_STATUS_BY_CODE = {
    "ENTITY_IS_DELETED": 404,
    "INSUFFICIENT_ACCESS": 403,
    "INVALID_SESSION_ID": 401,
    "METHOD_NOT_ALLOWED": 405,
    "NOT_FOUND": 404,
    "PRECONDITION_FAILED": 412,
    "REQUEST_LIMIT_EXCEEDED": 403,
    "SERVER_UNAVAILABLE": 503,
    "UNKNOWN_EXCEPTION": 500,
    "UNSUPPORTED_MEDIA_TYPE": 415,
}


class SalesforceError(Exception):
    """One failure in the vendor's words.

    Attributes:
        code: such as ``INVALID_FIELD``; ``errorCode`` in single answers and
            ``statusCode`` in rows of a collection.
        message: the vendor's sentence.
        fields: names of the fields concerned; ``None`` leaves the key out.
        status: HTTP status of a single answer.
        extra: further keys of the error object, such as ``duplicateResult``.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        fields: Sequence[str] | None = None,
        status: int | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        """Describe one failure; the HTTP status follows from the code unless given."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = None if fields is None else list(fields)
        self.status = status or _STATUS_BY_CODE.get(code, 400)
        self.extra = extra or {}

    def as_answer(self) -> dict[str, Any]:
        """Return the error as a member of a single answer's array."""
        body: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            body["fields"] = self.fields
        return {**self.extra, **body}

    def as_row(self) -> dict[str, Any]:
        """Return the error as it stands in a row of a collection."""
        row = {"statusCode": self.code, "message": self.message, "fields": self.fields or []}
        return {**self.extra, **row}


class BadJsonError(SalesforceError):
    """The body cannot be read; in a collection the whole call fails."""

    def __init__(self, message: str) -> None:
        """Describe what could not be read."""
        super().__init__("JSON_PARSER_ERROR", message)


class OAuthError(Exception):
    """One failure of an OAuth endpoint.

    Attributes:
        error: such as ``invalid_grant``.
        description: the vendor's sentence.
        status: HTTP status.
    """

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        """Describe one failure."""
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


def not_found(message: str = "The requested resource does not exist") -> SalesforceError:
    """Build the 404 of a path or record that is not there."""
    return SalesforceError("NOT_FOUND", message)


def entity_is_deleted() -> SalesforceError:
    """Build the 404 of a record in the recycle bin."""
    return SalesforceError("ENTITY_IS_DELETED", "entity is deleted", fields=[])


def no_such_column(name: str, object_name: str) -> SalesforceError:
    """Build the refusal of a field that is unknown or invisible, outside of SOQL."""
    return SalesforceError("INVALID_FIELD", f"No such column '{name}' on sobject of type {object_name}")


def read_only_fields(names: Sequence[str]) -> SalesforceError:
    """Build the refusal of fields that may not be written."""
    listed = ", ".join(names)
    message = (
        f"Unable to create/update fields: {listed}. Please check the security settings of this "
        "field and verify that it is read/write for your profile or permission set."
    )
    return SalesforceError("INVALID_FIELD_FOR_INSERT_UPDATE", message, fields=list(names))


def required_missing(names: Sequence[str]) -> SalesforceError:
    """Build the refusal of a record without its required fields."""
    return SalesforceError(
        "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(names)}]", fields=list(names)
    )


def invalid_session() -> SalesforceError:
    """Build the 401 of an unknown, expired or revoked session."""
    return SalesforceError("INVALID_SESSION_ID", "Session expired or invalid")

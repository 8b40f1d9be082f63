"""Keys of records: which fields are, whose record has one, upserts by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.salesforce.errors import BadJsonError, SalesforceError, not_found
from sandbox.salesforce.given import Writer
from sandbox.salesforce.ids import normalised
from sandbox.salesforce.org import Org
from sandbox.salesforce.saving import create, update
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.tables import Row
from sandbox.salesforce.view import View


def key_at(view: View, sobject: SObject, name: str) -> Field:
    """Return the field a path upserts by.

    Raises:
        SalesforceError: NOT_FOUND, unknown, invisible or no key.
    """
    made = view.readable(sobject, name)
    if made is None or not made.is_key:
        raise not_found(f"Provided external ID field does not exist or is not accessible: {name}")
    return made


def rows_by_key(org: Org, sobject: SObject, key: Field, value: str) -> list[Row]:
    """Return live rows whose key has a value."""
    wanted = key_value(key, value)
    found = (org.row(sobject.name, each) for each in list(org.tables[sobject.name].ids_by(key.name, wanted)))
    return [row for row in found if row and (not key.case_sensitive or row.get(key.name) == wanted)]


def key_value(key: Field, text: str) -> Any:
    """Return a key's value as rows hold it.

    Raises:
        BadJsonError: text for a number.
    """
    if key.name == "Id":
        return normalised(text) or text
    if key.type != "double":
        return text.rstrip()
    try:
        return float(text)
    except ValueError as problem:
        message = f"Cannot deserialize instance of double from VALUE_STRING value {text}"
        raise BadJsonError(message) from problem


def blank_key(key: Field) -> SalesforceError:
    """Build the refusal of an upsert without a value for its key."""
    return SalesforceError("MISSING_ARGUMENT", f"{key.name} not specified", fields=[])


def upsert_row(writer: Writer, sobject: SObject, key: Field, value: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Update or create one record of a batch.

    Raises:
        SalesforceError: DUPLICATE_EXTERNAL_ID if several have the key, or what a save refuses.
    """
    rows = rows_by_key(writer.org, sobject, key, value)
    if len(rows) > 1:
        ids = ", ".join(each["Id"] for each in rows)
        message = f"{key.name}: more than one record found for external id field: [{ids}]"
        raise SalesforceError("DUPLICATE_EXTERNAL_ID", message, fields=[key.name])
    if rows:
        rest = {field: each for field, each in row.items() if field.lower() != key.name.lower()}
        update(writer, sobject, rows[0]["Id"], rest)
        return {"id": rows[0]["Id"], "success": True, "errors": [], "created": False}
    if key.name == "Id":
        raise SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=[])
    return {"id": create(writer, sobject, row), "success": True, "errors": [], "created": True}

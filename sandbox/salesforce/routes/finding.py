"""Objects, ids and keys named in a path."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.errors import BadJsonError, SalesforceError, not_found
from sandbox.salesforce.ids import normalised
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.tables import Row
from sandbox.salesforce.view import View


def object_at(view: View, name: str) -> SObject:
    """Return the object a path names.

    Raises:
        SalesforceError: NOT_FOUND.
    """
    found = view.object_named(name)
    if found is None:
        raise not_found()
    return found


def record_id_at(sobject: SObject, text: str) -> str:
    """Return the 18-character id a path names.

    Raises:
        SalesforceError: NOT_FOUND, malformed or another object's.
    """
    record_id = normalised(text)
    if record_id is None or not record_id.startswith(sobject.prefix):
        raise not_found(f"Provided external ID field does not exist or is not accessible: {text}")
    return record_id


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

"""Objects, ids and keys named in a path."""

from __future__ import annotations

from sandbox.salesforce.errors import not_found
from sandbox.salesforce.ids import normalised
from sandbox.salesforce.schema import SObject
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

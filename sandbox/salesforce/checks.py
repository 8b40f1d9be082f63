"""Checks of one value against its field: length, form, picklist, range, reference."""

from __future__ import annotations

import re
from typing import Any

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.ids import normalised
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import Field

_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}\Z")
_PERCENT_NAMES = frozenset({"Probability"})


def checked(made: Field, value: Any, *, org: Org, object_name: str) -> Any:
    """Return ``value`` as it is stored, ids in 18 characters.

    Raises:
        SalesforceError: the first check that fails.
    """
    if value is None:
        return None
    if made.type == "reference":
        return _reference(made, value, org, object_name)
    if isinstance(value, str):
        _check_text(made, value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        _check_number(made, value)
    return value


def _check_text(made: Field, value: str) -> None:
    if made.length and len(value) > made.length:
        message = f"{made.label}: data value too large: {value} (max length={made.length})"
        raise SalesforceError("STRING_TOO_LONG", message, fields=[made.name])
    if made.type == "email" and not _is_email(value):
        message = f"{made.label}: invalid email address: {value}"
        raise SalesforceError("INVALID_EMAIL_ADDRESS", message, fields=[made.name])
    if made.restricted and made.values:
        _check_picklist(made, value)


def _is_email(value: str) -> bool:
    local = value.partition("@")[0]
    dotted = local.startswith(".") or local.endswith(".") or ".." in local
    return bool(_EMAIL.match(value)) and not dotted


def _check_picklist(made: Field, value: str) -> None:
    chosen = value.split(";") if made.type == "multipicklist" else [value]
    for each in chosen:
        if each not in made.values:
            message = f"{made.label}: bad value for restricted picklist field: {each}"
            raise SalesforceError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, fields=[made.name])


def _check_number(made: Field, value: float) -> None:
    precision, scale = made.digits
    whole_digits = precision - scale if precision else 18
    too_large = abs(value) >= 10**whole_digits
    if too_large or (made.name in _PERCENT_NAMES and not 0 <= value <= 100):
        message = f"{made.label}: value outside of valid range on numeric field: {value}"
        raise SalesforceError("NUMBER_OUTSIDE_VALID_RANGE", message, fields=[made.name])


def _reference(made: Field, value: str, org: Org, object_name: str) -> str:
    record_id = normalised(value)
    if record_id is None:
        message = f"{made.label}: id value of incorrect type: {value}"
        raise SalesforceError("MALFORMED_ID", message, fields=[made.name])
    sobject = org.object_of(record_id)
    if sobject is None or sobject.name not in made.reference_to:
        message = f"{made.label}: id value of incorrect type: {record_id}"
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", message, fields=[made.name])
    row = org.tables[sobject.name].get(record_id)
    if row is None:
        raise SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=[made.name])
    if row.get("IsDeleted"):
        raise SalesforceError("ENTITY_IS_DELETED", "entity is deleted", fields=[made.name], status=400)
    if made.name == "OwnerId" and sobject.name == "User" and not row.get("IsActive"):
        message = f"operation performed with inactive user [{record_id[:15]}] as owner of {object_name.lower()}"
        raise SalesforceError("INACTIVE_OWNER_OR_USER", message, fields=["OwnerId"])
    return record_id

"""Rules of FieldPermissions rows."""

from __future__ import annotations

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.org import Org
from sandbox.salesforce.tables import Row


def check_grant(org: Org, row: Row) -> None:
    """Refuse a grant on a field that does not exist or has no field-level security.

    Raises:
        SalesforceError: INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST or FIELD_INTEGRITY_EXCEPTION.
    """
    object_name, _, field_name = str(row["Field"]).partition(".")
    sobject = org.objects.get(str(row["SobjectType"]))
    if sobject is None:
        message = f"Sobject Type Name: bad value for restricted picklist field: {row['SobjectType']}"
        raise SalesforceError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, fields=["SobjectType"])
    made = sobject.fields.get(field_name) if object_name == sobject.name else None
    if made is None or not made.grantable:
        message = f"Field Name: bad value for restricted picklist field: {row['Field']}"
        raise SalesforceError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, fields=["Field"])
    if row["PermissionsEdit"] and not row["PermissionsRead"]:
        message = "Field permissions that allow editing must allow reading"
        raise SalesforceError("FIELD_INTEGRITY_EXCEPTION", message, fields=["PermissionsEdit"])

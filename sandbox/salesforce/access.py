"""Field-level security: which fields a user may see and edit through the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.switches import Switches
from sandbox.salesforce.tables import Row, Table


class Access:
    """The fields one user may see and edit, as the permission sets stand now.

    Custom fields are invisible until a permission set or the profile grants them;
    standard fields are visible unless hidden by a switch.
    """

    def __init__(self, user_id: str, *, tables: Mapping[str, Table], switches: Switches) -> None:
        """Add up the user's permission sets."""
        self._read: set[str] = set()
        self._edit: set[str] = set()
        self._hidden = {f"{name}.{member}" for name, members in switches.hidden_fields.items() for member in members}
        grants = tables["FieldPermissions"]
        for assignment in _live(tables["PermissionSetAssignment"], "AssigneeId", user_id):
            for grant in _live(grants, "ParentId", assignment["PermissionSetId"]):
                if grant["PermissionsRead"]:
                    self._read.add(str(grant["Field"]))
                if grant["PermissionsEdit"]:
                    self._edit.add(str(grant["Field"]))

    def can_read(self, sobject: SObject, made: Field) -> bool:
        """Tell whether the user sees the field at all."""
        return self._allows(self._read, sobject, made)

    def can_edit(self, sobject: SObject, made: Field) -> bool:
        """Tell whether the user may write the field."""
        return self._allows(self._edit, sobject, made)

    def _allows(self, granted: set[str], sobject: SObject, made: Field) -> bool:
        if not self._hidden and not made.custom:
            return True
        name = f"{sobject.name}.{made.name}"
        if name in self._hidden:
            return False
        return not (made.custom and made.grantable) or name in granted


def _live(table: Table, name: str, value: str) -> Iterator[Row]:
    for record_id in table.ids_by(name, value):
        row = table.get(record_id)
        if row is not None and not row.get("IsDeleted"):
            yield row

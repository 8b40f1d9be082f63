"""The fields a client sent for one record, read, allowed and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sandbox.salesforce.access import Access
from sandbox.salesforce.actors import Actor
from sandbox.salesforce.bodies import from_json
from sandbox.salesforce.checks import checked
from sandbox.salesforce.errors import SalesforceError, no_such_column, read_only_fields
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import Field, SObject

Read = Callable[[Field, Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who writes and how values are spelt.

    Attributes:
        access: field-level security of the actor; ``None`` for a person in the screens.
        read: turns a client's value into a row's value.
    """

    org: Org
    actor: Actor
    access: Access | None
    read: Read = from_json

    def given(self, sobject: SObject, body: Mapping[str, Any], *, creating: bool) -> dict[str, Any]:
        """Return the row's values for what a client sent.

        Raises:
            SalesforceError: an unknown, invisible or read-only field, or an unfit value.
            BadJsonError: a value of another kind than its field.
        """
        values: dict[str, Any] = {}
        refused: list[str] = []
        for name, value in body.items():
            if name == "attributes":
                continue
            made = self._find(sobject, name, value)
            if not self._may_write(sobject, made, creating=creating):
                refused.append(made.name)
            elif isinstance(value, dict):
                values[made.name] = self._by_key(made, cast("dict[str, Any]", value))
            else:
                values[made.name] = self.read(made, value)
        if refused:
            raise read_only_fields(refused)
        for name, value in values.items():
            values[name] = checked(sobject.fields[name], value, org=self.org, object_name=sobject.name)
        return values

    def _find(self, sobject: SObject, name: str, value: object) -> Field:
        made = sobject.find(name)
        if made is None and isinstance(value, dict):
            wanted = name.lower()
            members = sobject.fields.values()
            made = next((m for m in members if m.relationship and m.relationship.lower() == wanted), None)
        if made is None or (self.access and not self.access.can_read(sobject, made)):
            raise no_such_column(name, sobject.name)
        if made.name == "Id":
            message = "The Id field should not be specified in the sobject data."
            raise SalesforceError("INVALID_FIELD", message, fields=["Id"])
        return made

    def _may_write(self, sobject: SObject, made: Field, *, creating: bool) -> bool:
        if not self.actor.by_api:
            return not made.calculated and made.type != "address"
        if not (made.createable if creating else made.updateable):
            return False
        return self.access is None or self.access.can_edit(sobject, made)

    def _by_key(self, made: Field, value: dict[str, Any]) -> str:
        parts = {name: each for name, each in value.items() if name != "attributes"}
        target = self.org.objects[made.reference_to[0]]
        if len(parts) != 1:
            message = f"The external foreign key reference does not reference a valid entity: {target.name}"
            raise SalesforceError("INVALID_FIELD", message)
        ((name, wanted),) = parts.items()
        key = target.find(name)
        visible = key is not None and (self.access is None or self.access.can_read(target, key))
        if key is None or not visible or not key.is_key:
            message = f"{name} is not an External ID or indexed field for {target.name}"
            raise SalesforceError("INVALID_FIELD", message, fields=[name])
        table = self.org.tables[target.name]
        ids = [each for each in table.ids_by(key.name, wanted) if self.org.row(target.name, each)]
        if len(ids) != 1:
            found = "not found" if not ids else "found more than once"
            message = f"Foreign key external ID: {wanted} {found} for field {key.name} in entity {target.name}"
            raise SalesforceError("INVALID_FIELD", message, fields=[])
        return ids[0]

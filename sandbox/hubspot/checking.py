"""Turn the properties of a request into values to store, or refuse them; no writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.hubspot.account import PORTAL_ID
from sandbox.hubspot.activity_types import TASKS, TIMESTAMP
from sandbox.hubspot.errors import (
    Invalid,
    VendorError,
    already_exists,
    error,
    invalid_input,
    invalid_properties,
    unknown_property,
)
from sandbox.hubspot.object_types import LIFECYCLE
from sandbox.hubspot.property_types import Property
from sandbox.hubspot.records import EMAIL, ObjectTable, Values
from sandbox.hubspot.state import AccountState
from sandbox.hubspot.values import InvalidValueError, as_text, stored_value


class PropertyChecker:
    """Judges written properties of one account as the vendor does."""

    def __init__(self, state: AccountState) -> None:
        """Judge by the definitions in ``state``."""
        self._state = state

    def changes(
        self, table: ObjectTable, written: Mapping[str, Any], current: Values, *, trusted: bool = False
    ) -> Values:
        """Return what to store for the written properties.

        ``null`` leaves a value as it is; the empty string clears it. A life-cycle stage
        behind the current one is left out, as the API leaves it unmoved without an error.

        Args:
            table: the object type.
            written: property names and JSON values.
            current: the record's values; empty for a new one.
            trusted: read-only properties may be set (seeding).

        Raises:
            VendorError: 400 naming every refused property.
        """
        changes: Values = {}
        problems: list[Invalid] = []
        for name, value in written.items():
            definition = table.definitions.get(name)
            if definition is None:
                problems.append(unknown_property(name))
                continue
            if value is None:
                continue
            if definition.read_only and not trusted:
                problems.append(_read_only(name))
                continue
            try:
                changes[name] = self._stored(definition, value, current)
            except InvalidValueError as refusal:
                problems.append(refusal.problem)
        problems += self._stage_problems(table, changes, current)
        if changes.get(TIMESTAMP) == "" and current and table.kind.name != TASKS.name:
            problems.append(_required(TIMESTAMP))
        if problems:
            raise invalid_properties(problems)
        self._keep_lifecycle_forward(changes, current)
        return changes

    def check_unique(self, table: ObjectTable, values: Values, record_id: str | None) -> None:
        """Refuse values that another live record holds.

        Raises:
            VendorError: 409 for an e-mail address, 400 for another unique property.
        """
        for name, holder in table.conflicts(values, record_id):
            if name == EMAIL:
                raise already_exists(table.kind.singular, holder)
            raise _taken(table, name, values[name], (record_id, holder))

    def check_required(self, table: ObjectTable, values: Values) -> None:
        """Refuse a new record that has none of the properties its type wants.

        Raises:
            VendorError: 400.
        """
        required = table.kind.required
        if required and not any(values.get(name) for name in required):
            names = ", ".join(required)
            message = f"Error creating {table.kind.singular.upper()}. At least one property is required: [{names}]"
            raise invalid_input(message, context={"properties": [f"[{names}]"]})

    def _stored(self, definition: Property, value: object, current: Values) -> str:
        text = as_text(value)
        if text is None:
            kind = "Array" if isinstance(value, list) else "Object"
            message = f"Invalid input JSON: Cannot deserialize value of type `java.lang.String` from {kind} value"
            raise error(400, message)
        stored = stored_value(definition, text, current=current.get(definition.name))
        if definition.special == "owner" and stored and not self._state.owners.is_active(stored):
            message = f"{stored} is not a valid owner ID"
            raise InvalidValueError(Invalid(name=definition.name, code="INVALID_OWNER_ID", message=message))
        return stored

    def _stage_problems(self, table: ObjectTable, changes: Values, current: Values) -> list[Invalid]:
        pipeline_name, stage_name = table.kind.pipeline
        if pipeline_name not in changes and stage_name not in changes:
            return []
        pipelines = self._state.pipelines.by_type[table.kind.name]
        pipeline_id = changes.get(pipeline_name) or current.get(pipeline_name) or next(iter(pipelines))
        pipeline = pipelines.get(pipeline_id)
        if pipeline is None:
            return [_not_allowed(pipeline_name, pipeline_id, list(pipelines))]
        stage_id = changes.get(stage_name) or current.get(stage_name)
        if stage_id and stage_id not in pipeline.stages:
            return [_not_allowed(stage_name, stage_id, list(pipeline.stages))]
        return []

    @staticmethod
    def _keep_lifecycle_forward(changes: Values, current: Values) -> None:
        wanted, present = changes.get("lifecyclestage"), current.get("lifecyclestage")
        if not wanted or not present or wanted not in LIFECYCLE or present not in LIFECYCLE:
            return
        if LIFECYCLE.index(wanted) < LIFECYCLE.index(present):
            del changes["lifecyclestage"]


def _read_only(name: str) -> Invalid:
    message = f'"{name}" is a read only property; its value cannot be set.'
    return Invalid(name=name, code="READ_ONLY_VALUE", message=message)


def _required(name: str) -> Invalid:
    return Invalid(name=name, code="REQUIRED_FIELD", message=f"{name} is required and cannot be emptied")


def _not_allowed(name: str, value: str, allowed: list[str]) -> Invalid:
    message = f"{value} was not one of the allowed options: [{', '.join(allowed)}]"
    return Invalid(name=name, code="INVALID_OPTION", message=message)


def _taken(table: ObjectTable, name: str, value: str, ids: tuple[str | None, str]) -> VendorError:
    coordinates = f"portalId={PORTAL_ID}, objectTypeId={table.kind.type_id}, propertyName={name}, value={value}"
    message = f"Cannot set PropertyValueCoordinates{{{coordinates}}} on {ids[0]}. {ids[1]} already has that value."
    return invalid_properties([Invalid(name=name, code="CONFLICTING_UNIQUE_VALUE", message=message)])

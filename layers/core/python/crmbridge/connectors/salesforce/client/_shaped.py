"""Queries and observations in the shape that the org has now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from crmbridge.connectors.salesforce.client import _soql as soql
from crmbridge.connectors.salesforce.client._api import Api, Row
from crmbridge.connectors.salesforce.client._directory import Directory
from crmbridge.connectors.salesforce.client._errors import UNKNOWN_FIELD
from crmbridge.connectors.salesforce.mapping import observing as mapping
from crmbridge.connectors.salesforce.mapping.columns import fields_to_read
from crmbridge.connectors.salesforce.mapping.ids import OBJECTS, Kept
from crmbridge.domain.records import Observation, Unreadable
from crmbridge.errors import FatalProviderError

_ROLES_QUERY = f"({soql.select(('ContactId', 'IsPrimary', 'SystemModstamp'), mapping.ROLES)})"
T = TypeVar("T")


class Rows:
    """Reads rows of one org and turns them into observations."""

    def __init__(self, api: Api, directory: Directory) -> None:
        self._api = api
        self._directory = directory

    def select(self, entity: Kept) -> str:
        """Return ``SELECT … FROM …`` of every field that an observation is made of."""
        schema = self._directory.schema(entity)
        fields = list(fields_to_read(entity, schema))
        if entity == "deal" and mapping.ROLES in schema.children:
            fields.append(_ROLES_QUERY)
        return soql.select(fields, OBJECTS[entity])

    def live(self, entity: Kept) -> str:
        """Return the condition that leaves out what we do not synchronise; may be empty."""
        if entity == "lead":
            return "IsConverted = false"
        if entity == "Event":
            return "IsChild = false"
        return "IsPersonAccount = false" if "IsPersonAccount" in self._directory.schema(entity).shapes else ""

    def with_shape(self, entity: Kept, work: Callable[[], T]) -> T:
        """Do something that names fields; if one has vanished, describe again and do it once more."""
        try:
            return work()
        except FatalProviderError as error:
            if error.code not in UNKNOWN_FIELD:
                raise
            self._directory.forget_shape(entity)
            return work()

    def observations(self, entity: Kept, rows: Sequence[Row]) -> tuple[tuple[Observation, ...], tuple[Unreadable, ...]]:
        """Turn rows into observations, in order; those that cannot be understood are kept apart."""
        facts = self._directory.facts(entity)
        if self._directory.refresh_for(rows):
            facts = self._directory.facts(entity)
        found: list[Observation] = []
        bad: list[Unreadable] = []
        for row in rows:
            try:
                found.append(mapping.observe(self._with_all_roles(row), facts))
            except ValueError as error:
                bad.append(mapping.unreadable(row, error))
        return tuple(found), tuple(bad)

    def _with_all_roles(self, row: Row) -> Row:
        """Return an opportunity with all its contacts: a list that was cut short would look like removals."""
        held: Mapping[str, Any] = row.get(mapping.ROLES) or {}
        if held.get("done", True):
            return row
        roles = [*held["records"], *self._api.rest(str(held["nextRecordsUrl"]))]
        return {**row, mapping.ROLES: {"records": roles, "done": True}}

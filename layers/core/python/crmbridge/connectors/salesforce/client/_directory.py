"""What is read of an org once per process: shapes of its objects, its people, stages and statuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crmbridge.connectors.salesforce.client._api import ROOT, Api, Row
from crmbridge.connectors.salesforce.mapping.activities import task_statuses
from crmbridge.connectors.salesforce.mapping.ids import OBJECTS, Kept, id18
from crmbridge.connectors.salesforce.mapping.organization import OrgFacts, People, people_of
from crmbridge.connectors.salesforce.mapping.schema import Schema, schema_of
from crmbridge.connectors.salesforce.mapping.stages import Choice, StageMap, stage_map, status_map
from crmbridge.domain.custom_fields import CustomField
from crmbridge.ports import Owner

_USERS = "SELECT Id, Name, Email, IsActive FROM User WHERE UserType = 'Standard' ORDER BY Id"
_STAGES = (
    "SELECT ApiName, MasterLabel, IsActive, SortOrder, IsClosed, IsWon, DefaultProbability "
    "FROM OpportunityStage ORDER BY SortOrder"
)
_STATUSES = "SELECT ApiName, MasterLabel, SortOrder, IsDefault, IsConverted FROM LeadStatus ORDER BY SortOrder"
_STAGE_FIELDS: Mapping[Kept, str] = {"deal": "StageName", "lead": "Status", "Task": "Status"}
_TASK_STATUSES = "SELECT ApiName, MasterLabel, SortOrder, IsDefault, IsClosed FROM TaskStatus ORDER BY SortOrder"


class Directory:
    """Remembers one org's facts; asks again for an entity's shape, or for a person or stage nobody has heard of."""

    def __init__(
        self, api: Api, settings: Mapping[str, Mapping[str, str]], custom_fields: Sequence[CustomField] = ()
    ) -> None:
        self._api = api
        self._custom = custom_fields
        self._settings = settings
        self._described: dict[Kept, Mapping[str, Any]] = {}
        self._schemas: dict[Kept, Schema] = {}
        self._owners: tuple[Owner, ...] | None = None
        self._people = People()
        self._stages: dict[Kept, StageMap] = {}
        self._unknown: set[str] = set()

    def facts(self, entity: Kept) -> OrgFacts:
        """Return what the mapping of an entity must know."""
        self.owners()
        return OrgFacts(entity, self.schema(entity), self._people, self._stage_map(entity))

    def schema(self, entity: Kept) -> Schema:
        """Return the shape of an entity's object."""
        if entity not in self._schemas:
            custom = [each for each in self._custom if each.entity == entity]
            self._schemas[entity] = schema_of(self.described(entity), custom)
        return self._schemas[entity]

    def described(self, entity: Kept) -> Mapping[str, Any]:
        """Return the describe of an entity's object."""
        if entity not in self._described:
            self._described[entity] = self._api.get(f"{ROOT}/sobjects/{OBJECTS[entity]}/describe")
        return self._described[entity]

    def forget_shape(self, entity: Kept) -> None:
        """Describe an entity anew when it is next needed: its fields have changed."""
        self._described.pop(entity, None)
        self._schemas.pop(entity, None)

    def owners(self) -> tuple[Owner, ...]:
        """Return everybody who can own records."""
        if self._owners is None:
            self._owners = tuple(
                Owner(id18(row["Id"]), str(row["Email"] or "").lower(), str(row["Name"] or ""), bool(row["IsActive"]))
                for row in self._api.every(_USERS)
            )
            self._people = people_of(self._owners)
        return self._owners

    def stage_rows(self) -> tuple[Row, ...]:
        """Return the org's opportunity stages in its own order, inactive ones included."""
        return self._api.every(_STAGES)

    def refresh_for(self, rows: Sequence[Row]) -> bool:
        """Ask again for people and stages if rows name some that nobody has heard of, once for each name.

        Returns:
            Whether facts may have changed.
        """
        owners = {str(row.get("OwnerId") or "") for row in rows}
        users = {each for each in owners if each.startswith("005")} - self._people.emails.keys()
        fresh = (users | self._unheard_stages(rows)) - self._unknown
        if not fresh:
            return False
        self._unknown |= fresh
        self._owners = None
        self._stages.clear()
        return True

    def _unheard_stages(self, rows: Sequence[Row]) -> set[str]:
        unheard: set[str] = set()
        for entity, stages in self._stages.items():
            named = {str(row.get(_STAGE_FIELDS[entity]) or "") for row in rows}
            unheard |= named - stages.keys.keys() - {""}
        return unheard

    def _stage_map(self, entity: Kept) -> StageMap:
        if entity not in _STAGE_FIELDS:
            return StageMap()
        if entity not in self._stages:
            if entity == "deal":
                choices = [_choice(row) for row in self.stage_rows()]
                self._stages[entity] = stage_map(choices, self._settings.get("stages", {}))
            elif entity == "Task":
                self._stages[entity] = task_statuses([_choice(row) for row in self._api.every(_TASK_STATUSES)])
            else:
                choices = [_choice(row) for row in self._api.every(_STATUSES)]
                self._stages[entity] = status_map(choices, self._settings.get("lead_statuses", {}))
        return self._stages[entity]


def _choice(row: Row) -> Choice:
    return Choice(
        name=str(row.get("ApiName") or row.get("MasterLabel") or ""),
        order=int(row.get("SortOrder") or 0),
        probability=float(row.get("DefaultProbability") or 0),
        is_active=bool(row.get("IsActive", True)),
        is_closed=bool(row.get("IsClosed")),
        is_won=bool(row.get("IsWon")),
        is_default=bool(row.get("IsDefault")),
        is_converted=bool(row.get("IsConverted")),
    )

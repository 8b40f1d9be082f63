"""What is read of an organization once per process: its columns, people, currencies, stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crmbridge.connectors.dynamics.client._api import Api, Row, below
from crmbridge.connectors.dynamics.mapping.columns import STAGES
from crmbridge.connectors.dynamics.mapping.custom import column_of
from crmbridge.connectors.dynamics.mapping.facts import Facts, People, people_of
from crmbridge.connectors.dynamics.mapping.places import Place
from crmbridge.connectors.dynamics.mapping.schema import Schema
from crmbridge.connectors.dynamics.mapping.schema_reading import schema_of
from crmbridge.connectors.dynamics.mapping.stages import StageMap, activity_map, deal_map, lead_map
from crmbridge.domain.custom_fields import CustomField
from crmbridge.ports import Owner

_BASE = (
    "LogicalName,AttributeType,AttributeTypeName,DisplayName,IsValidForCreate,IsValidForUpdate,IsCustomAttribute,"
    "RequiredLevel"
)
_CASTS: Mapping[str, Mapping[str, str]] = {
    "String": {"$select": "LogicalName,MaxLength,Format"},
    "Memo": {"$select": "LogicalName,MaxLength"},
    "Decimal": {"$select": "LogicalName,Precision,MinValue,MaxValue"},
    "Picklist": {"$select": "LogicalName", "$expand": "OptionSet"},
    "MultiSelectPicklist": {"$select": "LogicalName", "$expand": "OptionSet"},
    "Status": {"$select": "LogicalName", "$expand": "OptionSet"},
}
_CHOICES: Mapping[str, str] = {
    "industry": "industrycode",
    "lead_source": "leadsourcecode",
}
_USERS = {"$select": "systemuserid,fullname,internalemailaddress,isdisabled", "$filter": "accessmode ne 3"}


class Directory:
    """Remembers one organization's facts; asks again for a table's shape, or for people nobody has heard of."""

    def __init__(self, api: Api, settings: Mapping[str, Mapping[str, str]], custom: Sequence[CustomField] = ()) -> None:
        self._api = api
        self._settings = settings
        self._custom = tuple(custom)
        self._schemas: dict[str, Schema] = {}
        self._owners: tuple[Owner, ...] | None = None
        self._people = People()
        self._currencies: dict[str, str] | None = None
        self._unknown: set[str] = set()

    def facts(self, place: Place) -> Facts:
        """Return what the mapping of a table must know."""
        self.owners()
        custom = tuple(each for each in self._custom if each.entity == place.entity and place.has_key)
        words = {_CHOICES[name]: said for name, said in self._settings.items() if name in _CHOICES}
        words |= {column_of(each): self._settings[each.name] for each in custom if each.name in self._settings}
        return Facts(
            place=place,
            schema=self.schema(place),
            people=self._people,
            currencies=self.currencies() if place.table == "opportunity" else {},
            stages=self._stages(place),
            custom=custom,
            words=words,
        )

    def schema(self, place: Place) -> Schema:
        """Return a table's columns."""
        if place.table not in self._schemas:
            root = f"EntityDefinitions(LogicalName='{place.table}')/Attributes"
            paths = [below(root, {"$select": _BASE})]
            for name, params in _CASTS.items():
                paths.append(below(f"{root}/Microsoft.Dynamics.CRM.{name}AttributeMetadata", params))
            answers = self._api.batch_get(paths)
            self._schemas[place.table] = schema_of(each for answer in answers for each in answer.get("value") or ())
        return self._schemas[place.table]

    def forget_shape(self, place: Place) -> None:
        """Read a table's columns anew when they are next needed."""
        self._schemas.pop(place.table, None)

    def owners(self) -> tuple[Owner, ...]:
        """Return everybody who can own rows; those without an address cannot be told apart and are left out."""
        if self._owners is None:
            self._owners = tuple(
                Owner(
                    owner_id=str(row["systemuserid"]).lower(),
                    email=str(row.get("internalemailaddress") or "").strip().lower(),
                    name=str(row.get("fullname") or ""),
                    is_active=not row.get("isdisabled"),
                )
                for row in self._api.every(below("systemusers", _USERS))
            )
            self._people = people_of(self._owners)
        return self._owners

    def currencies(self) -> dict[str, str]:
        """Return the ids of currencies by ISO code."""
        if self._currencies is None:
            rows = self._api.every(below("transactioncurrencies", {"$select": "transactioncurrencyid,isocurrencycode"}))
            self._currencies = {
                str(row["isocurrencycode"]).upper(): str(row["transactioncurrencyid"]).lower() for row in rows
            }
        return self._currencies

    def refresh_for(self, rows: Sequence[Row]) -> bool:
        """Ask again for people if rows name some that nobody has heard of, once for each.

        Returns:
            Whether facts may have changed.
        """
        seen = {str(row.get("_ownerid_value") or "").lower() for row in rows} - {""}
        fresh = seen - {each.owner_id for each in self.owners()} - self._unknown
        if fresh:
            self._unknown |= fresh
            self._owners = None
        return bool(fresh)

    def _stages(self, place: Place) -> StageMap:
        if place.table not in STAGES:
            return StageMap()
        schema = self.schema(place)
        statuses = schema.options("statuscode")
        if place.table == "opportunity":
            return deal_map(schema.options("salesstage"), statuses, self._settings.get("stages", {}))
        if place.table == "lead":
            return lead_map(statuses, self._settings.get("lead_statuses", {}))
        return activity_map(statuses)

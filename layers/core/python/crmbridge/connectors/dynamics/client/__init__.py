"""Speaks to one Dynamics 365 organization in canonical values; HTTP only, no decisions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from crmbridge.connectors._http import ClientContext
from crmbridge.connectors.dynamics.client._api import Api, below
from crmbridge.connectors.dynamics.client._connections import Connections
from crmbridge.connectors.dynamics.client._departures import Departures
from crmbridge.connectors.dynamics.client._describing import fields_of, stages_of
from crmbridge.connectors.dynamics.client._directory import Directory
from crmbridge.connectors.dynamics.client._errors import PROVIDER
from crmbridge.connectors.dynamics.client._finding import Finder, Key
from crmbridge.connectors.dynamics.client._listing import Lister
from crmbridge.connectors.dynamics.client._provisioning import Provisioner
from crmbridge.connectors.dynamics.client._reading import Reader
from crmbridge.connectors.dynamics.client._shaped import Rows
from crmbridge.connectors.dynamics.client._subscribing import Subscriber
from crmbridge.connectors.dynamics.client._writing import Writer
from crmbridge.connectors.dynamics.mapping.places import places
from crmbridge.connectors.dynamics.mapping.rendering import project
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity, Fields, Gone, Observation
from crmbridge.errors import FatalProviderError
from crmbridge.ports import (
    Account,
    CrmClient,
    FieldInfo,
    Owner,
    Page,
    ReadResult,
    RowResult,
    Stage,
    Subscription,
    WriteOp,
)


def build(context: ClientContext) -> CrmClient:
    """Return a client bound to one organization."""
    return DynamicsClient(context)


class DynamicsClient:
    """One organization; remembers its people, stages and columns for the life of the process."""

    def __init__(self, context: ClientContext) -> None:
        self._api = Api(context)
        self._directory = Directory(self._api, context.settings, context.custom_fields)
        connections = Connections(self._api)
        rows = Rows(self._directory, connections)
        self._reader = Reader(self._api, rows)
        self._finder = Finder(self._api, self._directory, rows, self._reader)
        self._lister = Lister(self._api, rows, self._reader)
        self._departures = Departures(self._api)
        self._writer = Writer(self._api, self._directory, rows, self._reader, connections)
        self._provisioner = Provisioner(self._api, self._directory, context.sleep)
        self._subscriber = Subscriber(self._api)

    def account(self) -> Account:
        """Tell which organization this is; time zones are its users' own, so none is told."""
        params = {"$select": "organizationid,name,_basecurrencyid_value"}
        rows = self._api.every(below("organizations", params))
        if not rows:
            raise FatalProviderError("dynamics does not tell which organization this is", provider=PROVIDER)
        row = rows[0]
        currency = str(row.get("_basecurrencyid_value") or "").lower()
        code = next((code for code, each in self._directory.currencies().items() if each == currency), "")
        return Account(str(row["organizationid"]).lower(), str(row.get("name") or ""), "", code)

    def list_all(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record, by id."""
        return self._lister.list_all(entity, cursor=cursor)

    def list_changed(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of live records changed at or after a moment, oldest first.

        Raises:
            FatalProviderError: the listing does not advance (code ``STUCK_PAGINATION``).
        """
        return self._lister.list_changed(entity, since=since, cursor=cursor)

    def list_gone(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of records deleted or merged away at or after a moment."""
        return self._departures.list_gone(entity, since=since, cursor=cursor)

    def read(self, entity: Entity, external_ids: Sequence[str]) -> ReadResult:
        """Read whole records by id."""
        return self._reader.read(entity, external_ids)

    def find(self, entity: Entity, key: Key, values: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Return live records by a canonical key value; absent when none."""
        return self._finder.find(entity, key, values)

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write rows, one result per row in input order.

        Raises:
            RetriableProviderError: with ``may_have_applied`` when the rows may have been written all the same; with
                code ``EXTERNAL_ID_FIELD_MISSING`` before our column is provisioned.
            FatalProviderError: the batch is refused as a whole.
        """
        return self._writer.write(entity, ops)

    def project(self, entity: Entity, fields: Fields) -> dict[str, Any]:
        """Return canonical values as Dynamics would say them; an activity as the table of its kind does."""
        kind = fields.get("kind")
        found = [each for each in places(entity) if kind in (None, each.kind) or not each.kind]
        return project(fields, self._directory.facts(found[0])) if found else {}

    def owners(self) -> tuple[Owner, ...]:
        """List everybody who can own records, disabled people included."""
        return self._directory.owners()

    def stages(self, entity: Entity) -> tuple[Stage, ...]:
        """List the sales stages, and the statuses that a deal is closed with."""
        return stages_of(self._directory.facts(places("deal")[0])) if entity == "deal" else ()

    def describe(self, entity: Entity) -> tuple[FieldInfo, ...]:
        """List every column of an entity's tables, as they are now; one of several tables is told once."""
        found: dict[str, FieldInfo] = {}
        for place in places(entity):
            self._directory.forget_shape(place)
            has_key = self._provisioner.has_key(place)
            for each in fields_of(self._directory.schema(place), is_keyed=has_key):
                found.setdefault(each.name, each)
        return tuple(found[name] for name in sorted(found))

    def provision(self, entity: Entity, wanted: Sequence[CustomField] = ()) -> tuple[str, ...]:
        """Make sure our column and key, the wanted columns and change tracking are there; twice does no harm.

        Raises:
            FatalProviderError: we may not customise the organization.
            RetriableProviderError: the key's index is still being built.
        """
        return self._provisioner.provision(entity, wanted)

    def subscriptions(self, url: str = "") -> tuple[Subscription, ...]:
        """List the webhooks of the organization, switched-off ones included, whatever they point to."""
        del url
        return self._subscriber.subscriptions()

    def subscribe(
        self, url: str, *, now: datetime, entities: Collection[Entity] | None = None
    ) -> tuple[Subscription, ...]:
        """Make sure that every change of some entities is told to ``url``; registrations do not end by themselves."""
        del now
        return self._subscriber.subscribe(url, entities)

    def unsubscribe(self, url: str) -> int:
        """Remove every webhook that points to ``url``."""
        return self._subscriber.unsubscribe(url)

"""Speaks to one Salesforce org in canonical values; HTTP only, no decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from crmbridge.connectors._http import ClientContext
from crmbridge.connectors.salesforce import CONNECTOR
from crmbridge.connectors.salesforce.client._activities import Activities
from crmbridge.connectors.salesforce.client._api import Api, Usage
from crmbridge.connectors.salesforce.client._directory import Directory
from crmbridge.connectors.salesforce.client._errors import PROVIDER
from crmbridge.connectors.salesforce.client._exporting import Exporter
from crmbridge.connectors.salesforce.client._finding import Finder, Key
from crmbridge.connectors.salesforce.client._listing import Lister
from crmbridge.connectors.salesforce.client._loading import Loader
from crmbridge.connectors.salesforce.client._provisioning import Provisioner
from crmbridge.connectors.salesforce.client._reading import Reader
from crmbridge.connectors.salesforce.client._shaped import Rows
from crmbridge.connectors.salesforce.client._writing import Writer
from crmbridge.connectors.salesforce.mapping.ids import PLACES, Kept, id18
from crmbridge.connectors.salesforce.mapping.rendering import project
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity, Fields, Gone, Observation
from crmbridge.errors import FatalProviderError
from crmbridge.ports import (
    Account,
    CrmClient,
    FieldInfo,
    LoadState,
    Owner,
    Page,
    ReadResult,
    RowResult,
    Stage,
    WriteOp,
)

_PIPELINE = "Opportunity"
"""The one pipeline: sales processes only hide some of the same stages."""


def build(context: ClientContext) -> CrmClient:
    """Return a client bound to one org."""
    return SalesforceClient(context)


class SalesforceClient:
    """One org; remembers its people, stages and shapes for the life of the process."""

    def __init__(self, context: ClientContext) -> None:
        self._api = Api(context)
        self._directory = Directory(self._api, context.settings, context.custom_fields)
        rows = Rows(self._api, self._directory)
        self._reader = Reader(self._api, self._directory, rows)
        self._finder = Finder(self._api, self._directory, rows)
        self._lister = Lister(self._api, self._directory, rows)
        self._writer = Writer(self._api, self._directory, self._reader)
        self._exporter = Exporter(self._api, self._directory, rows, self._lister)
        self._loader = Loader(self._api, self._directory)
        self._provisioner = Provisioner(self._api, self._directory)
        self._activities = Activities(
            self._directory,
            reader=self._reader,
            finder=self._finder,
            lister=self._lister,
            writer=self._writer,
        )

    @property
    def usage(self) -> Usage | None:
        """The org's use of its daily calls as the latest answer told it, ``None`` before the first."""
        return self._api.usage

    def account(self) -> Account:
        """Tell which org this is; the currency is empty: an org with one currency does not tell it by REST."""
        rows = self._api.every("SELECT Id, Name, TimeZoneSidKey FROM Organization")
        if not rows:
            raise FatalProviderError("salesforce does not tell which org this is", provider=PROVIDER)
        row = rows[0]
        return Account(id18(row["Id"]), str(row["Name"] or ""), str(row.get("TimeZoneSidKey") or ""), "")

    def list_all(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record, by id."""
        if entity == "activity":
            return self._activities.list_all(cursor)
        return self._lister.list_all(entity, cursor=cursor)

    def export(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        """Return one page of everything, by a query job where there is much; see ``ExportingClient``."""
        if entity == "activity":
            return self._activities.export(cursor, self._exporter)
        return self._exporter.export(entity, cursor=cursor)

    def list_changed(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of live records changed at or after a moment, oldest first.

        Raises:
            FatalProviderError: the listing does not advance (code ``STUCK_PAGINATION``).
        """
        if entity == "activity":
            return self._activities.list_changed(since, cursor)
        return self._lister.list_changed(entity, since=since, cursor=cursor)

    def list_gone(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of records deleted, merged or (leads) converted at or after a moment."""
        if entity == "activity":
            return self._activities.list_gone(since, cursor)
        return self._lister.list_gone(entity, since=since, cursor=cursor)

    def read(self, entity: Entity, external_ids: Sequence[str]) -> ReadResult:
        """Read whole records by id."""
        if entity == "activity":
            return self._activities.read(external_ids)
        return self._reader.read(entity, external_ids)

    def find(self, entity: Entity, key: Key, values: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Return live records by a canonical key value; absent when none."""
        if entity == "activity":
            return self._activities.by_correlation(values) if key == "correlation_id" else {}
        return self._finder.find(entity, key, values)

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write rows of one kind, one result per row in input order.

        Raises:
            RetriableProviderError: with ``may_have_applied`` when the rows may have been written all the same; with
                code ``EXTERNAL_ID_FIELD_MISSING`` before our field is provisioned.
            FatalProviderError: the batch is refused as a whole.
        """
        if entity == "activity":
            return self._activities.write(ops)
        return self._writer.write(entity, ops)

    def open_load(self, entity: Entity, ops: Sequence[WriteOp]) -> str:
        """Hand new rows over to an ingest job that nobody has begun; see ``LoadingClient``.

        Raises:
            FatalProviderError: no such job can be had now.
        """
        if entity not in CONNECTOR.supports.loads:
            raise FatalProviderError(f"a job does not create {entity} records", provider=PROVIDER, code="NO_LOAD")
        return self._loader.open(cast("Kept", entity), ops)

    def start_load(self, load_id: str) -> None:
        """Let Salesforce begin an ingest job."""
        self._loader.start(load_id)

    def look_at_load(self, load_id: str) -> LoadState:
        """Tell how far an ingest job is."""
        return self._loader.look_at(load_id)

    def stop_load(self, load_id: str) -> None:
        """Abort an ingest job; what it has written stays."""
        self._loader.stop(load_id)

    def project(self, entity: Entity, fields: Fields) -> dict[str, Any]:
        """Return canonical values as this org would say them; reads its people, stages and shapes once."""
        if entity == "activity":
            return self._activities.project(fields)
        return project(fields, self._directory.facts(entity))

    def owners(self) -> tuple[Owner, ...]:
        """List everybody who can own records, inactive people included."""
        return self._directory.owners()

    def stages(self, entity: Entity) -> tuple[Stage, ...]:
        """List the org's opportunity stages in its own order; other entities have none."""
        if entity != "deal":
            return ()
        return tuple(
            Stage(
                pipeline_id=_PIPELINE,
                stage_id=str(row["ApiName"]),
                label=str(row["MasterLabel"] or row["ApiName"]),
                is_closed=bool(row["IsClosed"]),
                is_won=bool(row["IsWon"]),
                probability=round(float(row["DefaultProbability"] or 0)),
            )
            for row in self._directory.stage_rows()
            if row["IsActive"]
        )

    def describe(self, entity: Entity) -> tuple[FieldInfo, ...]:
        """List every field that we see of an entity, as it is described now."""
        infos: dict[str, FieldInfo] = {}
        for each in PLACES if entity == "activity" else (entity,):
            self._directory.forget_shape(each)
            infos |= {str(one["name"]): _field_info(one) for one in self._directory.described(each)["fields"]}
        return tuple(infos.values())

    def provision(self, entity: Entity, wanted: Sequence[CustomField] = ()) -> tuple[str, ...]:
        """Make sure our external-id field and the wanted ones exist and are visible to us; twice does no harm.

        Raises:
            FatalProviderError: we may not customise the org, a field of our name cannot serve as a key, or one that is
                there cannot hold what is wanted of it.
            RetriableProviderError: the field is granted but not visible yet.
        """
        if entity == "activity":
            made = [name for place in PLACES for name in self._provisioner.provision(place)]
            return tuple(dict.fromkeys(made))
        return self._provisioner.provision(entity, wanted)


def _field_info(described: Mapping[str, Any]) -> FieldInfo:
    is_createable = bool(described.get("createable"))
    is_required = is_createable and not described.get("nillable", True) and not described.get("defaultedOnCreate")
    options = (each for each in described.get("picklistValues") or () if each.get("active", True))
    return FieldInfo(
        name=str(described["name"]),
        label=str(described.get("label") or described["name"]),
        type=str(described.get("type") or ""),
        is_custom=bool(described.get("custom")),
        is_writable=is_createable and bool(described.get("updateable")),
        is_required=is_required,
        is_unique=bool(described.get("unique")),
        max_length=int(described["length"]) if described.get("length") else None,
        options=tuple(str(each["value"]) for each in options),
    )

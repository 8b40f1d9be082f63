"""Zoho's API as a ``CrmClient`` and a ``SubscribingClient``: HTTP only, no decisions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from crmbridge.connectors._http import ClientContext
from crmbridge.connectors.zoho.client import fields as definitions
from crmbridge.connectors.zoho.client.calls import Calls
from crmbridge.connectors.zoho.client.catalogue import Catalogue
from crmbridge.connectors.zoho.client.errors import PROVIDER
from crmbridge.connectors.zoho.client.finding import Finder, Key
from crmbridge.connectors.zoho.client.listing import Lister
from crmbridge.connectors.zoho.client.notes import Notes
from crmbridge.connectors.zoho.client.reading import Reader
from crmbridge.connectors.zoho.client.watching import Watcher
from crmbridge.connectors.zoho.client.writing import Writer
from crmbridge.connectors.zoho.mapping import places_of, project, stages_of
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
    """Return a client bound to one organisation."""
    return ZohoClient(context)


class ZohoClient:
    """Speaks to one Zoho organisation; see ``CrmClient`` for what each method promises."""

    def __init__(self, context: ClientContext) -> None:
        self._calls = Calls(context)
        self._catalogue = Catalogue(self._calls, context.settings, context.custom_fields)
        self._reader = Reader(self._calls, self._catalogue)
        notes = Notes(self._calls, self._catalogue, self._reader)
        self._finder = Finder(self._calls, self._catalogue, self._reader, notes)
        self._lister = Lister(self._calls, self._catalogue, self._reader, notes)
        self._writer = Writer(self._calls, self._catalogue, self._reader, self._finder, notes)
        self._watcher = Watcher(self._calls, self._catalogue)

    def account(self) -> Account:
        """Tell which organisation this is."""
        told = self._catalogue.org()
        return Account(
            account_id=str(told.get("zgid") or ""),
            name=str(told.get("company_name") or "Zoho CRM"),
            time_zone=str(told.get("time_zone") or ""),
            currency=str(told.get("iso_code") or ""),
        )

    def list_all(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record, by id."""
        return self._lister.list_all(_built(entity), cursor)

    def list_changed(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of the live records changed at or after a moment."""
        return self._lister.list_changed(_built(entity), since, cursor)

    def list_gone(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of evidence that records were deleted, or leads converted, at or after a moment."""
        return self._lister.list_gone(_built(entity), since, cursor)

    def read(self, entity: Entity, external_ids: Sequence[str]) -> ReadResult:
        """Read whole records by id."""
        return self._reader.read(_built(entity), external_ids)

    def find(self, entity: Entity, key: Key, values: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Return live records by a canonical key value; absent when none, or when the entity has no such key."""
        return self._finder.find(_built(entity), key, values) if values else {}

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write up to 100 rows of one kind, one result per row in input order."""
        return self._writer.write(_built(entity), ops)

    def project(self, entity: Entity, fields: Fields) -> dict[str, Any]:
        """Return canonical values as Zoho would say them; see ``CrmClient.project``."""
        places = places_of(_built(entity))
        place = next((each for each in places if each.activity == fields.get("kind", places[0].activity)), None)
        if place is None:
            return {}
        return project(place, fields, self._catalogue.lexicon(place, with_owners=bool(fields.get("owner"))))

    def owners(self) -> tuple[Owner, ...]:
        """List everybody who can own records, those who have left included."""
        return self._catalogue.owners()

    def stages(self, entity: Entity) -> tuple[Stage, ...]:
        """List the stages of every deal pipeline; other entities have none here."""
        return stages_of(self._catalogue.choices()[0]) if entity == "deal" else ()

    def describe(self, entity: Entity) -> tuple[FieldInfo, ...]:
        """List every field of an entity."""
        return definitions.describe(self._catalogue, _built(entity))

    def provision(self, entity: Entity, wanted: Sequence[CustomField] = ()) -> tuple[str, ...]:
        """Make sure our own field and some of the workspace's exist; twice does no harm."""
        return definitions.provision(self._calls, self._catalogue, _built(entity), wanted)

    def subscriptions(self, url: str = "") -> tuple[Subscription, ...]:
        """List the notification channels of this app; where Zoho tells only of a named one, that of an address."""
        return self._watcher.subscriptions(url)

    def subscribe(
        self, url: str, *, now: datetime, entities: Collection[Entity] | None = None
    ) -> tuple[Subscription, ...]:
        """Make sure that every change of some entities is told to an address."""
        return self._watcher.subscribe(url, now, entities)

    def unsubscribe(self, url: str) -> int:
        """End every channel of an address; tells how many there were."""
        return self._watcher.unsubscribe(url)


def _built(entity: Entity) -> Entity:
    if not places_of(entity):
        raise FatalProviderError(f"Zoho has no place for {entity}", provider=PROVIDER, code="NOT_BUILT")
    return entity

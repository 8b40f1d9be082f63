"""Kommo's API as a ``CrmClient``: HTTP only, no decisions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal

from crmbridge.connectors._http import ClientContext
from crmbridge.connectors.kommo.client.activities import Activities
from crmbridge.connectors.kommo.client.calls import Calls
from crmbridge.connectors.kommo.client.catalogue import Catalogue
from crmbridge.connectors.kommo.client.errors import PROVIDER
from crmbridge.connectors.kommo.client.finding import Finder
from crmbridge.connectors.kommo.client.history import History
from crmbridge.connectors.kommo.client.listing import Lister
from crmbridge.connectors.kommo.client.provisioning import provision
from crmbridge.connectors.kommo.client.reading import Reader
from crmbridge.connectors.kommo.client.schema import describe
from crmbridge.connectors.kommo.client.subscribing import Subscriber
from crmbridge.connectors.kommo.client.writing import Writer
from crmbridge.connectors.kommo.mapping.rendering import project
from crmbridge.connectors.kommo.mapping.rule_types import ObjectRule
from crmbridge.connectors.kommo.mapping.rules import RULES
from crmbridge.connectors.kommo.mapping.stages import stages_of
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity, Fields, Gone, Observation
from crmbridge.errors import FatalProviderError
from crmbridge.ports import Account, CrmClient, FieldInfo, Owner, Page, ReadResult, RowResult, Stage, WriteOp
from crmbridge.ports.rows import Subscription


def build(context: ClientContext) -> CrmClient:
    """Return a client bound to one account."""
    return KommoClient(context)


class KommoClient:
    """Speaks to one Kommo account; see ``CrmClient`` and ``SubscribingClient`` for what each method promises."""

    def __init__(self, context: ClientContext) -> None:
        self._calls = Calls(context)
        self._catalogue = Catalogue(self._calls, context.settings, context.custom_fields)
        history = History(self._calls)
        self._reader = Reader(self._calls, self._catalogue, history)
        self._finder = Finder(self._calls, self._reader)
        self._lister = Lister(self._calls, self._reader, history)
        self._writer = Writer(self._calls, self._catalogue, self._reader, self._finder)
        self._activities = Activities(self._calls, self._catalogue, history)
        self._subscriber = Subscriber(self._calls)

    def account(self) -> Account:
        """Tell which account this is."""
        told = self._catalogue.account()
        return Account(
            account_id=str(told["id"]),
            name=str(told.get("name") or f"Kommo {told['id']}"),
            time_zone=self._catalogue.zone_name(),
            currency=str(told.get("currency") or ""),
        )

    def list_all(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record, in order of their modified times."""
        if entity == "activity":
            return self._activities.list_changed(None, cursor)
        return self._lister.list_all(_rule(entity), cursor)

    def list_changed(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of the live records changed at or after a moment, oldest first."""
        if entity == "activity":
            return self._activities.list_changed(since, cursor)
        return self._lister.list_changed(_rule(entity), since, cursor)

    def list_gone(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of evidence that records were deleted or merged away at or after a moment."""
        if entity == "activity":
            return self._activities.list_gone(since, cursor)
        return self._lister.list_gone(_rule(entity), since, cursor)

    def read(self, entity: Entity, external_ids: Sequence[str]) -> ReadResult:
        """Read whole records by id."""
        if entity == "activity":
            return self._activities.read(external_ids)
        return self._reader.read(_rule(entity), external_ids)

    def find(
        self, entity: Entity, key: Literal["email", "phone", "domain", "correlation_id"], values: Sequence[str]
    ) -> dict[str, tuple[Observation, ...]]:
        """Return live records by a canonical key value; absent when none, or when the entity has no such key."""
        if not values:
            return {}
        if entity == "activity":
            return self._activities.find(values) if key == "correlation_id" else {}
        return self._finder.find(_rule(entity), key, values)

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write up to 50 rows of one kind, one result per row in input order; nothing can be deleted."""
        if entity == "activity":
            return self._activities.write(ops)
        return self._writer.write(_rule(entity), ops)

    def project(self, entity: Entity, fields: Fields) -> dict[str, Any]:
        """Return canonical values as Kommo would say them; see ``CrmClient.project``."""
        with_owners = bool(fields.get("owner"))
        if entity == "activity":
            return self._activities.project(fields)
        rule = _rule(entity)
        return project(rule, fields, self._catalogue.lexicon(rule, with_owners=with_owners))

    def owners(self) -> tuple[Owner, ...]:
        """List everybody who can own records, people who have left included."""
        return tuple(
            Owner(
                owner_id=str(each["id"]),
                email=str(each.get("email") or "").strip().lower(),
                name=str(each.get("name") or ""),
                is_active=self._catalogue.is_active(each),
            )
            for each in self._catalogue.users()
        )

    def stages(self, entity: Entity) -> tuple[Stage, ...]:
        """List the stages of every pipeline; only deals have any."""
        return stages_of(self._catalogue.pipelines()) if entity == "deal" else ()

    def describe(self, entity: Entity) -> tuple[FieldInfo, ...]:
        """List every field of an entity."""
        return describe(self._catalogue, entity)

    def provision(self, entity: Entity, wanted: Sequence[CustomField] = ()) -> tuple[str, ...]:
        """Make sure our own field and the wanted ones exist; twice does no harm."""
        if entity == "activity":
            return ()
        made = provision(self._calls, self._catalogue, _rule(entity), wanted)
        self._catalogue.forget()
        return made

    def subscriptions(self, url: str = "") -> tuple[Subscription, ...]:
        """List the webhooks of this account, switched-off ones included, whatever they point to."""
        del url
        return self._subscriber.subscriptions()

    def subscribe(
        self, url: str, *, now: datetime, entities: Collection[Entity] | None = None
    ) -> tuple[Subscription, ...]:
        """Make sure that every change of some entities is told to ``url``; webhooks do not end by themselves."""
        del now
        return self._subscriber.subscribe(url, entities)

    def unsubscribe(self, url: str) -> int:
        """Remove the subscription that points to ``url``."""
        return self._subscriber.unsubscribe(url)


def _rule(entity: Entity) -> ObjectRule:
    rule = RULES.get(entity)
    if rule is None:
        raise FatalProviderError(f"Kommo has no {entity}s of their own", provider=PROVIDER, code="NOT_BUILT")
    return rule

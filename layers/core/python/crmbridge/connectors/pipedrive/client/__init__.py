"""Pipedrive's API as a ``CrmClient``: HTTP only, no decisions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal

from crmbridge.connectors._http import ClientContext
from crmbridge.connectors.pipedrive.client.activities import Activities
from crmbridge.connectors.pipedrive.client.calls import Calls
from crmbridge.connectors.pipedrive.client.catalogue import Catalogue, is_active
from crmbridge.connectors.pipedrive.client.errors import PROVIDER
from crmbridge.connectors.pipedrive.client.finding import Finder
from crmbridge.connectors.pipedrive.client.hooks import subscribe, subscriptions, unsubscribe
from crmbridge.connectors.pipedrive.client.leads import Leads
from crmbridge.connectors.pipedrive.client.listing import Lister
from crmbridge.connectors.pipedrive.client.provisioning import describe, provision
from crmbridge.connectors.pipedrive.client.reading import Reader
from crmbridge.connectors.pipedrive.client.writing import Writer
from crmbridge.connectors.pipedrive.mapping import RULES, ObjectRule, project
from crmbridge.connectors.pipedrive.mapping.stages import stages_of
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
    """Return a client bound to one company."""
    return PipedriveClient(context)


class PipedriveClient:
    """Speaks to one Pipedrive company; see ``CrmClient`` and ``SubscribingClient`` for what each method promises."""

    def __init__(self, context: ClientContext) -> None:
        self._calls = Calls(context)
        self._catalogue = Catalogue(self._calls, context.settings, context.custom_fields)
        self._reader = Reader(self._calls, self._catalogue)
        self._finder = Finder(self._calls, self._catalogue, self._reader)
        self._lister = Lister(self._calls, self._reader)
        self._writer = Writer(self._calls, self._catalogue, self._reader, self._finder)
        self._activities = Activities(self._calls, self._catalogue)
        self._leads = Leads(self._calls, self._catalogue)

    def account(self) -> Account:
        """Tell which company this is."""
        me = self._catalogue.me()
        return Account(
            account_id=str(me.get("company_id") or ""),
            name=str(me.get("company_name") or me.get("company_domain") or "Pipedrive"),
            time_zone=str(me.get("timezone_name") or "UTC"),
            currency=str(me.get("default_currency") or ""),
        )

    def list_all(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record, in a stable order."""
        if entity == "activity":
            return self._activities.list_all(cursor)
        if entity == "lead":
            return self._leads.list_all(cursor)
        return self._lister.list_all(_rule(entity), cursor)

    def list_changed(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of the live records changed at or after a moment, each once over all pages."""
        if entity == "activity":
            return self._activities.list_changed(since, cursor)
        if entity == "lead":
            return self._leads.list_changed(since, cursor)
        return self._lister.list_changed(_rule(entity), since, cursor)

    def list_gone(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of evidence that records were deleted at or after a moment."""
        if entity == "activity":
            return self._activities.list_gone(since, cursor)
        if entity == "lead":
            return Page(())  # Pipedrive tells of deleted leads by webhook only
        return self._lister.list_gone(_rule(entity), since, cursor)

    def read(self, entity: Entity, external_ids: Sequence[str]) -> ReadResult:
        """Read whole records by id."""
        if entity == "activity":
            return self._activities.read(external_ids)
        if entity == "lead":
            return self._leads.read(external_ids)
        return self._reader.read(_rule(entity), external_ids)

    def find(
        self, entity: Entity, key: Literal["email", "phone", "domain", "correlation_id"], values: Sequence[str]
    ) -> dict[str, tuple[Observation, ...]]:
        """Return live records by a canonical key value; absent when none, or when the entity has no such key."""
        if not values:
            return {}
        if entity == "activity":
            return self._activities.by_correlation(values) if key == "correlation_id" else {}
        if entity == "lead":
            return self._leads.find(key, values)
        rule = _rule(entity)
        if key == "correlation_id":
            return self._finder.by_correlation(rule, values)
        if key == "email" and entity == "contact":
            return self._finder.by_email(rule, values)
        if key == "phone" and entity == "contact":
            return self._finder.by_phone(rule, values)
        if key == "domain" and entity == "company":
            return self._finder.by_domain(rule, values)
        return {}

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write rows of one kind, one call each; one result per row in input order."""
        if entity == "activity":
            return self._activities.write(ops)
        if entity == "lead":
            return self._leads.write(ops)
        return self._writer.write(_rule(entity), ops)

    def project(self, entity: Entity, fields: Fields) -> dict[str, Any]:
        """Return canonical values as Pipedrive would say them; see ``CrmClient.project``."""
        if entity == "activity":
            return self._activities.project(fields)
        if entity == "lead":
            return self._leads.project(fields)
        rule = _rule(entity)
        return project(rule, fields, self._catalogue.lexicon(rule, with_owners=bool(fields.get("owner"))))

    def owners(self) -> tuple[Owner, ...]:
        """List everybody who can own records, people who left included."""
        return tuple(
            Owner(
                owner_id=str(each["id"]),
                email=str(each.get("email") or "").strip().lower(),
                name=str(each.get("name") or ""),
                is_active=is_active(each),
            )
            for each in self._catalogue.users()
        )

    def stages(self, entity: Entity) -> tuple[Stage, ...]:
        """List the stages of every deal pipeline with its two ends; other entities have none here."""
        return stages_of(*self._catalogue.pipelines()) if entity == "deal" else ()

    def describe(self, entity: Entity) -> tuple[FieldInfo, ...]:
        """List every field of an entity's object; leads share the deals' fields."""
        if entity == "activity":
            return self._activities.describe()
        rule = RULES["deal"] if entity == "lead" else _rule(entity)
        return describe(self._catalogue.definitions(rule.fields_path))

    def provision(self, entity: Entity, wanted: Sequence[CustomField] = ()) -> tuple[str, ...]:
        """Make sure that our field and the wanted ones exist; activities can have none, and carry our id in a text."""
        if entity == "activity":
            return ()
        if entity == "lead":
            return self._provision_leads()
        return provision(self._calls, self._catalogue, entity, _rule(entity).fields_path, wanted)

    def _provision_leads(self) -> tuple[str, ...]:
        """Make our field for leads, which share the deals' fields, and for the persons and organizations of leads."""
        made = provision(self._calls, self._catalogue, "lead", RULES["deal"].fields_path, ())
        for entity in ("contact", "company"):
            made = (*made, *provision(self._calls, self._catalogue, entity, RULES[entity].fields_path, ()))
        return tuple(dict.fromkeys(made))

    def subscriptions(self, url: str = "") -> tuple[Subscription, ...]:
        """List the company's webhooks, banned ones included, whatever they point to."""
        del url
        return subscriptions(self._calls)

    def subscribe(
        self, url: str, *, now: datetime, entities: Collection[Entity] | None = None
    ) -> tuple[Subscription, ...]:
        """Make sure that every change of some entities is told to ``url``; webhooks have no end there."""
        del now
        return subscribe(self._calls, url, entities)

    def unsubscribe(self, url: str) -> int:
        """Remove every webhook that points to ``url``; tells how many there were."""
        return unsubscribe(self._calls, url)


def _rule(entity: Entity) -> ObjectRule:
    rule = RULES.get(entity)
    if rule is None:
        raise FatalProviderError(
            f"this connector does not synchronise Pipedrive's {entity}s", provider=PROVIDER, code="NOT_BUILT"
        )
    return rule

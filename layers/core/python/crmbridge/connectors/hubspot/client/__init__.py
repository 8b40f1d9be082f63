"""HubSpot's API as a ``CrmClient``: HTTP only, no decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from crmbridge.connectors._http import ClientContext
from crmbridge.connectors.hubspot.client.activities import Activities
from crmbridge.connectors.hubspot.client.calls import Calls
from crmbridge.connectors.hubspot.client.catalogue import Catalogue
from crmbridge.connectors.hubspot.client.errors import PROVIDER
from crmbridge.connectors.hubspot.client.finding import Finder
from crmbridge.connectors.hubspot.client.leads import Leads
from crmbridge.connectors.hubspot.client.listing import Lister
from crmbridge.connectors.hubspot.client.reading import Reader
from crmbridge.connectors.hubspot.client.schema import describe, provision
from crmbridge.connectors.hubspot.client.writing import Writer
from crmbridge.connectors.hubspot.mapping import RULES, ObjectRule, lead_stages_of, project, stages_of, with_custom
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity, Fields, Gone, Observation
from crmbridge.errors import FatalProviderError
from crmbridge.ports import Account, CrmClient, FieldInfo, Owner, Page, ReadResult, RowResult, Stage, WriteOp


def build(context: ClientContext) -> CrmClient:
    """Return a client bound to one account."""
    return HubspotClient(context)


class HubspotClient:
    """Speaks to one HubSpot account; see ``CrmClient`` for what each method promises."""

    def __init__(self, context: ClientContext) -> None:
        self._calls = Calls(context)
        self._catalogue = Catalogue(self._calls, context.settings)
        self._rules = {entity: with_custom(rule, context.custom_fields) for entity, rule in RULES.items()}
        self._reader = Reader(self._calls, self._catalogue)
        self._finder = Finder(self._calls, self._catalogue, self._reader)
        self._lister = Lister(self._calls, self._reader)
        self._writer = Writer(self._calls, self._catalogue, self._reader)
        self._activities = Activities(
            self._calls,
            self._catalogue,
            reader=self._reader,
            finder=self._finder,
            lister=self._lister,
            writer=self._writer,
        )
        self._leads = Leads(
            self._calls,
            self._catalogue,
            self._rules["lead"],
            reader=self._reader,
            finder=self._finder,
            lister=self._lister,
            writer=self._writer,
        )
        self._apart: Mapping[Entity, Activities | Leads] = {"activity": self._activities, "lead": self._leads}

    def account(self) -> Account:
        """Tell which account this is."""
        told = self._catalogue.account()
        return Account(
            account_id=told.portal_id,
            name=f"HubSpot {told.portal_id}",
            time_zone=told.time_zone,
            currency=told.company_currency,
        )

    def list_all(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record, in a stable order."""
        apart = self._apart.get(entity)
        return apart.list_all(cursor) if apart else self._lister.list_all(self._rule(entity), cursor)

    def list_changed(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of the live records changed at or after a moment, each once over all pages."""
        apart = self._apart.get(entity)
        if apart:
            return apart.list_changed(since, cursor)
        return self._lister.list_changed(self._rule(entity), since, cursor)

    def list_gone(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of evidence that records were merged away or deleted at or after a moment."""
        apart = self._apart.get(entity)
        return apart.list_gone(since, cursor) if apart else self._lister.list_gone(self._rule(entity), since, cursor)

    def read(self, entity: Entity, external_ids: Sequence[str]) -> ReadResult:
        """Read whole records by id."""
        apart = self._apart.get(entity)
        return apart.read(external_ids) if apart else self._reader.read(self._rule(entity), external_ids)

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
        rule = self._rule(entity)
        if key == "correlation_id":
            return self._finder.by_correlation(rule, values)
        if key == "email" and entity == "contact":
            return self._finder.by_email(rule, values)
        if key == "domain" and entity == "company":
            return self._finder.by_domain(rule, values)
        if key == "phone" and entity != "deal":
            return self._finder.by_phone(rule, values)
        return {}

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write up to 100 rows of one kind, one result per row in input order."""
        apart = self._apart.get(entity)
        return apart.write(ops) if apart else self._writer.write(self._rule(entity), ops)

    def project(self, entity: Entity, fields: Fields) -> dict[str, Any]:
        """Return canonical values as HubSpot would say them; see ``CrmClient.project``."""
        apart = self._apart.get(entity)
        if apart:
            return apart.project(fields)
        rule = self._rule(entity)
        return project(rule, fields, self._catalogue.lexicon(rule, with_owners=bool(fields.get("owner"))))

    def owners(self) -> tuple[Owner, ...]:
        """List everybody who can own records, deactivated people included."""
        return tuple(
            Owner(
                owner_id=each.id,
                email=(each.email or "").strip().lower(),
                name=" ".join(part for part in (each.first_name, each.last_name) if part),
                is_active=not each.archived,
            )
            for each in self._catalogue.owners()
        )

    def stages(self, entity: Entity) -> tuple[Stage, ...]:
        """List the stages of every pipeline of deals or of leads; other entities have none here."""
        if entity == "lead":
            return lead_stages_of(self._catalogue.pipelines("leads"))
        return stages_of(self._catalogue.pipelines()) if entity == "deal" else ()

    def describe(self, entity: Entity) -> tuple[FieldInfo, ...]:
        """List every property of an entity's object."""
        if entity == "activity":
            return self._activities.describe()
        return describe(self._catalogue, self._rule(entity))

    def provision(self, entity: Entity, wanted: Sequence[CustomField] = ()) -> tuple[str, ...]:
        """Make sure our unique property and the wanted ones exist; twice does no harm."""
        if entity == "activity":
            made = self._activities.provision()
        else:
            made = provision(self._calls, self._rule(entity), wanted)
        self._catalogue.forget()
        return made

    def _rule(self, entity: Entity) -> ObjectRule:
        rule = self._rules.get(entity)
        if rule is None:
            raise FatalProviderError(
                f"this connector does not synchronise HubSpot's {entity}s", provider=PROVIDER, code="NOT_BUILT"
            )
        return rule

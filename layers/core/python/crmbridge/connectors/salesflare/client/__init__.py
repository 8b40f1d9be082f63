"""Salesflare's API as a ``CrmClient``: HTTP only, no decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from crmbridge.connectors._http import ClientContext
from crmbridge.connectors.salesflare.client.activities import Activities
from crmbridge.connectors.salesflare.client.activity_writing import ActivityWriter
from crmbridge.connectors.salesflare.client.calls import Calls
from crmbridge.connectors.salesflare.client.catalogue import Catalogue
from crmbridge.connectors.salesflare.client.errors import PROVIDER
from crmbridge.connectors.salesflare.client.finding import Finder
from crmbridge.connectors.salesflare.client.listing import Lister
from crmbridge.connectors.salesflare.client.making import Maker
from crmbridge.connectors.salesflare.client.provisioning import provision
from crmbridge.connectors.salesflare.client.reading import Reader
from crmbridge.connectors.salesflare.client.schema import describe, describe_activity
from crmbridge.connectors.salesflare.client.writing import Writer
from crmbridge.connectors.salesflare.mapping.activities import project_activity
from crmbridge.connectors.salesflare.mapping.projecting import project
from crmbridge.connectors.salesflare.mapping.rule_types import ObjectRule
from crmbridge.connectors.salesflare.mapping.rules import RULES
from crmbridge.connectors.salesflare.mapping.stages import stages_of
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity, Fields, Gone, Observation
from crmbridge.errors import FatalProviderError
from crmbridge.ports import Account, CrmClient, FieldInfo, Owner, Page, ReadResult, RowResult, Stage, WriteOp


def build(context: ClientContext) -> CrmClient:
    """Return a client bound to one account."""
    return SalesflareClient(context)


class SalesflareClient:
    """Speaks to one Salesflare team; see ``CrmClient`` for what each method promises."""

    def __init__(self, context: ClientContext) -> None:
        self._calls = Calls(context)
        self._catalogue = Catalogue(self._calls, context)
        self._reader = Reader(self._calls, self._catalogue)
        self._lister = Lister(self._calls, self._catalogue, self._reader)
        self._finder = Finder(self._calls, self._catalogue, self._reader, self._lister)
        self._activities = Activities(self._calls, self._catalogue, self._lister)
        self._diary = ActivityWriter(self._calls, self._activities, self._reader)
        maker = Maker(self._calls, self._reader, self._finder)
        self._writer = Writer(self._calls, self._catalogue, self._reader, maker)

    def account(self) -> Account:
        """Tell which team this is."""
        team = self._catalogue.me().team
        return Account(
            account_id=str(team.id),
            name=team.name or f"Salesflare {team.id}",
            time_zone=team.time_zone or "",
            currency=team.currency.iso if team.currency else "",
        )

    def list_all(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record, by id."""
        if entity == "activity":
            return self._activities.page(None, cursor)
        return self._lister.list_all(_rule(entity), cursor)

    def list_changed(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of the live records changed at or after a moment."""
        if entity == "activity":
            return self._activities.page(since, cursor)
        return self._lister.list_changed(_rule(entity), since, cursor)

    def list_gone(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of archived contacts; nothing else of Salesflare's leaves evidence."""
        if entity == "activity":
            return Page((), None)
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
            return self._activities.by_correlation(values) if key == "correlation_id" else {}
        rule = _rule(entity)
        if key == "correlation_id":
            return self._finder.by_correlation(rule, values)
        if entity == "contact" and key != "domain":
            by = self._finder.by_email if key == "email" else self._finder.by_phone
            return by(rule, values)
        return self._finder.by_domain(rule, values) if entity == "company" and key == "domain" else {}

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write up to 50 rows of one kind, one result per row in input order."""
        if entity == "activity":
            return self._diary.write(ops)
        return self._writer.write(_rule(entity), ops)

    def project(self, entity: Entity, fields: Fields) -> dict[str, Any]:
        """Return canonical values as Salesflare would say them; see ``CrmClient.project``."""
        if entity == "activity":
            people = self._activities.emails().items() if fields.get("owner") else ()
            return project_activity(fields, {email: user_id for user_id, email in people if email})
        rule = _rule(entity)
        with_owners, with_tags = bool(fields.get("owner")), bool(fields.get("tags"))
        return project(rule, fields, self._catalogue.lexicon(rule, with_owners=with_owners, with_tags=with_tags))

    def owners(self) -> tuple[Owner, ...]:
        """List everybody of the team, disabled people included."""
        return tuple(
            Owner(
                owner_id=str(each.id),
                email=(each.email or "").strip().lower(),
                name=each.name or "",
                is_active=not each.disabled,
            )
            for each in self._catalogue.users()
        )

    def stages(self, entity: Entity) -> tuple[Stage, ...]:
        """List the stages of every pipeline; entities other than deals have none."""
        return stages_of(self._catalogue.pipelines()) if entity == "deal" else ()

    def describe(self, entity: Entity) -> tuple[FieldInfo, ...]:
        """List the fields of an entity that are mapped, and its custom fields."""
        return describe_activity() if entity == "activity" else describe(self._catalogue, _rule(entity))

    def provision(self, entity: Entity, wanted: Sequence[CustomField] = ()) -> tuple[str, ...]:
        """Make sure our own field and the wanted ones exist; twice does no harm. Activities can have none."""
        if entity == "activity":
            return ()
        return provision(self._calls, self._catalogue, _rule(entity), wanted)


def _rule(entity: Entity) -> ObjectRule:
    rule = RULES.get(entity)
    if rule is None:
        raise FatalProviderError(
            f"this connector does not synchronise Salesflare's {entity}s", provider=PROVIDER, code="NOT_BUILT"
        )
    return rule

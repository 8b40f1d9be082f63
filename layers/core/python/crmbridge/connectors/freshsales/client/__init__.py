"""Speaks to one Freshsales account in canonical values; HTTP only, no decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from crmbridge.connectors._http import ClientContext
from crmbridge.connectors.freshsales.client._activities import Diary
from crmbridge.connectors.freshsales.client._activity_writing import DiaryWriter
from crmbridge.connectors.freshsales.client._api import Api
from crmbridge.connectors.freshsales.client._bulk import Bulk
from crmbridge.connectors.freshsales.client._directory import Directory
from crmbridge.connectors.freshsales.client._errors import PROVIDER
from crmbridge.connectors.freshsales.client._finding import Finder
from crmbridge.connectors.freshsales.client._listing import Lister
from crmbridge.connectors.freshsales.client._reading import Reader
from crmbridge.connectors.freshsales.client._schema import check, describe
from crmbridge.connectors.freshsales.client._writing import Writer
from crmbridge.connectors.freshsales.mapping.activity_projecting import project_activity
from crmbridge.connectors.freshsales.mapping.rendering import project
from crmbridge.connectors.freshsales.mapping.rule_types import ModuleRule
from crmbridge.connectors.freshsales.mapping.rules import RULES
from crmbridge.connectors.freshsales.mapping.stages import stages_of
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity, Fields, Gone, Observation
from crmbridge.errors import FatalProviderError
from crmbridge.ports import Account, CrmClient, FieldInfo, Owner, Page, ReadResult, RowResult, Stage, WriteOp


def build(context: ClientContext) -> CrmClient:
    """Return a client bound to one account."""
    return FreshsalesClient(context)


class FreshsalesClient:
    """One account, seen with the eyes of one user; see ``CrmClient`` for what each method promises."""

    def __init__(self, context: ClientContext) -> None:
        self._api = Api(context)
        self._directory = Directory(self._api, context.settings, context.custom_fields)
        self._reader = Reader(self._api, self._directory)
        self._lister = Lister(self._api, self._directory, self._reader)
        self._finder = Finder(self._api, self._reader, self._lister)
        bulk = Bulk(self._api, self._lister, context.sleep)
        self._diary = Diary(self._api, self._directory, self._lister)
        self._diary_writer = DiaryWriter(self._api, self._directory, self._diary)
        self._writer = Writer(self._api, self._directory, self._reader, self._finder, bulk)

    def account(self) -> Account:
        """Tell which account this is, after a call that shows that the key works; it tells no zone or currency."""
        self._directory.forget()
        self._directory.owners()
        return Account(self._api.account_id, f"Freshsales {self._api.account_id}", "", "")

    def list_all(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record that our user may see."""
        if entity == "activity":
            return self._diary.page(None, cursor)
        return self._lister.list_all(_rule(entity), cursor)

    def list_changed(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of the live records changed at or after a moment."""
        if entity == "activity":
            return self._diary.page(since, cursor)
        return self._lister.list_changed(_rule(entity), since, cursor)

    def list_gone(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of what was put into the recycle bin at or after a moment; activities leave no trace."""
        if entity == "activity":
            return Page(())
        return self._lister.list_gone(_rule(entity), since, cursor)

    def read(self, entity: Entity, external_ids: Sequence[str]) -> ReadResult:
        """Read whole records by id, one call each."""
        if entity == "activity":
            return self._diary.read(external_ids)
        return self._reader.read(_rule(entity), external_ids)

    def find(
        self, entity: Entity, key: Literal["email", "phone", "domain", "correlation_id"], values: Sequence[str]
    ) -> dict[str, tuple[Observation, ...]]:
        """Return live records by a canonical key value; absent when none, or when the entity has no such key."""
        if not values:
            return {}
        if entity == "activity":
            return self._diary.by_correlation(values) if key == "correlation_id" else {}
        rule = _rule(entity)
        if key == "correlation_id":
            return self._finder.by_correlation(rule, values)
        if key == "email" and entity == "contact":
            return self._finder.by_email(rule, values)
        if key == "domain" and entity == "company":
            return self._finder.by_domain(rule, values)
        if key == "phone" and rule.phones:
            return self._finder.by_phone(rule, values)
        return {}

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write up to 100 rows of one kind, one result per row in input order."""
        return self._diary_writer.write(ops) if entity == "activity" else self._writer.write(_rule(entity), ops)

    def project(self, entity: Entity, fields: Fields) -> dict[str, Any]:
        """Return canonical values as Freshsales would say them; see ``CrmClient.project``."""
        if entity == "activity":
            return project_activity(fields, self._directory.people())
        rule = _rule(entity)
        return project(rule, fields, self._directory.lexicon(rule))

    def owners(self) -> tuple[Owner, ...]:
        """List everybody who can own records, inactive people included."""
        return tuple(
            Owner(
                owner_id=str(each["id"]),
                email=str(each.get("email") or "").strip().lower(),
                name=str(each.get("display_name") or ""),
                is_active=bool(each.get("is_active", True)),
            )
            for each in self._directory.owners()
        )

    def stages(self, entity: Entity) -> tuple[Stage, ...]:
        """List the stages of every deal pipeline; other entities have none here."""
        return stages_of(self._directory.pipelines(), self._directory.stages()) if entity == "deal" else ()

    def describe(self, entity: Entity) -> tuple[FieldInfo, ...]:
        """List every field of an entity's module; of activities, those of the logged ones: no others are described."""
        return describe(self._directory, "sales_activities" if entity == "activity" else _rule(entity).plural)

    def provision(self, entity: Entity, wanted: Sequence[CustomField] = ()) -> tuple[str, ...]:
        """Make sure that people have made our own field and the wanted ones: the API makes none.

        Activities have no such fields, nor need them.

        Raises:
            FatalProviderError: some are missing; the message says which to make.
        """
        if entity != "activity":
            check(self._directory, _rule(entity), [each for each in wanted if each.entity == entity])
        return ()


def _rule(entity: Entity) -> ModuleRule:
    rule = RULES.get(entity)
    if rule is None:
        raise FatalProviderError(
            f"this connector does not synchronise Freshsales' {entity}s", provider=PROVIDER, code="NOT_BUILT"
        )
    return rule

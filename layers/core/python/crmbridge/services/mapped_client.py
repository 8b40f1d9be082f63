"""A connector's client behind an integration's overrides: what it takes and says is in the hub's names and words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal, cast

from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.mapping.overrides import Overrides
from crmbridge.domain.mapping.rendering import Rendering
from crmbridge.domain.records import Entity, Fields, Gone, Observation
from crmbridge.errors import FatalProviderError
from crmbridge.ports import (
    Account,
    CrmClient,
    ExportingClient,
    FieldInfo,
    LoadingClient,
    LoadState,
    Owner,
    Page,
    ReadResult,
    RowResult,
    Stage,
    SubscribingClient,
    Subscription,
    WriteOp,
)

REQUIRED = "REQUIRED_FIELD_IS_EMPTY"
"""Code of a row that was not sent since a field is empty which the workspace's mapping requires."""


class MappedClient:
    """The ``CrmClient`` of an integration with overrides.

    Args:
        client: the connector's own.
        overrides: of any entity; checked when they were saved.
    """

    def __init__(self, client: CrmClient, overrides: Overrides, *, provider: str) -> None:
        self._client = client
        self._overrides = overrides
        self._provider = provider
        self._renderings: dict[Entity, Rendering] = {}

    # ------------------------------------------------------------------------------------------- reading

    def list_all(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record; see ``CrmClient``."""
        return self._paged(entity, self._client.list_all(entity, cursor=cursor))

    def list_changed(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of changed records; see ``CrmClient``."""
        return self._paged(entity, self._client.list_changed(entity, since=since, cursor=cursor))

    def list_gone(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of deletions and merges; see ``CrmClient``."""
        return self._client.list_gone(entity, since=since, cursor=cursor)

    def read(self, entity: Entity, external_ids: Sequence[str]) -> ReadResult:
        """Read whole records by id; see ``CrmClient``."""
        read = self._client.read(entity, external_ids)
        return replace(read, found={key: self._meant(entity, each) for key, each in read.found.items()})

    def find(
        self, entity: Entity, key: Literal["email", "phone", "domain", "correlation_id"], values: Sequence[str]
    ) -> dict[str, tuple[Observation, ...]]:
        """Return live records by a key, whose place no override moves; see ``CrmClient``."""
        found = self._client.find(entity, key, values)
        return {value: tuple(self._meant(entity, each) for each in rows) for value, rows in found.items()}

    def project(self, entity: Entity, fields: Fields) -> dict[str, Any]:
        """Return the hub's values as this CRM would say them; see ``CrmClient``."""
        rendering = self._rendering(entity)
        return rendering.back(self._client.project(entity, rendering.there(fields)))

    # ------------------------------------------------------------------------------------------- writing

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write rows, those left out that lack a field which the workspace requires; see ``CrmClient``."""
        rendering = self._rendering(entity)
        lacking = {op.op_id: names for op in ops if (names := _lacking(op, rendering.required))}
        going = [replace(op, fields=rendering.there(op.fields)) for op in ops if op.op_id not in lacking]
        results = {each.op_id: each for each in (self._client.write(entity, going) if going else ())}
        refused = {op_id: self._refused(op_id, names) for op_id, names in lacking.items()}
        return tuple(self._answered(entity, {**results, **refused}[op.op_id]) for op in ops)

    def _refused(self, op_id: str, names: Sequence[str]) -> RowResult:
        words = f"the mapping of this integration requires {', '.join(names)}, which is empty"
        return RowResult(op_id, error=FatalProviderError(words, provider=self._provider, code=REQUIRED))

    def _answered(self, entity: Entity, result: RowResult) -> RowResult:
        seen = result.observation
        return result if seen is None else replace(result, observation=self._meant(entity, seen))

    def export(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        """Return one page of a prepared listing; see ``ExportingClient``."""
        return self._paged(entity, cast("ExportingClient", self._client).export(entity, cursor=cursor))

    def open_load(self, entity: Entity, ops: Sequence[WriteOp]) -> str:
        """Hand over new rows; one that lacks a required field is left to the batches, which refuse it.

        Raises:
            FatalProviderError: all of them lack one.
        """
        rendering = self._rendering(entity)
        going = [replace(op, fields=rendering.there(op.fields)) for op in ops if not _lacking(op, rendering.required)]
        if not going:
            raise FatalProviderError("every row lacks a required field", provider=self._provider, code=REQUIRED)
        return cast("LoadingClient", self._client).open_load(entity, going)

    def start_load(self, load_id: str) -> None:
        """Let the CRM begin; see ``LoadingClient``."""
        cast("LoadingClient", self._client).start_load(load_id)

    def look_at_load(self, load_id: str) -> LoadState:
        """Tell how far a load is; see ``LoadingClient``."""
        return cast("LoadingClient", self._client).look_at_load(load_id)

    def stop_load(self, load_id: str) -> None:
        """Ask for the end of a load; see ``LoadingClient``."""
        cast("LoadingClient", self._client).stop_load(load_id)

    # ------------------------------------------------------------------------------------------- the account

    def account(self) -> Account:
        """Tell which account this is."""
        return self._client.account()

    def owners(self) -> tuple[Owner, ...]:
        """List everybody who can own records."""
        return self._client.owners()

    def stages(self, entity: Entity) -> tuple[Stage, ...]:
        """List the stages of every pipeline."""
        return self._client.stages(entity)

    def describe(self, entity: Entity) -> tuple[FieldInfo, ...]:
        """List every field of an entity, as the CRM has it."""
        return self._client.describe(entity)

    def provision(self, entity: Entity, wanted: Sequence[CustomField] = ()) -> tuple[str, ...]:
        """Make sure that our fields exist; see ``CrmClient``."""
        return self._client.provision(entity, wanted)

    def subscriptions(self, url: str = "") -> tuple[Subscription, ...]:
        """List webhooks; see ``SubscribingClient``."""
        return cast("SubscribingClient", self._client).subscriptions(url)

    def subscribe(
        self, url: str, *, now: datetime, entities: Collection[Entity] | None = None
    ) -> tuple[Subscription, ...]:
        """Make sure that changes are told to an address; see ``SubscribingClient``."""
        return cast("SubscribingClient", self._client).subscribe(url, now=now, entities=entities)

    def unsubscribe(self, url: str) -> int:
        """Remove webhooks; see ``SubscribingClient``."""
        return cast("SubscribingClient", self._client).unsubscribe(url)

    # ------------------------------------------------------------------------------------------- parts

    def _rendering(self, entity: Entity) -> Rendering:
        if entity not in self._renderings:
            self._renderings[entity] = Rendering(entity, self._overrides)
        return self._renderings[entity]

    def _paged(self, entity: Entity, page: Page[Observation]) -> Page[Observation]:
        return replace(page, items=tuple(self._meant(entity, each) for each in page.items))

    def _meant(self, entity: Entity, seen: Observation) -> Observation:
        rendering = self._rendering(entity)
        times: Mapping[str, datetime] = rendering.names_back(seen.field_times)
        fields, loose = rendering.back(seen.fields), rendering.loose(seen.fields)
        return replace(seen, fields=fields, field_times=times, loose=loose)


def _lacking(op: WriteOp, required: Sequence[str]) -> list[str]:
    """Return the required fields that a row would leave or make empty in the CRM."""
    if op.kind == "delete":
        return []
    told = {**op.fields, **{name: ids or None for name, ids in op.refs.items()}}
    absent = object() if op.kind == "update" else None
    return [name for name in required if told.get(name, absent) is None]

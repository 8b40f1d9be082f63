"""A connector's door that writes down what it is given, instead of giving it to the CRM."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.declaration import Connector, OAuth2
from crmbridge.domain.integrations import Integration
from crmbridge.domain.mapping.rendering import Rendering
from crmbridge.domain.records import Entity, Fields, Gone, Observation, Value
from crmbridge.ports import (
    Account,
    AuthFlow,
    Connectors,
    CrmClient,
    FieldInfo,
    Owner,
    Page,
    ReadResult,
    RowResult,
    Stage,
    WebhookDoor,
    WriteOp,
)
from crmbridge.services._overlay import NEW


def row_of(op: WriteOp) -> dict[str, Any]:
    """Return one row of a write batch as its connector is given it, JSON-ready."""
    return {
        "kind": op.kind,
        "recordId": op.op_id,
        "externalId": op.external_id,
        "fields": {name: _plain(value) for name, value in op.fields.items()},
        "refs": {name: list(ids) for name, ids in op.refs.items()},
    }


def bytes_of(entity: Entity, ops: Sequence[WriteOp]) -> bytes:
    """Return a whole write batch, always the same bytes for the same rows in the same order."""
    batch = {"entity": entity, "rows": [row_of(each) for each in ops]}
    return json.dumps(batch, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def shown_batch(batch: Written, rendering: Rendering) -> dict[str, Any]:
    """Return a batch as a field-level diff with its rows and the digest of its bytes, JSON-ready."""
    written = bytes_of(batch.entity, batch.ops)
    return {
        "entity": batch.entity,
        "kind": batch.ops[0].kind,
        "bytes": len(written),
        "sha256": hashlib.sha256(written).hexdigest(),
        "rows": [
            {
                "recordId": op.op_id,
                "externalId": op.external_id,
                "changes": _changes(op, batch.before.get(op.external_id), rendering),
                "payload": row_of(op),
            }
            for op in batch.ops
        ],
    }


def _changes(op: WriteOp, before: Observation | None, rendering: Rendering) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for place, value in sorted(op.fields.items()):
        name = rendering.field(place)
        said = {} if before is None else {"before": _plain(before.fields.get(place))}
        found.append({"field": name, **({} if name == place else {"heldIn": place}), **said, "after": _plain(value)})
    for name, ids in sorted(op.refs.items()):
        said = {"before": list(op.refs_before[name])} if name in op.refs_before else {}
        found.append({"field": name, **said, "after": list(ids)})
    return found


def _plain(value: Value) -> object:
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True)
class Written:
    """One batch that was not sent.

    Attributes:
        ops: in order, as the connector would have been given them.
        before: by external id, what the CRM said of rows to be changed, in the connector's words.
    """

    entity: Entity
    ops: tuple[WriteOp, ...]
    before: Mapping[str, Observation]


@dataclass(slots=True)
class RecordingClient:
    """A connector's client that reads as ever, and answers writes as if the CRM had taken every row as it was said."""

    client: CrmClient
    written: list[Written] = field(default_factory=list[Written])
    seen: dict[str, Observation] = field(default_factory=dict[str, Observation])

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write down a batch."""
        before = {op.external_id: self.seen[op.external_id] for op in ops if op.external_id in self.seen}
        self.written.append(Written(entity, tuple(ops), before))
        return tuple(self._answer(op) for op in ops)

    def _answer(self, op: WriteOp) -> RowResult:
        if op.kind == "delete":
            return RowResult(op.op_id, op.external_id)
        external_id = op.external_id or NEW + op.op_id
        held = self.seen.get(external_id, Observation(external_id, {}))
        now = replace(held, fields={**held.fields, **op.fields}, refs={**held.refs, **op.refs})
        self.seen[external_id] = now
        return RowResult(op.op_id, external_id, created=op.kind != "update", observation=now)

    def read(self, entity: Entity, external_ids: Sequence[str]) -> ReadResult:
        """Read rows, those that were only written down too."""
        ours = {each: self.seen[each] for each in external_ids if each.startswith(NEW) and each in self.seen}
        rest = [each for each in external_ids if not each.startswith(NEW)]
        read = self.client.read(entity, rest) if rest else ReadResult({})
        self.seen.update(read.found)
        return replace(read, found={**read.found, **ours})

    # ------------------------------------------------------------------------------------------- as ever

    def account(self) -> Account:
        """Tell which account this is."""
        return self.client.account()

    def list_all(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record."""
        return self.client.list_all(entity, cursor=cursor)

    def list_changed(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of changed records."""
        return self.client.list_changed(entity, since=since, cursor=cursor)

    def list_gone(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of deletions and merges."""
        return self.client.list_gone(entity, since=since, cursor=cursor)

    def find(
        self, entity: Entity, key: Literal["email", "phone", "domain", "correlation_id"], values: Sequence[str]
    ) -> dict[str, tuple[Observation, ...]]:
        """Return live records by a key."""
        return self.client.find(entity, key, values)

    def project(self, entity: Entity, fields: Fields) -> dict[str, Any]:
        """Return values as this CRM would say them."""
        return self.client.project(entity, fields)

    def owners(self) -> tuple[Owner, ...]:
        """List everybody who can own records."""
        return self.client.owners()

    def stages(self, entity: Entity) -> tuple[Stage, ...]:
        """List the stages of every pipeline."""
        return self.client.stages(entity)

    def describe(self, entity: Entity) -> tuple[FieldInfo, ...]:
        """List every field of an entity."""
        return self.client.describe(entity)

    def provision(self, entity: Entity, wanted: Sequence[CustomField] = ()) -> tuple[str, ...]:  # noqa: ARG002 - the port's
        """Make nothing, and say so."""
        return ()


@dataclass(frozen=True, slots=True)
class RecordingConnectors:
    """The ``Connectors`` of a rehearsal of one integration.

    Attributes:
        client_of: gives the client of the rehearsed integration, whose door records.
    """

    base: Connectors
    client_of: Callable[[Integration], CrmClient]

    def names(self) -> tuple[str, ...]:
        """Return the names of all connectors."""
        return self.base.names()

    def declaration(self, crm: str) -> Connector:
        """Return what a connector declares; rows that a CRM would load by itself are written down in batches."""
        declared = self.base.declaration(crm)
        return replace(declared, supports=replace(declared.supports, loads=()))

    def oauth(self, crm: str) -> OAuth2:
        """Return a connector's OAuth endpoints."""
        return self.base.oauth(crm)

    def auth(self, crm: str) -> AuthFlow:
        """Return a connector's OAuth flow."""
        return self.base.auth(crm)

    def webhooks(self, crm: str) -> WebhookDoor:
        """Return a connector's webhook rules."""
        return self.base.webhooks(crm)

    def client(self, integration: Integration) -> CrmClient:
        """Return a client whose door records."""
        return self.client_of(integration)

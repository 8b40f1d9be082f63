"""A rehearsal of any set of CRMs: connected in each one's own way, every write of ours counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from crmbridge.domain.integrations import Integration
from crmbridge.domain.records import Entity, Record
from crmbridge.ports import Connectors, CrmClient, RowResult, WriteOp
from crmbridge.services.hub import load_integrations
from crmbridge.services.plan_sync import start_run
from tests.contract._world import FIXTURES, World
from tests.functional.rehearsal import Rehearsal
from tests.matrix.tool import Tool

WORKSPACE = "acme"


class House(Rehearsal):
    """Some simulated CRMs, all connected to one workspace.

    Attributes:
        written: rows that we wrote, by CRM and kind of write.
        refused: what a CRM refused to write for good: CRM, entity, its words.
        updates: rows that we changed: CRM, entity, and which fields and references.
        tools: another program at work in each CRM.
    """

    def __init__(self, monkeypatch: Any, crms: tuple[str, ...]) -> None:
        super().__init__(monkeypatch, crms)
        self.written: Counter[tuple[str, str]] = Counter()
        self.updates: list[tuple[str, Entity, frozenset[str]]] = []
        self.refused: list[tuple[str, Entity, str]] = []
        self.hub = replace(self.hub, connectors=_counting(self))
        self.tools = {crm: Tool(self._world(crm), sleep=self.advance) for crm in crms}
        self.ids: dict[str, str] = {}

    def _world(self, crm: str) -> World:
        """Return a CRM of this rehearsal as the contract suite knows it."""
        suite = json.loads((FIXTURES / crm / "suite.json").read_text(encoding="utf-8"))
        return World(crm, self.apps[crm], self.http[crm], suite, [], base_url=f"http://{crm}.test")

    def connect_all(self) -> None:
        """Connect every CRM: by its consent page, or by a token where it has none."""
        for crm, tool in self.tools.items():
            body = {"domain": tool.world.domain} if tool.world.domain else {}
            if tool.world.has_oauth:
                self.ids[crm] = self.connect(crm, **body)
            else:
                self.ids[crm] = self._bring_token(crm, body)

    def _bring_token(self, crm: str, body: dict[str, Any]) -> str:
        token = self.credentials[crm][self.tools[crm].world.suite["static_token"]]
        asked = {"provider": crm, "name": crm, "credentials": {"accessToken": token}, **body}
        status, made = self.call("POST", "/api/crm/integrations", asked)
        assert status == 201, made
        url = made.get("webhookUrl")
        if url and self.tools[crm].world.declared.supports.webhooks:
            self.webhook_urls[crm] = url
            self.control(crm, "webhooks", {"urls": [url]})
        return made["id"]

    def forget(self) -> None:
        """Count writes from here."""
        self.written.clear()
        self.updates.clear()
        self.refused.clear()

    def compare(self) -> None:
        """Read every CRM from the first row to the last, repair what differs, and settle."""
        self.advance(700.0)
        for integration in load_integrations(self.hub, WORKSPACE).values():
            start_run(self.hub, integration, full=True)
        self.settle()

    def live(self) -> list[Record]:
        """Return the hub's records that are neither deleted nor merged away."""
        held = self.records._records.get(WORKSPACE, {})
        return [each for each in held.values() if each.deleted_at is None and not each.merged_into]


def _counting(house: House) -> Connectors:
    """Return the house's directory of connectors with clients whose writes are counted."""
    return cast("Connectors", _Counting(house.hub.connectors, house))


class _Counting:
    def __init__(self, directory: Any, house: House) -> None:
        self._directory, self._house = directory, house

    def __getattr__(self, name: str) -> Any:
        return getattr(self._directory, name)

    def client(self, integration: Integration) -> Any:
        return _CountedClient(self._directory.client(integration), integration.crm, self._house)


class _CountedClient:
    def __init__(self, client: CrmClient, crm: str, house: House) -> None:
        self._client, self._crm, self._house = client, crm, house

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        results = self._client.write(entity, ops)
        for op, result in zip(ops, results, strict=True):
            self._house.written[self._crm, op.kind] += 1
            if op.kind == "update":
                self._house.updates.append((self._crm, entity, frozenset({*op.fields, *op.refs})))
            if result.error is not None:
                self._house.refused.append((self._crm, entity, str(result.error)))
        return results

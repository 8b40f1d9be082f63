"""A hub on memory adapters with a clock of its own and one invented CRM."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from crmbridge.adapters.memory.cipher import MemoryCipher
from crmbridge.adapters.memory.documents import MemoryDocuments
from crmbridge.adapters.memory.queues import MemoryQueues
from crmbridge.adapters.memory.records import MemoryRecords
from crmbridge.adapters.memory.secrets import MemoryAppSecrets
from crmbridge.domain.declaration import Connector, Limits, OAuth2, Supports
from crmbridge.domain.integrations import EntityRule, Integration
from crmbridge.domain.records import FIELD_NAMES, Entity
from crmbridge.domain.tokens import AppSecret
from crmbridge.errors import NotFoundError
from crmbridge.ports import Document
from crmbridge.services.hub import Hub, save_integration

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
WORKSPACE = "acme"
ENTITIES: tuple[Entity, ...] = ("company", "contact")


class Clock:
    """Stands still until it is told to move; sleeping moves it."""

    def __init__(self) -> None:
        self.at = START
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)


class AtomicDocuments(MemoryDocuments):
    """Documents whose every call is one step, as a database's are, and which count their calls."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(now=now)
        self._lock = threading.RLock()
        self.gets = self.puts = 0

    def get(self, pk: str, sk: str) -> Document | None:
        with self._lock:
            self.gets += 1
            return super().get(pk, sk)

    def put(self, document: Document, *, unconditionally: bool = False) -> Document:
        with self._lock:
            self.puts += 1
            return super().put(document, unconditionally=unconditionally)

    def delete(self, document: Document) -> None:
        with self._lock:
            super().delete(document)


class OneCrm:
    """The ``Connectors`` port over one invented CRM.

    Attributes:
        flow: its OAuth.
        crm_client: its client, or an error to be raised by asking for one.
    """

    def __init__(self, *, rotates: bool = False, flow: Any = None, crm_client: Any = None) -> None:
        self.rotates = rotates
        self.flow = flow
        self.crm_client = crm_client

    def names(self) -> tuple[str, ...]:
        return ("acme",)

    def declaration(self, crm: str) -> Connector:
        return Connector(
            name=crm,
            label=crm,
            api_version="1",
            api_version_ends_on=date(2090, 1, 1),
            base_url="https://acme.test",
            docs_url="https://acme.test",
            external_id_field="bridge_id",
            supports=Supports(
                entities=ENTITIES,
                fields={name: FIELD_NAMES[name] for name in ENTITIES},
                auth=("oauth",),
                upsert=False,
                creates_by_upsert=False,
                answers_values=True,
                webhooks=True,
                webhook_signature=True,
                reports_deletions=True,
                reports_merges=True,
                custom_fields=True,
            ),
            limits=Limits(read_batch=10, write_batch=10, find_batch=10, list_page=10, lag_s=60),
        )

    def oauth(self, crm: str) -> OAuth2:
        return OAuth2(
            authorize_url="https://acme.test/a", token_url="https://acme.test/t", refresh_rotates=self.rotates
        )

    def auth(self, crm: str) -> Any:
        return self.flow

    def webhooks(self, crm: str) -> Any:
        raise NotFoundError(crm)

    def client(self, integration: Integration) -> Any:
        if isinstance(self.crm_client, Exception):
            raise self.crm_client
        return self.crm_client


def make_hub(clock: Clock, connectors: OneCrm | None = None, **more: Any) -> Hub:
    """Return a hub with empty stores."""
    numbers = count(1)
    parts: dict[str, Any] = {
        "records": MemoryRecords(),
        "documents": AtomicDocuments(clock.now),
        "queues": MemoryQueues(now=clock.now),
        "connectors": connectors or OneCrm(),
        "secrets": MemoryAppSecrets({"acme": AppSecret("id", "secret")}),
        "cipher": MemoryCipher(),
        "now": clock.now,
        "new_id": lambda prefix: f"{prefix}_{next(numbers):026d}",
        "sleep": clock.sleep,
    }
    return Hub(**{**parts, **more})


def connected(hub: Hub, key: str = "int_a", **more: Any) -> Integration:
    """Store and return an active integration that keeps companies and contacts in step."""
    rules: dict[Entity, EntityRule] = {entity: EntityRule(fields=FIELD_NAMES[entity]) for entity in ENTITIES}
    active = Integration(WORKSPACE, key, "acme", key, status="active", account_id=key, rules=rules)
    hub.documents.put(Document("WORKSPACES", WORKSPACE, {}), unconditionally=True)
    return save_integration(hub, replace(active, **more))


def sent(hub: Hub, kind: type) -> list[Any]:
    """Return what was queued of one kind, oldest first."""
    assert isinstance(hub.queues, MemoryQueues)
    return [each.content for each in hub.queues.messages if isinstance(each.content, kind)]

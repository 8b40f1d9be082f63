"""What is to be told of one workspace, and what was told of it before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crmbridge.domain.events.envelope import Event, id_of
from crmbridge.domain.events.notices import WORDS, Notice, notice_of
from crmbridge.domain.events.of_states import Standing
from crmbridge.domain.integrations import Integration
from crmbridge.errors import ConflictError
from crmbridge.ports import Document
from crmbridge.services.hub import Hub

WORKSPACE = "workspace"
"""Stands for an integration's id where something is told of the workspace as a whole."""

QUIET_S: Mapping[str, int] = {
    "circuit_opened": 3600,
    "conflict_detected": 4 * 3600,
    "quota_warning": 24 * 3600,
    "sync_completed": 24 * 3600,
    "webhooks_disabled": 3600,
    "write_refused": 24 * 3600,
}
"""By kind, seconds within which people are told once only; of other kinds they are told each time it becomes so."""


@dataclass(slots=True)
class Page:
    """What was told of one integration.

    Attributes:
        standing: as it was last announced, ``None`` before the first time.
        failing: kinds of reading that people were told have failed, and that have not succeeded since.
        told_at: by kind of event, when people were last told of it, ISO 8601.
        version: of the document, 0 before it is stored.
    """

    provider: str = ""
    standing: Standing | None = None
    failing: tuple[str, ...] = ()
    told_at: dict[str, str] = field(default_factory=dict[str, str])
    version: int = 0

    @classmethod
    def read(cls, document: Document) -> Page:
        """Read what was stored."""
        body = document.body
        standing = None if body["standing"] is None else Standing.from_json(body["standing"])
        return cls(body["provider"], standing, tuple(body["failing"]), dict(body["told_at"]), document.version)

    def body(self) -> dict[str, Any]:
        """Return what is to be stored."""
        return {
            "provider": self.provider,
            "standing": None if self.standing is None else self.standing.to_json(),
            "failing": list(self.failing),
            "told_at": dict(sorted(self.told_at.items())),
        }


@dataclass(slots=True)
class Telling:
    """One look at a workspace: first collected, then told, then noted as told.

    Attributes:
        pages: by integration id; what was told before, changed as things are added.
        before: the same as it was read, in its stored form.
        after: what is to be done once everything was told.
    """

    hub: Hub
    workspace_id: str
    integrations: Mapping[str, Integration]
    pages: dict[str, Page]
    before: Mapping[str, Mapping[str, Any]]
    now: datetime
    events: list[Event] = field(default_factory=list[Event])
    notices: list[Notice] = field(default_factory=list[Notice])
    after: list[Callable[[], object]] = field(default_factory=list[Callable[[], object]])

    @classmethod
    def begin(cls, hub: Hub, workspace_id: str, integrations: Mapping[str, Integration]) -> Telling:
        """Read what was told of a workspace before."""
        pages = {each.sk: Page.read(each) for each in hub.documents.query(_pk(workspace_id))}
        before = {integration_id: page.body() for integration_id, page in pages.items()}
        return cls(hub, workspace_id, integrations, pages, before, hub.now())

    def page(self, integration_id: str) -> Page:
        """Return the page of an integration, or of the workspace; an empty one for a new one."""
        return self.pages.setdefault(integration_id, Page())

    def add(
        self,
        kind: str,
        integration_id: str,
        *,
        cause: str,
        data: Mapping[str, Any] | None = None,
        values: Mapping[str, Any] | None = None,
        correlation_id: str = "",
    ) -> None:
        """Have an event told of an integration.

        Args:
            kind: of the event.
            integration_id: which it is about.
            cause: tells this happening from others of its kind, whoever finds it.
            data: beside the integration.
            values: what may be personal.
            correlation_id: the run it is about, if one.
        """
        about = {"integrationId": integration_id, "provider": self.page(integration_id).provider}
        event_id = id_of(self.workspace_id, integration_id, kind, cause)
        event = Event(
            event_id=event_id,
            kind=kind,
            workspace_id=self.workspace_id,
            at=self.now,
            correlation_id=correlation_id or event_id,
            data={**about, **(data or {})},
            values=values or {},
        )
        self.events.append(event)

    def notify(self, kind: str, integration_id: str, **about: Any) -> bool:  # noqa: ANN401 - words of a notice
        """Have people told of an event; returns whether they are, and not kept in peace."""
        if kind not in WORDS or self.is_quiet(kind, integration_id):
            return False
        page = self.page(integration_id)
        page.told_at[kind] = self.now.isoformat()
        named = "" if integration_id == WORKSPACE else integration_id
        crm = self.label(page.provider)
        said = notice_of(
            kind, self.workspace_id, integration_id=named, **{"crm": crm, "provider": page.provider, **about}
        )
        self.notices.append(said)
        return True

    def is_quiet(self, kind: str, integration_id: str) -> bool:
        """Tell whether people were told of this so shortly ago that they are kept in peace."""
        told_at = self.page(integration_id).told_at.get(kind)
        if told_at is None or kind not in QUIET_S:
            return False
        return (self.now - datetime.fromisoformat(told_at)).total_seconds() < QUIET_S[kind]

    def label(self, provider: str) -> str:
        """Return a CRM's name as people know it."""
        return self.hub.connectors.declaration(provider).label if provider else ""

    def forget(self, document: Document) -> None:
        """Have a document removed once everything was told, unless it moves until then."""

        def remove() -> None:
            with suppress(ConflictError):
                self.hub.documents.delete(document)

        self.after.append(remove)

    def put(self, document: Document) -> None:
        """Have a document stored once everything was told, unless it moves until then."""

        def store() -> None:
            with suppress(ConflictError):
                self.hub.documents.put(document)

        self.after.insert(0, store)  # before anything is forgotten

    def note(self) -> None:
        """Store what has been told now."""
        for integration_id, page in self.pages.items():
            body = page.body()
            if body != self.before.get(integration_id, _EMPTY):
                with suppress(ConflictError):  # another one told the same, with the same ids
                    document = Document(_pk(self.workspace_id), integration_id, body, version=page.version)
                    self.hub.documents.put(document)
        for each in self.after:
            each()

    def drop(self, integration_id: str) -> None:
        """Have an integration's page removed once everything was told."""
        page = self.pages.pop(integration_id)
        self.forget(Document(_pk(self.workspace_id), integration_id, {}, version=page.version))


_EMPTY = Page().body()


def _pk(workspace_id: str) -> str:
    return f"{workspace_id}#TOLD"

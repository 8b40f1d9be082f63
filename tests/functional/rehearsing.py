"""A deployment whose pushes can be held back, and whose connectors' write batches are taken down byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from crmbridge.runtime._directory import Directory
from crmbridge.services._recording import bytes_of
from tests.functional.rehearsal import FOLDERS, Rehearsal

OPERATOR = {"workspace": "acme", "role": "operator", "sub": "person-1"}
ADMIN = {"workspace": "acme", "role": "admin", "sub": "person-2"}


class _Listening:
    """A connector's own client, overheard."""

    def __init__(self, client: Any, batches: list[bytes]) -> None:
        self._client, self._batches = client, batches

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def write(self, entity: Any, ops: Any) -> Any:
        self._batches.append(bytes_of(entity, ops))
        return self._client.write(entity, ops)


@contextmanager
def overheard(rehearsal: Rehearsal, integration_id: str) -> Generator[list[bytes]]:
    """Take down every batch that one integration's connector is given to write."""
    known: Any = rehearsal.hub.connectors
    directory = known if isinstance(known, Directory) else known._directory
    kept, batches = Directory._kept, list[bytes]()

    def listening(self: Directory, integration: Any) -> Any:
        client = kept(self, integration)
        return _Listening(client, batches) if integration.integration_id == integration_id else client

    directory._kept = listening.__get__(directory)
    try:
        yield batches
    finally:
        del directory._kept


@contextmanager
def pushes_held(rehearsal: Rehearsal) -> Generator[None]:
    """Let everything go on but the writing to CRMs."""
    held = FOLDERS.pop("push")
    kind: Any = type(rehearsal.queues)
    messages = kind.messages
    kind.messages = property(lambda self: [each for each in messages.fget(self) if each.queue != "push"])
    try:
        yield
    finally:
        kind.messages = messages
        FOLDERS["push"] = held


def rehearse(rehearsal: Rehearsal, integration_id: str, **body: Any) -> list[dict[str, Any]]:
    """Call the dry-run page by page; return all pages."""
    pages: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while not pages or "nextCursor" in pages[-1]:
        path = f"/api/crm/integrations/{integration_id}/mappings/dry-run"
        status, page = rehearsal.call("POST", path, {**body, **more}, claims=OPERATOR)
        assert status == 200, page
        more = {"cursor": page["nextCursor"]} if "nextCursor" in page else {}
        pages.append(page)
    return pages


def digests(batches: list[bytes]) -> list[tuple[int, str]]:
    """Return the length and digest of each batch."""
    return [(len(each), hashlib.sha256(each).hexdigest()) for each in batches]


def told(pages: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """Return the length and digest of each batch that was announced."""
    return [(each["bytes"], each["sha256"]) for page in pages for each in page["batches"]]


def rows(pages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return all rows that were announced."""
    return [row for page in pages for batch in page["batches"] for row in batch["rows"]]

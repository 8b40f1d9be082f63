"""Loads: many new rows handed to a CRM that writes them by itself, while nothing else of their entity is pushed there.

A load is remembered before it is begun, so that whoever comes next knows of it. What became of its rows nobody is
told: their creates were intended like any others, and are looked for as if their answers had been lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crmbridge.domain.integrations import Integration
from crmbridge.domain.records import Entity
from crmbridge.errors import ConflictError, FatalProviderError, RetriableProviderError
from crmbridge.ports import Document, LoadingClient, LoadState, WriteOp
from crmbridge.services.hub import Hub

LOOK_FIRST_S, LOOK_MAX_S = 3.0, 30.0
"""Between two looks at a load, in seconds: a fourth of its age within these."""

PATIENCE_S = 1800.0
"""After so long a load is stopped, and after twice as long no longer minded; its rows go by batches. In seconds."""

REFUSED_S = 3600.0
"""How long a CRM that refused a load is not asked for another, in seconds."""


def is_loading(hub: Hub, integration: Integration, entity: Entity) -> bool:
    """Tell whether a CRM may be writing rows of an entity by itself, of which nobody knows yet what became."""
    if entity not in hub.connectors.declaration(integration.crm).supports.loads:
        return False
    document = hub.documents.get(f"{integration.workspace_id}#LOAD", f"{integration.integration_id}#{entity}")
    return document is not None and bool(document.body["load_id"])


@dataclass(slots=True)
class Loads:
    """The loads of one entity to one CRM, one at a time.

    Attributes:
        has_looked: a load was begun or looked at now, and the next look is this worker's to arrange.
    """

    hub: Hub
    integration: Integration
    entity: Entity
    client: LoadingClient
    has_looked: bool = False

    def under_way_s(self) -> float | None:
        """Look at the load under way, unless it was looked at just now.

        Returns:
            Seconds until it is worth looking again, ``None`` when there is none (any more).

        Raises:
            RetriableProviderError: the CRM does not tell.
        """
        document = self._document()
        if document is None or not document.body["load_id"]:
            return None
        now, body = self.hub.now(), document.body
        look_at = datetime.fromisoformat(body["look_at"])
        if now < look_at:
            return (look_at - now).total_seconds()
        state, self.has_looked = self._state(body["load_id"]), True
        age_s = (now - datetime.fromisoformat(body["began_at"])).total_seconds()
        if state == "over" or age_s > 2 * PATIENCE_S:
            self._forget(document)
            return None
        if state == "open" or age_s > PATIENCE_S:  # whoever opened it has died, or the CRM does not come to it
            with suppress(FatalProviderError):
                self.client.stop_load(body["load_id"])
        wait_s = min(max(age_s / 4, LOOK_FIRST_S), LOOK_MAX_S)
        later = {**body, "look_at": (now + timedelta(seconds=wait_s)).isoformat()}
        with suppress(ConflictError):
            self.hub.documents.put(replace(document, body=later))
        return wait_s

    def _state(self, load_id: str) -> LoadState:
        """Return how far a load is; one of which the CRM does not let us know any more counts as over."""
        try:
            return self.client.look_at_load(load_id)
        except FatalProviderError:
            return "over"

    def may_begin(self) -> bool:
        """Tell whether a load may be tried: none is under way, and none was refused lately."""
        return self._document() is None

    def begin(self, ops: Sequence[WriteOp]) -> float | None:
        """Hand rows over whose creates are intended.

        Returns:
            Seconds until the load is worth a look, ``None`` when the CRM takes none: the rows go by batches.

        Raises:
            RetriableProviderError: no usable answer came; if it has begun, the next look tells. Where a limit is used
                up, the rows go by batches once the CRM may be asked again.
            ConflictError: somebody else began one.
        """
        try:
            load_id = self.client.open_load(self.entity, ops)
        except FatalProviderError:
            self._remember("", expires_in_s=REFUSED_S)
            return None
        except RetriableProviderError as error:
            if error.is_quota:
                self._remember("", expires_in_s=REFUSED_S)
            raise
        self._remember(load_id)
        self.has_looked = True
        with suppress(FatalProviderError):  # begun already, or ended by somebody: the next look tells
            self.client.start_load(load_id)
        return LOOK_FIRST_S

    @property
    def _key(self) -> tuple[str, str]:
        return f"{self.integration.workspace_id}#LOAD", f"{self.integration.integration_id}#{self.entity}"

    def _document(self) -> Document | None:
        return self.hub.documents.get(*self._key)

    def _remember(self, load_id: str, *, expires_in_s: float | None = None) -> None:
        now = self.hub.now()
        look_at = now + timedelta(seconds=LOOK_FIRST_S)
        body = {"load_id": load_id, "began_at": now.isoformat(), "look_at": look_at.isoformat()}
        expires_at = None if expires_in_s is None else int(now.timestamp() + expires_in_s)
        self.hub.documents.put(Document(*self._key, body, expires_at=expires_at))

    def _forget(self, document: Document) -> None:
        with suppress(ConflictError):
            self.hub.documents.delete(document)

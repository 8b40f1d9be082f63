"""What every use case works with, and the integrations of a workspace."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crmbridge.domain.integrations import Circuit, Integration
from crmbridge.domain.messages import Wake
from crmbridge.domain.records import Entity
from crmbridge.errors import ConflictError, NotFoundError, RetriableProviderError
from crmbridge.ports import (
    AppSecrets,
    Cipher,
    Connectors,
    Document,
    Documents,
    NewId,
    Now,
    Queues,
    RecordStore,
    Sleep,
)
from crmbridge.ports.budgets import PACED, lane
from crmbridge.services._integration_json import integration_from_json, integration_to_json

if TYPE_CHECKING:
    from crmbridge.services._runs import Run

BLOCK_BASE_S = 2.0
BLOCK_MAX_S = 300.0
WAKE_MAX_S = 900
PACED_MAX_S = 60.0
"""What our own share of a limit holds back for longer than this, in seconds, closes the CRM as its refusal would."""

CHANGE_TRIES = 3
PARSED_MAX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """The ports, wired.

    Attributes:
        jitter: gives a number from 0.0 up to 1.0 by which waiting is spread.
        parsed: integrations by workspace, id and version, so that each is read out of its document once.
        runs: sync runs, likewise.
        attempts: failed calls in a row after which a CRM is left alone until one probe succeeds.
        lease_s: how long a worker may hold a piece of work before another may take it, in seconds.
    """

    records: RecordStore
    documents: Documents
    queues: Queues
    connectors: Connectors
    secrets: AppSecrets
    cipher: Cipher
    now: Now
    new_id: NewId
    sleep: Sleep
    jitter: Callable[[], float] = lambda: 1.0
    attempts: int = 3
    lease_s: int = 60
    parsed: dict[tuple[str, str, int], Integration] = field(default_factory=dict[tuple[str, str, int], Integration])
    runs: dict[tuple[str, str, int], Run] = field(default_factory=dict[tuple[str, str, int], "Run"])


def load_integrations(hub: Hub, workspace_id: str) -> dict[str, Integration]:
    """Return all integrations of a workspace by id."""
    documents = hub.documents.query(f"{workspace_id}#INTEGRATION")
    return {each.sk: _parsed(hub, each) for each in documents}


def load_integration(hub: Hub, workspace_id: str, integration_id: str) -> Integration:
    """Return one integration of a workspace.

    Raises:
        NotFoundError: the workspace has no such integration.
    """
    document = hub.documents.get(f"{workspace_id}#INTEGRATION", integration_id)
    if document is None:
        raise NotFoundError(
            f"there is no integration {integration_id[:60]!r}",
            field="integration_id",
            next_step="list the integrations with GET /api/crm/integrations",
        )
    return _parsed(hub, document)


def _parsed(hub: Hub, document: Document) -> Integration:
    key = (document.pk, document.sk, document.version)
    if key not in hub.parsed:
        if len(hub.parsed) >= PARSED_MAX:
            hub.parsed.clear()
        hub.parsed[key] = integration_from_json(document.body, version=document.version)
    return hub.parsed[key]


def save_integration(hub: Hub, integration: Integration) -> Integration:
    """Store an integration on the condition that it has not moved since it was read.

    Raises:
        ConflictError: it has moved.
    """
    document = Document(
        pk=f"{integration.workspace_id}#INTEGRATION",
        sk=integration.integration_id,
        body=integration_to_json(integration),
        version=integration.version,
    )
    return replace(integration, version=hub.documents.put(document).version)


def change_integration(hub: Hub, integration: Integration, **changes: object) -> Integration:
    """Change some attributes of an integration, whatever else has changed in the meantime.

    Raises:
        ConflictError: it kept moving under three tries.
        NotFoundError: it was deleted in the meantime.
    """
    for attempt in range(CHANGE_TRIES):
        changed = replace(integration, **changes)  # pyright: ignore[reportArgumentType] - attributes by their names
        try:
            return save_integration(hub, changed)
        except ConflictError:
            if attempt == CHANGE_TRIES - 1:
                raise
            integration = load_integration(hub, integration.workspace_id, integration.integration_id)
    raise ConflictError("no try was made")


def is_open(integration: Integration, now: datetime) -> bool:
    """Tell whether calls may be made to an integration's CRM at this moment."""
    if integration.status != "active" or integration.remapping:
        return False
    return integration.blocked_until is None or integration.blocked_until <= now


def block(hub: Hub, integration: Integration, error: RetriableProviderError) -> float:
    """Keep everybody off a CRM for a while, and see to it that work goes on afterwards.

    Waits as long as the vendor says; else doubling from 2 s to 5 min with every failure in a row, spread by half. After
    so many of them the circuit opens. What our own share of a limit holds back concerns nobody else, unless changes
    would have to wait for long.

    Returns:
        Seconds until the integration is looked at again.
    """
    wait_s = error.retry_after_s
    if error.code == PACED and ((wait_s or 0.0) <= PACED_MAX_S or lane() in ("sweep", "backfill")):
        _look_again(hub, integration, wait_s or 1.0)
        return max(wait_s or 1.0, 1.0)
    integration = load_integration(hub, integration.workspace_id, integration.integration_id)
    if wait_s is None:
        wait_s = min(BLOCK_BASE_S * 2.0 ** min(integration.failures, 10), BLOCK_MAX_S) * (1 + hub.jitter()) / 2
    wait_s = max(wait_s, 1.0)
    until, failures = hub.now() + timedelta(seconds=wait_s), integration.failures + (not error.is_quota)
    if integration.circuit != "half_open":  # a probe's own moment only keeps others off while it tries
        until = max(until, integration.blocked_until or until)
    opens = not error.is_quota and (failures >= hub.attempts or integration.circuit != "closed")
    circuit: Circuit = "open" if opens else "closed"
    change_integration(hub, integration, blocked_until=until, failures=failures, circuit=circuit)
    _look_again(hub, integration, wait_s)
    return wait_s


def _look_again(hub: Hub, integration: Integration, wait_s: float) -> None:
    wake = Wake(integration.workspace_id, integration.integration_id)
    hub.queues.send_wakes([wake], delay_s=min(int(wait_s) + 1, WAKE_MAX_S))


def note_missed(hub: Hub, workspace_id: str, integration_id: str) -> None:
    """Note that hints of changes were let go while a CRM was closed, so that it is read as soon as it opens."""
    hub.documents.put(Document(f"{workspace_id}#MISSED", integration_id, {}), unconditionally=True)


def take_missed(hub: Hub, workspace_id: str, integration_id: str) -> bool:
    """Tell, once, whether hints were let go."""
    noted = hub.documents.get(f"{workspace_id}#MISSED", integration_id)
    if noted is None:
        return False
    with suppress(ConflictError):
        hub.documents.delete(noted)
    return True


def unblock(hub: Hub, integration: Integration) -> Integration:
    """Note that the CRM answers again, and let everybody know; costs nothing while it never failed."""
    if integration.failures == 0 and integration.blocked_until is None and integration.circuit == "closed":
        return integration
    if integration.circuit != "closed":
        _look_again(hub, integration, 0.0)
    return change_integration(hub, integration, failures=0, blocked_until=None, circuit="closed")


def require_reauthorization(hub: Hub, integration: Integration) -> bool:
    """Flag, once, that people must connect the CRM again; its due work stays and waits.

    Args:
        integration: as it was when its grant was found dead; if people have connected it since, it is left alone.

    Returns:
        Whether this call flagged it: of any number of workers, one.

    Raises:
        ConflictError: it kept moving under three tries.
    """
    found: Integration | None = integration
    for _ in range(CHANGE_TRIES):
        if found is None or found.status != "active" or found.connections != integration.connections:
            return False
        with suppress(ConflictError):
            save_integration(hub, replace(found, status="reauth_required"))
            return True
        found = load_integrations(hub, integration.workspace_id).get(integration.integration_id)
    raise ConflictError(f"integration {integration.integration_id} kept moving")


def entities_of(hub: Hub, integration: Integration) -> tuple[Entity, ...]:
    """Return the entities that take part, in an order in which references can be resolved."""
    supported = hub.connectors.declaration(integration.crm).supports.entities
    return tuple(each for each in supported if integration.rule(each).enabled)

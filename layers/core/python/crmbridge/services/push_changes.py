"""Write what is due to one CRM, in batches of the vendor's size, as the only one to do so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import cast

from crmbridge.domain.declaration import Limits
from crmbridge.domain.integrations import Integration
from crmbridge.domain.messages import Ticket, Wake
from crmbridge.domain.records import REFERENCES, Entity
from crmbridge.errors import AuthorizationExpiredError, LeaseHeldError, RetriableProviderError, UnavailableError
from crmbridge.ports import CrmClient, LoadingClient
from crmbridge.ports.budgets import PACED, in_lane
from crmbridge.services._circuit import enter, withdraw
from crmbridge.services._leases import Claim, claim
from crmbridge.services._ledger import Ledger
from crmbridge.services._loads import Loads
from crmbridge.services._push_batch import Batch
from crmbridge.services._pushed import Pushed
from crmbridge.services._reading import is_being_read, was_read
from crmbridge.services.hub import (
    Hub,
    block,
    is_open,
    load_integrations,
    require_reauthorization,
    unblock,
)
from crmbridge.services.prepare_account import note_unavailable

HELD_S = 10
"""When held work is looked at again, in seconds."""

LOOK_AHEAD = 4
"""Batches of due ids looked at together, so that creates, updates and deletes each fill whole batches."""


@dataclass(slots=True)
class PushReport:
    """What a drain did.

    Attributes:
        pushed: counts of rows.
        stopped: why it ended: ``drained``, ``held`` (a first read goes on), ``blocked``, ``closed``, ``time``,
            ``loading`` (the CRM writes by itself, see ``services._loads``).
        wait_s: seconds until the integration is looked at again, when ``blocked`` or ``loading``.
    """

    pushed: Pushed
    stopped: str = "drained"
    wait_s: float = 0.0


def push_changes(hub: Hub, ticket: Ticket, *, has_time: Callable[[], bool], seen: set[str] | None = None) -> PushReport:
    """Drain what is due to one integration's entity.

    Waiting is not failing: when the CRM is closed, blocked or the work is held back, this returns normally and the
    due work stays in the records, to be found by the next ticket, wake-up or sweep.

    The queue delivers one ticket of an integration's entity at a time, so nobody else is at it. Creates, which cannot
    be taken back, are made under a lease besides, which also tells who waits for their answers.

    Args:
        ticket: which integration and entity.
        has_time: whether another batch may still be begun.
        seen: ids that need no look any more; those that are looked at now are added.

    Raises:
        LeaseHeldError: somebody else is creating; the ticket must come back later.
    """
    report = PushReport(Pushed())
    integrations = load_integrations(hub, ticket.workspace_id)
    integration = integrations.get(ticket.integration_id)
    if integration is None or not (integration.rule(ticket.entity).enabled and is_open(integration, hub.now())):
        report.stopped = "closed"
        return report
    if not was_read(hub, ticket.workspace_id, ticket.integration_id, ticket.entity):
        report.stopped = "held"
        _look_again(hub, ticket, HELD_S)
        return report
    entered = enter(hub, integration)
    if entered is None:
        report.stopped = "closed"
        return report
    integrations[ticket.integration_id] = entered
    with claim(hub, ticket.workspace_id, f"push#{ticket.integration_id}#{ticket.entity}") as held:
        drain = _Drain(hub, ticket, entered, integrations, held, report, has_time, set() if seen is None else seen)
        drain.try_run()
    drain.invite_dependents()
    if report.stopped == "held":
        _look_again(hub, ticket, HELD_S)
    return report


def _look_again(hub: Hub, ticket: Ticket, wait_s: float) -> None:
    """Have held work looked at soon, should whoever holds it die without telling anybody."""
    hub.queues.send_wakes([Wake(ticket.workspace_id, ticket.integration_id)], delay_s=ceil(wait_s))


@dataclass(slots=True)
class _Drain:
    hub: Hub
    ticket: Ticket
    integration: Integration
    integrations: dict[str, Integration]
    claim: Claim
    report: PushReport
    has_time: Callable[[], bool]
    seen: set[str]

    def try_run(self) -> None:
        """Write what is due, and note how the CRM takes it.

        Raises:
            LeaseHeldError: somebody else is creating.
        """
        try:
            self.run()
            self.note_answered()
        except LeaseHeldError:
            raise
        except AuthorizationExpiredError:
            require_reauthorization(self.hub, self.integration)
            self.report.stopped = "closed"
        except UnavailableError as error:
            note_unavailable(self.hub, self.integration, self.ticket.entity, error)
            self.report.stopped = "closed"
        except RetriableProviderError as error:
            self.report.stopped = "paced" if error.code == PACED else "blocked"
            self.report.wait_s = block(self.hub, self.integration, error)

    def run(self) -> None:
        """Write batch after batch until nothing is due, or it must stop."""
        entity = self.ticket.entity
        declared = self.hub.connectors.declaration(self.integration.crm)
        client = self.hub.connectors.client(self.integration)
        ledger = Ledger(self.hub, self.integration, self.integrations, entity, client)
        limits, upserts = declared.limits, declared.supports.creates_by_upsert
        batch = Batch(
            ledger,
            limits.write_batch,
            upserts,
            self.report.pushed,
            self.has_time,
            self.claim.hold,
            limits.find_lag_s.get(entity, 0),
        )
        seen = self.seen
        looked_at = -limits.load_max
        while True:
            if not self.has_time():
                self.report.stopped = "time"
                self.hub.queues.send_tickets([self.ticket], cause=self.hub.new_id("tkt"))
                return
            want = limits.write_batch * LOOK_AHEAD
            ids = [each for each in self._due(want + len(seen)) if each not in seen][:want]
            if not ids:
                return
            if entity in declared.supports.loads and len(seen) - looked_at >= limits.load_max:
                looked_at = len(seen)
                if self._is_loading(client, batch, limits, is_long=len(ids) >= min(want, limits.load_min)):
                    return
            self.claim.keep()
            holds = is_being_read(self.hub, self.ticket.workspace_id, entity)
            with in_lane("backfill" if len(ids) == want else "live"):
                done = batch.push(ids, only_full=holds or len(ids) == want)
            seen.update(done)
            if done and self.integration.circuit != "closed":
                self.integration = unblock(self.hub, self.integration)
            if not done and self.has_time():
                self.report.stopped = "held"
                return

    def note_answered(self) -> None:
        """Note that the CRM answers, if it was asked anything."""
        if self.seen or self.report.stopped == "loading":
            unblock(self.hub, self.integration)
        else:
            withdraw(self.hub, self.integration)

    def _is_loading(self, client: CrmClient, batch: Batch, limits: Limits, *, is_long: bool) -> bool:
        """Tell whether a load is under way, having begun one where so much is new that it pays.

        Until it is over nothing else of its entity is written: a load has the values of the moment it was made. Rows
        that were prepared and are too few after all, for want of time or since most have twins, go by batches.

        Args:
            is_long: so much is due that it may be worth a load.
        """
        loads = Loads(self.hub, self.integration, self.ticket.entity, cast("LoadingClient", client))
        with in_lane("backfill"):
            wait_s = loads.under_way_s()
            if wait_s is None and is_long and loads.may_begin():
                ids = self._due(limits.load_max)
                rows = batch.prepare(ids, least=limits.load_min) if len(ids) >= limits.load_min else []
                wait_s = loads.begin(rows) if 2 * len(rows) >= limits.load_min else None
                self.report.pushed.loaded += 0 if wait_s is None else len(rows)
        if wait_s is None:
            return False
        self.report.stopped, self.report.wait_s = "loading", wait_s
        if loads.has_looked or wait_s < 1:  # whoever was to look now may have come together with others, and be one
            _look_again(self.hub, self.ticket, wait_s)
        return True

    def _due(self, limit: int) -> tuple[str, ...]:
        return self.hub.records.due(
            self.ticket.workspace_id,
            self.ticket.entity,
            self.ticket.integration_id,
            now=self.hub.now(),
            limit=limit,
        )

    def invite_dependents(self) -> None:
        """Send tickets for entities that waited for these: they stand there now, or will not come for a while."""
        if not (self.report.pushed.linked or self.report.pushed.parked):
            return
        dependents: list[Entity] = [
            entity
            for entity, fields in REFERENCES.items()
            if self.ticket.entity in fields.values() and self.integration.rule(entity).enabled
        ]
        tickets = [Ticket(self.ticket.workspace_id, self.ticket.integration_id, each) for each in dependents]
        self.hub.queues.send_tickets(tickets, cause=self.hub.new_id("tkt"))

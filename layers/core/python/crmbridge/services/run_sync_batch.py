"""Read one integration page by page, storing each page before its checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import cast

from crmbridge.domain.altering import altered
from crmbridge.domain.declaration import Limits
from crmbridge.domain.due import due_for, with_due
from crmbridge.domain.integrations import Integration
from crmbridge.domain.messages import SyncStep, Ticket
from crmbridge.domain.records import Entity, Gone, LastChange, Observation
from crmbridge.errors import (
    AuthorizationExpiredError,
    ConflictError,
    FatalProviderError,
    NotFoundError,
    RetriableProviderError,
    UnavailableError,
)
from crmbridge.ports import CrmClient, ExportingClient, Page, Save
from crmbridge.ports.budgets import in_lane
from crmbridge.services._absorb import Absorber
from crmbridge.services._absorbed import Absorbed, counts_to_json
from crmbridge.services._circuit import enter, withdraw
from crmbridge.services._comparer import Comparer
from crmbridge.services._reading import (
    READING_S,
    Cursor,
    load_cursor,
    mark_reading,
    save_cursor,
    since_of,
    unmark_reading,
)
from crmbridge.services._reports import issue_report
from crmbridge.services._runs import PHASES, Run, has_stood_still, list_runs, load_run, save_run
from crmbridge.services._setbacks import fail, stumble, wait
from crmbridge.services.hub import WAKE_MAX_S, Hub, block, load_integrations, require_reauthorization, unblock
from crmbridge.services.prepare_account import note_unavailable

RECONCILE_PAGE = 200
WORDS_MAX = 2000

UNSAVED_PAGES = 20
UNSAVED_S = 5.0
"""Pages and seconds after which a checkpoint is stored, if nothing asks for it before; the rest is read again."""


MARK_EVERY_S = READING_S / 3
"""Seconds after which a first read says again that it is under way."""


def run_sync_batch(hub: Hub, step: SyncStep, *, has_time: Callable[[], bool]) -> Run | None:
    """Read on from a run's checkpoint until it is done or time is short; then queue the next step.

    Running the same step twice, or two at once, is harmless: pages are taken in by merging, and the checkpoint only
    moves on the condition that nobody else moved it.

    Args:
        step: which run.
        has_time: whether another page may still be begun.

    Returns:
        The run as it stands now, ``None`` when it is over or gone.
    """
    try:
        run = load_run(hub, step.workspace_id, step.integration_id, step.run_id)
    except NotFoundError:
        return None
    integrations = load_integrations(hub, step.workspace_id)
    integration = integrations.get(step.integration_id)
    if not run.is_live or integration is None:
        return None
    entered = enter(hub, integration)
    if entered is None:
        return wait(hub, run, step)
    integration = integrations[step.integration_id] = entered
    try:
        with in_lane("backfill" if run.mode == "baseline" else "sweep"):
            return _read_on(hub, run, integrations, step, has_time)
    except ConflictError:
        return None
    except AuthorizationExpiredError as error:
        require_reauthorization(hub, integration)
        return fail(hub, step, str(error))
    except RetriableProviderError as error:
        wait_s = block(hub, integration, error)
        hub.queues.send_steps([step], delay_s=min(int(wait_s) + 1, WAKE_MAX_S))
        return stumble(hub, step, integration, wait_s, is_quota=error.is_quota)


def _read_on(
    hub: Hub, run: Run, integrations: dict[str, Integration], step: SyncStep, has_time: Callable[[], bool]
) -> Run:
    integration = integrations[run.integration_id]
    client = hub.connectors.client(integration)
    limits = hub.connectors.declaration(integration.crm).limits
    reader = _Reader(hub, integration, integrations, client, limits, run)
    while reader.run.entities:
        if not has_time():
            reader.flush()
            hub.queues.send_steps([step])
            return reader.run
        try:
            reader.page()
            if reader.rests_s:
                reader.flush()
                hub.queues.send_steps([step], delay_s=min(ceil(reader.rests_s), WAKE_MAX_S))
                return reader.run
        except FatalProviderError as error:
            if isinstance(error, UnavailableError):
                note_unavailable(hub, integration, reader.run.entities[0], error)
            reader.skip(str(error))
        except (AuthorizationExpiredError, RetriableProviderError):
            reader.flush()
            raise
    reader.finish()
    withdraw(hub, reader.integration)
    return reader.run


@dataclass(slots=True)
class _Reader:
    """One worker's hold on a run.

    Attributes:
        rests_s: seconds until the CRM has the next page ready; the checkpoint is stored.
    """

    hub: Hub
    integration: Integration
    integrations: dict[str, Integration]
    client: CrmClient
    limits: Limits
    run: Run
    unsaved: int = 0
    saved_at: datetime | None = None
    marked: tuple[Entity, datetime] | None = None
    held: tuple[Entity, Cursor | None] | None = None
    rests_s: float = 0.0

    @property
    def _at(self) -> tuple[str, str]:
        return self.run.workspace_id, self.run.integration_id

    def page(self) -> None:
        """Read and store one page of the present entity, then move the checkpoint.

        Raises:
            ConflictError: somebody else continued the run.
            ProviderError: the CRM answered badly; the checkpoint stays.
        """
        entity, self.rests_s = self.run.entities[0], 0.0
        if self.run.mode == "comparison":
            self._compare(entity)
            self.integration = unblock(self.hub, self.integration)
            return
        read = {
            "list": self._list,
            "reconcile": self._reconcile,
            "changed": self._changed,
            "gone": self._gone,
        }[self.run.phase]
        next_cursor, counts = read(entity)
        if self.run.phase != "reconcile":  # which asks the CRM nothing
            self.integration = unblock(self.hub, self.integration)
        self._checkpoint(entity, next_cursor, counts)

    def _mark(self, entity: Entity) -> None:
        """Tell writers that a first read makes progress; not more often than they have to hear it."""
        now = self.hub.now()
        if self.marked is None or self.marked[0] != entity or (now - self.marked[1]).total_seconds() > MARK_EVERY_S:
            mark_reading(self.hub, *self._at, entity)
            self.marked = (entity, now)

    def _cursor(self, entity: Entity) -> Cursor | None:
        """Return how far an entity has been read; nobody else moves that, unless two runs are at it."""
        if self.held is None or self.held[0] != entity:
            self.held = (entity, load_cursor(self.hub, *self._at, entity))
        return self.held[1]

    def _compare(self, entity: Entity) -> None:
        lag = timedelta(seconds=self.limits.lag_s)
        comparer = Comparer(self.hub, self.integration, self.integrations, self.client, lag, self.run)
        try:
            next_cursor = comparer.page(entity)
        finally:
            self.run = comparer.run
        self._checkpoint(entity, next_cursor, None)

    # ---------------------------------------------------------------------------------- the phases

    def _list(self, entity: Entity) -> tuple[str | None, Absorbed]:
        if entity in self.hub.connectors.declaration(self.integration.crm).supports.exports:
            page = cast("ExportingClient", self.client).export(entity, cursor=self.run.cursor)
        else:
            page = self.client.list_all(entity, cursor=self.run.cursor)
        self.rests_s = page.ready_in_s
        if self.run.source_time is None:
            self.run = altered(self.run, source_time=page.server_time or self.hub.now())
        return page.next_cursor, self._absorb(entity, page)

    def _changed(self, entity: Entity) -> tuple[str | None, Absorbed]:
        cursor = self._cursor(entity)
        if cursor is None:
            return None, Absorbed()
        since = since_of(cursor, now=self.run.started_at)
        page = self.client.list_changed(entity, since=since, cursor=self.run.cursor)
        times = [each.modified_at for each in page.items if each.modified_at is not None]
        newest = max([*times, self.run.newest or since])
        self.run = altered(self.run, newest=newest, source_time=self.run.source_time or page.server_time)
        return page.next_cursor, self._absorb(entity, page)

    def _gone(self, entity: Entity) -> tuple[str | None, Absorbed]:
        declared = self.hub.connectors.declaration(self.integration.crm).supports
        cursor = self._cursor(entity)
        if cursor is None or not declared.reports_deletions:
            return None, Absorbed()
        since = cursor.gone_at - timedelta(seconds=self.limits.lag_s)
        page: Page[Gone] = self.client.list_gone(entity, since=since, cursor=self.run.cursor)
        said = {each.external_id: each for each in page.items}
        absorber = self._absorber()
        absorber.take(entity, said, said_gone=said)
        return page.next_cursor, absorber.counts

    def _reconcile(self, entity: Entity) -> tuple[str | None, Absorbed]:
        """Find hub records that this CRM still has to be told of, now that all of its own are known."""
        page = self.hub.records.list_records(
            self.run.workspace_id, entity, cursor=self.run.cursor, limit=RECONCILE_PAGE
        )
        last = LastChange("reconciled", self.run.integration_id, self.hub.now(), self.run.run_id)
        saves = [
            Save(each, with_due(each, self.integrations.values(), rev=each.rev + 1, last=last))
            for each in page.items
            if due_for(each, self.integrations.values()).keys() != each.due_for.keys()
        ]
        stored = self.hub.records.save_many(saves)
        return page.next_cursor, Absorbed(unchanged=len(page.items) - sum(stored), seen=len(page.items))

    def _absorb(self, entity: Entity, page: Page[Observation]) -> Absorbed:
        absorber = self._absorber()
        absorber.keep_raw(entity, page.unreadable)
        rows = {each.external_id: each for each in page.items}
        absorber.take(entity, rows, rows=rows)
        return absorber.counts

    def _absorber(self) -> Absorber:
        return Absorber(self.hub, self.integration, self.integrations, self.client, run_id=self.run.run_id)

    # ---------------------------------------------------------------------------------- the checkpoint

    def _checkpoint(self, entity: Entity, next_cursor: str | None, counts: Absorbed | None) -> None:
        if next_cursor is not None and next_cursor == self.run.cursor:
            crm = self.integration.crm
            raise FatalProviderError("the same page follows itself", provider=crm, code="STUCK_PAGINATION")
        phases, place = PHASES[self.run.mode], self.run.phase
        ended = next_cursor is None and place == phases[-1]
        run = altered(
            self.run,
            cursor=next_cursor,
            phase=phases[(phases.index(place) + 1) % len(phases)] if next_cursor is None else place,
            counts=self.run.counts if counts is None else self._counted(entity, counts),
            progress_at=self.hub.now(),
            chosen=None,
            status="running",
            tries=0,
            stuck_at=None,
        )
        self.run = self._ended(entity, run) if ended else run
        if self.run.entities and (ended or self._is_long_unsaved()):
            self._save()
        if next_cursor is not None and run.mode == "baseline":
            self._mark(entity)
        if ended and run.mode == "baseline":  # writers held back what was due until now
            unmark_reading(self.hub, *self._at, entity)
            self._ticket(entity)

    def _ended(self, entity: Entity, run: Run) -> Run:
        """Store what reading an entity to its end has to show, and turn to the next one."""
        if run.mode == "comparison":
            run = self._report(entity, run)
        else:
            self._save_cursor(entity, run)
        return altered(run, entities=run.entities[1:], source_time=None, newest=None)

    def _counted(self, entity: Entity, counts: Absorbed) -> dict[str, Mapping[str, int]]:
        name = entity if self.run.phase != "reconcile" else f"{entity}.reconcile"
        before = self.run.counts.get(name, {})
        added = {key: before.get(key, 0) + value for key, value in counts_to_json(counts).items()}
        return {**self.run.counts, name: added}

    def _is_long_unsaved(self) -> bool:
        """Tell whether so much was read since the checkpoint was stored that it would be a pity to lose it."""
        self.unsaved += 1
        self.saved_at = self.saved_at or self.hub.now()
        return self.unsaved >= UNSAVED_PAGES or (self.hub.now() - self.saved_at).total_seconds() >= UNSAVED_S

    def flush(self) -> None:
        """Store the checkpoint of what was done since it was last stored.

        Raises:
            ConflictError: somebody else continued the run.
        """
        if self.unsaved:
            self._save()

    def _save(self) -> None:
        self.run = save_run(self.hub, self.run)
        self.unsaved, self.saved_at = 0, self.hub.now()

    def _report(self, entity: Entity, run: Run, *, words: str = "") -> Run:
        """Issue a comparison's report of an entity, and make room for the next entity's."""
        status = "failed" if words else "partial" if run.found.get("left") else "done"
        issue_report(self.hub, run, entity, status=status, words=words)
        return altered(run, counts={**run.counts, entity: run.found}, found={}, differing={}, tally="")

    def _save_cursor(self, entity: Entity, run: Run) -> None:
        """Move the entity's reading position to what has been stored, by the CRM's own clock."""
        held = self._cursor(entity)
        began = run.source_time or self.hub.now()
        lag = timedelta(seconds=self.limits.lag_s)
        if held is None or run.mode == "baseline":
            version = 0 if held is None else held.version
            gone_at = self._first_link_at(began) - lag if held is None else held.gone_at
            fresh = Cursor(began - lag, began - lag, self.hub.now(), gone_at, version)
            save_cursor(self.hub, *self._at, entity, fresh)
            return
        live_at = max(held.live_at, run.newest or held.live_at)
        swept = since_of(held, now=run.started_at) == held.swept_at
        moved = replace(
            held,
            live_at=live_at,
            swept_at=max(held.swept_at, min(live_at, began - lag)) if swept else held.swept_at,
            swept_on=run.started_at if swept else held.swept_on,
            gone_at=max(held.gone_at, began),
        )
        if moved != held:
            save_cursor(self.hub, *self._at, entity, moved)

    def _first_link_at(self, began: datetime) -> datetime:
        """Return the moment before which nothing of this CRM can have been linked.

        Webhooks link records before the first listing ends, and their deletions may come before it too; a listing
        shows none of them.
        """
        created_at = self.integration.created_at
        return began if created_at is None else min(created_at, began)

    def _ticket(self, entity: Entity) -> None:
        tickets = [
            Ticket(self.run.workspace_id, each.integration_id, entity)
            for each in self.integrations.values()
            if each.status == "active" and self._has_due(each, entity)
        ]
        self.hub.queues.send_tickets(tickets, cause=self.hub.new_id("tkt"))

    def _has_due(self, integration: Integration, entity: Entity) -> bool:
        workspace_id, now = self.run.workspace_id, self.hub.now()
        return bool(self.hub.records.due(workspace_id, entity, integration.integration_id, now=now, limit=1))

    def skip(self, words: str) -> None:
        """Leave out an entity that the CRM refuses to show; the others go on, and the run says why.

        Raises:
            ConflictError: somebody else continued the run.
        """
        entity = self.run.entities[0]
        words = f"{self.run.words}{entity}: {words}. "[:WORDS_MAX]
        phase = PHASES[self.run.mode][0]
        run = altered(self.run, entities=self.run.entities[1:], phase=phase, cursor=None, words=words, chosen=None)
        if run.mode == "comparison":
            run = self._report(entity, run, words=words)
        self.run = altered(run, source_time=None, newest=None, skipped=(*run.skipped, entity))
        self._save()
        if run.mode == "baseline":
            unmark_reading(self.hub, *self._at, entity)
            self._ticket(entity)

    def finish(self) -> None:
        """End the run; every entity's end has told whom there may be work for.

        Raises:
            ConflictError: somebody else ended it.
        """
        counted = self.run.counts.values()
        bad = bool(self.run.words) or any(counts.get("quarantined") or counts.get("left") for counts in counted)
        status = "stalled" if self._stands_still() else "partial" if bad else "done"
        self.run = save_run(self.hub, altered(self.run, status=status))

    def _stands_still(self) -> bool:
        if not self.run.skipped:
            return False
        before = [each for each in list_runs(self.hub, *self._at) if not each.is_live]
        return has_stood_still(self.run, before)

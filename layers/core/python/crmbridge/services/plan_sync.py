"""Start the runs that are due and find work that nobody was told of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from crmbridge.domain.altering import altered
from crmbridge.domain.integrations import Integration
from crmbridge.domain.messages import SyncMode, SyncStep, Ticket, Wake
from crmbridge.domain.records import Entity
from crmbridge.errors import ConflictError
from crmbridge.services._priority import hint_priority
from crmbridge.services._reading import known_entities
from crmbridge.services._run_ends import expect_end
from crmbridge.services._runs import PHASES, Run, list_runs, save_run, tried
from crmbridge.services._schedules import ask_where_looks_are_due
from crmbridge.services.change_mappings import nudge
from crmbridge.services.hub import Hub, entities_of, is_open, load_integrations, take_missed
from crmbridge.services.want_subscriptions import ask_where_due

STALE_LEASES = 5
"""A run without progress for as long as this many leases is picked up again from its checkpoint."""


@dataclass(slots=True)
class Plan:
    """What was set in motion.

    Attributes:
        started: runs begun.
        resumed: runs picked up again.
        stalled: those of them that stand still.
        tickets: drains asked for.
        webhooks: integrations whose webhooks are to be looked at.
        looks: pushes of new contacts and clean-ups asked for.
        priority: contacts of high priority that are read.
    """

    started: int = 0
    resumed: int = 0
    stalled: int = 0
    tickets: int = 0
    webhooks: int = 0
    looks: int = 0
    priority: int = 0


def plan_all(hub: Hub) -> Plan:
    """Look at every integration of every workspace; called every minute."""
    plan = Plan()
    for workspace in hub.documents.query("WORKSPACES"):
        _plan_workspace(hub, workspace.sk, plan, only=None)
    return plan


def plan_woken(hub: Hub, wakes: Iterable[Wake]) -> Plan:
    """Look at integrations whose waiting time may be over."""
    plan = Plan()
    for workspace_id, integration_id in sorted({(each.workspace_id, each.integration_id) for each in wakes}):
        _plan_workspace(hub, workspace_id, plan, only=integration_id)
    return plan


def start_run(hub: Hub, integration: Integration, *, full: bool = False) -> Run | None:
    """Begin a run of an integration now, unless one is under way.

    Args:
        integration: an active one.
        full: compare everything, whatever the cursors say, and repair whatever differs.

    Returns:
        The run that is under way, ``None`` when no entity takes part.

    Two calls at the same moment may begin two; reading everything twice does no harm.
    """
    runs = list_runs(hub, integration.workspace_id, integration.integration_id)
    unread = _unread(hub, integration)
    if full and not unread:
        return _running(runs, comparing=True) or _start(hub, integration, "comparison", entities_of(hub, integration))
    return _running(runs, comparing=False) or _begin_read(hub, integration, unread, whole=full)


def start_comparison(hub: Hub, integration: Integration, *, budget: int | None) -> Run | None:
    """Begin a full comparison of an integration now, unless one is under way; other reading goes on beside it.

    Args:
        integration: an active one.
        budget: rows that may be repaired, the rest is only counted; 0 repairs nothing, ``None`` everything.

    Returns:
        The run that is under way, ``None`` when no entity was read to its end yet.
    """
    running = _running(list_runs(hub, integration.workspace_id, integration.integration_id), comparing=True)
    if running is not None:
        return running
    unread = _unread(hub, integration)
    chosen: tuple[Entity, ...] = tuple(each for each in entities_of(hub, integration) if each not in unread)
    return _start(hub, integration, "comparison", chosen, budget=budget)


def _begin_read(hub: Hub, integration: Integration, unread: tuple[Entity, ...], *, whole: bool = False) -> Run | None:
    """Begin to read what was never read to its end; else what has changed."""
    if not unread:
        return _start(hub, integration, "incremental", entities_of(hub, integration))
    return _start(hub, integration, "baseline", entities_of(hub, integration) if whole else unread)


def _start(
    hub: Hub, integration: Integration, mode: SyncMode, chosen: tuple[Entity, ...], *, budget: int | None = None
) -> Run | None:
    if not chosen:
        return None
    now = hub.now()
    run = Run(
        workspace_id=integration.workspace_id,
        integration_id=integration.integration_id,
        run_id=hub.new_id("run"),
        mode=mode,
        status="running",
        started_at=now,
        progress_at=now,
        entities=chosen,
        phase=PHASES[mode][0],
        budget=budget,
    )
    expect_end(hub, run.workspace_id, run.integration_id, run.run_id)
    run = save_run(hub, run)
    hub.queues.send_steps([SyncStep(run.workspace_id, run.integration_id, run.run_id)])
    return run


def _plan_workspace(hub: Hub, workspace_id: str, plan: Plan, *, only: str | None) -> None:
    now = hub.now()
    found = load_integrations(hub, workspace_id).values()
    for changing in (each for each in found if each.remapping and each.status == "active"):
        nudge(hub, changing)
    looked_at = [each for each in found if only in (None, each.integration_id) and is_open(each, now)]
    for integration in looked_at:
        _plan_run(hub, integration, plan, now)
        _ticket_forgotten(hub, integration, plan, now)
    plan.webhooks += ask_where_due(hub, workspace_id, looked_at)
    if only is None:
        plan.looks += ask_where_looks_are_due(hub, workspace_id, looked_at)
        plan.priority += hint_priority(hub, workspace_id, looked_at)


def _plan_run(hub: Hub, integration: Integration, plan: Plan, now: datetime) -> None:
    runs = list_runs(hub, integration.workspace_id, integration.integration_id)
    running = [each for each in runs if each.is_live]
    for run in running:
        is_stale = now - run.progress_at >= timedelta(seconds=STALE_LEASES * hub.lease_s)
        if is_stale and (run.rests_until is None or run.rests_until <= now):
            _pick_up(hub, integration, run, plan)
    if all(each.mode == "comparison" for each in running):
        latest = max((each.started_at for each in runs if each.mode != "comparison"), default=None)
        every_s = min(integration.interval_s, integration.schedule.pull_s)
        due = latest is None or now - latest >= timedelta(seconds=every_s)
        missed = take_missed(hub, integration.workspace_id, integration.integration_id)
        if (due or missed) and _begin_read(hub, integration, _unread(hub, integration)) is not None:
            plan.started += 1
    if not running and _is_comparison_due(integration, runs, now):
        plan.started += start_comparison(hub, integration, budget=integration.repair_budget) is not None


def _pick_up(hub: Hub, integration: Integration, run: Run, plan: Plan) -> None:
    """Have a run continued that nobody seems to be at; it is a try like any other, and not the first perhaps."""
    now = hub.now()
    again = tried(run, now, interval_s=integration.interval_s)
    again = altered(again, rests_until=now + timedelta(seconds=STALE_LEASES * hub.lease_s))
    with suppress(ConflictError):
        again = save_run(hub, again)
        plan.stalled += again.status == "stalled"
    hub.queues.send_steps([SyncStep(run.workspace_id, run.integration_id, run.run_id)])
    plan.resumed += 1


def _is_comparison_due(integration: Integration, runs: Sequence[Run], now: datetime) -> bool:
    """Tell whether it is time to compare: so long after everything was last read, or after the oldest run known."""
    if integration.compare_every_s == 0 or not runs:
        return False
    whole = [each.started_at for each in runs if each.mode != "incremental"]
    since = max(whole, default=min(each.started_at for each in runs))
    return now - since >= timedelta(seconds=integration.compare_every_s)


def _ticket_forgotten(hub: Hub, integration: Integration, plan: Plan, now: datetime) -> None:
    """Send tickets where something is due: after a wait, or after a ticket was lost."""
    tickets = [
        Ticket(integration.workspace_id, integration.integration_id, entity)
        for entity in entities_of(hub, integration)
        if hub.records.due(integration.workspace_id, entity, integration.integration_id, now=now, limit=1)
    ]
    # one look a second is enough, however many woke us: the same cause counts once
    hub.queues.send_tickets(tickets, cause=f"sweep {int(now.timestamp())}")
    plan.tickets += len(tickets)


def _running(runs: Iterable[Run], *, comparing: bool) -> Run | None:
    going = (each for each in runs if each.is_live)
    return next((each for each in going if (each.mode == "comparison") is comparing), None)


def _unread(hub: Hub, integration: Integration) -> tuple[Entity, ...]:
    """Return the entities that were not read to their end yet."""
    known = known_entities(hub, integration.workspace_id, integration.integration_id)
    return tuple(each for each in entities_of(hub, integration) if each not in known)

"""What each worker function does with its event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from crmbridge.domain.messages import ChangeHint, SyncStep, Ticket, Wake
from crmbridge.errors import LeaseHeldError, NotFoundError
from crmbridge.runtime import hub
from crmbridge.runtime.messages import Event, LambdaContext, has_time, work_off
from crmbridge.runtime.telemetry import count, logger
from crmbridge.services._runs import Run
from crmbridge.services.apply_changes import apply_changes, coalesce
from crmbridge.services.fan_out_changes import StreamChange, fan_out_changes
from crmbridge.services.hub import WAKE_MAX_S, load_integration
from crmbridge.services.keep_subscriptions import keep_subscriptions
from crmbridge.services.plan_sync import plan_all, plan_woken
from crmbridge.services.push_changes import push_changes
from crmbridge.services.push_new import push_new_contacts
from crmbridge.services.run_sync_batch import run_sync_batch
from crmbridge.services.share_budgets import limits_of, load_budget
from crmbridge.services.show_quotas import used_percent
from crmbridge.services.turn_records import turn_records

Failures = dict[str, list[dict[str, str]]]

PEOPLE = ("contact", "lead")
"""Entities that count as contacts."""


def apply_hints(event: Event) -> Failures:
    """Take in hinted records, each once however often it was hinted at in this batch."""

    def work(hint: ChangeHint) -> None:
        taken = apply_changes(hub(), hint)
        logger().info(
            "applied",
            extra={
                "integration_id": hint.integration_id,
                "entity": hint.entity,
                "seen": taken.seen,
                "changed": taken.changed + taken.created + taken.linked,
            },
        )
        if taken.let_go:
            _unavailable(hint.integration_id, "hints are let go until it answers again")
        kept_raw = taken.quarantined
        changed, created, conflicts = taken.changed, taken.created, taken.conflicts
        count("all", records_changed=changed, records_created=created, conflicts=conflicts, rows_quarantined=kept_raw)

    return work_off(event, read=ChangeHint.from_json, work=work, fold=coalesce, covers=_same_records)


def _same_records(folded: ChangeHint, hint: ChangeHint) -> bool:
    return (folded.workspace_id, folded.integration_id, folded.entity) == (
        hint.workspace_id,
        hint.integration_id,
        hint.entity,
    )


def push_tickets(event: Event, context: LambdaContext) -> Failures:
    """Drain what is due, once per integration and entity."""
    more = has_time(context)

    def work(ticket: Ticket) -> None:
        try:
            report = push_changes(hub(), ticket, has_time=more)
        except LeaseHeldError as error:
            come_back(ticket, error)
            return
        pushed = report.pushed
        logger().info(
            "pushed",
            extra={
                "integration_id": ticket.integration_id,
                "entity": ticket.entity,
                "stopped": report.stopped,
                "wait_s": report.wait_s,
                "rows": {name: getattr(pushed, name) for name in pushed.__slots__},
            },
        )
        if report.stopped == "blocked":
            _unavailable(ticket.integration_id, "due work waits until it answers again")
        if pushed.braked:
            _echoes(ticket, pushed.braked)
        written = pushed.created + pushed.updated + pushed.deleted
        people = written if ticket.entity in PEOPLE else 0
        count("all", rows_written=written, rows_parked=pushed.parked, contacts_synced=people)

    return work_off(event, read=Ticket.from_json, work=work)


def _echoes(ticket: Ticket, rows: int) -> None:
    """Warn and count that another system seems to undo what we write."""
    extra = {"integration_id": ticket.integration_id, "entity": ticket.entity, "rows": rows}
    logger().warning("the brake against echoes holds", extra=extra)
    count("all", echo_brake=rows)


def _unavailable(integration_id: str, words: str) -> None:
    """Warn and count that a CRM cannot be reached or has lost patience with us."""
    logger().warning("CRM unavailable", extra={"integration_id": integration_id, "words": words})
    count("all", crm_unavailable=1)


def come_back(ticket: Ticket, error: LeaseHeldError) -> None:
    """Look again once the other worker's lease is over: waiting is not failing, and never ends in a DLQ."""
    wake = Wake(ticket.workspace_id, ticket.integration_id)
    hub().queues.send_wakes([wake], delay_s=min(int(error.retry_after_s) + 1, WAKE_MAX_S))
    logger().info("somebody else is pushing", extra={"integration_id": ticket.integration_id, "entity": ticket.entity})


def read_steps(event: Event, context: LambdaContext) -> Failures:
    """Read on from the checkpoints of runs, and look after webhooks and changed mappings."""
    more: Callable[[], bool] = has_time(context)

    def work(step: SyncStep) -> None:
        if step.task != "read":
            _OTHER_TASKS[step.task](step, more)
            return
        run = run_sync_batch(hub(), step, has_time=more)
        if run is not None:
            extra: dict[str, Any] = {"run_id": run.run_id, "status": run.status, "mode": run.mode}
            if run.status == "failed":
                logger().warning("a read ended early", extra={**extra, "integration_id": run.integration_id})
                count("all", runs_failed=1)
            if run.status == "stalled":
                logger().warning("a checkpoint stands still", extra={**extra, "integration_id": run.integration_id})
                count("all", stalled_checkpoint=1)
            if not run.entities:
                _run_ended(run)
            if run.mode == "comparison" and not run.entities:
                _compared(run)
            logger().info("read", extra={**extra, "integration_id": run.integration_id, "left": list(run.entities)})

    return work_off(event, read=SyncStep.from_json, work=work)


def _erase(step: SyncStep, more: Callable[[], bool]) -> None:
    """Go on with forgetting a person."""
    from crmbridge.services._erasing import work_erasure  # noqa: PLC0415 - seldom, and nobody else's to load

    body = work_erasure(hub(), step, has_time=more).body
    logger().info("erasing", extra={"erasure_id": step.run_id, "step": body["step"], "status": body["status"]})


def _turn_records(step: SyncStep, more: Callable[[], bool]) -> None:
    """Turn an integration's records to a changed mapping."""
    turned = turn_records(hub(), step, has_time=more)
    logger().info("turned to a mapping", extra={"integration_id": step.integration_id, "records": turned})


def _push_new(step: SyncStep, more: Callable[[], bool]) -> None:
    """Make sure that new contacts go to an integration's CRM."""
    seen = push_new_contacts(hub(), step, has_time=more)
    logger().info("looked for new contacts", extra={"integration_id": step.integration_id, "seen": seen})


def _clean_up(step: SyncStep, more: Callable[[], bool]) -> None:
    """Go on with an integration's clean-up."""
    from crmbridge.services.clean_up import clean_up  # noqa: PLC0415 - once a day, and nobody else's to load

    report = clean_up(hub(), step, has_time=more)
    if report is not None:
        extra = {"integration_id": step.integration_id, "status": report["status"], "counts": report["counts"]}
        logger().info("cleaned up", extra=extra)


def _look_after_webhooks(step: SyncStep, _more: Callable[[], bool]) -> None:
    """Keep an integration's webhooks as they should be; tell of what the vendor had lost or refuses."""
    kept = keep_subscriptions(hub(), step)
    if kept is None:
        return
    extra = {"integration_id": step.integration_id, "state": kept.hooks.state, "words": kept.hooks.words}
    log = logger().warning if kept.hooks.failures or kept.lost else logger().info
    log("webhooks", extra={**extra, "made": kept.made, "lost": kept.lost, "removed": kept.removed})
    count("all", webhooks_made=kept.made, webhooks_lost=kept.lost, webhooks_failing=int(kept.hooks.failures > 0))


_OTHER_TASKS: Mapping[str, Callable[[SyncStep, Callable[[], bool]], None]] = {
    "webhooks": _look_after_webhooks,
    "mapping": _turn_records,
    "erase": _erase,
    "push": _push_new,
    "clean": _clean_up,
}


def _run_ended(run: Run) -> None:
    """Count what a run could not read, and how much of its account's allowance is used."""
    count("all", rows_quarantined=sum(counts.get("quarantined", 0) for counts in run.counts.values()))
    with suppress(NotFoundError):  # disconnected while it was read
        integration = load_integration(hub(), run.workspace_id, run.integration_id)
        limits, budget = limits_of(hub(), integration), load_budget(hub(), integration)
        count(integration.crm, quota_used_percent=used_percent(budget, limits, hub().now()))


def _compared(run: Run) -> None:
    """Count what a comparison that has ended found over all entities."""
    found = {
        name: sum(counts.get(name, 0) for counts in run.counts.values()) for name in ("repaired", "left", "invisible")
    }
    count("all", rows_repaired=found["repaired"], rows_left=found["left"], rows_invisible=found["invisible"])


def plan(event: Event) -> Failures:
    """Start what is due: for every integration by schedule, for some by wake-up."""
    if "Records" not in event:
        made = plan_all(hub())
        count("all", stalled_checkpoint=made.stalled)
        logger().info("planned", extra={"started": made.started, "resumed": made.resumed, "tickets": made.tickets})
        return {"batchItemFailures": []}
    return work_off(event, read=Wake.from_json, work=_woken)


def _woken(wake: Wake) -> None:
    made = plan_woken(hub(), [wake])
    count("all", stalled_checkpoint=made.stalled)


def fan_out(event: Event) -> None:
    """Turn changed records into tickets, then tell other systems.

    Raises:
        ConfigurationError: a queue cannot be written to; the stream tells the batch again.
    """
    from crmbridge.adapters.aws.records import from_stream_image  # noqa: PLC0415 - boto3 when needed, not before
    from crmbridge.runtime.announcing import announce_records  # noqa: PLC0415 - no other worker announces

    changes: list[StreamChange] = []
    for entry in event["Records"]:
        images = entry["dynamodb"]
        after = from_stream_image(images["NewImage"]) if "NewImage" in images else None
        if after is None:
            continue
        before = from_stream_image(images["OldImage"]) if "OldImage" in images else None
        changes.append(StreamChange(entry["eventID"], before, after))
    tickets = fan_out_changes(hub(), changes)
    announce_records(changes)
    logger().info("fanned out", extra={"records": len(changes), "tickets": len(tickets)})

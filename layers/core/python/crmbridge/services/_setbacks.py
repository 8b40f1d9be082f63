"""Runs that cannot go on just now: they wait, count a try in vain, or end."""

from __future__ import annotations

from datetime import timedelta

from crmbridge.domain.altering import altered
from crmbridge.domain.integrations import Integration
from crmbridge.domain.messages import SyncStep
from crmbridge.errors import ConflictError
from crmbridge.services._runs import Run, load_run, save_run, tried
from crmbridge.services.hub import WAKE_MAX_S, Hub, load_integration


def wait(hub: Hub, run: Run, step: SyncStep) -> Run | None:
    """Come back when the CRM may be called again; give up where people must act first."""
    integration = load_integration(hub, run.workspace_id, run.integration_id)
    if integration.status != "active" or integration.blocked_until is None:
        return fail(hub, step, f"the integration is {integration.status}", status="cancelled")
    left_s = (integration.blocked_until - hub.now()).total_seconds()
    hub.queues.send_steps([step], delay_s=min(max(int(left_s) + 1, 1), WAKE_MAX_S))
    return run


def stumble(hub: Hub, step: SyncStep, integration: Integration, wait_s: float, *, is_quota: bool) -> Run | None:
    """Count a try that stored no page, so that a checkpoint which stands still is noticed; a quota is none."""
    run, now = load_run(hub, step.workspace_id, step.integration_id, step.run_id), hub.now()
    if not is_quota:
        run = tried(run, now, interval_s=integration.interval_s)
    try:
        return save_run(hub, altered(run, rests_until=now + timedelta(seconds=wait_s + WAKE_MAX_S)))
    except ConflictError:
        return None


def fail(hub: Hub, step: SyncStep, words: str, *, status: str = "failed") -> Run | None:
    """End a run before its time, and say why."""
    run = load_run(hub, step.workspace_id, step.integration_id, step.run_id)
    ended = altered(run, status="cancelled" if status == "cancelled" else "failed", words=words)
    try:
        return save_run(hub, ended)
    except ConflictError:
        return None

"""What the signed-in routes of runs do: begin one now, tell what became of it, and let go of what was parked."""

from __future__ import annotations

from typing import Any

from crmbridge.errors import RequestRejectedError
from crmbridge.runtime import hub
from crmbridge.runtime._api import Api
from crmbridge.services import plan_sync, read_records
from crmbridge.services._reports import list_reports as _list_reports
from crmbridge.services._reports import load_report
from crmbridge.services._runs import list_runs
from crmbridge.services.release_links import release_links

RUNS_MAX = 50
BUDGET_MAX = 1_000_000
MODES = ("incremental", "full", "compare")


def sync_now(api: Api, integration_id: str) -> tuple[dict[str, Any], int]:
    """Begin a run now: ``{"mode": "incremental" | "full" | "compare", "budget"}``.

    ``full`` compares everything and repairs whatever differs; ``compare`` repairs no more rows than its budget, with
    0 none at all.

    Raises:
        RequestRejectedError: mode or budget is wrong, or the integration is not active.
        NotFoundError: the workspace has no such integration.
        ForbiddenError: the caller is no operator.
    """
    integration = api.integration(integration_id, at_least="operator")
    body = api.body()
    mode = body.get("mode", "incremental")
    if mode not in MODES:
        raise RequestRejectedError(
            f"mode must be one of {', '.join(MODES)}", field="mode", next_step="send one of them"
        )
    budget = body.get("budget", integration.repair_budget)
    if isinstance(budget, bool) or not isinstance(budget, int) or not 0 <= budget <= BUDGET_MAX:
        raise RequestRejectedError(
            f"budget must be a number of rows from 0 to {BUDGET_MAX}", field="budget", next_step="send a whole number"
        )
    if integration.status != "active":
        raise RequestRejectedError(
            f"the integration is {integration.status}", field="integrationId", next_step="connect or resume it first"
        )
    if mode == "compare":
        run = plan_sync.start_comparison(hub(), integration, budget=budget)
    else:
        run = plan_sync.start_run(hub(), integration, full=mode == "full")
    return ({} if run is None else read_records.show_run(run)), 202


def list_run_reports(api: Api, integration_id: str) -> dict[str, Any]:
    """List an integration's latest runs, newest first.

    Raises:
        NotFoundError: the workspace has no such integration.
        ForbiddenError: the token belongs to no workspace.
    """
    integration = api.integration(integration_id)
    runs = list_runs(hub(), integration.workspace_id, integration_id)[:RUNS_MAX]
    return {"items": [read_records.show_run(each) for each in runs]}


def list_reports(api: Api, integration_id: str) -> dict[str, Any]:
    """List an integration's latest comparisons, one report an entity, newest first.

    Raises:
        NotFoundError: the workspace has no such integration.
        ForbiddenError: the token belongs to no workspace.
    """
    integration = api.integration(integration_id)
    return {"items": _list_reports(hub(), integration.workspace_id, integration_id)}


def get_report(api: Api, integration_id: str, report_id: str) -> dict[str, Any]:
    """Show one report of a comparison.

    Raises:
        NotFoundError: the workspace has no such integration, or it has no such report.
        ForbiddenError: the token belongs to no workspace.
    """
    integration = api.integration(integration_id)
    return load_report(hub(), integration.workspace_id, integration_id, report_id)


def release_record(api: Api, record_id: str) -> dict[str, Any]:
    """Try a record's parked writes again: ``{"integrationId"}`` for one CRM, nothing for all.

    Raises:
        RequestRejectedError: ``integrationId`` is no text.
        NotFoundError: the workspace has no such record, or nothing of it is parked there.
        ForbiddenError: the caller is no operator.
    """
    caller = api.caller(at_least="operator")
    integration_id = api.body().get("integrationId", "")
    if not isinstance(integration_id, str):
        raise RequestRejectedError("integrationId must be a text", field="integrationId", next_step="send one or none")
    record = release_links(hub(), caller.workspace_id, record_id, integration_id=integration_id, by=caller.name)
    return read_records.show_record(record)

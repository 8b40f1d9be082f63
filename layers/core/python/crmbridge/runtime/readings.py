"""What the signed-in routes of runs do: begin one now, tell what became of it, and let go of what was parked."""

from __future__ import annotations

from typing import Any

from crmbridge.errors import RequestRejectedError
from crmbridge.runtime import hub
from crmbridge.runtime._api import Api
from crmbridge.services import clean_up, plan_sync, read_records
from crmbridge.services._reports import list_reports as _list_reports
from crmbridge.services._reports import load_report
from crmbridge.services._runs import list_runs, load_run
from crmbridge.services.release_links import release_links


def sync_now(api: Api, integration_id: str) -> tuple[dict[str, Any], int]:
    """Begin a run now: ``{"mode": "incremental" | "full" | "compare", "budget"}``.

    ``full`` compares everything and repairs whatever differs; ``compare`` repairs no more rows than its budget, with
    0 none at all.

    Raises:
        RequestRejectedError: mode or budget is wrong, or the integration is not active.
        NotFoundError: the workspace has no such integration.
        ForbiddenError: the caller is no operator.
    """
    integration = api.integration(integration_id)
    body = api.body()
    mode, budget = body.get("mode", "incremental"), body.get("budget", integration.repair_budget)
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
    """List an integration's runs of the last thirty days, newest first.

    Raises:
        NotFoundError: the workspace has no such integration.
        ForbiddenError: the token belongs to no workspace.
    """
    integration = api.integration(integration_id)
    query = api.query()
    runs = [
        each
        for each in list_runs(hub(), integration.workspace_id, integration_id)
        if query.get("mode", each.mode) == each.mode and query.get("status", each.status) == each.status
    ]
    return api.page(runs, key=lambda each: each.run_id, show=read_records.show_run, newest_first=True)


def get_run(api: Api, integration_id: str, run_id: str) -> dict[str, Any]:
    """Show one run: how far it is, and what became of the rows so far.

    Raises:
        NotFoundError: the workspace has no such integration, or it has no such run any more.
        ForbiddenError: the token belongs to no workspace.
    """
    integration = api.integration(integration_id)
    return read_records.show_run(load_run(hub(), integration.workspace_id, integration_id, run_id))


def list_reports(api: Api, integration_id: str) -> dict[str, Any]:
    """List an integration's latest comparisons, one report an entity, newest first.

    Raises:
        NotFoundError: the workspace has no such integration.
        ForbiddenError: the token belongs to no workspace.
    """
    integration = api.integration(integration_id)
    query = api.query()
    reports = [
        each
        for each in _list_reports(hub(), integration.workspace_id, integration_id)
        if query.get("entity", each["entity"]) == each["entity"]
    ]
    return api.page(reports, key=lambda each: each["report_id"], newest_first=True)


def get_report(api: Api, integration_id: str, report_id: str) -> dict[str, Any]:
    """Show one report of a comparison.

    Raises:
        NotFoundError: the workspace has no such integration, or it has no such report.
        ForbiddenError: the token belongs to no workspace.
    """
    integration = api.integration(integration_id)
    return load_report(hub(), integration.workspace_id, integration_id, report_id)


def list_clean_ups(api: Api, integration_id: str) -> dict[str, Any]:
    """List an integration's clean-ups, newest first: what was removed, and what only people can put right.

    Raises:
        NotFoundError: the workspace has no such integration.
        ForbiddenError: the token belongs to no workspace.
    """
    integration = api.integration(integration_id)
    reports = clean_up.list_clean_ups(hub(), integration.workspace_id, integration_id)
    return api.page(reports, key=lambda each: each["report_id"], newest_first=True)


def release_record(api: Api, record_id: str) -> dict[str, Any]:
    """Try a record's parked writes again: ``{"integrationId"}`` for one CRM, nothing for all.

    Raises:
        RequestRejectedError: ``integrationId`` is no text.
        NotFoundError: the workspace has no such record, or nothing of it is parked there.
        ForbiddenError: the caller is no operator.
        ConflictError: the record kept moving; try again.
    """
    caller = api.caller()
    integration_id = api.body().get("integrationId", "")
    record = release_links(hub(), caller.workspace_id, record_id, integration_id=integration_id, by=caller.name)
    return read_records.show_record(record)

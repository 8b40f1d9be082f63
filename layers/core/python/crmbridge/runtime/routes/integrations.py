"""The routes of integrations, their runs and their reports."""

from __future__ import annotations

from crmbridge.runtime import api, readings
from crmbridge.runtime._routes import NOTHING, PAGED, Route
from crmbridge.runtime._shapes import choice, page, text, thing, whole
from crmbridge.runtime.routes._answers import ENTITY, INTEGRATION, REPORT, RUN, STATUS
from crmbridge.runtime.routes._requests import CHANGED_INTEGRATION, NEW_INTEGRATION
from crmbridge.services.manage_integrations import BUDGET_MAX

ALL, ONE = "/api/crm/integrations", "/api/crm/integrations/{integration_id}"
MODES = ("incremental", "full", "compare")
_MODE = choice("baseline", "incremental", "comparison")
_RUN_STATUS = choice("running", "done", "partial", "failed", "cancelled", "stalled")
_SYNC = thing(
    {
        "mode": choice(*MODES, doc="`full` repairs whatever differs, `compare` no more rows than the budget."),
        "budget": whole("Rows that `compare` may repair; 0 only counts.", least=0, most=BUDGET_MAX),
    },
    named="SyncRequest",
)
_BRAKE = thing(
    {
        "entity": text(least=1, most=40),
        "decision": choice("delete", "recreate", doc="Carry the deletions out, or make the records again."),
    },
    named="BrakeRelease",
    needs=["entity", "decision"],
)
_INTEGRATIONS, _SYNCING = "integrations", "synchronising"

ROUTES = (
    Route(
        method="POST",
        path=ALL,
        do=api.create_integration,
        role="admin",
        body=NEW_INTEGRATION,
        answer=INTEGRATION,
        status=201,
        tag=_INTEGRATIONS,
    ),
    Route(
        method="GET",
        path=ALL,
        do=api.list_integrations,
        query={"provider": text("Only those of one CRM."), "status": STATUS, **PAGED},
        answer=page(INTEGRATION),
        tag=_INTEGRATIONS,
    ),
    Route(method="GET", path=ONE, do=api.get_integration, answer=INTEGRATION, tag=_INTEGRATIONS),
    Route(
        method="PATCH",
        path=ONE,
        do=api.change_integration,
        role="admin",
        body=CHANGED_INTEGRATION,
        answer=INTEGRATION,
        tag=_INTEGRATIONS,
    ),
    Route(
        method="DELETE",
        path=ONE,
        do=api.delete_integration,
        role="admin",
        answer=NOTHING,
        status=204,
        tag=_INTEGRATIONS,
    ),
    Route(
        method="POST",
        path=f"{ONE}/brake",
        do=api.release_brake,
        role="admin",
        body=_BRAKE,
        answer=thing({"released": whole("Records that were held.")}, needs=["released"]),
        tag=_SYNCING,
    ),
    Route(
        method="POST",
        path=f"{ONE}/sync",
        do=readings.sync_now,
        role="operator",
        body=_SYNC,
        answer=RUN,
        status=202,
        tag=_SYNCING,
    ),
    Route(
        method="GET",
        path=f"{ONE}/runs",
        do=readings.list_run_reports,
        query={"mode": _MODE, "status": _RUN_STATUS, **PAGED},
        answer=page(RUN),
        tag=_SYNCING,
    ),
    Route(method="GET", path=f"{ONE}/runs/{{run_id}}", do=readings.get_run, answer=RUN, tag=_SYNCING),
    Route(
        method="GET",
        path=f"{ONE}/reports",
        do=readings.list_reports,
        query={"entity": ENTITY, **PAGED},
        answer=page(REPORT),
        tag=_SYNCING,
    ),
    Route(method="GET", path=f"{ONE}/reports/{{report_id}}", do=readings.get_report, answer=REPORT, tag=_SYNCING),
)

from typing import Any

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from crmbridge.runtime import api, readings

ONE = "/api/crm/integrations/<integration_id>"


def router(app: api.Api) -> APIGatewayHttpRouter:
    """Return the routes of runs and comparisons."""
    routes = APIGatewayHttpRouter()

    @routes.post(f"{ONE}/sync")
    def sync(integration_id: str) -> tuple[dict[str, Any], int]:
        return readings.sync_now(app, integration_id)

    @routes.get(f"{ONE}/runs")
    def runs(integration_id: str) -> dict[str, Any]:
        return readings.list_run_reports(app, integration_id)

    @routes.get(f"{ONE}/reports")
    def reports(integration_id: str) -> dict[str, Any]:
        return readings.list_reports(app, integration_id)

    @routes.get(f"{ONE}/reports/<report_id>")
    def report(integration_id: str, report_id: str) -> dict[str, Any]:
        return readings.get_report(app, integration_id, report_id)

    @routes.post("/api/crm/records/<record_id>/release")
    def release(record_id: str) -> dict[str, Any]:
        return readings.release_record(app, record_id)

    return routes

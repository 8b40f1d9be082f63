from typing import Any

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from crmbridge.runtime import api


def router(app: api.Api) -> APIGatewayHttpRouter:
    """Return the routes of records and of health."""
    routes = APIGatewayHttpRouter()
    routes.get("/health/crm")(api.health)

    @routes.get("/api/crm/records/<record_id>")
    def get(record_id: str) -> dict[str, Any]:
        return api.get_record(app, record_id)

    @routes.get("/api/crm/records/<record_id>/history")
    def history(record_id: str) -> dict[str, Any]:
        return api.get_history(app, record_id)

    routes.get("/api/crm/conflicts")(lambda: api.list_conflicts(app))

    @routes.post("/api/crm/conflicts/<record_id>")
    def resolve(record_id: str) -> dict[str, Any]:
        return api.resolve_conflict(app, record_id)

    @routes.get("/api/crm/integrations/<integration_id>/records/<entity>/<external_id>")
    def find(integration_id: str, entity: str, external_id: str) -> dict[str, Any]:
        return api.find_record(app, integration_id, entity, external_id)

    return routes

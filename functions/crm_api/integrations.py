from typing import Any

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from crmbridge.runtime import api

ALL, ONE = "/api/crm/integrations", "/api/crm/integrations/<integration_id>"


def router(app: api.Api) -> APIGatewayHttpRouter:
    """Return the routes of integrations."""
    routes = APIGatewayHttpRouter()
    routes.post(ALL)(lambda: api.create_integration(app))
    routes.get(ALL)(lambda: api.list_integrations(app))

    @routes.get(ONE)
    def get(integration_id: str) -> dict[str, Any]:
        return api.get_integration(app, integration_id)

    @routes.patch(ONE)  # pyright: ignore[reportUnknownMemberType] - untyped in Powertools
    def change(integration_id: str) -> dict[str, Any]:
        return api.change_integration(app, integration_id)

    @routes.delete(ONE)
    def delete(integration_id: str) -> tuple[dict[str, Any], int]:
        return api.delete_integration(app, integration_id)

    @routes.post(f"{ONE}/brake")
    def brake(integration_id: str) -> dict[str, Any]:
        return api.release_brake(app, integration_id)

    return routes

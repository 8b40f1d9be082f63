"""What the signed-in routes do: one function a route, from a caller and a body to a status and a body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as RouteNotFoundError

from crmbridge.domain.integrations import Integration
from crmbridge.errors import CrmBridgeError, ForbiddenError, NotFoundError, RequestRejectedError
from crmbridge.runtime import _sources as sources
from crmbridge.runtime import hub
from crmbridge.runtime.doors import ROLES, public_url
from crmbridge.runtime.messages import report
from crmbridge.runtime.outcomes import outcome_of
from crmbridge.services import connect_crm, manage_integrations, plan_sync, read_records
from crmbridge.services._runs import list_runs
from crmbridge.services.hub import load_integration, load_integrations

RUNS_MAX = 50


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: taken from verified claims only, never from body, path or query."""

    workspace_id: str
    role: str


class Api(APIGatewayHttpResolver):
    """An HTTP API whose errors are problem documents (RFC 9457)."""

    def __init__(self) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType] - Powertools leaves its serializer untyped
        self.exception_handler(CrmBridgeError)(_problem)
        self.not_found(_no_route)  # pyright: ignore[reportUnknownMemberType] - untyped in Powertools

    def caller(self, *, at_least: str = "viewer") -> Caller:
        """Return the caller.

        Args:
            at_least: the least role that may do this: ``viewer``, ``operator`` or ``admin``.

        Raises:
            ForbiddenError: the token names no workspace, or a lesser role.
        """
        claims = self.current_event.request_context.authorizer.jwt_claim or {}
        workspace_id, role = str(claims.get("workspace", "")), str(claims.get("role", "viewer"))
        if not workspace_id:
            client = hub().documents.get(f"CLIENT#{claims.get('client_id', '')}", "client")
            if client is not None:
                workspace_id, role = client.body["workspace_id"], client.body["role"]
        if not workspace_id or "#" in workspace_id:
            raise ForbiddenError("the token belongs to no workspace", next_step="ask an admin to put you into one")
        if role not in ROLES or ROLES.index(role) < ROLES.index(at_least):
            raise ForbiddenError(f"this needs the role {at_least}", next_step="ask an admin of your workspace")
        return Caller(workspace_id, role)

    def body(self) -> dict[str, Any]:
        """Return the request's JSON object; empty without a body.

        Raises:
            RequestRejectedError: it is not a JSON object.
        """
        if not self.current_event.body:
            return {}
        try:
            body: object = self.current_event.json_body
        except ValueError as error:
            raise RequestRejectedError(
                "the body is not JSON", field="body", next_step="send a JSON object with content-type application/json"
            ) from error
        if not isinstance(body, dict):
            raise RequestRejectedError("the body is not a JSON object", field="body", next_step="send an object")
        return cast("dict[str, Any]", body)

    def url(self) -> str:
        """Return the public URL of this deployment, as the caller used it."""
        return public_url(self.current_event.raw_event)

    def integration(self, integration_id: str, *, at_least: str = "viewer", crm: str = "") -> Integration:
        """Return one integration of the caller's workspace.

        Raises:
            ForbiddenError: the caller may not do this.
            NotFoundError: the workspace has no such integration, or it is of another CRM.
        """
        caller = self.caller(at_least=at_least)
        integration = load_integration(hub(), caller.workspace_id, integration_id)
        if crm and integration.crm != crm:
            raise NotFoundError(f"integration {integration_id!r} is not of {crm!r}", field="integrationId")
        return integration


def _problem(error: CrmBridgeError) -> Response[dict[str, Any]]:
    outcome = outcome_of(error)
    report(error)
    body: dict[str, Any] = {"type": "about:blank", "title": outcome.title, "status": outcome.status}
    if outcome.status < 500 or outcome.status == 503:
        body["detail"] = str(error)
    if isinstance(error, RequestRejectedError):
        body.update({name: text for name, text in (("field", error.field), ("nextStep", error.next_step)) if text})
    return Response(outcome.status, "application/problem+json", body)


def _no_route(_error: RouteNotFoundError) -> Response[dict[str, Any]]:
    body = {"type": "about:blank", "title": "Not found", "status": 404, "detail": "there is no such route"}
    return Response(404, "application/problem+json", body)


# ------------------------------------------------------------------------------------------------ integrations


def create_integration(api: Api) -> tuple[dict[str, Any], int]:
    """Create an integration; with ``credentials.accessToken`` connect it at once.

    Raises:
        RequestRejectedError: a field is missing or wrong, or the CRM refuses the token.
        NotFoundError: there is no such provider.
        ForbiddenError: the caller is no admin.
    """
    caller, body = api.caller(at_least="admin"), api.body()
    token = _credential(body)
    integration = manage_integrations.create_integration(hub(), caller.workspace_id, body)
    if not token:
        return manage_integrations.show(integration), 201
    try:
        activated = connect_crm.adopt_token(hub(), integration, token=token)
    except CrmBridgeError:
        manage_integrations.remove_integration(hub(), integration)
        raise
    return _activated(api, activated), 201


def list_integrations(api: Api) -> dict[str, Any]:
    """List the workspace's integrations.

    Raises:
        ForbiddenError: the token belongs to no workspace.
    """
    found = load_integrations(hub(), api.caller().workspace_id)
    return {"items": [manage_integrations.show(each) for each in found.values()]}


def get_integration(api: Api, integration_id: str) -> dict[str, Any]:
    """Show one integration.

    Raises:
        NotFoundError: the workspace has no such integration.
        ForbiddenError: the token belongs to no workspace.
    """
    return manage_integrations.show(api.integration(integration_id))


def change_integration(api: Api, integration_id: str) -> dict[str, Any]:
    """Change an integration.

    Raises:
        RequestRejectedError: a field is wrong.
        NotFoundError: the workspace has no such integration.
        ForbiddenError: the caller is no admin.
    """
    integration = api.integration(integration_id, at_least="admin")
    return manage_integrations.show(manage_integrations.update_integration(hub(), integration, api.body()))


def delete_integration(api: Api, integration_id: str) -> tuple[dict[str, Any], int]:
    """Disconnect and remove an integration.

    Raises:
        NotFoundError: the workspace has no such integration.
        ForbiddenError: the caller is no admin.
        RetriableProviderError: the vendor gave no usable answer; nothing was removed.
    """
    manage_integrations.delete_integration(hub(), api.integration(integration_id, at_least="admin"))
    return {}, 204


def sync_now(api: Api, integration_id: str) -> tuple[dict[str, Any], int]:
    """Begin a run now; ``{"mode": "full"}`` reads everything again.

    Raises:
        RequestRejectedError: the mode is wrong or the integration is not active.
        NotFoundError: the workspace has no such integration.
        ForbiddenError: the caller is no operator.
    """
    integration = api.integration(integration_id, at_least="operator")
    mode = api.body().get("mode", "incremental")
    if mode not in ("incremental", "full"):
        raise RequestRejectedError("mode must be incremental or full", field="mode", next_step="send one of them")
    if integration.status != "active":
        raise RequestRejectedError(
            f"the integration is {integration.status}", field="integrationId", next_step="connect or resume it first"
        )
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


def _credential(body: dict[str, Any]) -> str:
    credentials = body.get("credentials", {})
    if not isinstance(credentials, dict):
        raise RequestRejectedError("credentials must be an object", field="credentials", next_step="send an object")
    token = cast("dict[str, Any]", credentials).get("accessToken", "")
    if not isinstance(token, str):
        raise RequestRejectedError("accessToken must be a text", field="credentials.accessToken", next_step="send it")
    return token


# ------------------------------------------------------------------------------------------------ connecting


def login(api: Api, crm: str) -> dict[str, Any]:
    """Begin an OAuth login.

    Raises:
        RequestRejectedError: ``integrationId`` is missing.
        NotFoundError: the workspace has no such integration of this CRM.
        ForbiddenError: the caller is no admin.
    """
    integration = _chosen(api, crm)
    begun = connect_crm.begin_login(
        hub(),
        integration,
        redirect_uri=f"{api.url()}/auth/{crm}/callback",
        state=sources.secret(),
        verifier=sources.secret(),
    )
    return {"url": begun.url, "expiresAt": begun.expires_at.isoformat()}


def complete(api: Api, crm: str) -> dict[str, Any]:
    """Activate an integration with the one-time code of the callback's page.

    Raises:
        RequestRejectedError: the code is missing, wrong, used or too old.
        NotFoundError: the workspace has no such integration of this CRM.
        ForbiddenError: the caller is no admin.
    """
    integration = _chosen(api, crm)
    code = api.body().get("code")
    if not isinstance(code, str) or not code:
        raise RequestRejectedError("code must be a text", field="code", next_step="send the code of the last page")
    return _activated(api, connect_crm.complete_login(hub(), integration, completion=code))


def refresh(api: Api, crm: str) -> dict[str, Any]:
    """Refresh the access token now.

    Raises:
        AuthorizationExpiredError: the grant is dead; connect again.
        RetriableProviderError: the CRM gave no usable answer.
    """
    return manage_integrations.show(connect_crm.refresh_now(hub(), _chosen(api, crm)))


def logout(api: Api, crm: str) -> dict[str, Any]:
    """Revoke the grant at the vendor and forget it.

    Raises:
        RetriableProviderError: the vendor gave no usable answer; nothing was forgotten.
    """
    return manage_integrations.show(connect_crm.log_out(hub(), _chosen(api, crm)))


def connection_status(api: Api, crm: str) -> dict[str, Any]:
    """Tell how the workspace's integrations of a CRM are connected.

    Raises:
        NotFoundError: there is no such CRM.
        ForbiddenError: the token belongs to no workspace.
    """
    hub().connectors.declaration(crm)
    return {"items": connect_crm.status_of(hub(), api.caller().workspace_id, crm)}


def _activated(api: Api, integration: Integration) -> dict[str, Any]:
    """Show an integration that was just connected, with its webhook address; a secret one is shown only once."""
    shown = manage_integrations.show(integration)
    supports = hub().connectors.declaration(integration.crm).supports
    if supports.webhooks:
        shown["webhookUrl"] = f"{api.url()}/webhooks/{integration.crm}"
    if supports.webhooks and not supports.webhook_signature:
        secret = sources.secret()
        manage_integrations.open_hook(hub(), integration, hook_secret=secret)
        shown["webhookUrl"] += f"/{secret}"
    return shown


def _chosen(api: Api, crm: str) -> Integration:
    hub().connectors.declaration(crm)
    integration_id = api.body().get("integrationId")
    if not isinstance(integration_id, str) or not integration_id:
        raise RequestRejectedError(
            "integrationId must be a text", field="integrationId", next_step="create an integration first"
        )
    return api.integration(integration_id, at_least="admin", crm=crm)


# ------------------------------------------------------------------------------------------------ records


def get_record(api: Api, record_id: str) -> dict[str, Any]:
    """Show one record.

    Raises:
        NotFoundError: the workspace has no such record.
        ForbiddenError: the token belongs to no workspace.
    """
    return read_records.show_record(read_records.read_record(hub(), api.caller().workspace_id, record_id))


def find_record(api: Api, integration_id: str, entity: str, external_id: str) -> dict[str, Any]:
    """Show the record that is linked to one CRM's external id.

    Raises:
        NotFoundError: nothing is linked to it in this workspace.
        RequestRejectedError: there is no such entity.
        ForbiddenError: the token belongs to no workspace.
    """
    workspace_id = api.caller().workspace_id
    return read_records.show_record(read_records.find_record(hub(), workspace_id, integration_id, entity, external_id))


def health() -> tuple[dict[str, Any], int]:
    """Tell monitors how the platform is."""
    shown = manage_integrations.health(hub())
    return shown, 200 if shown["status"] == "healthy" else 503

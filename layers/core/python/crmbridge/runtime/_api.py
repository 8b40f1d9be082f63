"""The HTTP API's frame: who calls, what they sent, and problem documents for what goes wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as RouteNotFoundError

from crmbridge import runtime
from crmbridge.domain.integrations import Integration
from crmbridge.errors import (
    AuthorizationExpiredError,
    CrmBridgeError,
    ForbiddenError,
    NotFoundError,
    RequestRejectedError,
)
from crmbridge.runtime.doors import ROLES, public_url
from crmbridge.runtime.messages import report
from crmbridge.runtime.outcomes import outcome_of
from crmbridge.services.hub import load_integration


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: taken from verified claims only, never from body, path or query.

    Attributes:
        name: subject of a person's token, or the machine's client id; recorded with what they decide.
    """

    workspace_id: str
    role: str
    name: str


class Api(APIGatewayHttpResolver):
    """An HTTP API whose errors are problem documents (RFC 9457)."""

    def __init__(self) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType] - Powertools leaves its serializer untyped
        self.exception_handler([CrmBridgeError, Exception])(_problem)
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
            client = runtime.hub().documents.get(f"CLIENT#{claims.get('client_id', '')}", "client")
            if client is not None:
                workspace_id, role = client.body["workspace_id"], client.body["role"]
        if not workspace_id or "#" in workspace_id:
            raise ForbiddenError("the token belongs to no workspace", next_step="ask an admin to put you into one")
        if role not in ROLES or ROLES.index(role) < ROLES.index(at_least):
            raise ForbiddenError(f"this needs the role {at_least}", next_step="ask an admin of your workspace")
        return Caller(workspace_id, role, str(claims.get("sub") or claims.get("client_id") or ""))

    def body(self) -> dict[str, Any]:
        """Return the request's JSON object; empty without a body.

        Raises:
            RequestRejectedError: it is not a JSON object.
        """
        if not self.current_event.body:
            return {}
        try:
            body: object = self.current_event.json_body
        except (ValueError, RecursionError) as error:
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
        integration = load_integration(runtime.hub(), caller.workspace_id, integration_id)
        if crm and integration.crm != crm:
            raise NotFoundError(
                f"integration {integration_id!r} is not of {crm!r}",
                field="integrationId",
                next_step=f"use /auth/{integration.crm}/…",
            )
        return integration


def _problem(error: Exception) -> Response[str]:
    outcome = outcome_of(error)
    report(error)
    body: dict[str, Any] = {"type": "about:blank", "title": outcome.title, "status": outcome.status}
    if outcome.status < 500 or outcome.status == 503:
        body["detail"] = str(error)
    if isinstance(error, AuthorizationExpiredError):
        body["nextStep"] = f"connect the CRM again: POST /auth/{error.provider}/login"
    if isinstance(error, RequestRejectedError):
        body.update({name: text for name, text in (("field", error.field), ("nextStep", error.next_step)) if text})
    return Response(outcome.status, "application/problem+json", json.dumps(body))


def _no_route(_error: RouteNotFoundError) -> Response[str]:
    body = {
        "type": "about:blank",
        "title": "Not found",
        "status": 404,
        "detail": "there is no such route",
        "nextStep": "see the API's description",
    }
    return Response(404, "application/problem+json", json.dumps(body))

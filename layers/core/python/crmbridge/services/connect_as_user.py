"""Connect a CRM without a consent page: by an assertion for a user who trusts our application already."""

from __future__ import annotations

from typing import cast

from crmbridge.domain.integrations import Integration
from crmbridge.errors import AuthorizationExpiredError, ForbiddenError, RequestRejectedError
from crmbridge.ports import AssertingFlow
from crmbridge.services.connect_crm import activate
from crmbridge.services.hub import Hub

_FIELD = "credentials.username"


def connect_as_user(hub: Hub, integration: Integration, *, username: str, hook_url: str = "") -> Integration:
    """Connect as a user whom the deployment lets this workspace speak for.

    Args:
        username: at the CRM, as the deployment's secret spells it.
        hook_url: as for ``activate``.

    Raises:
        RequestRejectedError: the CRM knows no such flow, or refuses the assertion; or the account already belongs to
            another integration.
        ForbiddenError: the deployment lets this workspace not connect as that user.
        RetriableProviderError: the CRM gave no usable answer.
        ConfigurationError: the application's private key cannot be used.
    """
    crm = integration.crm
    if "jwt_bearer" not in hub.connectors.declaration(crm).supports.auth:
        raise RequestRejectedError(
            f"{crm} is not connected by a username", field=_FIELD, next_step="begin the login without credentials"
        )
    app = hub.secrets.get(crm)
    if not app.may_assert(integration.workspace_id, username):
        raise ForbiddenError(
            "this deployment lets the workspace not connect as that user",
            field=_FIELD,
            next_step="have an operator add a private key and the username to the application's secret",
        )
    flow = cast("AssertingFlow", hub.connectors.auth(crm))
    try:
        grant = flow.assert_user(
            app, username=username, environment=integration.environment, now=hub.now(), domain=integration.domain
        )
    except AuthorizationExpiredError as error:
        raise RequestRejectedError(
            f"the CRM refused the assertion: {error}", field=_FIELD, next_step="change that and try again"
        ) from error
    return activate(hub, integration, grant, hook_url=hook_url)

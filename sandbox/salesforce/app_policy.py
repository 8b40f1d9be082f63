"""Who may use the app: the policy "permitted users" of a connected app.

Source: Salesforce help, manage OAuth access policies for a connected app; OAuth 2.0 JWT bearer flow.
"""

from __future__ import annotations

from sandbox.salesforce.api import Api
from sandbox.salesforce.errors import OAuthError

ADMIN_APPROVED = "admin_approved"
POLICIES = ("self_authorised", ADMIN_APPROVED)


def check_admitted(api: Api, user_id: str) -> None:
    """Refuse a user whom administrators have to let in and did not.

    Raises:
        OAuthError: invalid_app_access.
    """
    switches = api.org.switches
    if switches.permitted_users != ADMIN_APPROVED:
        return
    row = api.org.tables["User"].get(user_id) or {}
    if row.get("Username") not in switches.preauthorised_users:
        raise OAuthError("invalid_app_access", "user is not admin approved to access this app")


def approved_scopes(api: Api, user_id: str) -> tuple[str, ...]:
    """Return what a user may get without being asked.

    Where users authorise themselves, that is what they approved before together with a refresh token.

    Raises:
        OAuthError: invalid_grant or invalid_app_access.
    """
    check_admitted(api, user_id)
    if api.org.switches.permitted_users == ADMIN_APPROVED:
        return ("api",)
    scopes = api.sessions.approvals_of(user_id)
    if not scopes:
        raise OAuthError("invalid_grant", "user hasn't approved this consumer")
    return scopes

"""The routes by which a workspace connects a CRM."""

from __future__ import annotations

from crmbridge.runtime import api
from crmbridge.runtime._routes import Route
from crmbridge.runtime._shapes import flag, many, moment, text, thing
from crmbridge.runtime.routes._answers import INTEGRATION, STATUS

_WHICH = {"integrationId": text("Of the CRM in the path; create one first.", least=1, most=200)}
_CHOSEN = thing(_WHICH, named="ChosenIntegration", needs=["integrationId"])
_AS_USER = thing({"username": text("At the CRM, of a user whom the deployment lets this workspace connect as.")})
_BEGUN = thing({**_WHICH, "credentials": _AS_USER}, named="NewLogin", needs=["integrationId"])
_LOGIN = thing(
    {"url": text("The CRM's consent page."), "expiresAt": moment(), "integration": INTEGRATION},
    "A consent page; or, with a username, the integration, which is connected already.",
    named="Login",
)
_CODE = {"code": text("The one-time code of the page after the CRM's.", least=1, most=200)}
_COMPLETION = thing({**_WHICH, **_CODE}, named="Completion", needs=["integrationId", "code"])
_CONNECTIONS = thing(
    {
        "items": many(
            thing(
                {"integrationId": text(), "status": STATUS, "accountId": text(), "connected": flag()},
                named="Connection",
            )
        )
    },
    needs=["items"],
)
_TAG = "connecting"

ROUTES = (
    Route(method="POST", path="/auth/{crm}/login", do=api.login, role="admin", body=_BEGUN, answer=_LOGIN, tag=_TAG),
    Route(
        method="POST",
        path="/auth/{crm}/complete",
        do=api.complete,
        role="admin",
        body=_COMPLETION,
        answer=INTEGRATION,
        tag=_TAG,
    ),
    Route(method="GET", path="/auth/{crm}/status", do=api.connection_status, answer=_CONNECTIONS, tag=_TAG),
    Route(
        method="POST",
        path="/auth/{crm}/refresh",
        do=api.refresh,
        role="admin",
        body=_CHOSEN,
        answer=INTEGRATION,
        tag=_TAG,
    ),
    Route(
        method="POST",
        path="/auth/{crm}/logout",
        do=api.logout,
        role="admin",
        body=_CHOSEN,
        answer=INTEGRATION,
        tag=_TAG,
    ),
)

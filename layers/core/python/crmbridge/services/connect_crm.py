"""Connect a workspace's CRM: login, callback, completion by the initiator, refresh, logout."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from crmbridge.domain.integrations import Integration
from crmbridge.domain.keys import digest
from crmbridge.domain.messages import Wake
from crmbridge.domain.tokens import Grant
from crmbridge.errors import (
    AuthorizationExpiredError,
    ConflictError,
    CrmBridgeError,
    ProviderError,
    RequestRejectedError,
)
from crmbridge.ports import Document
from crmbridge.services._app_secrets import ask_as_app
from crmbridge.services._hook_paths import shut_hooks
from crmbridge.services.hub import (
    Hub,
    change_integration,
    load_integration,
    load_integrations,
    require_reauthorization,
)
from crmbridge.services.keep_subscriptions import remove_subscriptions
from crmbridge.services.prepare_account import prepare
from crmbridge.services.token_broker import TokenBroker, drop_grant, load_grant, store_grant
from crmbridge.services.want_subscriptions import want_on_connecting

STATE_S = 600
"""How long a login may take, in seconds."""

Secret = str
"""A fresh random text from ``NewSecret``; 43 URL-safe characters."""


@dataclass(frozen=True, slots=True)
class Login:
    """Where to send the person's browser.

    Attributes:
        url: the CRM's consent page.
        expires_at: when the login must be over.
    """

    url: str
    expires_at: datetime


def begin_login(hub: Hub, integration: Integration, *, redirect_uri: str, state: Secret, verifier: Secret) -> Login:
    """Begin an OAuth login for an integration.

    Args:
        integration: whose; decides workspace and environment.
        redirect_uri: our public callback URL, exactly as registered with the vendor.
        state: fresh secret; only its digest is stored.
        verifier: fresh PKCE secret, stored encrypted.
    """
    expires_at = int(hub.now().timestamp()) + STATE_S
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    app = hub.secrets.get(integration.crm)
    url = hub.connectors.auth(integration.crm).authorize_url(
        app,
        environment=integration.environment,
        redirect_uri=redirect_uri,
        state=state,
        challenge=challenge,
        domain=integration.domain,
    )
    body = {
        "workspace_id": integration.workspace_id,
        "integration_id": integration.integration_id,
        "crm": integration.crm,
        "redirect_uri": redirect_uri,
        "verifier": hub.cipher.encrypt(verifier, context=_state_context(state)),
    }
    hub.documents.put(Document(_state_pk(state), "state", body, expires_at=expires_at))
    return Login(url, hub.now().fromtimestamp(expires_at, tz=hub.now().tzinfo))


def finish_login(
    hub: Hub, crm: str, *, state: str, code: str, completion: Secret, told: Mapping[str, str] | None = None
) -> str:
    """Take the vendor's callback: trade the code, keep the tokens pending, hand out a one-time code.

    The state is used up first, so a replayed callback changes nothing.

    Args:
        crm: from the callback's path; must be the one the login was begun for.
        state: as the vendor returned it.
        code: as the vendor returned it.
        completion: fresh secret; the person carries it back to whoever began the login.
        told: the whole query of the callback; some vendors name the account's host there.

    Returns:
        ``completion``.

    Raises:
        RequestRejectedError: the state is unknown, used, expired or of another CRM, or the vendor refused the code.
        RetriableProviderError: the vendor gave no usable answer; begin again.
    """
    document = hub.documents.get(_state_pk(state), "state") if state else None
    if document is None or document.body["crm"] != crm:
        raise _stale_login()
    try:
        hub.documents.delete(document)
    except ConflictError as error:
        raise _stale_login() from error
    integration = load_integration(hub, document.body["workspace_id"], document.body["integration_id"])
    verifier = hub.cipher.decrypt(document.body["verifier"], context=_state_context(state))
    brought = _Brought(code, document.body["redirect_uri"], verifier, told or {})
    grant = _exchanged(hub, integration, brought)
    pending = _pending(integration)
    expires_at = int(hub.now().timestamp()) + STATE_S
    store_grant(hub, pending, grant, version=_version(hub, pending), expires_at=expires_at)
    _put_completion(hub, integration, completion)
    return completion


class _Brought(NamedTuple):
    """What a login brings to the vendor's token endpoint."""

    code: str
    redirect_uri: str
    verifier: str
    told: Mapping[str, str]


def _exchanged(hub: Hub, integration: Integration, brought: _Brought) -> Grant:
    """Trade a code for tokens.

    Raises:
        RequestRejectedError: the vendor refused the code.
        RetriableProviderError: the vendor gave no usable answer.
    """
    flow = hub.connectors.auth(integration.crm)
    try:
        return ask_as_app(
            hub,
            integration.crm,
            lambda app: flow.exchange(
                app,
                environment=integration.environment,
                now=hub.now(),
                domain=integration.domain,
                **brought._asdict(),
            ),
        )
    except AuthorizationExpiredError as error:
        raise RequestRejectedError(
            f"the CRM refused the code: {error}", field="code", next_step="begin the login again"
        ) from error


def complete_login(hub: Hub, integration: Integration, *, completion: str, hook_url: str = "") -> Integration:
    """Activate an integration: only its own workspace's caller, with the one-time code, can.

    The code is used up last: had the CRM failed while it was prepared, the same call can be made again.

    Args:
        completion: as ``finish_login`` handed it out.
        hook_url: as for ``activate``.

    Raises:
        RequestRejectedError: the code is wrong, used or older than ten minutes; or the CRM account already belongs
            to another integration.
    """
    document = hub.documents.get(_completion_pk(integration), "completion")
    given = digest(completion)
    if document is None or not hmac.compare_digest(document.body["digest"], given):
        raise RequestRejectedError(
            "the code is wrong, used or too old", field="code", next_step="begin the login again"
        )
    grant, _ = load_grant(hub, _pending(integration))
    activated = activate(hub, integration, grant, hook_url=hook_url)
    drop_grant(hub, _pending(integration))
    _drop_completion(hub, integration)
    return activated


def adopt_token(hub: Hub, integration: Integration, *, token: str, hook_url: str = "") -> Integration:
    """Connect with a static token that the caller brought.

    Args:
        token: as the caller sent it.
        hook_url: as for ``activate``.

    Raises:
        RequestRejectedError: the CRM refuses the token or knows no static tokens.
        RetriableProviderError: the CRM gave no usable answer.
    """
    flow = hub.connectors.auth(integration.crm)
    try:
        grant = flow.adopt(
            token,
            environment=integration.environment,
            base_url=integration.base_url,
            now=hub.now(),
            domain=integration.domain,
        )
    except (AuthorizationExpiredError, ProviderError) as error:
        if isinstance(error, AuthorizationExpiredError) or not hasattr(error, "retry_after_s"):
            raise RequestRejectedError(
                f"the CRM refused the token: {error}",
                field="credentials.accessToken",
                next_step="check it and try again",
            ) from error
        raise
    return activate(hub, integration, grant, hook_url=hook_url)


def activate(hub: Hub, integration: Integration, grant: Grant, *, hook_url: str = "") -> Integration:
    """Store the grant, take the CRM account for this integration, prepare the CRM, and have it read.

    Whatever fails before the end is undone, so that the same can be tried again. Webhooks are wanted here and made
    afterwards, by a worker: a vendor that refuses them hinders nobody from connecting.

    Args:
        hook_url: fresh, with a secret at its end, where the CRM may send webhooks; empty for none.

    Raises:
        RequestRejectedError: the account already belongs to another integration.
    """
    claimed = _claim_account(hub, integration, grant.account_id)
    store_grant(hub, integration, grant, version=_version(hub, integration))
    try:
        connections = integration.connections + 1
        account = replace(integration, account_id=grant.account_id, base_url=grant.base_url, connections=connections)
        unavailable = prepare(hub, account)
    except CrmBridgeError:
        drop_grant(hub, integration)
        if claimed:
            release_account(hub, replace(integration, account_id=grant.account_id))
        raise
    want_on_connecting(hub, replace(integration, account_id=grant.account_id), hook_url)
    activated = change_integration(
        hub,
        integration,
        status="active",
        account_id=grant.account_id,
        actor_id=grant.actor_id,
        base_url=grant.base_url,
        blocked_until=None,
        failures=0,
        connections=integration.connections + 1,
        unavailable=unavailable,
    )
    hub.queues.send_wakes([Wake(activated.workspace_id, activated.integration_id)], delay_s=0)
    return activated


def refresh_now(hub: Hub, integration: Integration) -> Integration:
    """Trade the refresh token for a new access token at once.

    Raises:
        AuthorizationExpiredError: the grant is dead, gone, or a static token.
        RetriableProviderError: the CRM gave no usable answer.
    """
    grant, _ = load_grant(hub, integration)
    try:
        TokenBroker(hub, integration).renew(grant.access_token)
    except AuthorizationExpiredError:
        if grant.is_renewable:
            require_reauthorization(hub, integration)
        raise
    return integration


def log_out(hub: Hub, integration: Integration) -> Integration:
    """Remove our webhooks, revoke the grant at the vendor, forget both, and let go of the account; its records stay.

    A login that is under way is over as well, and no webhook path of the integration leads anywhere any more.

    Raises:
        RetriableProviderError: the vendor gave no usable answer; the grant was not forgotten, try again.
        LeaseHeldError: a worker is at the webhooks for too long; try again.
    """
    try:
        grant, _ = load_grant(hub, integration)
    except AuthorizationExpiredError:
        grant = None
    remove_subscriptions(hub, integration)
    if grant is not None and grant.kind != "token":  # a static token's CRM may know no application
        flow, held = hub.connectors.auth(integration.crm), grant
        ask_as_app(hub, integration.crm, lambda app: flow.revoke(app, held, environment=integration.environment))
    drop_grant(hub, integration)
    drop_grant(hub, _pending(integration))
    _drop_completion(hub, integration)
    shut_hooks(hub, integration)
    release_account(hub, integration)
    return change_integration(hub, integration, status="pending", account_id="")


def release_account(hub: Hub, integration: Integration) -> None:
    """Let another integration connect the CRM account."""
    owner = hub.documents.get(_account_pk(integration.crm, integration.account_id), "owner")
    if owner is not None and owner.body["integration_id"] == integration.integration_id:
        hub.documents.delete(owner)


def status_of(hub: Hub, workspace_id: str, crm: str) -> list[dict[str, Any]]:
    """Return how each integration of a CRM is connected; without any secret."""
    found = [each for each in load_integrations(hub, workspace_id).values() if each.crm == crm]
    return [
        {
            "integrationId": each.integration_id,
            "status": each.status,
            "accountId": each.account_id,
            "connected": each.status == "active",
        }
        for each in found
    ]


def _claim_account(hub: Hub, integration: Integration, account_id: str) -> bool:
    """Take a CRM account for an integration; tells whether it was free before."""
    pk = _account_pk(integration.crm, account_id)
    body = {"workspace_id": integration.workspace_id, "integration_id": integration.integration_id}
    owner = hub.documents.get(pk, "owner")
    if owner is not None and owner.body == body:
        return False
    try:
        hub.documents.put(Document(pk, "owner", body))
    except ConflictError as error:
        raise RequestRejectedError(
            "this CRM account is connected to another integration already",
            next_step="disconnect the other integration first",
        ) from error
    return True


def _put_completion(hub: Hub, integration: Integration, completion: str) -> None:
    hub.documents.put(
        Document(
            _completion_pk(integration),
            "completion",
            {"digest": digest(completion)},
            expires_at=int(hub.now().timestamp()) + STATE_S,
        ),
        unconditionally=True,
    )


def _drop_completion(hub: Hub, integration: Integration) -> None:
    """Let the one-time code of a login that is under way complete nothing."""
    document = hub.documents.get(_completion_pk(integration), "completion")
    if document is not None:
        with suppress(ConflictError):
            hub.documents.delete(document)


def _pending(integration: Integration) -> Integration:
    return replace(integration, integration_id=f"{integration.integration_id}.pending")


def _version(hub: Hub, integration: Integration) -> int:
    held = hub.documents.get(f"{integration.workspace_id}#GRANT", integration.integration_id)
    return 0 if held is None else held.version


def _account_pk(crm: str, account_id: str) -> str:
    return f"ACCOUNT#{crm}#{account_id}"


def _state_pk(state: str) -> str:
    return f"STATE#{digest(state)}"


def _state_context(state: str) -> dict[str, str]:
    return {"state": digest(state)}


def _completion_pk(integration: Integration) -> str:
    return f"{integration.workspace_id}#COMPLETION#{integration.integration_id}"


def _stale_login() -> RequestRejectedError:
    return RequestRejectedError(
        "this login is unknown, used or older than ten minutes", field="state", next_step="begin the login again"
    )

"""Access tokens: read from an encrypted document, refreshed exactly once, stored before they are used."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crmbridge.domain.integrations import Integration
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import (
    AuthorizationExpiredError,
    ConfigurationError,
    ConflictError,
    LeaseHeldError,
    RetriableProviderError,
)
from crmbridge.ports import Document
from crmbridge.services._app_secrets import ask_as_app, is_refused_app
from crmbridge.services._leases import lease
from crmbridge.services.hub import Hub

EARLY = timedelta(minutes=5)
WAIT_FOR_OTHER_S = 0.25
WAITS = 40


def store_grant(
    hub: Hub, integration: Integration, grant: Grant, *, version: int = 0, expires_at: int | None = None
) -> None:
    """Encrypt and store a grant.

    Args:
        version: of the grant it replaces, 0 for a first one.
        expires_at: epoch second after which it counts as absent, for a grant that is pending.

    Raises:
        ConflictError: another grant was stored in the meantime.
    """
    hub.documents.put(
        Document(
            pk=f"{integration.workspace_id}#GRANT",
            sk=integration.integration_id,
            body={"sealed": hub.cipher.encrypt(_to_text(grant), context=_context(integration)), "presented": False},
            version=version,
            expires_at=expires_at,
        )
    )


def load_grant(hub: Hub, integration: Integration) -> tuple[Grant, Document]:
    """Return the stored grant and its document.

    Raises:
        AuthorizationExpiredError: there is none; the CRM was never connected, or was disconnected.
    """
    document = hub.documents.get(f"{integration.workspace_id}#GRANT", integration.integration_id)
    if document is None:
        raise AuthorizationExpiredError("the integration is not connected", provider=integration.crm)
    return _from_text(hub.cipher.decrypt(document.body["sealed"], context=_context(integration))), document


def drop_grant(hub: Hub, integration: Integration) -> None:
    """Remove the stored grant; removing none is success."""
    document = hub.documents.get(f"{integration.workspace_id}#GRANT", integration.integration_id)
    if document is not None:
        hub.documents.delete(document)


@dataclass(slots=True)
class TokenBroker:
    """One integration's tokens, kept decrypted in memory until five minutes before they expire."""

    hub: Hub
    integration: Integration
    _held: Grant | None = None

    def bearer(self) -> str:
        """Return an access token that is good for five minutes as far as the CRM has told.

        Raises:
            AuthorizationExpiredError: the grant is dead or gone.
            RetriableProviderError: the CRM's token endpoint gives no usable answer.
        """
        if self._held is None or self._is_old(self._held):
            self._held, _ = load_grant(self.hub, self.integration)
        if self._is_old(self._held) and self._held.is_renewable:
            self._held = self._refresh(self._held.access_token)
        return self._held.access_token

    def renew(self, stale: str) -> str:
        """Return another access token after the CRM refused ``stale``.

        Raises:
            AuthorizationExpiredError: the grant is dead, gone, or a static token.
            RetriableProviderError: the CRM's token endpoint gives no usable answer.
        """
        self._held = self._refresh(stale)
        return self._held.access_token

    def _is_old(self, grant: Grant) -> bool:
        return grant.access_expires_at is not None and grant.access_expires_at - self.hub.now() < EARLY

    def _refresh(self, stale: str) -> Grant:
        """Refresh once, whoever asks: the first holds a lease, the others wait for its result."""
        name = f"token#{self.integration.integration_id}"
        for _ in range(WAITS):
            grant, _ = load_grant(self.hub, self.integration)
            if grant.access_token != stale:
                return grant
            try:
                with lease(self.hub, self.integration.workspace_id, name):
                    return self._refresh_alone(stale)
            except LeaseHeldError:
                self.hub.sleep(WAIT_FOR_OTHER_S)
        raise RetriableProviderError(
            "another worker has been refreshing the token for too long", provider=self.integration.crm, retry_after_s=5
        )

    def _refresh_alone(self, stale: str) -> Grant:
        grant, document = load_grant(self.hub, self.integration)
        if grant.access_token != stale:
            return grant
        if not grant.is_renewable:
            raise AuthorizationExpiredError("the token was refused and cannot be refreshed", provider=self._crm)
        if document.body["presented"] and self._rotates():
            raise AuthorizationExpiredError(
                "a refresh was interrupted and its answer lost; connect the CRM again", provider=self._crm
            )
        return self._present(grant, document, self._app_for(grant))

    def _present(self, grant: Grant, document: Document, app: AppSecret) -> Grant:
        """Mark the refresh token as presented, present it, and store what it brought before anybody uses it."""
        document = self.hub.documents.put(replace(document, body={**document.body, "presented": True}))
        try:
            fresh = self._asked(grant, app)
        except AuthorizationExpiredError:
            newer = self._newer(document)
            if newer is None:
                raise
            return newer
        except (ConfigurationError, RetriableProviderError) as error:
            self._unmark(document, error)
            raise
        try:
            store_grant(self.hub, self.integration, fresh, version=document.version)
        except ConflictError:
            fresh, _ = load_grant(self.hub, self.integration)
        return fresh

    def _asked(self, grant: Grant, known: AppSecret) -> Grant:
        flow, environment = self.hub.connectors.auth(self._crm), self.integration.environment
        return ask_as_app(
            self.hub,
            self._crm,
            lambda app: flow.refresh(app, grant, environment=environment, now=self.hub.now()),
            known=known,
        )

    def _newer(self, document: Document) -> Grant | None:
        """Return what has replaced a grant that a vendor calls dead: people may have connected again meanwhile."""
        grant, stored = load_grant(self.hub, self.integration)
        return None if stored.version == document.version else grant

    def _unmark(self, document: Document, error: Exception) -> None:
        """Take the mark back where the vendor certainly did not use the refresh token up."""
        if is_refused_app(error) or not getattr(error, "may_have_applied", True):
            with suppress(ConflictError):  # people have stored another grant: there is nothing left to unmark
                self.hub.documents.put(replace(document, body={**document.body, "presented": False}))

    def _app_for(self, grant: Grant) -> AppSecret:
        """Return our application; whom it signs for is looked up again, since there is no consent to be withdrawn."""
        app = self.hub.secrets.get(self._crm)
        if grant.kind == "jwt_bearer" and not app.may_assert(self.integration.workspace_id, grant.username):
            raise AuthorizationExpiredError(
                "this deployment no longer lets the workspace connect as its user", provider=self._crm
            )
        return app

    @property
    def _crm(self) -> str:
        return self.integration.crm

    def _rotates(self) -> bool:
        return self.hub.connectors.oauth(self._crm).refresh_rotates


def _context(integration: Integration) -> dict[str, str]:
    return {"workspace": integration.workspace_id, "integration": integration.integration_id}


def _to_text(grant: Grant) -> str:
    expires_at = None if grant.access_expires_at is None else grant.access_expires_at.isoformat()
    return json.dumps(
        {
            "kind": grant.kind,
            "access_token": grant.access_token,
            "refresh_token": grant.refresh_token,
            "access_expires_at": expires_at,
            "base_url": grant.base_url,
            "accounts_url": grant.accounts_url,
            "account_id": grant.account_id,
            "actor_id": grant.actor_id,
            "username": grant.username,
        }
    )


def _from_text(text: str) -> Grant:
    body = json.loads(text)
    expires_at = body["access_expires_at"]
    return Grant(
        kind=body["kind"],
        access_token=body["access_token"],
        refresh_token=body["refresh_token"],
        access_expires_at=None if expires_at is None else datetime.fromisoformat(expires_at),
        base_url=body["base_url"],
        accounts_url=body.get("accounts_url", ""),
        account_id=body["account_id"],
        actor_id=body.get("actor_id", ""),
        username=body.get("username", ""),
    )

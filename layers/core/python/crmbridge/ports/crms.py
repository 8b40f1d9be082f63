"""The seams that every connector fills."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.declaration import Connector, OAuth2
from crmbridge.domain.integrations import Integration
from crmbridge.domain.records import Entity, Fields, Gone, Observation
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.domain.webhook import WebhookAnswer, WebhookCall, WebhookEvent
from crmbridge.ports.rows import (
    Account,
    FieldInfo,
    Owner,
    ReadResult,
    RowResult,
    Stage,
    Subscription,
    WriteOp,
)
from crmbridge.ports.sources import Page


class CrmClient(Protocol):
    """Speaks to one connected account of one CRM, in canonical values; makes no decisions.

    Every method may raise, beside what it names:
        RetriableProviderError: 429 or a quota, 5xx, timeout, lost answer; honour ``retry_after_s``.
        AuthorizationExpiredError: the grant is dead; the workspace must reconnect.
        FatalProviderError: the CRM refuses the call as a whole, with its own words.
    """

    def account(self) -> Account:
        """Tell which account this is."""
        ...

    def list_all(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record, in a stable order."""
        ...

    def list_changed(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of the live records changed at or after a moment.

        Complete against ties and result caps: windows narrow by (time, id) inside the opaque cursor.

        Args:
            since: aware UTC, inclusive, of the CRM's clock.
            cursor: ``next_cursor`` of the page before, ``None`` to start.

        Returns:
            A page ordered by modified time, oldest first.

        Raises:
            FatalProviderError: the CRM answered the same cursor twice (code ``STUCK_PAGINATION``).
        """
        ...

    def list_gone(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of evidence that records were deleted or merged away at or after a moment."""
        ...

    def read(self, entity: Entity, external_ids: Sequence[str]) -> ReadResult:
        """Read whole records by id, at most ``limits.read_batch`` in one call; more are taken apart."""
        ...

    def find(
        self,
        entity: Entity,
        key: Literal["email", "phone", "domain", "correlation_id"],
        values: Sequence[str],
    ) -> dict[str, tuple[Observation, ...]]:
        """Return live records by a canonical key value, compared as the CRM compares; absent when none."""
        ...

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write up to ``limits.write_batch`` rows of one kind in as few calls as the CRM allows.

        Returns:
            One result per row, in input order.

        Raises:
            RetriableProviderError: with ``may_have_applied`` when the rows may have been written all the same.
            FatalProviderError: the CRM refuses the batch without naming the row; halve it and try again.
        """
        ...

    def project(self, entity: Entity, fields: Fields) -> dict[str, Any]:
        """Return canonical values as this CRM would say them after its own normalisation.

        Fields the CRM cannot hold (no such field, an owner or stage without counterpart, an invalid e-mail
        address) are left out. References pass unchanged. Idempotent. May read owners and stages once.
        """
        ...

    def owners(self) -> tuple[Owner, ...]:
        """List everybody who can own records, inactive people included."""
        ...

    def stages(self, entity: Entity) -> tuple[Stage, ...]:
        """List the stages of every pipeline of an entity."""
        ...

    def describe(self, entity: Entity) -> tuple[FieldInfo, ...]:
        """List every field of an entity."""
        ...

    def provision(self, entity: Entity, wanted: Sequence[CustomField] = ()) -> tuple[str, ...]:
        """Make sure our external-id field and the wanted ones exist and are visible to us; twice does no harm.

        Args:
            wanted: custom fields, with all their options; those of other entities are passed over.

        Returns:
            Names of the fields created in this call.

        Raises:
            FatalProviderError: a field is there already and cannot hold what is wanted, or we may not make any.
        """
        ...


class SubscribingClient(Protocol):
    """What the client of a connector with ``supports.subscribes`` can do beside ``CrmClient``."""

    def subscriptions(self, url: str = "") -> tuple[Subscription, ...]:
        """List the webhooks of this account that are ours or could be, switched-off ones included.

        Args:
            url: whose are listed for certain: some CRMs tell only of webhooks that are named.
        """
        ...

    def subscribe(
        self, url: str, *, now: datetime, entities: Collection[Entity] | None = None
    ) -> tuple[Subscription, ...]:
        """Make sure that every change of some entities, and of no others, is told to ``url``.

        Missing subscriptions are made, ended and switched-off ones made anew, those that end soon renewed, doubled
        ones and those of other entities removed; twice does no harm. What points to another URL is left alone.

        Args:
            url: public, with the secret in its path.
            now: decides which subscriptions end soon.
            entities: at least one that this connector synchronises; all of them by default.

        Returns:
            All subscriptions that point to ``url`` afterwards.
        """
        ...

    def unsubscribe(self, url: str) -> int:
        """Remove every subscription that points to ``url``; tells how many there were."""
        ...


class TokenSource(Protocol):
    """Gives one integration's access token; refreshes it once, whoever asks."""

    def bearer(self) -> str:
        """Return an access token that is good for at least five minutes as far as the CRM has told.

        Raises:
            AuthorizationExpiredError: the grant is dead.
            RetriableProviderError: the CRM's token endpoint gives no usable answer.
        """
        ...

    def renew(self, stale: str) -> str:
        """Return another access token after the CRM refused ``stale``.

        Raises:
            AuthorizationExpiredError: the grant is dead, or cannot be refreshed (static token).
            RetriableProviderError: the CRM's token endpoint gives no usable answer.
        """
        ...


class AuthFlow(Protocol):
    """A connector's way through OAuth; holds no state."""

    def authorize_url(
        self, app: AppSecret, *, environment: str, redirect_uri: str, state: str, challenge: str, domain: str = ""
    ) -> str:
        """Return the consent page's URL.

        Args:
            challenge: an S256 PKCE challenge, used where supported.
            domain: the account's own domain or data centre as the workspace named it; empty when it named none.

        Raises:
            RequestRejectedError: this CRM needs a domain and none, or no possible one, was named.
        """
        ...

    def exchange(
        self,
        app: AppSecret,
        *,
        environment: str,
        code: str,
        redirect_uri: str,
        verifier: str,
        now: datetime,
        domain: str = "",
        told: Mapping[str, str] | None = None,
    ) -> Grant:
        """Trade a code for tokens and find out the account.

        Args:
            domain: as for ``authorize_url``.
            told: everything the CRM's redirect back to us said (Zoho's ``accounts-server``, Kommo's ``referer``).
                Anybody can write it: a host in it is believed only where the vendor owns it.

        Raises:
            AuthorizationExpiredError: the code was refused.
            RetriableProviderError: no usable answer came.
        """
        ...

    def refresh(self, app: AppSecret, grant: Grant, *, environment: str, now: datetime) -> Grant:
        """Trade a refresh token for a new access token; keeps old values the answer leaves out.

        Raises:
            AuthorizationExpiredError: the CRM says ``invalid_grant``.
            RetriableProviderError: no usable answer came (timeout, 5xx, HTML).
        """
        ...

    def adopt(self, token: str, *, environment: str, base_url: str, now: datetime, domain: str = "") -> Grant:
        """Turn a static token that the caller brought into a grant, after asking the CRM whose it is.

        Args:
            domain: as for ``authorize_url``.

        Raises:
            AuthorizationExpiredError: the CRM refuses the token.
            FatalProviderError: this CRM knows no static tokens.
        """
        ...

    def revoke(self, app: AppSecret, grant: Grant, *, environment: str) -> None:
        """Revoke the grant at the vendor; a grant the vendor no longer knows is success."""
        ...


class AssertingFlow(AuthFlow, Protocol):
    """The flow of a connector that declares ``jwt_bearer``; its ``refresh`` signs a new assertion."""

    def assert_user(self, app: AppSecret, *, username: str, environment: str, now: datetime, domain: str = "") -> Grant:
        """Sign for a user with our application's key, and trade that for an access token; nobody is asked.

        Args:
            username: at the vendor, of somebody who trusts our application already.
            domain: as for ``authorize_url``.

        Raises:
            AuthorizationExpiredError: the vendor refuses the assertion, the user or our application.
            RetriableProviderError: no usable answer came.
            RequestRejectedError: the domain is none of the vendor's.
            ConfigurationError: the application's private key cannot be used.
        """
        ...


class WebhookDoor(Protocol):
    """A connector's pure webhook rules; imports no pydantic."""

    def verify(self, call: WebhookCall, *, secrets: Sequence[str], now: datetime) -> None:
        """Accept a call or raise; any of several secrets will do, so that they can be rotated.

        Raises:
            SignatureError: a header is missing, the time is off by more than 300 s, or nothing matches.
        """
        ...

    def parse(self, call: WebhookCall) -> tuple[WebhookEvent, ...]:
        """Read the events out of a verified call; unknown types become events of kind ``unknown``.

        Raises:
            WebhookRejectedError: the body is not what the CRM documents.
        """
        ...

    def answer(self) -> WebhookAnswer:
        """Return what the CRM wants to hear."""
        ...


class Connectors(Protocol):
    """Finds connectors by name, loading only what is asked for."""

    def names(self) -> tuple[str, ...]:
        """Return the names of all connectors, ascending."""
        ...

    def declaration(self, crm: str) -> Connector:
        """Return what a connector declares.

        Raises:
            NotFoundError: there is no such connector.
        """
        ...

    def oauth(self, crm: str) -> OAuth2:
        """Return a connector's OAuth endpoints and quirks.

        Raises:
            NotFoundError: there is no such connector.
        """
        ...

    def auth(self, crm: str) -> AuthFlow:
        """Return a connector's OAuth flow.

        Raises:
            NotFoundError: there is no such connector.
        """
        ...

    def webhooks(self, crm: str) -> WebhookDoor:
        """Return a connector's webhook rules.

        Raises:
            NotFoundError: there is no such connector.
        """
        ...

    def client(self, integration: Integration) -> CrmClient:
        """Return a client bound to an integration's account, host and tokens, cached per process.

        Raises:
            NotFoundError: there is no such connector.
            AuthorizationExpiredError: the integration holds no usable grant.
        """
        ...

"""Finds connectors and binds their clients to integrations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crmbridge import connectors
from crmbridge.domain.declaration import Connector, OAuth2
from crmbridge.domain.integrations import Integration
from crmbridge.ports import AuthFlow, CrmClient, Now, WebhookDoor

if TYPE_CHECKING:
    import httpx

    from crmbridge.connectors._pace import Pacer
    from crmbridge.ports.budgets import Budgets
    from crmbridge.services.hub import Hub

CLIENT_KEPT = timedelta(minutes=5)
"""How long a client lives: it remembers owners and stages, which people change now and then."""

CLIENTS_MAX = 200


class Directory:
    """The ``Connectors`` port over the connector folders, loading only what is asked for.

    Args:
        paces: keep calls within the limits of their accounts, together with all other workers.
        patience_s: seconds that a call may be held back to keep within the limits.

    Attributes:
        hub: set once by the composition root; the token broker works with it.
    """

    hub: Hub

    def __init__(
        self,
        *,
        base_urls: Mapping[str, str],
        now: Now,
        transport: httpx.BaseTransport | None = None,
        paces: bool = False,
        patience_s: float = 10.0,
    ) -> None:
        self._base_urls = base_urls
        self._paces, self._patience_s = paces, patience_s
        self._budgets: Budgets | None = None
        self._worker = ""
        self._pacers: dict[tuple[str, int], Pacer] = {}
        self._now = now
        self._transport = transport
        self._https: dict[tuple[str, bool], httpx.Client] = {}
        self._clients: dict[tuple[str, ...], tuple[datetime, CrmClient]] = {}

    def names(self) -> tuple[str, ...]:
        """Return the names of all connectors, ascending."""
        return connectors.names()

    def declaration(self, crm: str) -> Connector:
        """Return what a connector declares.

        Raises:
            NotFoundError: there is no such connector.
        """
        return connectors.declaration(crm)

    def oauth(self, crm: str) -> OAuth2:
        """Return a connector's OAuth endpoints and quirks.

        Raises:
            NotFoundError: there is no such connector.
        """
        return connectors.part(crm, "auth").AUTH

    def auth(self, crm: str) -> AuthFlow:
        """Return a connector's OAuth flow.

        Raises:
            NotFoundError: there is no such connector.
        """
        return connectors.part(crm, "auth").build(self._http_of(crm, signs_in=True), self._base_urls.get(crm, ""))

    def webhooks(self, crm: str) -> WebhookDoor:
        """Return a connector's webhook rules.

        Raises:
            NotFoundError: there is no such connector.
        """
        return connectors.part(crm, "webhooks").DOOR

    def client(self, integration: Integration) -> CrmClient:
        """Return a client bound to an integration, behind its overrides of the mapping where it has some.

        Raises:
            NotFoundError: there is no such connector.
        """
        client = self._kept(integration)
        if not integration.field_maps:
            return client
        from crmbridge.services.mapped_client import MappedClient  # noqa: PLC0415 - few have overrides

        return MappedClient(client, integration.field_maps, provider=integration.crm)

    def _kept(self, integration: Integration) -> CrmClient:
        """Return a connector's own client bound to an integration, the same one for five minutes."""
        base_url = self._base_url(integration)
        settings = json.dumps({name: dict(values) for name, values in integration.settings.items()}, sort_keys=True)
        account = (integration.workspace_id, integration.integration_id, integration.account_id, base_url)
        key = (*account, settings, repr(integration.custom_fields), str(integration.connections))
        made_at, client = self._clients.get(key, (None, None))
        if client is not None and made_at is not None and self._now() - made_at < CLIENT_KEPT:
            return client
        if len(self._clients) >= CLIENTS_MAX:
            self._clients.clear()
        client = self._bind(integration, base_url)
        self._clients[key] = (self._now(), client)
        return client

    def _base_url(self, integration: Integration) -> str:
        override = self._base_urls.get(integration.crm)
        return (override or integration.base_url or self.declaration(integration.crm).base_url).rstrip("/")

    def _bind(self, integration: Integration, base_url: str) -> CrmClient:
        from crmbridge.connectors._http import ClientContext  # noqa: PLC0415 - the webhook door pays for no httpx
        from crmbridge.services.token_broker import TokenBroker  # noqa: PLC0415

        context = ClientContext(
            http=self._http_of(integration.crm),
            base_url=base_url,
            tokens=TokenBroker(self.hub, integration),
            settings=integration.settings,
            custom_fields=integration.custom_fields,
            sleep=self.hub.sleep,
            pacer=self._pacer(integration),
        )
        return connectors.part(integration.crm, "client").build(context)

    def _pacer(self, integration: Integration) -> Pacer | None:
        """Return what keeps an account's limits: one for all clients of that account, as long as the process lives."""
        if not self._paces:
            return None
        from crmbridge.connectors._pace import Pacer  # noqa: PLC0415 - the webhook door pays for no httpx
        from crmbridge.services.share_budgets import SharedBudgets, account_of, limits_of  # noqa: PLC0415

        if self._budgets is None:
            self._budgets, self._worker = SharedBudgets(self.hub), self.hub.new_id("wrk")[-8:]
        key, own = account_of(integration), integration.calls_per_minute
        if (key, own) not in self._pacers:
            if len(self._pacers) >= CLIENTS_MAX:
                self._pacers.clear()
            self._pacers[key, own] = Pacer(
                limits_of(self.hub, integration),
                provider=integration.crm,
                now=self._now,
                sleep=self.hub.sleep,
                budgets=self._budgets,
                account=key,
                worker=f"{self._worker}.{own}" if own else self._worker,
                patience_s=self._patience_s,
            )
        return self._pacers[key, own]

    def _http_of(self, crm: str, *, signs_in: bool = False) -> httpx.Client:
        """Return the client for calls to one CRM; all share their connections."""
        key = (crm, signs_in)
        if key not in self._https:
            import httpx  # noqa: PLC0415 - the webhook door pays for no httpx

            from crmbridge.runtime._measured import MeasuredTransport  # noqa: PLC0415 - likewise

            if self._transport is None:
                self._transport = httpx.HTTPTransport(trust_env=False)
            transport = MeasuredTransport(self._transport, crm, signs_in=signs_in)
            self._https[key] = httpx.Client(transport=transport, follow_redirects=False, trust_env=False)
        return self._https[key]

"""CRMs that want a token with every call, and vendors that grant it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from crmbridge.adapters.memory.cipher import MemoryCipher
from crmbridge.adapters.memory.secrets import MemoryAppSecrets
from crmbridge.domain.declaration import OAuth2
from crmbridge.domain.integrations import Integration
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import AuthorizationExpiredError, RetriableProviderError
from crmbridge.ports import AuthFlow
from crmbridge.services.hub import load_integration
from crmbridge.services.token_broker import TokenBroker, load_grant, store_grant
from tests.simulation.crm import SimCrm
from tests.simulation.oracle import ViolationError
from tests.simulation.sweep.play import Play
from tests.simulation.world import WORKSPACE, SimConnectors

LIFE = timedelta(minutes=30)


class Vendor:
    """A CRM's token endpoint: what it has granted, and what was presented to it.

    Attributes:
        good: the refresh token that it takes.
        access: the access token that its API takes.
        presented: refresh tokens that it took, in order.
        times: when it took each of them.
        refused: refresh tokens that it no longer knew, which some vendors answer by ending the whole grant.
    """

    def __init__(self, name: str, play: Play, *, rotates: bool) -> None:
        self.name = name
        self.play = play
        self.rotates = rotates
        self.good, self.access = f"{name} refresh 0", f"{name} access 0"
        self.presented: list[str] = []
        self.times: list[datetime] = []
        self.refused: list[str] = []

    def refresh(self, app: AppSecret, grant: Grant, *, environment: str, now: datetime) -> Grant:
        """Grant a new access token; the call of the ``AuthFlow`` port."""
        del app, environment
        said = "" if self.play.striker is None else self.play.striker.answer(self.name, "refresh")
        if said:
            raise RetriableProviderError(said, provider=self.name, status=int(said), retry_after_s=3)
        if grant.refresh_token != self.good:
            self.refused.append(grant.refresh_token)
            raise AuthorizationExpiredError("invalid_grant", provider=self.name, status=400)
        self.presented.append(grant.refresh_token)
        self.times.append(now)
        return self.grant(now)

    def refreshed_before(self, moment: datetime) -> int:
        """Return how many refreshes it granted up to a moment."""
        return sum(each <= moment for each in self.times)

    def grant(self, now: datetime) -> Grant:
        """Return new tokens, as after a refresh or after people's consent."""
        number = int(self.access.split()[-1]) + 1
        self.access = f"{self.name} access {number}"
        self.good = f"{self.name} refresh {number}" if self.rotates else self.good
        return Grant("oauth", self.access, self.good, now + LIFE)


class Guarded(SimConnectors):
    """Connectors whose clients ask for a token before every call, as the real ones do."""

    def __init__(self, play: Play, *, rotates: bool) -> None:
        super().__init__({name: play.world._watched(crm, "crm.") for name, crm in play.world.crms.items()})
        self.play = play
        self.vendors = {name: Vendor(name, play, rotates=rotates) for name in play.world.crms}

    def oauth(self, crm: str) -> OAuth2:
        """Tell whether the vendor rotates refresh tokens."""
        url = "https://example.test"
        return OAuth2(authorize_url=url, token_url=url, refresh_rotates=self.vendors[crm].rotates)

    def auth(self, crm: str) -> AuthFlow:
        """Return the vendor's token endpoint, watched like every port."""
        return cast(AuthFlow, self.play.world._watched(self.vendors[crm], "crm."))

    def client(self, integration: Integration) -> SimCrm:
        """Return a client of a new process, which holds no token yet."""
        broker = TokenBroker(self.play.world.hub, integration)
        return cast(SimCrm, _Client(super().client(integration), broker, self))

    def check(self, integration: Integration, token: str) -> None:
        """See that a token was stored before it is used."""
        with self.play.aside():
            stored = load_grant(self.play.world.hub, integration)[0].access_token
        if token != stored:
            raise ViolationError(f"{token!r} is used, and {stored!r} is what is stored")


class _Client:
    """A client's calls, each made with a token that the CRM takes."""

    def __init__(self, crm: SimCrm, broker: TokenBroker, connectors: Guarded) -> None:
        self.project = crm.project
        self._crm, self._broker, self._connectors = crm, broker, connectors

    def __getattr__(self, name: str) -> Callable[..., Any]:
        integration = self._broker.integration

        def call(*args: Any, **kwargs: Any) -> Any:
            token = self._broker.bearer()
            if token != self._connectors.vendors[integration.crm].access:
                token = self._broker.renew(token)
            self._connectors.check(integration, token)
            return getattr(self._crm, name)(*args, **kwargs)

        return call


class TokenPlay(Play):
    """A play whose CRMs want tokens from ``connect`` on.

    Attributes:
        vendors: by the CRM's name.
        was_presented: when the fault struck, a refresh token was marked as presented and its answer not stored.
    """

    vendors: dict[str, Vendor]
    was_presented: bool = False

    def connect(self, *, rotates: bool) -> None:
        """Let every call need a token from now on."""
        world, connectors = self.world, Guarded(self, rotates=rotates)
        self.vendors = connectors.vendors
        secrets = MemoryAppSecrets(dict.fromkeys(world.crms, AppSecret("id", "secret")))
        world.hub = replace(
            world.hub,
            connectors=connectors,
            secrets=world._watched(secrets, "secrets."),
            cipher=world._watched(MemoryCipher(), ""),
        )
        for name in world.crms:
            self.consent(name)

    def consent(self, crm: str) -> None:
        """Have people consent, for the first time or again."""
        hub = self.world.hub
        integration = load_integration(hub, WORKSPACE, f"int_{crm}")
        held = hub.documents.get(f"{WORKSPACE}#GRANT", integration.integration_id)
        version = 0 if held is None else held.version
        store_grant(hub, integration, self.vendors[crm].grant(self.world.time), version=version)

    def look(self) -> None:
        """Note, when the fault strikes, whether it does so between presenting a token and storing the next one."""
        with self.aside():
            grants = self.world.hub.documents.query(f"{WORKSPACE}#GRANT")
        self.was_presented = any(each.body["presented"] for each in grants)

"""Letting go of a CRM: an OAuth grant is given back, a static token is only forgotten."""

from __future__ import annotations

import pytest

from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import AuthorizationExpiredError, ConfigurationError
from crmbridge.services.connect_crm import log_out
from crmbridge.services.token_broker import load_grant, store_grant
from tests.unit.services.hubs import Clock, OneCrm, connected, make_hub


class Revoking:
    """A vendor that takes grants back; notes which."""

    def __init__(self) -> None:
        self.given_back: list[str] = []

    def revoke(self, app: AppSecret, grant: Grant, *, environment: str) -> None:
        self.given_back.append(grant.access_token)


class NoSecrets:
    """A store of applications that knows none: the CRM is connected by keys alone."""

    def get(self, crm: str) -> AppSecret:
        raise ConfigurationError(f"there is no secret for {crm}")


@pytest.mark.parametrize(("kind", "given_back"), [("oauth", ["a0"]), ("jwt_bearer", ["a0"]), ("token", [])])
def test_a_grant_is_given_back_and_a_static_token_is_forgotten(kind, given_back):
    flow = Revoking()
    more = {"secrets": NoSecrets()} if kind == "token" else {}
    hub = make_hub(Clock(), OneCrm(flow=flow), **more)
    integration = connected(hub)
    store_grant(hub, integration, Grant(kind, "a0"))
    assert log_out(hub, integration).status == "pending"
    assert flow.given_back == given_back
    with pytest.raises(AuthorizationExpiredError):
        load_grant(hub, integration)

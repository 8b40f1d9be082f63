"""Connecting by an assertion: who may, what is kept, how it is renewed, and how the operator ends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crmbridge.adapters.memory.secrets import MemoryAppSecrets
from crmbridge.domain.declaration import Connector
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import AuthorizationExpiredError, ForbiddenError, RequestRejectedError, RetriableProviderError
from crmbridge.services.connect_as_user import connect_as_user
from crmbridge.services.hub import Hub
from crmbridge.services.token_broker import TokenBroker, load_grant, store_grant
from tests.unit.services.hubs import START, Clock, OneCrm, connected, make_hub

USER = "crm@fabrikam.example"
APP = AppSecret("c", "s", private_key="pem", users={"acme": (USER,), "rival": ("other@x.test",)})
GRANT = Grant("jwt_bearer", "a0", account_id="acct_1", base_url="https://acme.test", username=USER)


class Asserting:
    """A vendor that takes assertions; counts them."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.refusal: Exception | None = None

    def assert_user(self, app: AppSecret, *, username: str, **_: Any) -> Grant:
        return self._granted(replace(GRANT, username=username))

    def refresh(self, app: AppSecret, grant: Grant, *, environment: str, now: Any) -> Grant:
        return self._granted(grant)

    def _granted(self, grant: Grant) -> Grant:
        if self.refusal is not None:
            raise self.refusal
        self.taken.append(grant.username)
        return replace(grant, access_token=f"a{len(self.taken)}", access_expires_at=START + timedelta(hours=2))


class Fields:
    """A CRM in which our fields exist."""

    def provision(self, entity: str, wanted: Any = ()) -> tuple[str, ...]:
        return ()


class Crm(OneCrm):
    """The invented CRM, with this flow."""

    def declaration(self, crm: str) -> Connector:
        declared = super().declaration(crm)
        return replace(declared, supports=replace(declared.supports, auth=("oauth", "jwt_bearer")))


@pytest.fixture
def flow() -> Asserting:
    return Asserting()


@pytest.fixture
def hub(flow: Asserting) -> Hub:
    return make_hub(Clock(), Crm(flow=flow, crm_client=Fields()), secrets=MemoryAppSecrets({"acme": APP}))


def test_a_user_of_the_workspace_is_connected_and_his_grant_kept(hub: Hub, flow: Asserting):
    integration = connected(hub)
    assert connect_as_user(hub, integration, username=USER).status == "active"
    stored, _ = load_grant(hub, integration)
    assert (stored.kind, stored.username, stored.refresh_token) == ("jwt_bearer", USER, "")
    assert flow.taken == [USER]


@pytest.mark.parametrize("username", ["other@x.test", "nobody@x.test", f"{USER} ", USER.upper()])
def test_no_workspace_speaks_for_users_it_was_not_given(hub: Hub, flow: Asserting, username: str):
    with pytest.raises(ForbiddenError, match="not connect as that user"):
        connect_as_user(hub, connected(hub), username=username)
    assert flow.taken == []


def test_without_a_key_nobody_is_spoken_for(hub: Hub, flow: Asserting):
    bare = replace(hub, secrets=MemoryAppSecrets({"acme": replace(APP, private_key="")}))
    with pytest.raises(ForbiddenError):
        connect_as_user(bare, connected(bare), username=USER)
    assert flow.taken == []


def test_a_crm_without_the_flow_refuses_usernames(flow: Asserting):
    plain = make_hub(Clock(), OneCrm(flow=flow), secrets=MemoryAppSecrets({"acme": APP}))
    with pytest.raises(RequestRejectedError, match="not connected by a username"):
        connect_as_user(plain, connected(plain), username=USER)
    assert flow.taken == []


def test_a_refusal_is_the_callers_to_mend_and_stores_nothing(hub: Hub, flow: Asserting):
    flow.refusal = AuthorizationExpiredError("user hasn't approved this consumer", provider="acme")
    integration = connected(hub)
    with pytest.raises(RequestRejectedError, match="hasn't approved") as caught:
        connect_as_user(hub, integration, username=USER)
    assert caught.value.field == "credentials.username"
    with pytest.raises(AuthorizationExpiredError, match="not connected"):
        load_grant(hub, integration)
    flow.refusal = RetriableProviderError("503", provider="acme")
    with pytest.raises(RetriableProviderError):
        connect_as_user(hub, integration, username=USER)


def test_an_access_token_that_is_old_or_refused_is_replaced_by_another_assertion(hub: Hub, flow: Asserting):
    integration = connected(hub)
    store_grant(hub, integration, replace(GRANT, access_expires_at=START + timedelta(minutes=4)))
    broker = TokenBroker(hub, integration)
    assert broker.bearer() == "a1"
    assert broker.renew("a1") == "a2"
    assert broker.renew("a1") == "a2", "another worker's refusal of an old token asks for no third"
    assert flow.taken == [USER, USER]


def test_an_answer_that_was_lost_costs_nobody_the_connection(hub: Hub, flow: Asserting):
    integration = connected(hub)
    store_grant(hub, integration, GRANT)
    flow.refusal = RetriableProviderError("lost", provider="acme", may_have_applied=True)
    with pytest.raises(RetriableProviderError):
        TokenBroker(hub, integration).renew("a0")
    flow.refusal = None
    assert TokenBroker(hub, integration).renew("a0") == "a1"


@pytest.mark.parametrize("now", [replace(APP, users={}), replace(APP, private_key=""), AppSecret("c", "s")])
def test_who_is_taken_off_the_secret_is_not_spoken_for_again(hub: Hub, flow: Asserting, now: AppSecret):
    integration = connected(hub)
    store_grant(hub, integration, GRANT)
    taken_off = replace(hub, secrets=MemoryAppSecrets({"acme": now}))
    with pytest.raises(AuthorizationExpiredError, match="no longer lets"):
        TokenBroker(taken_off, integration).renew("a0")
    assert flow.taken == []

"""Every connector that connects by assertions: a user who is let in is spoken for, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from crmbridge import connectors
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import AuthorizationExpiredError, RetriableProviderError
from crmbridge.ports import AssertingFlow
from tests.contract._world import World, new_world, now

TOKEN = {"method": "POST", "path": ".*[/_]token$"}
CRMS = [crm for crm in connectors.names() if "jwt_bearer" in connectors.declaration(crm).supports.auth]


@dataclass
class Assertions:
    """A CRM's flow, with what its ``suite.json`` says of it."""

    world: World

    @property
    def flow(self) -> AssertingFlow:
        return cast("AssertingFlow", self.world.flow)

    @property
    def secret(self) -> AppSecret:
        return replace(self.world.secret, private_key=self.world.app.credentials["private_key"])

    @property
    def username(self) -> str:
        return str(self.world.app.credentials["username"])

    def admit(self, *usernames: str) -> None:
        """Let users in as the vendor's administrators do."""
        method, path, body = self.world.suite["admits"]
        self.world.control(method, path, {**body, self.world.suite["admitted"]: list(usernames)})

    def grant(self, **more: Any) -> Grant:
        given: dict[str, Any] = {
            "username": self.username,
            "environment": "production",
            "now": now(),
            "domain": self.world.domain,
        }
        return self.flow.assert_user(self.secret, **{**given, **more})

    def again(self, grant: Grant) -> Grant:
        return self.flow.refresh(self.secret, grant, environment="production", now=now())


@pytest.fixture(params=CRMS)
def assertions(request: pytest.FixtureRequest) -> Iterator[Assertions]:
    """A CRM whose administrators let our user in."""
    world = new_world(request.param)
    for method, path, body in world.suite["setup"]:
        world.control(method, path, body)
    made = Assertions(world)
    made.admit(made.username)
    yield made
    world.http.close()
    world.app.stop()


def test_some_crm_is_connected_this_way():
    assert CRMS == ["salesforce"]


def test_an_assertion_becomes_a_token_of_the_account_and_user_it_speaks_for(assertions: Assertions):
    grant = assertions.grant()
    world = assertions.world
    assert (grant.kind, grant.refresh_token, grant.username) == ("jwt_bearer", "", assertions.username)
    assert grant.account_id == str(world.app.credentials[world.suite["account_id"]])
    assert grant.actor_id == str(world.app.credentials["user_id"])
    assert grant.access_token not in repr(grant)


def test_a_user_who_is_not_let_in_is_refused_in_the_vendors_words(assertions: Assertions):
    assertions.admit()
    with pytest.raises(AuthorizationExpiredError, match=r"not admin approved .*pre-authorise the user"):
        assertions.grant()
    with pytest.raises(AuthorizationExpiredError, match=r"hasn't approved this consumer .*pre-authorise the user"):
        assertions.grant(username="nobody@northwind.example")


def test_an_assertion_for_another_environment_is_refused(assertions: Assertions):
    with pytest.raises(AuthorizationExpiredError, match="production or sandbox"):
        assertions.grant(environment="sandbox")


def test_a_client_whose_session_ended_goes_on_with_another_assertion(assertions: Assertions):
    world = assertions.world
    tokens = _Tokens(assertions, assertions.grant())
    client = world.client(cast("Any", tokens))
    client.owners()
    world.control("POST", "/tokens", {"action": "expire"})
    client.provision(world.declared.supports.entities[0])
    assert tokens.renewals == 1


def test_a_renewal_gives_another_token_and_keeps_the_rest(assertions: Assertions):
    grant = assertions.grant()
    fresh = assertions.again(grant)
    assert fresh.access_token != grant.access_token
    assert replace(fresh, access_token="", access_expires_at=None) == replace(
        grant, access_token="", access_expires_at=None
    )


def test_a_user_who_is_no_longer_let_in_needs_people(assertions: Assertions):
    grant = assertions.grant()
    assertions.admit()
    with pytest.raises(AuthorizationExpiredError):
        assertions.again(grant)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 429},
        {"kind": "html", "status": 502},
        {"kind": "html", "status": 200},
        {"kind": "drop_connection"},
        {"kind": "timeout_before"},
        {"kind": "truncated"},
    ],
    ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}",
)
def test_a_token_endpoint_in_trouble_ends_no_connection(assertions: Assertions, fault: dict[str, Any]):
    grant = assertions.grant()
    assertions.world.control("POST", "/faults", [{"match": TOKEN, **fault}])
    with pytest.raises(RetriableProviderError):
        assertions.again(grant)
    assert assertions.again(grant).access_token


def test_revoking_ends_the_session_and_doing_it_twice_is_success(assertions: Assertions):
    grant = assertions.grant()
    tokens = cast("Any", _Tokens(assertions, grant, renews=False))
    assert assertions.world.client(tokens).account().account_id == grant.account_id
    for _ in range(2):
        assertions.flow.revoke(assertions.secret, grant, environment="production")
    with pytest.raises(AuthorizationExpiredError):
        assertions.world.client(tokens).account()


@dataclass
class _Tokens:
    """A token source over an assertion; counts its renewals."""

    assertions: Assertions
    grant: Grant
    renewals: int = 0
    renews: bool = True

    def bearer(self) -> str:
        return self.grant.access_token

    def renew(self, stale: str) -> str:
        if self.renews:
            self.renewals += 1
            self.grant = self.assertions.again(self.grant)
        return self.grant.access_token

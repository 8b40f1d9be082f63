"""Every connector: how a workspace connects, stays connected and lets go."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from crmbridge import connectors
from crmbridge.errors import AuthorizationExpiredError, FatalProviderError, RetriableProviderError
from tests.contract._world import BASE_URL, CHALLENGE, REDIRECT, VERIFIER, World, now

TOKEN = {"method": "POST", "path": ".*[/_]token$"}


def test_the_consent_page_is_asked_for_with_state_and_where_supported_with_a_challenge(oauth_world: World):
    url = oauth_world.flow.authorize_url(
        oauth_world.secret,
        environment="production",
        redirect_uri=REDIRECT,
        state="s-1",
        challenge=CHALLENGE,
        domain=oauth_world.domain,
    )
    auth = connectors.part(oauth_world.crm, "auth").AUTH
    query = parse_qs(urlsplit(url).query)
    assert url.startswith(BASE_URL)
    assert query["state"] == ["s-1"]
    assert query["redirect_uri"] == [REDIRECT]
    assert query["client_id"] == [oauth_world.secret.client_id]
    assert set(auth.scopes) <= set(re.split(r"[ ,]+", query.get("scope", [""])[0]))
    assert ("code_challenge" in query) is auth.uses_pkce
    assert oauth_world.secret.client_secret not in url


def test_a_code_becomes_tokens_of_the_account_it_was_given_for(oauth_world: World):
    grant = oauth_world.grant()
    assert grant.kind == "oauth"
    assert grant.access_token
    assert grant.refresh_token
    assert grant.account_id == str(oauth_world.app.credentials[oauth_world.suite["account_id"]])
    if grant.access_expires_at is not None:
        assert timedelta(0) < grant.access_expires_at - now() <= timedelta(days=1)


def test_the_client_speaks_to_the_account_the_grant_names(world: World):
    tokens = world.tokens()
    account = world.client(tokens).account()
    assert account.account_id == tokens.grant.account_id
    assert account.name


def test_a_code_works_once(oauth_world: World):
    code = oauth_world.code()
    given: dict[str, Any] = {
        "environment": "production",
        "code": code,
        "redirect_uri": REDIRECT,
        "verifier": VERIFIER,
        "now": now(),
        "domain": oauth_world.domain,
        "told": oauth_world.told,
    }
    oauth_world.flow.exchange(oauth_world.secret, **given)
    with pytest.raises(AuthorizationExpiredError):
        oauth_world.flow.exchange(oauth_world.secret, **given)


def test_an_invented_code_is_refused(oauth_world: World):
    with pytest.raises(AuthorizationExpiredError):
        oauth_world.flow.exchange(
            oauth_world.secret, environment="production", code="x", redirect_uri=REDIRECT, verifier=VERIFIER, now=now()
        )


def test_a_code_needs_the_verifier_it_was_asked_for_with(oauth_world: World):
    if not connectors.part(oauth_world.crm, "auth").AUTH.uses_pkce:
        pytest.skip(f"{oauth_world.crm} takes no PKCE challenge")
    wrong = VERIFIER[::-1]
    with pytest.raises(AuthorizationExpiredError):
        oauth_world.flow.exchange(
            oauth_world.secret,
            environment="production",
            code=oauth_world.code(),
            redirect_uri=REDIRECT,
            verifier=wrong,
            now=now(),
        )


def test_a_refresh_gives_another_access_token_and_keeps_the_rest(oauth_world: World):
    grant = oauth_world.grant()
    fresh = oauth_world.flow.refresh(oauth_world.secret, grant, environment="production", now=now())
    assert fresh.access_token != grant.access_token
    assert fresh.refresh_token
    assert (fresh.account_id, fresh.base_url, fresh.kind) == (grant.account_id, grant.base_url, grant.kind)


def test_a_refresh_answer_that_leaves_things_out_keeps_the_old_ones(oauth_world: World):
    grant = oauth_world.grant()
    body = {"access_token": "another", "token_type": "bearer"}
    oauth_world.control("POST", "/faults", [{"match": TOKEN, "kind": "status", "status": 200, "body": body}])
    fresh = oauth_world.flow.refresh(oauth_world.secret, grant, environment="production", now=now())
    assert fresh.access_token == "another"
    assert (fresh.refresh_token, fresh.account_id, fresh.base_url) == (
        grant.refresh_token,
        grant.account_id,
        grant.base_url,
    )


def test_a_revoked_grant_needs_people(oauth_world: World):
    grant = oauth_world.grant()
    oauth_world.control("POST", "/tokens", {"action": "revoke"})
    with pytest.raises(AuthorizationExpiredError):
        oauth_world.flow.refresh(oauth_world.secret, grant, environment="production", now=now())


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 429},
        {"kind": "html", "status": 502},
        {"kind": "html", "status": 403},
        {"kind": "html", "status": 200},
        {"kind": "drop_connection"},
        {"kind": "timeout_before"},
        {"kind": "truncated"},
    ],
    ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}",
)
def test_a_token_endpoint_in_trouble_ends_no_connection(oauth_world: World, fault):
    grant = oauth_world.grant()
    oauth_world.control("POST", "/faults", [{"match": TOKEN, **fault}])
    with pytest.raises(RetriableProviderError):
        oauth_world.flow.refresh(oauth_world.secret, grant, environment="production", now=now())
    if fault["kind"] == "truncated" and oauth_world.suite.get("refresh_tokens_work_once"):
        with pytest.raises(AuthorizationExpiredError):  # spent, and nobody has seen its heir: people must reconnect
            oauth_world.flow.refresh(oauth_world.secret, grant, environment="production", now=now())
        return
    assert oauth_world.flow.refresh(oauth_world.secret, grant, environment="production", now=now()).access_token


def test_revoking_ends_the_grant_and_doing_it_twice_is_success(oauth_world: World):
    grant = oauth_world.grant()
    oauth_world.flow.revoke(oauth_world.secret, grant, environment="production")
    if "revocation" in oauth_world.declared.supports.not_built:
        assert not connectors.part(oauth_world.crm, "auth").AUTH.revoke_url
        pytest.skip(f"{oauth_world.crm} revokes no grant over its API: a person ends it there")
    with pytest.raises(AuthorizationExpiredError):
        oauth_world.flow.refresh(oauth_world.secret, grant, environment="production", now=now())
    oauth_world.flow.revoke(oauth_world.secret, grant, environment="production")


def test_an_expired_access_token_is_renewed_once_and_the_call_goes_on(oauth_world: World):
    tokens = oauth_world.tokens()
    client = oauth_world.client(tokens)
    client.owners()
    oauth_world.control("POST", "/tokens", {"action": "expire"})
    client.provision(oauth_world.declared.supports.entities[0])
    assert tokens.renewals == 1


def test_a_token_refused_twice_needs_people(world: World):
    tokens = world.tokens()
    client = world.client(tokens)
    tokens.grant = replace(tokens.grant, access_token="wrong")
    tokens.renew = lambda stale: "wrong as well"  # type: ignore[method-assign] - the broker gives up
    with pytest.raises(AuthorizationExpiredError):
        client.account()


def test_a_static_token_is_adopted_or_politely_refused(world: World):
    adopt: dict[str, Any] = {"environment": "production", "base_url": BASE_URL, "now": now(), "domain": world.domain}
    if "token" not in world.declared.supports.auth:
        with pytest.raises(FatalProviderError):
            world.flow.adopt("anything", **adopt)
        return
    grant = world.flow.adopt(world.app.credentials[world.suite["static_token"]], **adopt)
    assert grant.kind == "token"
    assert grant.account_id == str(world.app.credentials[world.suite["account_id"]])
    with pytest.raises(AuthorizationExpiredError):
        world.flow.adopt("pat-invented", **adopt)
    with pytest.raises(AuthorizationExpiredError):
        world.flow.refresh(world.secret, grant, environment="production", now=now())


def test_no_secret_shows_in_the_text_of_a_grant(oauth_world: World):
    grant = oauth_world.grant()
    for secret in (grant.access_token, grant.refresh_token):
        assert secret not in repr(grant)

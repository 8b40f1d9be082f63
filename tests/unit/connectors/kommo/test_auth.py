"""Kommo's OAuth: accounts with hosts of their own, refresh tokens that work once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from crmbridge.connectors.kommo.auth import build
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import (
    AuthorizationExpiredError,
    ConfigurationError,
    RequestRejectedError,
    RetriableProviderError,
)
from crmbridge.ports import AuthFlow
from sandbox.kommo.tokens import jwt

APP = AppSecret("client-1", "secret-1")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
REDIRECT = "https://bridge.example.com/auth/kommo/callback"
TOKEN = jwt(1_795_000_000, 86_400, "one", "api-b.kommo.com")


class Host:
    """Kommo's hosts, as far as a test needs them; keeps what was asked."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        status, body = self.answers.pop(0)
        return httpx.Response(status, json=body) if not isinstance(body, str) else httpx.Response(status, text=body)

    def flow(self) -> AuthFlow:
        return build(httpx.Client(transport=httpx.MockTransport(self)), "")


PAIR = {"token_type": "Bearer", "expires_in": 86_400, "access_token": TOKEN, "refresh_token": "next"}


def _exchange(host: Host, *, domain: str = "", told: dict[str, str] | None = None) -> Grant:
    return host.flow().exchange(
        APP, environment="production", code="c", redirect_uri=REDIRECT, verifier="", now=NOW, domain=domain, told=told
    )


def _grant(host: Host | None = None) -> Grant:
    return _exchange(host or Host((200, PAIR)), told={"referer": "acme.kommo.com"})


def test_the_consent_page_is_kommos_own():
    url = Host().flow().authorize_url(APP, environment="production", redirect_uri=REDIRECT, state="s", challenge="c")
    assert url.startswith("https://www.kommo.com/oauth?")
    assert parse_qs(urlsplit(url).query)["client_id"] == ["client-1"]


def test_the_way_back_names_the_accounts_host_and_the_token_names_the_account():
    host = Host((200, PAIR))
    grant = _exchange(host, told={"referer": "acme.kommo.com", "code": "c"})
    assert str(host.asked[0].url) == "https://acme.kommo.com/oauth2/access_token"
    body = json.loads(host.asked[0].content)
    assert (body["grant_type"], body["redirect_uri"]) == ("authorization_code", REDIRECT)
    assert grant.base_url == "https://acme.kommo.com"
    assert grant.account_id == "32901744"
    assert grant.actor_id == "", "the token acts as a person, whose edits are not ours"
    assert grant.access_expires_at == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    "named",
    [
        "",
        "evil.example",
        "kommo.com.evil.example",
        "evil.example/.kommo.com",
        "acme.kommo.com@evil.example",
        "..kommo.com",
    ],
)
def test_a_host_that_is_not_kommos_is_never_asked(named):
    host = Host()
    with pytest.raises(RequestRejectedError) as caught:
        _exchange(host, told={"referer": named})
    assert caught.value.field == "domain"
    assert host.asked == []


@pytest.mark.parametrize("named", ["acme", "acme.kommo.com", "https://ACME.kommo.com/"])
def test_a_workspace_may_name_its_account_in_its_own_way(named):
    assert _exchange(Host((200, PAIR)), domain=named).base_url == "https://acme.kommo.com"


def test_a_refresh_sends_the_redirect_address_the_grant_was_made_with():
    host = Host((200, PAIR | {"refresh_token": "third"}))
    fresh = host.flow().refresh(APP, _grant(), environment="production", now=NOW)
    body = json.loads(host.asked[0].content)
    assert (body["refresh_token"], body["redirect_uri"]) == ("next", REDIRECT)
    assert fresh.refresh_token == "third"


def test_a_used_refresh_token_needs_people():
    hint = {"hint": "Token has been revoked", "title": "t", "status": 401}
    for lookup in ((401, {"title": "Unauthorized"}), (200, {"domain": "acme.kommo.com"})):
        host = Host((401, hint), lookup)
        with pytest.raises(AuthorizationExpiredError, match="revoked"):
            host.flow().refresh(APP, _grant(), environment="production", now=NOW)


@pytest.mark.parametrize(
    "hint", ["Check the `client_id` parameter", "Client authentication failed", "Invalid redirect URI"]
)
def test_a_refusal_of_our_own_application_ends_no_grant(hint):
    with pytest.raises(ConfigurationError, match="our application"):
        Host((400, {"hint": hint, "status": 400})).flow().refresh(APP, _grant(), environment="production", now=NOW)


@pytest.mark.parametrize(
    "answer", [(402, {"title": "Payment Required"}), (403, "403 Forbidden"), (401, {"title": "t"})]
)
def test_a_refusal_that_says_nothing_of_the_grant_is_tried_again(answer):
    host = Host(answer, (404, "no"))
    with pytest.raises(RetriableProviderError):
        host.flow().refresh(APP, _grant(), environment="production", now=NOW)


def test_an_account_that_has_moved_is_found_and_refreshed_there():
    host = Host((404, "gone"), (200, {"domain": "acme-new.kommo.com"}), (200, PAIR))
    fresh = host.flow().refresh(APP, _grant(), environment="production", now=NOW)
    assert [each.url.host for each in host.asked] == ["acme.kommo.com", "api-b.kommo.com", "acme-new.kommo.com"]
    assert host.asked[1].headers["x-refresh-token"] == "next"
    assert fresh.base_url == "https://acme-new.kommo.com"
    assert fresh.accounts_url.startswith("https://acme-new.kommo.com/")


def test_a_lookup_that_names_a_foreign_host_is_not_followed():
    host = Host((404, "gone"), (200, {"domain": "evil.example"}))
    with pytest.raises(RetriableProviderError):
        host.flow().refresh(APP, _grant(), environment="production", now=NOW)
    assert len(host.asked) == 2


def test_revoking_spends_the_refresh_token_and_keeps_nothing():
    host = Host((200, PAIR))
    host.flow().revoke(APP, _grant(), environment="production")
    assert json.loads(host.asked[0].content)["grant_type"] == "refresh_token"
    Host((401, {"hint": "Token has been revoked"})).flow().revoke(APP, _grant(), environment="production")
    Host().flow().revoke(APP, replace(_grant(), refresh_token=""), environment="production")


def test_a_long_lived_token_tells_its_end():
    host = Host((200, {"id": 32_901_744, "current_user_id": 5}))
    grant = host.flow().adopt(TOKEN, environment="production", base_url="", now=NOW, domain="acme")
    assert grant.kind == "token"
    assert (grant.account_id, grant.actor_id) == ("32901744", "")
    assert grant.access_expires_at == datetime.fromtimestamp(1_795_000_000 + 86_400, UTC)
    with pytest.raises(RequestRejectedError):
        Host().flow().adopt(TOKEN, environment="production", base_url="", now=NOW)
    with pytest.raises(RetriableProviderError):
        Host((403, "403 Forbidden")).flow().adopt(TOKEN, environment="production", base_url="", now=NOW, domain="acme")


def test_a_token_that_is_no_jwt_has_its_account_asked_for():
    host = Host((200, {**PAIR, "access_token": "opaque"}), (200, {"id": 77, "current_user_id": 5}))
    grant = _exchange(host, domain="acme")
    assert (grant.account_id, grant.actor_id) == ("77", "")
    assert grant.refresh_token == "next"

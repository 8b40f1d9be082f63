from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from crmbridge.connectors.dynamics.auth import build, organization_of
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import (
    AuthorizationExpiredError,
    ConfigurationError,
    FatalProviderError,
    RequestRejectedError,
    RetriableProviderError,
)
from tests.unit.connectors.dynamics.conftest import fixture_json

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
APP = AppSecret("client", "secret")
DOMAIN = "Contoso.crm4.dynamics.com/contoso.example"
GRANT = Grant(
    "oauth",
    "old",
    refresh_token="r-1",
    base_url="https://contoso.crm4.dynamics.com",
    account_id="org",
    actor_id="user",
    accounts_url="https://login.microsoftonline.com/contoso.example",
)


class Vendor:
    """Plays Entra ID and the organization, and remembers what they were asked."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self.asked: list[httpx.Request] = []
        self._answer = answer
        self.flow = build(httpx.Client(transport=httpx.MockTransport(self._take)), "")

    def _take(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self._answer(request)

    def form(self, number: int = 0) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.asked[number].content.decode()).items()}


def kind(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/WhoAmI"):
        return httpx.Response(200, json=fixture_json("answers", "whoami"))
    return httpx.Response(200, json=fixture_json("answers", "token"))


def refusing(status: int, body: Any) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, text=body) if isinstance(body, str) else httpx.Response(status, json=body)

    return answer


def exchange(flow: Any, **changes: Any) -> Grant:
    given: dict[str, Any] = {"code": "c", "redirect_uri": "https://hub.example/cb", "verifier": "v", "domain": DOMAIN}
    return flow.exchange(APP, environment="production", now=NOW, **{**given, **changes})


def refresh(flow: Any, grant: Grant = GRANT) -> Grant:
    return flow.refresh(APP, grant, environment="production", now=NOW)


def test_people_sign_in_at_their_tenant_for_their_organization_alone():
    flow = Vendor(kind).flow
    url = flow.authorize_url(APP, environment="", redirect_uri="https://h/cb", state="s", challenge="c", domain=DOMAIN)
    query = parse_qs(urlsplit(url).query)
    assert url.startswith("https://login.microsoftonline.com/contoso.example/oauth2/v2.0/authorize?")
    assert query["scope"] == ["https://contoso.crm4.dynamics.com/.default offline_access"]
    assert query["code_challenge_method"] == ["S256"]


@pytest.mark.parametrize(
    "domain",
    [
        "",
        "contoso",
        "https://",
        "evil.example",
        "dynamics.com.evil.example",
        "a b.dynamics.com",
        "user@evil.example#.dynamics.com",
        "evil.example/.dynamics.com",
        "crm.dynamics.com:8080",
        "a.crm.dynamics.com/contoso com",
    ],
)
def test_no_other_host_than_microsofts_is_sent_a_token(domain):
    with pytest.raises(RequestRejectedError) as caught:
        organization_of(domain)
    assert caught.value.field == "domain"


def test_a_host_is_taken_out_of_a_whole_address():
    assert organization_of(" https://x.crm.dynamics.com/main.aspx?id=1 ")[0] == "x.crm.dynamics.com"


def test_a_code_becomes_a_grant_that_names_the_organization_and_the_user():
    vendor = Vendor(kind)
    grant = exchange(vendor.flow)
    told = fixture_json("answers", "whoami")
    assert (grant.account_id, grant.actor_id) == (told["OrganizationId"], told["UserId"])
    assert (grant.base_url, grant.accounts_url) == (GRANT.base_url, GRANT.accounts_url)
    assert grant.access_expires_at == NOW + timedelta(seconds=3911)
    form = vendor.form()
    assert (form["grant_type"], form["code_verifier"], form["client_secret"]) == ("authorization_code", "v", "secret")
    assert str(vendor.asked[1].url) == "https://contoso.crm4.dynamics.com/api/data/v9.2/WhoAmI"
    assert vendor.asked[1].headers["authorization"] == "Bearer eyJ0-invented"


def test_a_code_without_an_organization_leads_nowhere():
    with pytest.raises(FatalProviderError):
        exchange(Vendor(kind).flow, domain="")


def test_a_user_who_is_none_of_the_organization_is_told_so():
    def answer(request: httpx.Request) -> httpx.Response:
        told = fixture_json("errors", "403.stranger")
        return httpx.Response(403, json=told["body"]) if request.url.path.endswith("/WhoAmI") else kind(request)

    with pytest.raises(AuthorizationExpiredError, match="not a member"):
        exchange(Vendor(answer).flow)


@pytest.mark.parametrize("status", [200, 302, 403, 500])
def test_an_organization_that_answers_nothing_usable_is_asked_again_later(status):
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, text="<html>") if request.url.path.endswith("/WhoAmI") else kind(request)

    with pytest.raises(RetriableProviderError):
        exchange(Vendor(answer).flow)


def test_a_refresh_goes_to_the_same_tenant_and_keeps_the_newest_token():
    vendor = Vendor(kind)
    fresh = refresh(vendor.flow)
    assert (fresh.access_token, fresh.refresh_token) == ("eyJ0-invented", "1.AX-invented")
    assert (fresh.account_id, fresh.actor_id, fresh.base_url) == ("org", "user", GRANT.base_url)
    assert str(vendor.asked[0].url).startswith("https://login.microsoftonline.com/contoso.example/")
    assert vendor.form()["scope"] == "https://contoso.crm4.dynamics.com/.default offline_access"
    elsewhere = Vendor(kind)
    refresh(elsewhere.flow, replace(GRANT, accounts_url=""))
    assert elsewhere.asked[0].url.path == "/organizations/oauth2/v2.0/token"


@pytest.mark.parametrize("lifetime", [None, 0, -5, "3600", True])
def test_a_lifetime_that_is_none_counts_as_an_hour(lifetime):
    body = {"access_token": "a", "expires_in": lifetime}
    fresh = refresh(Vendor(refusing(200, body)).flow)
    assert fresh.access_expires_at == NOW + timedelta(hours=1)
    assert fresh.refresh_token == "r-1"


@pytest.mark.parametrize("error", ["invalid_grant", "interaction_required", "consent_required"])
def test_a_dead_grant_needs_people(error):
    words = "AADSTS700082: The refresh token has expired due to inactivity. Trace ID: 1 Correlation ID: 2"
    with pytest.raises(AuthorizationExpiredError) as caught:
        refresh(Vendor(refusing(400, {"error": error, "error_description": words})).flow)
    assert str(caught.value) == "AADSTS700082: The refresh token has expired due to inactivity."


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client"])
def test_a_refused_secret_is_our_own_trouble_and_ends_no_connection(error):
    body = {"error": error, "error_description": "AADSTS7000222: The provided client secret keys are expired."}
    with pytest.raises(ConfigurationError, match="AADSTS7000222"):
        refresh(Vendor(refusing(401, body)).flow)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": "temporarily_unavailable"}),
        (400, {"error": "invalid_scope"}),
        (429, {"error": "invalid_grant"}),
        (503, {"error": "invalid_grant"}),
        (200, {}),
        (200, []),
        (403, "<html>blocked</html>"),
    ],
    ids=str,
)
def test_anything_else_ends_no_connection(status, body):
    with pytest.raises(RetriableProviderError):
        refresh(Vendor(refusing(status, body)).flow)


def test_revoking_asks_nobody():
    vendor = Vendor(kind)
    vendor.flow.revoke(APP, GRANT, environment="production")
    assert vendor.asked == []

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from crmbridge.connectors.pipedrive import auth
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import (
    AuthorizationExpiredError,
    ConfigurationError,
    FatalProviderError,
    RequestRejectedError,
    RetriableProviderError,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)
APP = AppSecret("id", "secret")
GRANT = Grant(kind="oauth", access_token="a", refresh_token="r", base_url="https://acme.pipedrive.com", account_id="7")
ME = {"success": True, "data": {"id": 5, "company_id": 7, "company_domain": "acme"}}


def flow(*answers: httpx.Response, seen: list[httpx.Request] | None = None) -> Any:
    told = list(answers)

    def respond(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return told.pop(0)

    return auth.build(httpx.Client(transport=httpx.MockTransport(respond)), "")


def refresh(answer: httpx.Response) -> Grant:
    return flow(answer).refresh(APP, GRANT, environment="production", now=NOW)


def test_a_refresh_keeps_the_host_and_proves_the_app_by_basic_authentication():
    seen: list[httpx.Request] = []
    answer = httpx.Response(200, json={"access_token": "b", "expires_in": 3599})
    fresh = flow(answer, seen=seen).refresh(APP, GRANT, environment="production", now=NOW)
    assert (fresh.access_token, fresh.refresh_token, fresh.base_url) == ("b", "r", "https://acme.pipedrive.com")
    assert seen[0].url == "https://oauth.pipedrive.com/oauth/token"
    assert seen[0].headers["authorization"].startswith("Basic ")
    assert b"secret" not in seen[0].content


@pytest.mark.parametrize(
    "host", ["https://pipedrive.com.evil.example", "http://acme.pipedrive.com", "https://evil.example"]
)
def test_a_host_that_is_not_pipedrives_is_never_believed(host: str):
    with pytest.raises(FatalProviderError):
        refresh(httpx.Response(200, json={"access_token": "b", "api_domain": host}))


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"error": "invalid_grant"}, AuthorizationExpiredError),
        (400, {"message": "Invalid grant: `refresh_token` is invalid"}, AuthorizationExpiredError),
        (400, {"success": False, "error": "Invalid grant: `refresh_token` is invalid"}, AuthorizationExpiredError),
        (400, {"message": "Invalid client: client is invalid"}, ConfigurationError),
        (401, {"error": "invalid_client"}, ConfigurationError),
        (400, {"error": "Bad request"}, RetriableProviderError),
        (429, {"error": "invalid_grant"}, RetriableProviderError),
        (500, {"error": "invalid_grant"}, RetriableProviderError),
        (200, {"token_type": "Bearer"}, RetriableProviderError),
    ],
)
def test_only_words_of_a_dead_grant_end_a_connection(status: int, body: dict[str, Any], error: type[Exception]):
    with pytest.raises(error):
        refresh(httpx.Response(status, json=body))


def test_an_api_token_finds_its_companys_host():
    seen: list[httpx.Request] = []
    grant = flow(httpx.Response(200, json=ME), seen=seen).adopt(" abc ", environment="production", base_url="", now=NOW)
    assert (grant.base_url, grant.account_id, grant.actor_id) == ("https://acme.pipedrive.com", "7", "5")
    assert (str(seen[0].url), seen[0].headers["x-api-token"]) == ("https://api.pipedrive.com/v1/users/me", "abc")


def test_a_domain_is_asked_directly_and_must_be_one():
    seen: list[httpx.Request] = []
    told: dict[str, Any] = {"environment": "production", "base_url": "", "now": NOW}
    flow(httpx.Response(200, json=ME), seen=seen).adopt("abc", domain="Acme.pipedrive.com", **told)
    assert str(seen[0].url) == "https://acme.pipedrive.com/api/v1/users/me"
    for domain in ("evil.example/x", "a.b", "acme.pipedrive.com.evil.example", "-"):
        with pytest.raises(RequestRejectedError):
            flow().adopt("abc", domain=domain, **told)

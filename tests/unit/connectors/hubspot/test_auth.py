from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from crmbridge.connectors.hubspot.auth import AUTH, build
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import AuthorizationExpiredError, ConfigurationError, RetriableProviderError
from crmbridge.ports import AuthFlow

NOW = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
APP = AppSecret("client-1", "secret-1")
GRANT = Grant("oauth", "old-access", refresh_token="na1-refresh", account_id="40111222333")
REDIRECT = "https://bridge.example.com/auth/hubspot/callback"


def flow(*answers: httpx.Response, seen: list[httpx.Request] | None = None, base_url: str = "") -> AuthFlow:
    waiting = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return waiting.pop(0)

    return build(httpx.Client(transport=httpx.MockTransport(answer)), base_url)


def tokens(**changes: Any) -> httpx.Response:
    body = {"token_type": "bearer", "access_token": "new", "refresh_token": "na1-next", "expires_in": 1800, "hub_id": 7}
    return httpx.Response(200, json={key: value for key, value in {**body, **changes}.items() if value is not None})


def refresh(with_flow: AuthFlow) -> Grant:
    return with_flow.refresh(APP, GRANT, environment="production", now=NOW)


def test_the_consent_page_is_hubspots_own_or_the_local_one():
    given = {"environment": "production", "redirect_uri": REDIRECT, "state": "s 1", "challenge": "c"}
    url = flow().authorize_url(APP, **given)
    assert url.startswith("https://app.hubspot.com/oauth/authorize?")
    query = parse_qs(urlsplit(url).query)
    assert query == {
        "client_id": ["client-1"],
        "redirect_uri": [REDIRECT],
        "scope": [" ".join(AUTH.scopes)],
        "optional_scope": ["crm.objects.leads.read crm.objects.leads.write"],
        "state": ["s 1"],
    }
    local = flow(base_url="http://127.0.0.1:8080/").authorize_url(APP, **given)
    assert local.startswith("http://127.0.0.1:8080/oauth/authorize?")


def test_secrets_travel_in_the_body_and_never_in_the_address():
    seen: list[httpx.Request] = []
    with_flow = flow(tokens(), httpx.Response(200, json={"active": True, "app_id": 9412}), seen=seen)
    grant = with_flow.exchange(
        APP, environment="production", code="na1-code", redirect_uri=REDIRECT, verifier="v", now=NOW
    )
    assert grant.actor_id == "9412"
    request, introspection = seen
    assert introspection.url.query == b""
    assert parse_qs(introspection.content.decode())["token"] == ["new"]
    assert str(request.url) == AUTH.token_url
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["authorization_code"],
        "code": ["na1-code"],
        "redirect_uri": [REDIRECT],
        "client_id": ["client-1"],
        "client_secret": ["secret-1"],
    }


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(404, json={}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={}),
    ],
)
def test_a_connection_does_without_the_id_of_our_application(answer: httpx.Response):
    with_flow = flow(tokens(), answer)
    grant = with_flow.exchange(APP, environment="production", code="c", redirect_uri=REDIRECT, verifier="v", now=NOW)
    assert (grant.access_token, grant.actor_id) == ("new", "")


def test_an_answer_becomes_a_grant():
    grant = refresh(flow(tokens()))
    assert grant == Grant("oauth", "new", "na1-next", NOW + timedelta(seconds=1800), "", "7")


@pytest.mark.parametrize("expires_in", [None, 0, -5, "soon", True, [1]])
def test_a_lifetime_that_is_not_told_is_half_an_hour(expires_in: Any):
    """T-06."""
    assert refresh(flow(tokens(expires_in=expires_in))).access_expires_at == NOW + timedelta(minutes=30)


def test_what_a_refresh_leaves_out_is_kept():
    """T-07."""
    grant = refresh(flow(tokens(refresh_token=None, hub_id=None)))
    assert (grant.refresh_token, grant.account_id) == (GRANT.refresh_token, GRANT.account_id)


@pytest.mark.parametrize(
    "body",
    [
        {
            "status": "BAD_REFRESH_TOKEN",
            "message": "refresh token is invalid, expired or revoked",
            "error": "invalid_grant",
        },
        {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"},
        {"error": "invalid_grant"},
        {"status": "BAD_AUTH_CODE", "message": "missing or unknown auth code"},
    ],
)
def test_only_a_dead_grant_needs_people(body: dict[str, str]):
    """T-10."""
    with pytest.raises(AuthorizationExpiredError):
        refresh(flow(httpx.Response(400, json=body)))


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(400, json={"message": "who knows"}),
        httpx.Response(400, text="<html>"),
        httpx.Response(403, text="<html>Attention Required</html>"),
        httpx.Response(429, json={"message": "slow down"}),
        httpx.Response(503, json={"error": "invalid_grant"}),
        httpx.Response(503, json={"error": "invalid_client"}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"access_token": ""}),
        httpx.Response(200, json={"access_token": 7}),
        httpx.Response(302, headers={"location": "https://elsewhere.example.com"}),
    ],
)
def test_everything_else_is_tried_again(answer: httpx.Response):
    with pytest.raises(RetriableProviderError) as caught:
        refresh(flow(answer))
    assert caught.value.is_quota is (answer.status_code == 429)


def test_the_time_to_wait_is_taken_from_the_answer():
    with pytest.raises(RetriableProviderError) as caught:
        refresh(flow(httpx.Response(503, headers={"retry-after": "12"}, text="")))
    assert caught.value.retry_after_s == 12.0


@pytest.mark.parametrize("status", ["BAD_CLIENT_ID", "BAD_CLIENT_SECRET", "MISMATCH_CLIENT_ID"])
def test_credentials_of_ours_that_are_wrong_are_our_alarm_and_end_no_connection(status: str):
    with pytest.raises(ConfigurationError):
        refresh(flow(httpx.Response(400, json={"status": status, "message": "no", "error": "invalid_client"})))


def test_a_static_token_is_neither_refreshed_nor_revoked():
    static = Grant("token", "pat-1")
    with pytest.raises(AuthorizationExpiredError):
        flow().refresh(APP, static, environment="production", now=NOW)
    flow().revoke(APP, static, environment="production")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(401, json={"message": "no"}), AuthorizationExpiredError),
        (httpx.Response(403, json={"message": "no"}), AuthorizationExpiredError),
        (httpx.Response(403, text="<html>"), RetriableProviderError),
        (httpx.Response(500, json={"message": "no"}), RetriableProviderError),
        (httpx.Response(200, json={}), RetriableProviderError),
        (httpx.Response(200, text="<html>"), RetriableProviderError),
    ],
)
def test_a_static_token_is_adopted_only_when_hubspot_names_its_account(answer: httpx.Response, error: type[Exception]):
    adopt: dict[str, Any] = {"environment": "production", "base_url": "", "now": NOW}
    with pytest.raises(error):
        flow(answer).adopt("pat-1", **adopt)
    grant = flow(httpx.Response(200, json={"portalId": 40111222333})).adopt(" pat-1\n", **adopt)
    assert grant == Grant("token", "pat-1", account_id="40111222333")


def test_revoking_ends_both_tokens_and_an_unknown_one_is_success():
    seen: list[httpx.Request] = []
    unknown = httpx.Response(400, json={"status": "BAD_REFRESH_TOKEN", "error": "invalid_grant"})
    flow(unknown, httpx.Response(200), seen=seen).revoke(APP, GRANT, environment="production")
    assert [parse_qs(each.content.decode())["token_type_hint"] for each in seen] == [
        ["refresh_token"],
        ["access_token"],
    ]
    with pytest.raises(RetriableProviderError):
        flow(httpx.Response(503)).revoke(APP, GRANT, environment="production")
    with pytest.raises(ConfigurationError):
        flow(httpx.Response(400, json={"error": "invalid_client"})).revoke(APP, GRANT, environment="production")


def test_a_grant_without_tokens_is_revoked_without_a_call():
    flow().revoke(APP, Grant("oauth", ""), environment="production")

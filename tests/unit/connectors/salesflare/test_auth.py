"""An API key is the only way in, and nothing calls us."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from crmbridge.connectors.salesflare.auth import build
from crmbridge.connectors.salesflare.webhooks import DOOR
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.domain.webhook import WebhookCall
from crmbridge.errors import (
    AuthorizationExpiredError,
    FatalProviderError,
    RetriableProviderError,
    SignatureError,
    WebhookRejectedError,
)
from crmbridge.ports import AuthFlow
from tests.unit.connectors.salesflare.conftest import fixture_json

NOW = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
APP = AppSecret("", "")


def flow(response: httpx.Response, seen: list[httpx.Request] | None = None, base_url: str = "") -> AuthFlow:
    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return response

    return build(httpx.Client(transport=httpx.MockTransport(answer)), base_url)


def adopt(with_flow: AuthFlow) -> Grant:
    return with_flow.adopt(" key-1 ", environment="production", base_url="", now=NOW)


def test_a_key_is_adopted_after_asking_whose_it_is():
    seen: list[httpx.Request] = []
    grant = adopt(flow(httpx.Response(200, json=fixture_json("answers/me")), seen))
    assert (grant.kind, grant.access_token, grant.account_id, grant.actor_id) == (
        "token",
        "key-1",
        "40251",
        "276600001",
    )
    assert str(seen[0].url) == "https://api.salesflare.com/me"
    assert seen[0].headers["authorization"] == "Bearer key-1"
    assert "key-1" not in repr(grant)


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_needs_people(status):
    with pytest.raises(AuthorizationExpiredError, match="Bad token"):
        adopt(flow(httpx.Response(status, json={"statusCode": status, "message": "Bad token"})))


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(403, text="<html>blocked</html>"),
        httpx.Response(500, json={}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=["odd"]),
        httpx.Response(200, json={"id": 1, "team": None}),
    ],
)
def test_an_answer_that_is_none_refuses_no_key(response):
    with pytest.raises(RetriableProviderError):
        adopt(flow(response))


def test_a_quota_says_how_long_to_wait():
    with pytest.raises(RetriableProviderError) as caught:
        adopt(flow(httpx.Response(429, json=fixture_json("errors/429"), headers={"retry-after": "7"})))
    assert (caught.value.is_quota, caught.value.retry_after_s) == (True, 7.0)


def test_there_is_no_consent_no_code_and_no_refresh():
    nobody = flow(httpx.Response(500))
    with pytest.raises(FatalProviderError, match="API keys"):
        nobody.authorize_url(APP, environment="production", redirect_uri="", state="", challenge="")
    with pytest.raises(FatalProviderError, match="API keys"):
        nobody.exchange(APP, environment="production", code="", redirect_uri="", verifier="", now=NOW)
    grant = Grant("token", "key-1")
    with pytest.raises(AuthorizationExpiredError):
        nobody.refresh(APP, grant, environment="production", now=NOW)
    nobody.revoke(APP, grant, environment="production")


def test_whatever_knocks_is_not_salesflare():
    call = WebhookCall("POST", "https://hooks.example.com/webhooks/salesflare", {}, b"{}")
    with pytest.raises(SignatureError):
        DOOR.verify(call, secrets=["a"], now=NOW)
    with pytest.raises(WebhookRejectedError):
        DOOR.parse(call)
    assert DOOR.answer().status == 200

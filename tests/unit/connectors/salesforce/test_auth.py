from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from crmbridge.connectors.salesforce import auth
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import AuthorizationExpiredError, FatalProviderError, RetriableProviderError
from tests.unit.connectors.salesforce.conftest import BASE_URL, NOW, REDIRECT, Org, challenge

APP = AppSecret("a-client", "a-secret")
OLD = Grant(
    "oauth", "old-access", "old-refresh", base_url="https://fabrikam.my.salesforce.com", account_id="00D7Q000000fictUAA"
)
ANSWER = {
    "access_token": "new-access",
    "instance_url": "https://fabrikam.my.salesforce.com",
    "id": "https://login.salesforce.com/id/00D7Q000000fict/0057Q000000ROSAQA2",
    "token_type": "Bearer",
    "issued_at": "1795170600000",
}


def _flow(*answers: httpx.Response | Exception) -> tuple[auth.SalesforceAuth, list[httpx.Request]]:
    asked: list[httpx.Request] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    return auth.SalesforceAuth(httpx.Client(transport=httpx.MockTransport(answer)), ""), asked


def _refresh(*answers: httpx.Response | Exception) -> Grant:
    return _flow(*answers)[0].refresh(APP, OLD, environment="production", now=NOW)


def _exchange(flow: auth.SalesforceAuth, environment: str = "production") -> Grant:
    return flow.exchange(APP, environment=environment, code="c", redirect_uri=REDIRECT, verifier="v", now=NOW)


@pytest.mark.parametrize(
    ("environment", "host"), [("production", "login.salesforce.com"), ("sandbox", "test.salesforce.com")]
)
def test_people_are_sent_to_their_environments_login_host(environment: str, host: str) -> None:
    flow, asked = _flow(httpx.Response(200, json=ANSWER))
    url = urlsplit(
        flow.authorize_url(APP, environment=environment, redirect_uri=REDIRECT, state="s", challenge=challenge())
    )
    assert (url.scheme, url.hostname, url.path) == ("https", host, "/services/oauth2/authorize")
    assert parse_qs(url.query) == {
        "response_type": ["code"],
        "client_id": ["a-client"],
        "redirect_uri": [REDIRECT],
        "scope": ["api refresh_token"],
        "state": ["s"],
        "code_challenge": [challenge()],
        "code_challenge_method": ["S256"],
    }
    _exchange(flow, environment)
    assert asked[0].url.host == host
    assert parse_qs(asked[0].content.decode())["code_verifier"] == ["v"]


def test_an_unknown_environment_is_refused() -> None:
    with pytest.raises(FatalProviderError, match="no environment 'moon'"):
        _flow()[0].authorize_url(APP, environment="moon", redirect_uri=REDIRECT, state="s", challenge="c")


def test_a_code_becomes_a_grant_whose_end_is_not_told() -> None:
    flow, _ = _flow(httpx.Response(200, json={**ANSWER, "refresh_token": "r"}))
    assert _exchange(flow) == Grant(
        "oauth",
        "new-access",
        "r",
        access_expires_at=None,
        base_url="https://fabrikam.my.salesforce.com",
        account_id="00D7Q000000fictUAA",
        actor_id="0057Q000000ROSAQA2",
    )


def test_a_lifetime_is_used_where_one_is_told() -> None:
    grant = _refresh(httpx.Response(200, json={**ANSWER, "expires_in": 600}))
    assert grant.access_expires_at == NOW + timedelta(seconds=600)


def test_a_refresh_keeps_what_its_answer_leaves_out() -> None:
    grant = _refresh(httpx.Response(200, json={"access_token": "new-access"}))
    assert grant == Grant("oauth", "new-access", "old-refresh", base_url=OLD.base_url, account_id=OLD.account_id)


def test_a_rotated_refresh_token_and_a_moved_host_are_kept() -> None:
    moved = {**ANSWER, "refresh_token": "newer", "instance_url": "https://fabrikam--x.sandbox.my.salesforce.com/"}
    grant = _refresh(httpx.Response(200, json=moved))
    assert (grant.refresh_token, grant.base_url) == ("newer", "https://fabrikam--x.sandbox.my.salesforce.com")


@pytest.mark.parametrize("code", ["invalid_grant", "inactive_user", "inactive_org"])
def test_a_dead_grant_asks_people_to_reconnect(code: str) -> None:
    body = {"error": code, "error_description": "expired access/refresh token"}
    with pytest.raises(AuthorizationExpiredError, match="expired access/refresh token") as caught:
        _refresh(httpx.Response(400, json=body))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(400, json={"error": "unknown_error", "error_description": "retry your request"}),
        httpx.Response(401, json={"error": "invalid_client", "error_description": "invalid client credentials"}),
        httpx.Response(429, json={"error": "rate_limit"}),
        httpx.Response(503, text="maintenance"),
        httpx.Response(403, html="<html>blocked</html>"),
        httpx.Response(400, text="invalid_grant"),
        httpx.Response(400, json=["invalid_grant"]),
        httpx.Response(200, html="<html>hello</html>"),
        httpx.Response(200, json={"token_type": "Bearer"}),
        httpx.ReadTimeout("too long"),
        httpx.ConnectError("nobody there"),
    ],
)
def test_anything_less_than_a_dead_grant_is_tried_again(answer: httpx.Response | Exception) -> None:
    with pytest.raises(RetriableProviderError):
        _refresh(answer)


def test_a_lost_refresh_may_have_been_carried_out() -> None:
    with pytest.raises(RetriableProviderError) as caught:
        _refresh(httpx.ReadTimeout("too long"))
    assert caught.value.may_have_applied


def test_a_wait_that_is_told_is_kept() -> None:
    headers = {"retry-after": "30", "date": "Sat, 21 Nov 2026 10:30:00 GMT"}
    with pytest.raises(RetriableProviderError) as caught:
        _refresh(httpx.Response(429, json={"error": "rate_limit"}, headers=headers))
    assert (caught.value.retry_after_s, caught.value.is_quota) == (30.0, True)


def test_a_refused_code_ends_the_login() -> None:
    flow, _ = _flow(httpx.Response(400, json={"error": "redirect_uri_mismatch"}))
    with pytest.raises(AuthorizationExpiredError, match="redirect_uri_mismatch"):
        _exchange(flow)


@pytest.mark.parametrize(
    "host",
    [
        "https://evil.example",
        "http://fabrikam.my.salesforce.com",
        "https://salesforce.com.evil.example",
        "https://evil.my.site.force.com",
    ],
)
def test_a_token_is_never_sent_to_a_host_that_is_not_salesforces(host: str) -> None:
    flow, _ = _flow(httpx.Response(200, json={**ANSWER, "instance_url": host}))
    with pytest.raises(FatalProviderError, match="not its own"):
        _exchange(flow)


def test_there_are_no_static_tokens() -> None:
    with pytest.raises(FatalProviderError, match="no static tokens"):
        _flow()[0].adopt("t", environment="production", base_url="", now=NOW)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200),
        httpx.Response(400, json={"error": "unsupported_token_type"}),
        httpx.Response(400, json={"error": "invalid_token"}),
    ],
)
def test_revoking_succeeds_even_when_the_vendor_knows_no_such_token(answer: httpx.Response) -> None:
    flow, asked = _flow(answer)
    flow.revoke(APP, OLD, environment="production")
    assert parse_qs(asked[0].content.decode()) == {"token": ["old-refresh"]}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(503), RetriableProviderError),
        (httpx.Response(429, json={"error": "rate_limit"}), RetriableProviderError),
        (httpx.Response(400, json={"error": "invalid_request"}), FatalProviderError),
    ],
)
def test_revoking_that_failed_is_told(answer: httpx.Response, error: type[Exception]) -> None:
    flow, _ = _flow(answer)
    with pytest.raises(error):
        flow.revoke(APP, OLD, environment="production")


@pytest.mark.parametrize(
    "url", ["", "https://login.salesforce.com/id/nonsense/x", "https://login.salesforce.com/other/00D7Q000000fict/x"]
)
def test_an_identity_without_an_organisation_gives_no_account(url: str) -> None:
    assert auth.account_of(url) == ""


# ------------------------------------------------------------------------------- against the simulated org


def test_the_whole_flow_connects_refreshes_and_revokes(org: Org) -> None:
    grant = org.tokens.grant
    assert grant.account_id == org.sandbox.credentials["organization_id"]
    assert (grant.base_url, grant.access_expires_at) == (BASE_URL, None)
    fresh = org.flow.refresh(org.app, grant, environment="production", now=NOW)
    assert fresh.access_token != grant.access_token
    assert fresh.refresh_token == grant.refresh_token
    org.flow.revoke(org.app, fresh, environment="production")
    with pytest.raises(AuthorizationExpiredError):
        org.flow.refresh(org.app, fresh, environment="production", now=NOW)
    org.flow.revoke(org.app, fresh, environment="production")


def test_a_code_works_once_and_only_with_its_verifier(org: Org) -> None:
    code = org.consent()
    with pytest.raises(AuthorizationExpiredError, match="verifier"):
        org.flow.exchange(
            org.app, environment="production", code=code, redirect_uri=REDIRECT, verifier="x" * 43, now=NOW
        )
    code = org.consent()
    org.exchange(code)
    with pytest.raises(AuthorizationExpiredError):
        org.exchange(code)


def test_rotated_refresh_tokens_follow_one_another(org: Org) -> None:
    org.control("settings", {"refresh_rotates": True})
    first = org.tokens.grant
    second = org.flow.refresh(org.app, first, environment="production", now=NOW)
    third = org.flow.refresh(org.app, second, environment="production", now=NOW)
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3


def test_an_ended_session_is_refreshed_once_and_the_call_goes_on(org: Org) -> None:
    client = org.client()
    org.control("tokens", {"action": "expire"})
    assert client.account().account_id == org.tokens.grant.account_id
    assert org.tokens.refreshed == 1


def test_a_revoked_grant_asks_people_to_reconnect(org: Org) -> None:
    client = org.client()
    org.control("tokens", {"action": "revoke"})
    with pytest.raises(AuthorizationExpiredError):
        client.account()


def test_build_gives_the_flow_that_the_port_asks_for() -> None:
    made: Any = auth.build(httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))), "")
    assert isinstance(made, auth.SalesforceAuth)

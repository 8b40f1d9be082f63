from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from crmbridge.connectors import part
from crmbridge.connectors.zoho.auth.hosts import HOSTS
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
GRANT = Grant(
    kind="oauth",
    access_token="old",
    refresh_token="r",
    base_url="https://www.zohoapis.eu",
    accounts_url="https://accounts.zoho.eu",
)
TOLD = {"access_token": "a", "refresh_token": "r", "api_domain": "https://www.zohoapis.eu", "expires_in": 3600}


class Vendor:
    """Answers by host and path, and remembers what was asked."""

    def __init__(self, token: Any, status: int = 200) -> None:
        self.token, self.status = token, status
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.path.endswith("/org"):
            return httpx.Response(200, json={"org": [{"zgid": "42"}]})
        if request.url.path.endswith("/users"):
            return httpx.Response(200, json={"users": [{"id": "7"}]})
        return httpx.Response(self.status, json=self.token)


def flow(vendor: Vendor) -> Any:
    return part("zoho", "auth").build(httpx.Client(transport=httpx.MockTransport(vendor)), "")


def exchange(vendor: Vendor, **more: Any) -> Grant:
    return flow(vendor).exchange(
        APP, environment="production", code="c", redirect_uri="https://x.test", verifier="", now=NOW, **more
    )


@pytest.mark.parametrize(
    ("domain", "host"),
    [
        ("", HOSTS["us"]),
        ("EU", HOSTS["eu"]),
        (".zoho.com.cn", HOSTS["cn"]),
        ("https://accounts.zohocloud.ca/", HOSTS["ca"]),
    ],
)
def test_the_consent_page_is_that_of_the_data_centre(domain: str, host: str):
    url = flow(Vendor({})).authorize_url(
        APP, environment="production", redirect_uri="https://x.test", state="s", challenge="c", domain=domain
    )
    query = parse_qs(urlsplit(url).query)
    assert urlsplit(url).hostname == host
    assert query["access_type"] == ["offline"]
    assert " " not in query["scope"][0]


def test_a_data_centre_that_is_none_is_refused():
    with pytest.raises(RequestRejectedError) as caught:
        flow(Vendor({})).authorize_url(
            APP, environment="production", redirect_uri="x", state="s", challenge="c", domain="evil.example"
        )
    assert caught.value.field == "domain"


def test_the_code_is_traded_where_the_redirect_says_and_everything_is_kept():
    vendor = Vendor(TOLD)
    grant = exchange(vendor, told={"accounts-server": "https://accounts.zoho.eu", "location": "eu"})
    assert vendor.asked[0].url.host == "accounts.zoho.eu"
    assert {each.url.host for each in vendor.asked[1:]} == {"www.zohoapis.eu"}
    assert all(each.headers["authorization"] == "Zoho-oauthtoken a" for each in vendor.asked[1:])
    assert (grant.accounts_url, grant.base_url) == ("https://accounts.zoho.eu", "https://www.zohoapis.eu")
    assert (grant.account_id, grant.actor_id) == ("42", "7")
    assert grant.access_expires_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("told", ["https://accounts.zoho.eu.evil.example", "https://evil.example", "accounts.zoho.eu"])
def test_a_stranger_in_the_redirect_is_not_believed(told: str):
    vendor = Vendor(TOLD)
    exchange(vendor, told={"accounts-server": told}, domain="in")
    assert vendor.asked[0].url.host == "accounts.zoho.in"


@pytest.mark.parametrize(
    "host", ["https://www.zohoapis.eu.evil.example", "http://www.zohoapis.eu", "https://evil.example"]
)
def test_an_api_host_that_is_not_zohos_is_refused(host: str):
    with pytest.raises(FatalProviderError):
        exchange(Vendor({**TOLD, "api_domain": host}))


def test_a_consent_without_a_refresh_token_must_be_given_again():
    with pytest.raises(AuthorizationExpiredError):
        exchange(Vendor({"access_token": "a", "api_domain": "https://www.zohoapis.com", "expires_in": 3600}))


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"error": "invalid_code"}, 200, AuthorizationExpiredError),
        ({"error": "invalid_code"}, 400, AuthorizationExpiredError),
        ({"error": "invalid_client"}, 200, ConfigurationError),
        ({"error": "invalid_client_secret"}, 200, ConfigurationError),
        ({"error": "general_error"}, 200, RetriableProviderError),
        ({"error": "invalid_code"}, 503, RetriableProviderError),
        ({"unknown": 1}, 200, RetriableProviderError),
        ([], 200, RetriableProviderError),
    ],
)
def test_a_refusal_is_told_by_its_code_and_not_by_its_status(body: Any, status: int, kind: type[Exception]):
    with pytest.raises(kind):
        flow(Vendor(body, status)).refresh(APP, GRANT, environment="production", now=NOW)


def test_too_many_refreshes_are_a_quota_and_end_nothing():
    words = "You have made too many requests continuously. Please try again after some time."
    vendor = Vendor({"error": "Access Denied", "error_description": words, "status": "failure"}, 400)
    with pytest.raises(RetriableProviderError) as caught:
        flow(vendor).refresh(APP, GRANT, environment="production", now=NOW)
    assert caught.value.is_quota
    assert caught.value.retry_after_s == 600


def test_a_refresh_goes_to_the_grants_own_data_centre_and_keeps_the_refresh_token():
    vendor = Vendor({"access_token": "new", "expires_in": 3_600_000})
    grant = flow(vendor).refresh(APP, GRANT, environment="production", now=NOW)
    assert vendor.asked[0].url.host == "accounts.zoho.eu"
    assert (grant.access_token, grant.refresh_token, grant.base_url) == ("new", "r", GRANT.base_url)
    assert grant.access_expires_at == NOW + timedelta(hours=1)


def test_a_grant_zoho_no_longer_knows_counts_as_revoked():
    vendor = Vendor({"status": "failure", "error": "invalid_code"}, 400)
    flow(vendor).revoke(APP, GRANT, environment="production")
    assert vendor.asked[0].url.params["token"] == "r"
    with pytest.raises(RetriableProviderError):
        flow(Vendor({}, 502)).revoke(APP, GRANT, environment="production")

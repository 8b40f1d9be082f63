"""The JWT bearer flow: what is signed, where it goes, what its refusals mean, and that the key stays inside."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from crmbridge.connectors.salesforce import auth
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import (
    AuthorizationExpiredError,
    ConfigurationError,
    FatalProviderError,
    RequestRejectedError,
    RetriableProviderError,
)
from tests.unit.connectors.salesforce.conftest import NOW, Org

USER = "crm@fabrikam.example"
ANSWER = {
    "access_token": "new-access",
    "scope": "api",
    "instance_url": "https://fabrikam.my.salesforce.com",
    "id": "https://login.salesforce.com/id/00D7Q000000fict/0057Q000000ROSAQA2",
    "token_type": "Bearer",
}


@cache
def key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def pem(of: Any) -> str:
    return of.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def app(private_key: str | None = None) -> AppSecret:
    return AppSecret("a-client", "a-secret", private_key=pem(key()) if private_key is None else private_key)


def flow(answer: httpx.Response | Exception | None = None) -> tuple[auth.SalesforceAuth, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def say(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(200, json=ANSWER) if answer is None else answer

    return auth.SalesforceAuth(httpx.Client(transport=httpx.MockTransport(say)), ""), asked


def connect(answer: httpx.Response | Exception | None = None, **more: Any) -> tuple[Grant, httpx.Request]:
    made, asked = flow(answer)
    given: dict[str, Any] = {"username": USER, "environment": "production", "now": NOW, **more}
    return made.assert_user(given.pop("app", app()), **given), asked[0]


def refresh(answer: httpx.Response | Exception | None = None) -> Grant:
    return flow(answer)[0].refresh(app(), HELD, environment="production", now=NOW)


HELD = Grant(
    "jwt_bearer",
    "old-access",
    base_url="https://fabrikam.my.salesforce.com",
    account_id="00D7Q000000fictUAA",
    username=USER,
)


def claims_of(request: httpx.Request) -> dict[str, Any]:
    """Return the claims of an assertion whose signature holds."""
    (assertion,) = parse_qs(request.content.decode())["assertion"]
    head, body, signature = assertion.split(".")
    unpacked = [base64.urlsafe_b64decode(each + "=" * (-len(each) % 4)) for each in (head, body, signature)]
    key().public_key().verify(unpacked[2], f"{head}.{body}".encode(), PKCS1v15(), SHA256())
    assert json.loads(unpacked[0])["alg"] == "RS256"
    assert "=" not in assertion
    return json.loads(unpacked[1])


def test_an_assertion_becomes_a_grant_without_a_refresh_token():
    grant, request = connect()
    assert grant == Grant(
        "jwt_bearer",
        "new-access",
        base_url="https://fabrikam.my.salesforce.com",
        account_id="00D7Q000000fictUAA",
        actor_id="0057Q000000ROSAQA2",
        username=USER,
    )
    assert grant.is_renewable
    form = parse_qs(request.content.decode())
    assert form.keys() == {"grant_type", "assertion"}
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]


@pytest.mark.parametrize(
    ("environment", "domain", "host", "audience"),
    [
        ("production", "", "login.salesforce.com", "https://login.salesforce.com"),
        ("sandbox", "", "test.salesforce.com", "https://test.salesforce.com"),
        ("production", "acme.my.salesforce.com", "acme.my.salesforce.com", "https://login.salesforce.com"),
        (
            "sandbox",
            "acme--x.sandbox.my.salesforce.com",
            "acme--x.sandbox.my.salesforce.com",
            "https://test.salesforce.com",
        ),
    ],
)
def test_an_assertion_names_its_parties_and_goes_to_their_host(environment, domain, host, audience):
    grant, request = connect(environment=environment, domain=domain)
    assert (request.url.scheme, request.url.host, request.url.path) == ("https", host, "/services/oauth2/token")
    expires_at = int((NOW + timedelta(minutes=2)).timestamp())
    assert claims_of(request) == {"iss": "a-client", "sub": USER, "aud": audience, "exp": expires_at}
    assert grant.accounts_url == (f"https://{domain}" if domain else "")


def test_a_refresh_is_another_assertion_at_the_same_host():
    held = replace(HELD, accounts_url="https://a.my.salesforce.com")
    made, asked = flow(httpx.Response(200, json={"access_token": "newer"}))
    later = NOW + timedelta(hours=2)
    fresh = made.refresh(app(), held, environment="production", now=later)
    assert (fresh.access_token, fresh.account_id, fresh.username) == ("newer", HELD.account_id, USER)
    assert asked[0].url.host == "a.my.salesforce.com"
    assert claims_of(asked[0])["exp"] == int((later + timedelta(minutes=2)).timestamp())


@pytest.mark.parametrize("domain", ["evil.example", "salesforce.com.evil.example", "xsalesforce.com", "eu"])
def test_an_assertion_goes_to_no_host_that_is_not_salesforces(domain):
    made, asked = flow()
    with pytest.raises(RequestRejectedError, match="domain is not Salesforce's"):
        made.assert_user(app(), username=USER, environment="production", now=NOW, domain=domain)
    assert asked == []


def test_an_unknown_environment_is_refused():
    with pytest.raises(FatalProviderError, match="no environment 'moon'"):
        connect(environment="moon")


@pytest.mark.parametrize(
    ("code", "description", "advice"),
    [
        ("invalid_grant", "user hasn't approved this consumer", "pre-authorise the user"),
        ("invalid_grant", "user hasn\u2019t approved this consumer", "pre-authorise the user"),
        ("invalid_app_access", "user is not admin approved to access this app", "pre-authorise the user"),
        ("OAUTH_APP_ACCESS_DENIED", "user is not admin approved to access this app", "pre-authorise the user"),
        ("invalid_grant", "invalid assertion", "upload to the app the certificate"),
        ("invalid_assertion", "bad signature", "upload to the app the certificate"),
        ("invalid_grant", "audience is invalid", "production or sandbox"),
        ("inactive_user", "user is inactive", "activate the user"),
    ],
)
@pytest.mark.parametrize("again", [False, True])
def test_a_refusal_says_in_the_vendors_words_what_people_can_do(code, description, advice, again):
    answer = httpx.Response(400, json={"error": code, "error_description": description})
    with pytest.raises(AuthorizationExpiredError) as caught:
        refresh(answer) if again else connect(answer)
    assert caught.value.code == code
    assert str(caught.value).startswith(f"{code}: {description} (")
    assert advice in str(caught.value)


def test_an_app_that_the_org_does_not_know_ends_no_connection_that_exists():
    answer = httpx.Response(400, json={"error": "invalid_client_id", "error_description": "client identifier invalid"})
    with pytest.raises(AuthorizationExpiredError, match="install it there"):
        connect(answer)
    with pytest.raises(RetriableProviderError, match="install it there"):
        refresh(answer)


def test_a_refusal_that_nobody_has_seen_yet_comes_without_advice():
    with pytest.raises(AuthorizationExpiredError) as caught:
        connect(httpx.Response(400, json={"error": "invalid_grant", "error_description": "ip restricted"}))
    assert str(caught.value) == "invalid_grant: ip restricted"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503, text="maintenance"),
        httpx.Response(429, json={"error": "rate_limit"}),
        httpx.Response(200, html="<html>hello</html>"),
        httpx.Response(200, json={"token_type": "Bearer"}),
        httpx.ReadTimeout("too long"),
    ],
)
def test_no_usable_answer_can_be_tried_again(answer):
    with pytest.raises(RetriableProviderError):
        connect(answer)


def test_an_api_host_that_is_not_salesforces_is_refused():
    with pytest.raises(FatalProviderError, match="not its own"):
        connect(httpx.Response(200, json={**ANSWER, "instance_url": "https://evil.example"}))


def test_revoking_ends_the_access_token_at_the_host_it_came_from():
    made, asked = flow(httpx.Response(200))
    grant = Grant("jwt_bearer", "the-access", accounts_url="https://a.my.salesforce.com", username=USER)
    made.revoke(app(), grant, environment="production")
    assert str(asked[0].url) == "https://a.my.salesforce.com/services/oauth2/revoke"
    assert parse_qs(asked[0].content.decode()) == {"token": ["the-access"]}


@pytest.mark.parametrize(
    "make",
    [
        lambda: "",
        lambda: "hush",
        lambda: pem(key())[:400],
        lambda: pem(key(1024)),
        lambda: pem(ec.generate_private_key(ec.SECP256R1())),
    ],
    ids=["none", "no PEM", "cut off", "too short", "of another kind"],
)
def test_a_key_that_cannot_sign_is_our_own_fault_and_is_not_shown(make: Callable[[], str]):
    made, asked = flow()
    with pytest.raises(ConfigurationError, match="salesforce secret's private_key") as caught:
        made.assert_user(app(make()), username=USER, environment="production", now=NOW)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None), "a parser's error may quote its input"
    assert asked == []


def test_neither_key_nor_assertion_is_logged_or_shown(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    grant, request = connect()
    (assertion,) = parse_qs(request.content.decode())["assertion"]
    written = caplog.text + repr(app()) + repr(grant)
    assert assertion not in written
    assert "PRIVATE KEY" not in written
    assert pem(key()).splitlines()[1] not in written
    answer = httpx.Response(400, json={"error": "invalid_grant", "error_description": "invalid assertion"})
    with pytest.raises(AuthorizationExpiredError) as caught:
        connect(answer)
    assert assertion.rpartition(".")[0] not in str(caught.value)


def test_the_simulated_org_takes_an_assertion_of_a_user_who_consented(org: Org):
    """The org of the fixture was connected by its consent page, so its user may be spoken for."""
    secrets = org.sandbox.credentials
    signs = AppSecret(secrets["client_id"], secrets["client_secret"], private_key=secrets["private_key"])
    grant = org.flow.assert_user(
        signs, username=secrets["username"], environment="production", now=org.sandbox.crm.clock.real()
    )
    assert grant.account_id == secrets["organization_id"]
    assert grant.actor_id == secrets["user_id"]
    org.tokens.grant = grant
    assert org.client().account().account_id == grant.account_id

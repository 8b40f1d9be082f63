"""Hosts that a tenant or an answer names: our tokens and our secret go to a vendor's own hosts, or nowhere."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from crmbridge import connectors
from crmbridge.connectors._http import ClientContext, Session
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.errors import CrmBridgeError, FatalProviderError, ProviderError
from crmbridge.ports import AssertingFlow
from crmbridge.runtime._directory import Directory
from tests.functional.rehearsal import app_secret
from tests.matrix.house import House

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
APP = AppSecret("id", "our-client-secret")
SUFFIX = {
    "dynamics": "crm4.dynamics.com",
    "freshsales": "myfreshworks.com",
    "kommo": "kommo.com",
    "pipedrive": "pipedrive.com",
    "salesforce": "my.salesforce.com",
    "zoho": "zohoapis.com",
}
OWN = {
    "dynamics": (".dynamics.com", "login.microsoftonline.com"),
    "freshsales": (".myfreshworks.com", ".freshworks.com", ".freshsales.io"),
    "kommo": (".kommo.com",),
    "pipedrive": (".pipedrive.com",),
    "salesforce": (".salesforce.com",),
    "zoho": (".zohoapis.com", "accounts.zoho.com"),
}
"""What a contacted host must end with."""

HOSTILE = {
    "another host": "evil.test",
    "an IP address": "127.0.0.1",
    "an IPv6 address": "[::1]",
    "an IP address as one number": "2130706433",
    "an IP address in hex": "0x7f000001",
    "the instance's metadata": "169.254.169.254",
    "this machine": "localhost",
    "a name behind which any address can be": "127.0.0.1.nip.test",
    "the vendor in front of another host": "acme.{vendor}.evil.test",
    "the vendor in front of an address": "acme.{vendor}.127.0.0.1.nip.test",
    "a name that ends like the vendor": "evil{vendor}",
    "a name that looks like the vendor": "acme.{lookalike}",
    "a name that looks like the vendor, encoded": "acme.xn--{vendor}",
    "the vendor as user": "acme.{vendor}@evil.test",
    "the vendor as user with a password": "acme.{vendor}:443@evil.test",
    "another host as user": "evil.test@acme.{vendor}",
    "another host and a backslash": "evil.test\\@acme.{vendor}",
    "another host and a fragment": "evil.test#.{vendor}",
    "another host and a query": "evil.test?.{vendor}",
    "another host and a path": "evil.test/.{vendor}",
    "another port": "acme.{vendor}:8443",
    "a header behind a line's end": "acme.{vendor}\r\nHost: evil.test",
    "a zero byte": "evil.test\x00.{vendor}",
    "an escaped dot": "acme%2eevil.test%23.{vendor}",
    "a full stop of another script": "evil。test。.{vendor}",
    "a blank": "evil.test .{vendor}",
}


PLAIN = {
    "another host",
    "an IP address",
    "an IPv6 address",
    "the instance's metadata",
    "a name behind which any address can be",
    "the vendor in front of another host",
    "the vendor in front of an address",
    "a name that looks like the vendor",
    "the vendor as user",
    "the vendor as user with a password",
}
"""Those that no reading can take for the vendor's; others may become one of its names."""


def is_own(crm: str, base_url: str) -> bool:
    """Tell whether calls to an address reach the vendor, or nobody since it is none."""
    try:
        return base_url.startswith("https://") and httpx.URL(base_url).host.endswith(OWN[crm])
    except httpx.InvalidURL:
        return True


def named(crm: str, pattern: str) -> str:
    vendor = SUFFIX[crm]
    return pattern.format(vendor=vendor, lookalike=vendor.replace("o", "\u043e"))


@dataclass
class Internet:
    """Answers every request, and notes whom it was for."""

    answer: dict[str, Any] = field(default_factory=dict)
    redirect: str = ""
    hosts: list[str] = field(default_factory=list)

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.hosts.append(f"{request.url.scheme}://{request.url.host}")
        if self.redirect:
            return httpx.Response(307, headers={"location": self.redirect})
        return httpx.Response(200, json=self.answer)

    def flow(self, crm: str) -> AssertingFlow:
        transport = httpx.MockTransport(self.handle)
        return Directory(base_urls={}, now=lambda: NOW, transport=transport).auth(crm)  # type: ignore[return-value] - one flow can assert

    def foreign(self, crm: str) -> list[str]:
        return [each for each in self.hosts if not (each.startswith("https://") and each.endswith(OWN[crm]))]


Attempt = Callable[[AssertingFlow, AppSecret, str], Any]
COMMON: dict[str, Any] = {"environment": "production", "now": NOW}


def _adopt(flow: AssertingFlow, app: AppSecret, host: str) -> Any:
    return flow.adopt("a-customers-token", base_url="", domain=host, **COMMON)


def _exchange(flow: AssertingFlow, app: AppSecret, host: str, told: dict[str, str] | None = None) -> Any:
    more = {"code": "c", "redirect_uri": "https://bridge.test/x", "verifier": "v", "domain": "" if told else host}
    return flow.exchange(app, told=told or {}, **more, **COMMON)


def _sent_back_from(flow: AssertingFlow, app: AppSecret, host: str) -> Any:
    return _exchange(flow, app, host, {"referer": host})


def _assert(flow: AssertingFlow, app: AppSecret, host: str) -> Any:
    return flow.assert_user(app, username="ines@northwind.example", domain=host, **COMMON)


NAMED_BY_TENANTS: list[tuple[str, str, Attempt]] = [
    ("freshsales", "a token's account", _adopt),
    ("kommo", "a token's account", _adopt),
    ("kommo", "the way back from consent", _sent_back_from),
    ("kommo", "the integration's domain", _exchange),
    ("pipedrive", "a token's account", _adopt),
    ("dynamics", "the integration's domain", _exchange),
    ("salesforce", "the integration's domain", _assert),
]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize(("crm", "what", "attempt"), NAMED_BY_TENANTS, ids=[f"{a} {b}" for a, b, _ in NAMED_BY_TENANTS])
def test_a_host_that_a_tenant_names_gets_nothing_unless_it_is_the_vendors(crm, what, attempt, hostile, signing):
    internet = Internet({"access_token": "granted", "refresh_token": "granted", "id": 1, "company_id": 1})
    app = signing if crm == "salesforce" else APP
    with suppress(CrmBridgeError):
        grant = attempt(internet.flow(crm), app, named(crm, HOSTILE[hostile]))
        assert is_own(crm, grant.base_url)
    assert internet.foreign(crm) == []
    if hostile in PLAIN:
        assert internet.hosts == [], "nothing was sent to anybody"


@pytest.fixture(scope="module")
def signing(fortress: House) -> AppSecret:
    """An application that signs assertions."""
    return app_secret(fortress.credentials["salesforce"])


NAMED_IN_ANSWERS = {"salesforce": "instance_url", "pipedrive": "api_domain", "zoho": "api_domain"}


@pytest.mark.parametrize("scheme", ["https://", "http://", ""])
@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("crm", NAMED_IN_ANSWERS)
def test_an_api_host_in_an_answer_gets_no_token_unless_it_is_the_vendors(crm, hostile, scheme):
    internet = Internet(
        {
            "access_token": "granted",
            "refresh_token": "granted",
            "id": "https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P",
            NAMED_IN_ANSWERS[crm]: scheme + named(crm, HOSTILE[hostile]),
        }
    )
    grant = Grant("oauth", "old", "refresh", base_url=f"https://acme.{SUFFIX[crm]}")
    with suppress(CrmBridgeError):
        fresh = internet.flow(crm).refresh(APP, grant, **COMMON)
        assert is_own(crm, fresh.base_url)
    assert internet.foreign(crm) == []


@pytest.mark.parametrize("hostile", HOSTILE)
def test_zohos_accounts_server_is_one_of_its_own_whatever_the_way_back_says(hostile):
    internet = Internet(
        {"access_token": "granted", "refresh_token": "granted", "api_domain": "https://www.zohoapis.com"}
    )
    with pytest.raises(CrmBridgeError):  # the answer tells no organisation
        _exchange(internet.flow("zoho"), APP, "", {"accounts-server": f"https://{named('zoho', HOSTILE[hostile])}"})
    assert internet.foreign("zoho") == []
    assert internet.hosts[0] == "https://accounts.zoho.com"


@pytest.mark.parametrize(
    "target", ["https://evil.test/token", "http://169.254.169.254/latest", "//evil.test/x", "file:///etc"]
)
@pytest.mark.parametrize("crm", ["hubspot", "salesforce", "pipedrive", "zoho", "kommo", "dynamics"])
def test_no_redirect_is_followed_with_a_secret_in_hand(crm, target):
    internet = Internet(redirect=target)
    host = f"https://acme.{SUFFIX.get(crm, 'hubapi.com')}"
    grant = Grant("oauth", "old", "refresh", base_url=host, accounts_url=_accounts(crm, host))
    with pytest.raises(CrmBridgeError):
        internet.flow(crm).refresh(APP, grant, **COMMON)
    assert len(internet.hosts) == 1


def _accounts(crm: str, host: str) -> str:
    told = {
        "dynamics": "https://login.microsoftonline.com/organizations",
        "kommo": f"{host}/?redirect_uri=https%3A%2F%2Fx",
    }
    return told.get(crm, "")


class Held:
    """A token source with one token."""

    def bearer(self) -> str:
        return "held-token"

    def renew(self, stale: str) -> str:
        return "held-token"


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.test/next",
        "http://acme.kommo.com/next",
        "https://acme.kommo.com.evil.test/next",
        "https://acme.kommo.com@evil.test/next",
        "https://acme.kommo.com:443@evil.test/next",
        "https://acme.kommo.comevil.test/next",
        "https://acme.kommo.com:8443/next",
        "https://acme.kommo.com\\@evil.test/next",
        "HTTPS://evil.test/next",
        "@evil.test/next",
        ".evil.test/next",
        ":8443/next",
    ],
)
def test_a_next_page_on_another_host_is_never_asked_for(link):
    internet = Internet({})
    http = httpx.Client(transport=httpx.MockTransport(internet.handle))
    context = ClientContext(http=http, base_url="https://acme.kommo.com", tokens=Held())
    session = Session(context, provider="kommo", read_error=lambda _: ProviderError("x", provider="kommo"))
    with pytest.raises(FatalProviderError):
        session.request("GET", link)
    assert internet.hosts == []


def test_every_crm_whose_host_somebody_names_is_attacked():
    no_host_named = {"hubspot", "salesflare"}
    assert set(SUFFIX) | no_host_named == set(connectors.names())

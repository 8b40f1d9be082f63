"""Credentials that change while everything runs: no restart, no refused webhook, no lost consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crmbridge.domain.integrations import Integration
from crmbridge.domain.tokens import AppSecret, Grant
from crmbridge.domain.webhook import WebhookAnswer, WebhookCall
from crmbridge.errors import (
    AuthorizationExpiredError,
    ConfigurationError,
    FatalProviderError,
    RetriableProviderError,
    SignatureError,
)
from crmbridge.services._app_secrets import ask_as_app
from crmbridge.services.connect_crm import refresh_now
from crmbridge.services.hub import Hub, change_integration, load_integration, require_reauthorization
from crmbridge.services.receive_webhook import receive_signed
from crmbridge.services.token_broker import TokenBroker, load_grant, store_grant
from tests.unit.services.hubs import START, WORKSPACE, Clock, OneCrm, connected, make_hub

GRANT = Grant("oauth", "a0", "r0", START + timedelta(minutes=30))
OLD, NEW = AppSecret("id", "old-secret"), AppSecret("id", "new-secret")
BOTH = AppSecret("id", "new-secret", previous_client_secret="old-secret")


class Shelf:
    """Secrets Manager behind a cache: what is read anew may be another secret than what is remembered."""

    def __init__(self, remembered: AppSecret, stored: AppSecret) -> None:
        self.remembered, self.stored = remembered, stored
        self.anew = 0

    def get(self, crm: str, *, anew: bool = False) -> AppSecret:
        if anew:
            self.anew += 1
            self.remembered = self.stored
        return self.remembered


class Vendor:
    """A token endpoint with one good client secret, whose refresh tokens work once."""

    def __init__(self, good: str, *, how: str = "configuration") -> None:
        self.good, self.how = good, how
        self.refresh_token = "r0"
        self.asked: list[str] = []
        self.before: Exception | None = None

    def refresh(self, app: AppSecret, grant: Grant, *, environment: str, now) -> Grant:
        self.asked.append(app.client_secret)
        if app.client_secret != self.good:
            raise self._refusal()
        if self.before is not None:
            raise self.before
        if grant.refresh_token != self.refresh_token:
            raise AuthorizationExpiredError("invalid_grant", provider="acme")
        self.refresh_token = "r1"
        expires_at = now + timedelta(minutes=30)
        return replace(grant, access_token="a1", refresh_token="r1", access_expires_at=expires_at)

    def _refusal(self) -> Exception:
        if self.how == "configuration":
            return ConfigurationError("the vendor does not accept our application's credentials")
        kinds = {"expired": AuthorizationExpiredError, "retriable": RetriableProviderError}
        return kinds[self.how]("invalid_client: no", provider="acme", status=401, code="invalid_client")


def bench(shelf: Shelf, vendor: Vendor) -> tuple[Hub, Integration]:
    hub = make_hub(Clock(), OneCrm(rotates=True, flow=vendor), secrets=shelf)
    integration = connected(hub)
    store_grant(hub, integration, GRANT)
    return hub, integration


# ------------------------------------------------------------------------------------------------ client secrets


@pytest.mark.parametrize("how", ["configuration", "expired", "retriable"])
@pytest.mark.parametrize(
    ("shelf", "good", "asked"),
    [
        (Shelf(BOTH, BOTH), "new-secret", ["new-secret"]),
        (Shelf(BOTH, BOTH), "old-secret", ["new-secret", "old-secret"]),
        (Shelf(OLD, NEW), "new-secret", ["old-secret", "new-secret"]),
        (Shelf(OLD, BOTH), "new-secret", ["old-secret", "new-secret"]),
    ],
    ids=["both known, new one good", "both known, old one good", "replaced since", "replaced since, with the old one"],
)
def test_a_refresh_finds_the_secret_that_the_vendor_takes(shelf, good, asked, how):
    vendor = Vendor(good, how=how)
    hub, integration = bench(Shelf(shelf.remembered, shelf.stored), vendor)
    assert TokenBroker(hub, integration).renew("a0") == "a1"
    assert vendor.asked == asked


def test_a_wrong_client_secret_costs_nobody_their_consent():
    vendor = Vendor("another")
    hub, integration = bench(Shelf(OLD, NEW), vendor)
    for _ in range(3):
        with pytest.raises(ConfigurationError):
            TokenBroker(hub, integration).renew("a0")
    assert load_grant(hub, integration)[1].body["presented"] is False
    vendor.good = "new-secret"
    assert TokenBroker(hub, integration).renew("a0") == "a1"


def test_no_other_secret_is_tried_for_what_is_not_about_it():
    vendor = Vendor("new-secret")
    vendor.before = FatalProviderError("no such org", provider="acme", status=400, code="invalid_request")
    shelf = Shelf(BOTH, BOTH)
    hub, integration = bench(shelf, vendor)
    with pytest.raises(FatalProviderError):
        TokenBroker(hub, integration).renew("a0")
    assert (vendor.asked, shelf.anew) == (["new-secret"], 0)


def test_the_first_refusal_is_what_is_told():
    hub, _ = bench(Shelf(BOTH, BOTH), Vendor("x"))
    told = iter(["first", "second"])

    def ask(app: AppSecret) -> None:
        raise ConfigurationError(next(told))

    with pytest.raises(ConfigurationError, match="first"):
        ask_as_app(hub, "acme", ask)


# ------------------------------------------------------------------------------------------------ signing secrets


class Door:
    """A vendor's webhook door; the body is the secret it is signed with."""

    def verify(self, call: WebhookCall, *, secrets, now) -> None:
        if call.body.decode() not in secrets:
            raise SignatureError("the signature does not match")

    def parse(self, call: WebhookCall) -> tuple[()]:
        return ()

    def answer(self) -> WebhookAnswer:
        return WebhookAnswer(200, "text/plain", "")


class Signing(OneCrm):
    """One CRM that signs."""

    def webhooks(self, crm: str) -> Door:
        return Door()


def signed_with(secret: str) -> WebhookCall:
    return WebhookCall("POST", "https://bridge.test/webhooks/acme", {}, secret.encode())


@pytest.mark.parametrize("secret", ["old-secret", "new-secret"])
def test_a_webhook_is_taken_before_during_and_after_a_rotation(secret):
    before = make_hub(Clock(), Signing(), secrets=Shelf(AppSecret("id", secret), NEW))
    during = make_hub(Clock(), Signing(), secrets=Shelf(BOTH, BOTH))
    since = make_hub(Clock(), Signing(), secrets=Shelf(OLD, BOTH))
    for hub in (before, during, since):
        assert receive_signed(hub, "acme", signed_with(secret)).answer.status == 200


def test_the_old_secret_is_refused_once_nobody_remembers_it():
    shelf = Shelf(NEW, NEW)
    hub = make_hub(Clock(), Signing(), secrets=shelf)
    with pytest.raises(SignatureError):
        receive_signed(hub, "acme", signed_with("old-secret"))
    assert shelf.anew == 1


# ------------------------------------------------------------------------------------------------ dead or replaced


def test_a_grant_that_was_replaced_while_it_was_refused_is_not_declared_dead():
    vendor = Vendor("old-secret")
    hub, integration = bench(Shelf(OLD, OLD), vendor)
    real = vendor.refresh

    def refresh(*args, **more):
        _, document = load_grant(hub, integration)
        store_grant(hub, integration, replace(GRANT, access_token="by people"), version=document.version)
        vendor.refresh_token = "another"
        return real(*args, **more)

    vendor.refresh = refresh
    assert TokenBroker(hub, integration).renew("a0") == "by people"


def test_of_many_workers_that_find_a_grant_dead_one_flags_it():
    hub = make_hub(Clock())
    stale = connected(hub)
    assert [require_reauthorization(hub, stale) for _ in range(5)] == [True, False, False, False, False]
    assert load_integration(hub, WORKSPACE, "int_a").status == "reauth_required"


def test_a_worker_that_comes_late_does_not_flag_what_people_have_connected_since():
    hub = make_hub(Clock())
    stale = connected(hub)
    require_reauthorization(hub, stale)
    change_integration(hub, stale, status="active", connections=stale.connections + 1)
    assert not require_reauthorization(hub, stale)
    assert load_integration(hub, WORKSPACE, "int_a").status == "active"


def test_a_grant_is_flagged_dead_whatever_else_has_changed():
    hub = make_hub(Clock())
    stale = connected(hub)
    change_integration(hub, stale, name="renamed")
    assert require_reauthorization(hub, stale)
    held = load_integration(hub, WORKSPACE, "int_a")
    assert (held.name, held.status) == ("renamed", "reauth_required")


def test_what_was_deleted_meanwhile_is_not_flagged():
    hub = make_hub(Clock())
    stale = connected(hub)
    moved = change_integration(hub, stale, name="renamed")
    document = hub.documents.get(f"{WORKSPACE}#INTEGRATION", moved.integration_id)
    assert document is not None
    hub.documents.delete(document)
    assert not require_reauthorization(hub, stale)


def test_people_who_refresh_by_hand_find_a_dead_grant_flagged():
    vendor = Vendor("old-secret")
    vendor.refresh_token = "another"
    hub, integration = bench(Shelf(OLD, OLD), vendor)
    with pytest.raises(AuthorizationExpiredError):
        refresh_now(hub, integration)
    assert load_integration(hub, WORKSPACE, "int_a").status == "reauth_required"

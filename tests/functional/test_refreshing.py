"""Refreshing at the strict simulated CRMs: once at expiry, and no token lost wherever a worker dies but in one window.

Kommo's refresh tokens work once; Zoho's stay. The window is between presenting a token that works once and storing
what it brought: whether the vendor has answered cannot be known then, so people are asked to connect again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from crmbridge.errors import AuthorizationExpiredError
from crmbridge.services.connect_crm import refresh_now
from crmbridge.services.hub import Hub
from crmbridge.services.token_broker import TokenBroker, load_grant
from tests.functional.logins import code_of, complete, login
from tests.functional.rehearsal import Rehearsal
from tests.functional.subscribed import Subscribed
from tests.functional.watching import calls

WORKERS = 64
TOKENS = {"kommo": ("access_token", 86_400), "zoho": ("oauth/v2/token", 3_600)}
"""By CRM: what its token endpoint is called in the log of calls, and how long its access tokens live, in seconds."""

ROTATING = ("kommo",)
WINDOW = [
    ("documents.put presented", "after"),
    ("auth.refresh", "before"),
    ("auth.refresh", "after"),
    ("cipher.encrypt", "before"),
    ("cipher.encrypt", "after"),
    ("documents.put grant", "before"),
]


class Died(BaseException):
    """The worker was killed; nothing under test can catch it."""


class Life:
    """How long a worker lives, counted in calls of its ports; a dead one makes no further call."""

    def __init__(self, dies_at: int = 0, when: str = "before") -> None:
        self.dies_at, self.when = dies_at, when
        self.calls: list[str] = []
        self.is_over = False

    def live(self, name: str, call: Callable[[], Any]) -> Any:
        if self.is_over:
            raise Died
        self.calls.append(name)
        if len(self.calls) != self.dies_at:
            return call()
        self.is_over = True
        if self.when == "after":
            call()
        raise Died


class Mortal:
    """A port whose every call its holder may not survive."""

    def __init__(self, port: Any, name: str, life: Life) -> None:
        self._port, self._name, self._life = port, name, life

    def __getattr__(self, verb: str) -> Any:
        real = getattr(self._port, verb)

        def call(*args: Any, **more: Any) -> Any:
            return self._life.live(f"{self._name}.{verb}{_about(args)}", lambda: real(*args, **more))

        return call


class Connectors:
    """The real connectors, with a token endpoint that a worker may die at."""

    def __init__(self, real: Any, life: Life) -> None:
        self._real, self._life = real, life

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def auth(self, crm: str) -> Any:
        return Mortal(self._real.auth(crm), "auth", self._life)


def _about(args: tuple[Any, ...]) -> str:
    """Tell the writes of a grant from each other and from those of a lease."""
    if not args or not hasattr(args[0], "pk"):
        return ""
    if not args[0].pk.endswith("#GRANT"):
        return " lease"
    return " presented" if args[0].body["presented"] else " grant"


def mortal(hub: Hub, life: Life) -> Hub:
    return replace(
        hub,
        documents=Mortal(hub.documents, "documents", life),
        cipher=Mortal(hub.cipher, "cipher", life),
        secrets=Mortal(hub.secrets, "secrets", life),
        connectors=Connectors(hub.connectors, life),
    )


class Locked:
    """Documents whose every call is one step, as a database's are."""

    def __init__(self, documents: Any) -> None:
        self._documents, self._lock = documents, threading.Lock()

    def __getattr__(self, verb: str) -> Any:
        real = getattr(self._documents, verb)

        def call(*args: Any, **more: Any) -> Any:
            with self._lock:
                return real(*args, **more)

        return call


class Account(Subscribed):
    """One connected CRM whose access token ends now and then."""

    def refreshes(self) -> int:
        return calls(self.rehearsal, self.crm, TOKENS[self.crm][0])

    def nears_expiry(self) -> None:
        self.rehearsal.advance(TOKENS[self.crm][1] - 299)

    def worker(self, hub: Hub | None = None) -> TokenBroker:
        return TokenBroker(hub or self.rehearsal.hub, self.integration)

    def stored(self) -> str:
        return load_grant(self.rehearsal.hub, self.integration)[0].access_token

    def answers(self) -> bool:
        """Tell whether the CRM takes what a new worker's client sends."""
        client = self.rehearsal.hub.connectors.client(self.integration)
        client.read("contact", [self.suite["absent"]["contact"]])
        return True

    def connect_again(self) -> None:
        url = login(self.rehearsal, self.crm, self.integration_id)
        code = code_of(self.rehearsal.finish(self.crm, self.rehearsal.consent(self.crm, url)))
        assert complete(self.rehearsal, self.crm, self.integration_id, code)[0] == 200


@pytest.fixture(params=TOKENS)
def account(request, monkeypatch) -> Account:
    return Account(Rehearsal(monkeypatch, (request.param,)), request.param)


@pytest.mark.parametrize("why", ["expiry", "401"])
def test_sixty_four_workers_refresh_once(account, why):
    rehearsal = account.rehearsal
    stale, before = account.stored(), account.refreshes()
    if why == "expiry":
        account.nears_expiry()
    else:
        rehearsal.control(account.crm, "tokens", {"action": "expire"})
    documents = Locked(rehearsal.documents)
    hub = replace(rehearsal.hub, documents=documents, sleep=lambda seconds: time.sleep(seconds / 10))
    gate = threading.Barrier(WORKERS)

    def work(_: int) -> str:
        worker = account.worker(hub)
        gate.wait()
        return worker.bearer() if why == "expiry" else worker.renew(stale)

    with ThreadPoolExecutor(WORKERS) as threads:
        given = set(threads.map(work, range(WORKERS)))
    assert given == {account.stored()}
    assert given != {stale}
    assert account.refreshes() - before == 1
    assert account.answers()


def test_wherever_a_worker_dies_no_token_is_lost_but_in_one_window_that_is_flagged(account):
    account.nears_expiry()
    whole = Life()
    account.worker(mortal(account.rehearsal.hub, whole)).bearer()
    for needed in ("documents.put presented", "secrets.get", "auth.refresh", "cipher.encrypt", "documents.put grant"):
        assert needed in whole.calls
    lost = [
        (name, when)
        for at, name in enumerate(whole.calls, start=1)
        for when in ("before", "after")
        if _is_lost(account, at, when)
    ]
    assert lost == (WINDOW if account.crm in ROTATING else [])


def _is_lost(account: Account, at: int, when: str) -> bool:
    """Let a worker die at one call; then tell whether the next one has to ask people, and how it went for them."""
    rehearsal = account.rehearsal
    account.nears_expiry()
    before = account.refreshes()
    with pytest.raises(Died):
        account.worker(mortal(rehearsal.hub, Life(at, when))).bearer()
    rehearsal.advance(rehearsal.hub.lease_s + 1)
    if _is_dead(account):
        assert account.refreshes() - before <= 1, "a token that works once is presented once"
        _flagged_once(account)
        account.connect_again()
        assert account.integration.status == "active"
        assert account.answers()
        return True
    assert account.refreshes() - before <= (1 if account.crm in ROTATING else 2)
    assert account.integration.status == "active"
    assert account.answers()
    return False


def _is_dead(account: Account) -> bool:
    """Tell whether the next worker finds that the answer of a refresh was lost."""
    try:
        account.worker().bearer()
    except AuthorizationExpiredError as error:
        return "answer lost; connect the CRM again" in str(error)
    return False


def _flagged_once(account: Account) -> None:
    """See that people are told by the integration's state, which is set once however many workers find out."""
    versions = set[int]()
    for _ in range(3):
        with pytest.raises(AuthorizationExpiredError):
            refresh_now(account.rehearsal.hub, account.integration)
        versions.add(account.integration.version)
    assert len(versions) == 1, "it is flagged once"
    status, shown = account.rehearsal.call("GET", f"/api/crm/integrations/{account.integration_id}")
    assert (status, shown["status"]) == (200, "reauth_required")


@pytest.mark.parametrize("how", ["logout", "delete"])
def test_disconnecting_revokes_at_the_vendor_and_leaves_no_secret(account, how):
    rehearsal = account.rehearsal
    rehearsal.settle()
    grant, _ = load_grant(rehearsal.hub, account.integration)
    login(rehearsal, account.crm, account.integration_id)
    rehearsal.finish(account.crm, rehearsal.consent(account.crm, login(rehearsal, account.crm, account.integration_id)))
    before = account.refreshes()
    if how == "logout":
        assert (
            rehearsal.call("POST", f"/auth/{account.crm}/logout", {"integrationId": account.integration_id})[0] == 200
        )
    else:
        assert rehearsal.call("DELETE", f"/api/crm/integrations/{account.integration_id}")[0] == 204
    assert account.refreshes() > before, "the vendor was told"
    left = {
        f"{each.pk} {each.sk}" for pk in list(rehearsal.documents._partitions) for each in rehearsal.documents.query(pk)
    }
    kinds = ("#GRANT", "#COMPLETION", "HOOK#", "ACCOUNT#", "#HOOKS")
    assert [key for key in left if any(each in key for each in kinds)] == []
    flow = rehearsal.hub.connectors.auth(account.crm)
    with pytest.raises(AuthorizationExpiredError):
        flow.refresh(rehearsal.hub.secrets.get(account.crm), grant, environment="production", now=rehearsal.now())

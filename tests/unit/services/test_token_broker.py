"""Tokens: refreshed exactly once, stored before they are used, and honest about an answer that was lost."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from crmbridge.adapters.memory.secrets import MemoryAppSecrets
from crmbridge.domain.tokens import Grant
from crmbridge.errors import AuthorizationExpiredError, ConfigurationError, RetriableProviderError
from crmbridge.ports import Document
from crmbridge.services.token_broker import TokenBroker, drop_grant, load_grant, store_grant
from tests.unit.services.hubs import START, Clock, OneCrm, connected, make_hub

WORKERS = 64


class Died(BaseException):
    """The worker was killed; nothing under test can catch it."""


class Flow:
    """A vendor's token endpoint: counts, and refuses a refresh token that was used up when it rotates."""

    def __init__(self, *, rotates: bool = False) -> None:
        self.rotates = rotates
        self.good = "r0"
        self.refreshes = 0
        self.takes_s = 0.0
        self.before: BaseException | None = None
        self.after: BaseException | None = None
        self._lock = threading.Lock()

    def refresh(self, app, grant: Grant, *, environment: str, now) -> Grant:
        with self._lock:
            if self.before is not None:
                raise self.before
            if grant.refresh_token != self.good:
                raise AuthorizationExpiredError("invalid_grant", provider="acme")
            self.refreshes += 1
            if self.rotates:
                self.good = f"r{self.refreshes}"
            number, refresh_token = self.refreshes, self.good
        time.sleep(self.takes_s)
        if self.after is not None:
            raise self.after
        expires_at = now + timedelta(minutes=30)
        return replace(grant, access_token=f"a{number}", refresh_token=refresh_token, access_expires_at=expires_at)


GRANT = Grant("oauth", "a0", "r0", START + timedelta(minutes=30))


class Bench:
    """One integration with a stored grant, and as many workers as asked for."""

    def __init__(self, *, rotates: bool = False, grant: Grant = GRANT, real_sleep: bool = False) -> None:
        self.clock = Clock()
        self.flow = Flow(rotates=rotates)
        more = {"sleep": lambda seconds: time.sleep(seconds / 50)} if real_sleep else {}
        self.hub = make_hub(self.clock, OneCrm(rotates=rotates, flow=self.flow), **more)
        self.integration = connected(self.hub)
        store_grant(self.hub, self.integration, grant)

    def worker(self) -> TokenBroker:
        return TokenBroker(self.hub, self.integration)

    @property
    def stored(self) -> Grant:
        return load_grant(self.hub, self.integration)[0]


@pytest.fixture
def bench() -> Bench:
    return Bench()


# ------------------------------------------------------------------------------------------------ once


@pytest.mark.parametrize("rotates", [False, True])
@pytest.mark.parametrize("how", ["bearer", "renew"])
def test_sixty_four_workers_at_the_hour_of_expiry_refresh_once(rotates, how):
    bench = Bench(rotates=rotates, real_sleep=True)
    bench.clock.advance(29 * 60)
    bench.flow.takes_s = 0.02
    gate = threading.Barrier(WORKERS)

    def work(_: int) -> str:
        worker = bench.worker()
        gate.wait()
        return worker.bearer() if how == "bearer" else worker.renew("a0")

    with ThreadPoolExecutor(WORKERS) as threads:
        given = set(threads.map(work, range(WORKERS)))
    assert given == {"a1"}
    assert bench.flow.refreshes == 1
    assert bench.stored.access_token == "a1"


def test_workers_that_were_refused_one_after_the_other_refresh_once(bench):
    assert [bench.worker().renew("a0") for _ in range(5)] == ["a1"] * 5
    assert bench.flow.refreshes == 1


def test_a_token_is_refreshed_five_minutes_before_it_ends_and_not_earlier(bench):
    worker = bench.worker()
    bench.clock.advance(24 * 60)
    assert worker.bearer() == "a0"
    bench.clock.advance(61)
    assert worker.bearer() == "a1"
    assert bench.flow.refreshes == 1


def test_a_token_in_hand_costs_no_reading(bench):
    worker = bench.worker()
    worker.bearer()
    before = bench.hub.documents.gets
    assert {worker.bearer() for _ in range(10)} == {"a0"}
    assert bench.hub.documents.gets == before


def test_a_token_that_never_ends_is_never_refreshed():
    bench = Bench(grant=replace(GRANT, access_expires_at=None))
    bench.clock.advance(10**8)
    assert bench.worker().bearer() == "a0"
    assert bench.flow.refreshes == 0


def test_a_new_token_is_stored_before_anybody_gets_it(bench):
    seen: list[str] = []
    real = bench.hub.documents.put

    def put(document: Document, **more):
        seen.append(f"{document.pk} {document.body.get('presented')}")
        return real(document, **more)

    bench.hub.documents.put = put
    assert bench.worker().renew("a0") == "a1"
    grants = [each for each in seen if "#GRANT" in each]
    assert grants == ["acme#GRANT True", "acme#GRANT False"]


# ------------------------------------------------------------------------------------------------ interrupted


def test_a_worker_that_dies_between_asking_and_storing_ends_a_rotating_grant():
    bench = Bench(rotates=True)
    bench.flow.after = Died()
    with pytest.raises(Died):
        bench.worker().renew("a0")
    bench.flow.after = None
    with pytest.raises(AuthorizationExpiredError, match="answer lost; connect the CRM again"):
        bench.worker().renew("a0")
    assert bench.flow.refreshes == 1, "a used-up refresh token is not presented again: vendors revoke the family"


def test_a_worker_that_dies_between_asking_and_storing_does_no_harm_where_nothing_rotates(bench):
    bench.flow.after = Died()
    with pytest.raises(Died):
        bench.worker().renew("a0")
    bench.flow.after = None
    assert bench.worker().renew("a0") == "a2"


def test_an_answer_that_was_lost_ends_a_rotating_grant():
    bench = Bench(rotates=True)
    bench.flow.after = RetriableProviderError("timeout", provider="acme", may_have_applied=True)
    with pytest.raises(RetriableProviderError):
        bench.worker().renew("a0")
    bench.flow.after = None
    with pytest.raises(AuthorizationExpiredError, match="answer lost"):
        bench.worker().renew("a0")
    assert bench.flow.refreshes == 1


@pytest.mark.parametrize("rotates", [False, True])
def test_a_refusal_that_had_no_effect_is_tried_again(rotates):
    bench = Bench(rotates=rotates)
    bench.flow.before = RetriableProviderError("429", provider="acme", status=429, is_quota=True)
    for _ in range(3):
        with pytest.raises(RetriableProviderError):
            bench.worker().renew("a0")
    bench.flow.before = None
    assert bench.worker().renew("a0") == "a1"


def test_an_answer_that_was_lost_is_asked_for_again_where_nothing_rotates(bench):
    bench.flow.after = RetriableProviderError("timeout", provider="acme", may_have_applied=True)
    with pytest.raises(RetriableProviderError):
        bench.worker().renew("a0")
    bench.flow.after = None
    assert bench.worker().renew("a0") == "a2"


def test_a_dead_grant_is_told_as_such_and_kept_for_the_record(bench):
    bench.flow.good = "another"
    with pytest.raises(AuthorizationExpiredError):
        bench.worker().renew("a0")
    assert bench.stored.access_token == "a0"


def test_a_holder_that_was_killed_is_waited_for_and_then_replaced(bench):
    ends_at = int(bench.clock.now().timestamp()) + bench.hub.lease_s
    bench.hub.documents.put(Document("acme#LEASE", "token#int_a", {"holder": "killed"}, expires_at=ends_at))
    with pytest.raises(RetriableProviderError) as refused:
        bench.worker().renew("a0")
    assert refused.value.retry_after_s == 5
    assert sum(bench.clock.slept) <= 15
    assert bench.flow.refreshes == 0
    bench.clock.advance(bench.hub.lease_s)
    assert bench.worker().renew("a0") == "a1"


def test_a_grant_that_people_stored_meanwhile_is_not_overwritten(bench):
    fresh = replace(GRANT, access_token="by people", refresh_token="r9")
    real = bench.flow.refresh

    def refresh(*args, **more):
        found = real(*args, **more)
        _, document = load_grant(bench.hub, bench.integration)
        store_grant(bench.hub, bench.integration, fresh, version=document.version)
        return found

    bench.flow.refresh = refresh
    assert bench.worker().renew("a0") == "by people"
    assert bench.stored.refresh_token == "r9"


# ------------------------------------------------------------------------------------------------ without


def test_without_a_grant_people_must_connect(bench):
    drop_grant(bench.hub, bench.integration)
    drop_grant(bench.hub, bench.integration)
    for ask in (lambda: bench.worker().bearer(), lambda: bench.worker().renew("a0")):
        with pytest.raises(AuthorizationExpiredError, match="not connected"):
            ask()


def test_a_static_token_that_is_refused_cannot_be_helped():
    bench = Bench(grant=Grant("token", "pat"))
    assert bench.worker().bearer() == "pat"
    with pytest.raises(AuthorizationExpiredError, match="cannot be refreshed"):
        bench.worker().renew("pat")
    assert bench.flow.refreshes == 0


def test_a_grant_moved_under_another_integration_cannot_be_opened(bench):
    other = connected(bench.hub, "int_b")
    _, document = load_grant(bench.hub, bench.integration)
    bench.hub.documents.put(Document("acme#GRANT", "int_b", document.body))
    with pytest.raises(ConfigurationError):
        TokenBroker(bench.hub, other).bearer()


def test_an_application_without_a_secret_costs_nobody_their_consent():
    bench = Bench(rotates=True)
    bench.clock.advance(29 * 60)
    bare = replace(bench.hub, secrets=MemoryAppSecrets({}))
    with pytest.raises(ConfigurationError):
        TokenBroker(bare, bench.integration).bearer()
    assert bench.worker().bearer() == "a1", "no token was presented, so none is lost"


def test_no_token_is_stored_or_shown_in_the_clear():
    bench = Bench(grant=Grant("oauth", "access-in-the-clear", "refresh-in-the-clear"))
    worker = bench.worker()
    assert worker.bearer() == "access-in-the-clear"
    _, document = load_grant(bench.hub, bench.integration)
    for text in (str(document), repr(bench.stored), repr(worker)):
        assert "in-the-clear" not in text

"""Calls are held back before a CRM has to refuse them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from crmbridge import connectors
from crmbridge.connectors._http import ClientContext, Session
from crmbridge.connectors._pace import MARGIN_S, Pacer
from crmbridge.domain.budgets import Ask, Grant, Level
from crmbridge.domain.declaration import Allowance, Limits, Rate
from crmbridge.errors import ConflictError, FatalProviderError, RetriableProviderError
from crmbridge.ports.budgets import PACED, in_lane, waiting_at_most

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)


class Bench:
    """A pacer on a clock that moves only where somebody waits."""

    def __init__(self, *rates: Rate, allowances: tuple[Allowance, ...] = (), reserve: float = 0.0, **more):
        self.now = MIDNIGHT
        self.slept: list[float] = []
        limits = Limits(
            read_batch=1, write_batch=1, find_batch=1, list_page=1, lag_s=0,
            rates=rates, allowances=allowances, reserve=reserve,
        )  # fmt: skip
        self.pacer = Pacer(limits, provider="kommo", now=lambda: self.now, sleep=self.sleep, **more)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def call(
        self,
        path: str = "/contacts",
        *,
        status: int = 200,
        method: str = "GET",
        completes: bool = False,
        **headers: str,
    ) -> float:
        """Make a call; returns how long it was held back."""
        before = self.now
        self.pacer.before(method, path, completes=completes)
        self.pacer.after(path, status=status, headers={name.replace("_", "-"): text for name, text in headers.items()})
        return round((self.now - before).total_seconds(), 3)

    def refused_s(self, method: str = "GET", *, completes: bool = False) -> float:
        """Expect that a call's work is given back; returns when it may come again."""
        with pytest.raises(RetriableProviderError) as caught:
            self.call(method=method, completes=completes)
        assert caught.value.code == PACED
        assert caught.value.is_quota
        assert not caught.value.may_have_applied
        return caught.value.retry_after_s or 0.0


def test_calls_go_out_at_once_until_the_window_is_full():
    bench = Bench(Rate(calls=3, per_s=1))
    assert [bench.call() for _ in range(4)] == [0, 0, 0, 1 + MARGIN_S]


def test_a_share_is_left_to_people_and_others():
    bench = Bench(Rate(calls=10, per_s=1), reserve=0.2)
    assert sum(bench.call() for _ in range(8)) == 0
    assert bench.call() > 0.9


def test_what_completes_something_may_use_half_of_the_reserve():
    bench = Bench(Rate(calls=10, per_s=3600), reserve=0.4)
    assert sum(bench.call() for _ in range(6)) == 0
    assert bench.refused_s() > 3_590
    assert sum(bench.call(completes=True) for _ in range(2)) == 0
    assert bench.refused_s(completes=True) > 3_590


def test_no_window_of_any_beginning_holds_more_calls_than_are_ours():
    bench = Bench(Rate(calls=5, per_s=2))
    at: list[datetime] = []
    for number in range(40):
        bench.now += timedelta(seconds=(number * 7 % 5) / 10)
        bench.call()
        at.append(bench.now)
    assert max(sum(0 <= (other - one).total_seconds() < 2 for other in at) for one in at) == 5


def test_calls_of_others_are_seen_in_the_headers():
    bench = Bench(Rate(calls=10, per_s=10, remaining="left"))
    assert bench.call(left="2") == 0  # seven were somebody else's
    assert [bench.call(left="1"), bench.call(left="0")] == [0, 0]
    assert bench.call() > 9


def test_a_larger_limit_is_learnt_from_the_headers():
    bench = Bench(Rate(calls=2, per_s=10, limit="most"))
    assert sum(bench.call(most="6") for _ in range(6)) == 0
    assert bench.call() > 9


def test_a_header_that_is_no_number_changes_nothing():
    bench = Bench(Rate(calls=2, per_s=1, limit="most", remaining="left"))
    assert [bench.call(most="many", left="") > 0 for _ in range(3)] == [False, False, True]


def test_a_rate_for_some_calls_stands_beside_the_rate_for_all():
    bench = Bench(Rate(calls=4, per_s=2), Rate(calls=1, per_s=2, only="/search"))
    assert bench.call("/persons/search") == 0
    assert bench.call("/persons") == 0
    assert bench.call("/persons/search") > 1.9


def test_calls_that_stand_apart_do_not_use_up_the_rate_for_all():
    bench = Bench(Rate(calls=1, per_s=2), Rate(calls=3, per_s=2, only="/search", apart=True))
    assert [bench.call("/contacts/search") for _ in range(3)] == [0, 0, 0]
    assert bench.call("/contacts") == 0


def test_work_that_would_wait_for_long_is_given_back():
    bench = Bench(Rate(calls=1, per_s=60))
    bench.call()
    assert bench.refused_s() == 60
    assert bench.slept == []


def test_a_fixed_window_begins_anew_when_the_vendor_says_so():
    bench = Bench(Rate(calls=2, per_s=3600, rolls=False, remaining="left", reset="reset"))
    bench.call(left="1", reset="5")
    bench.call(left="0", reset="5")
    assert bench.call() == 5 + MARGIN_S
    assert bench.call() == 0


def test_a_refusal_halves_a_silent_rate_for_a_while():
    bench = Bench(Rate(calls=8, per_s=1))
    bench.call(status=429)
    bench.now += timedelta(seconds=5)
    assert [bench.call() > 0 for _ in range(5)] == [False] * 4 + [True]
    bench.now += timedelta(seconds=600)
    assert [bench.call() > 0 for _ in range(9)] == [False] * 8 + [True]


def test_a_lost_answer_counts_as_a_call():
    bench = Bench(Rate(calls=1, per_s=1))
    bench.call(status=0)
    assert bench.call() > 0.9


class Office:
    """Gives what a test says, and notes what it was asked."""

    def __init__(self, *shares: int, until_s: float = 4, closed_until_s: float = 0, levels=None):
        self.shares, self.until_s, self.closed_until_s = list(shares), until_s, closed_until_s
        self.levels = levels or {}
        self.asks: list[Ask] = []
        self.now = lambda: MIDNIGHT

    def exchange(self, account, limits, ask):
        self.asks.append(ask)
        now_ms = int(self.now().timestamp() * 1000)
        share = self.shares.pop(0) if len(self.shares) > 1 else self.shares[0]
        return Grant(
            shares=(share,) * len(limits.rates), until_ms=now_ms + int(self.until_s * 1000), come_ms=now_ms + 700,
            is_alone=False, limits=(0,) * len(limits.rates), levels=self.levels,
            closed_until_ms=int(self.closed_until_s * 1000),
        )  # fmt: skip


def shared(office: Office, *rates: Rate, **more) -> Bench:
    bench = Bench(*rates, budgets=office, account="kommo#1", worker="w", **more)
    office.now = lambda: bench.now
    return bench


def test_one_exchange_is_enough_for_all_calls_of_a_term():
    office = Office(16)
    bench = shared(office, Rate(calls=160, per_s=10))
    assert sum(bench.call() for _ in range(10)) == 0
    assert [(each.worker, each.lane, each.wants) for each in office.asks] == [("w", "live", (10,))]
    bench.now += timedelta(seconds=5)
    bench.call()
    assert len(office.asks) == 2


def test_a_worker_that_needs_more_asks_for_twice_what_it_uses():
    office = Office(6, 12, 24)
    bench = shared(office, Rate(calls=110, per_s=10))
    assert sum(bench.call() for _ in range(20)) == 0
    assert [each.wants[0] for each in office.asks] == [6, 12, 24]
    assert len(office.asks[1].used[0]) == 6


def test_a_worker_that_gets_no_more_asks_once_a_second_at_most():
    office = Office(2)
    bench = shared(office, Rate(calls=110, per_s=10), patience_s=60.0)
    for _ in range(7):
        bench.call()
    lasted_s = (bench.now - MIDNIGHT).total_seconds()
    assert 30 <= lasted_s <= 31, "two in ten seconds"
    assert len(office.asks) <= lasted_s


def test_a_worker_without_a_share_waits_until_it_may_ask_again():
    office = Office(0, 0, 3)
    bench = shared(office, Rate(calls=7, per_s=1))
    assert bench.call() > 0.6
    assert len(office.asks) == 3


def test_lanes_are_told_and_people_may_use_half_of_the_reserve():
    office = Office(100)
    bench = shared(office, Rate(calls=10, per_s=1), reserve=0.4)
    with in_lane("interactive"):
        assert sum(bench.call() for _ in range(8)) == 0
        assert bench.call() > 0.9
    assert office.asks[0].lane == "interactive"


def test_a_refusal_closes_the_account_here_and_is_told_at_once():
    office = Office(5)
    bench = shared(office, Rate(calls=7, per_s=1))
    bench.call()
    bench.pacer.refused(300)
    assert bench.refused_s() == pytest.approx(300, abs=1)
    assert (office.asks[-1].refused, office.asks[-1].closed_until_ms) == (1, int(MIDNIGHT.timestamp() + 300) * 1000)


def test_an_account_that_another_worker_found_closed_is_left_alone():
    office = Office(5, closed_until_s=MIDNIGHT.timestamp() + 120)
    assert shared(office, Rate(calls=7, per_s=1)).refused_s() == pytest.approx(120, abs=1)


def test_a_day_that_another_worker_found_used_up_is_left_alone():
    opens_ms = int(MIDNIGHT.timestamp() + 3600) * 1000
    level = Level(100, 1000, told_ms=int(MIDNIGHT.timestamp()) * 1000 - 1, opens_ms=opens_ms)
    office = Office(5, levels={"allowance.0": level})
    bench = shared(office, Rate(calls=7, per_s=1), allowances=(DAY,), reserve=0.1)
    assert bench.refused_s() == 3600


def test_what_was_told_of_a_day_is_told_to_others():
    office = Office(5)
    bench = shared(office, Rate(calls=7, per_s=1), allowances=(DAY,), reserve=0.1)
    bench.call(most="1000", left="400")
    bench.now += timedelta(seconds=5)
    bench.call()
    assert office.asks[-1].levels["allowance.0"].left == 400


def test_a_long_window_is_known_by_what_others_were_told():
    now_ms = int(MIDNIGHT.timestamp()) * 1000
    level = Level(0, 1000, told_ms=now_ms - 1, opens_ms=now_ms + 900_000)
    office = Office(0, levels={"rate.0": level})
    rate = Rate(calls=1000, per_s=3600, rolls=False, remaining="left", reset="reset")
    assert shared(office, rate).refused_s() == 900


def test_too_many_at_once_is_waiting_and_no_failure():
    class Crowded(Office):
        def exchange(self, account, limits, ask):
            raise ConflictError("everybody asks")

    assert shared(Crowded(1), Rate(calls=7, per_s=1)).refused_s() == 1


def test_work_that_keeps_others_waiting_is_given_back_sooner():
    bench = Bench(Rate(calls=1, per_s=5))
    bench.call()
    with waiting_at_most(0.5):
        assert bench.refused_s() == 5
    assert bench.call() > 4


DAY = Allowance(limit="most", remaining="left")


def test_the_reserve_of_a_day_is_left_alone_and_midnight_looked_for_each_half_hour():
    bench = Bench(allowances=(DAY,), reserve=0.1)
    bench.now += timedelta(minutes=10)
    assert bench.call(most="1000", left="101") == 0
    assert bench.call(most="1000", left="100") == 0
    assert bench.refused_s() == 20 * 60 + 5


def test_a_write_may_finish_what_was_looked_up_for_it():
    bench = Bench(allowances=(DAY,), reserve=0.1)
    bench.call(most="1000", left="90")
    assert bench.call(method="POST", most="1000", left="50") == 0
    assert bench.refused_s(method="POST") > 0


def test_a_midnight_that_was_seen_once_is_known():
    bench = Bench(allowances=(DAY,), reserve=0.1)
    bench.now += timedelta(hours=22)
    bench.call(most="1000", left="100")
    bench.now += timedelta(hours=1, seconds=5)
    bench.call(most="1000", left="990")
    bench.now += timedelta(minutes=10)
    bench.call(most="1000", left="90")
    assert bench.refused_s() == 24 * 3600 - 600


def test_units_that_come_back_one_by_one_are_waited_for_from_the_oldest():
    bench = Bench(allowances=(Allowance(most=100, per_s=300, rolls=True, remaining="left"),), reserve=0.1)
    bench.call(left="60")
    bench.now += timedelta(seconds=200)
    bench.call(left="10")
    assert bench.refused_s() == 100


def test_usage_is_read_where_it_stands_beside_its_limit():
    bench = Bench(allowances=(Allowance(usage="info", rolls=True),), reserve=0.1)
    assert bench.call(info="api-usage=13499/15000") == 0
    assert bench.call(info="api-usage=13500/15000; other=1") == 0
    assert bench.refused_s() == 86_400


def test_credits_that_are_told_from_the_half_on_are_known_then():
    bench = Bench(allowances=(Allowance(remaining="left", told_below=0.5, rolls=True),), reserve=0.1)
    assert bench.call() == 0
    assert bench.call(left="500") == 0
    assert bench.call(left="101") == 0
    assert bench.call(left="100") == 0
    assert bench.refused_s() > 0


class Token:
    def bearer(self) -> str:
        return "t"

    def renew(self, stale: str) -> str:
        return f"{stale}t"


def test_a_session_asks_before_each_call_and_learns_from_each_answer():
    bench = Bench(Rate(calls=9, per_s=5, remaining="left"))
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, headers={"Left": "0"}, json={})))
    context = ClientContext(http=http, base_url="https://crm.test", tokens=Token(), pacer=bench.pacer)
    session = Session(context, provider="kommo", read_error=lambda _: FatalProviderError("no", provider="kommo"))
    session.request("GET", "/a")
    session.request("GET", "/a?b=1")
    assert len(bench.slept) == 1
    assert bench.slept[0] == pytest.approx(5, abs=0.1)


def test_a_session_gives_the_reserve_to_a_block_only():
    bench = Bench(Rate(calls=10, per_s=3600), reserve=0.4)
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json={})))
    context = ClientContext(http=http, base_url="https://crm.test", tokens=Token(), pacer=bench.pacer)
    session = Session(context, provider="kommo", read_error=lambda _: FatalProviderError("no", provider="kommo"))
    for _ in range(6):
        session.request("GET", "/a")
    with session.completing():
        session.request("GET", "/a")
    with pytest.raises(RetriableProviderError):
        session.request("GET", "/a")


@pytest.mark.parametrize("crm", connectors.names())
def test_a_connector_declares_limits_that_leave_something_to_both_sides(crm):
    limits = connectors.declaration(crm).limits
    assert limits.rates or limits.allowances, "declare the vendor's limits, or limits of our own"
    assert 0 < limits.reserve < 1
    assert all(each.calls > 0 and each.per_s > 0 for each in limits.rates)
    assert all(name == name.lower() for each in limits.rates for name in (each.limit, each.remaining, each.reset))
    assert all(each.remaining or each.usage for each in limits.allowances)

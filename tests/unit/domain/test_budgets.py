"""An account's limits are shared out so that all workers together keep them, whatever each of them does."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbridge.domain.budgets import BUSY_MS, CALM_MS, LANES, Ask, Budget, Grant, Lane, Level, ceiling
from crmbridge.domain.declaration import Limits, Rate
from crmbridge.domain.shares import share_out
from crmbridge.services._budget_json import budget_from_json, budget_to_json


def limits(*rates: Rate, reserve: float = 0.1) -> Limits:
    return Limits(read_batch=1, write_batch=1, find_batch=1, list_page=1, lag_s=0, rates=rates, reserve=reserve)


HUBSPOT = limits(Rate(calls=110, per_s=10))
KOMMO = limits(Rate(calls=7, per_s=1), reserve=1 / 7)


ALL = 1000
"""More than any window holds."""


class Account:
    """One account's budget, and workers that ask for shares of it."""

    def __init__(self, declared: Limits):
        self.limits, self.budget, self.now_ms = declared, Budget(), 1_000_000
        self.puts = 0

    def ask(self, worker: str, *, wants: int = ALL, lane: Lane = "live", used=(), **more) -> Grant:
        count = len(self.limits.rates)
        ask = Ask(
            worker=worker, lane=lane, wants=(wants,) * count, used=(tuple(used),) * count,
            most=more.pop("most", (0,) * count), seen=more.pop("seen", (-1,) * count),
            eased=more.pop("eased", (False,) * count), **more,
        )  # fmt: skip
        budget, grant = share_out(self.budget, ask, limits=self.limits, now_ms=self.now_ms)
        self.puts += budget is not self.budget
        self.budget = budget_from_json(budget_to_json(budget))
        return grant

    def share(self, worker: str, **more) -> int:
        return self.ask(worker, **more).shares[0]


def test_a_worker_that_is_alone_gets_everything_but_the_reserve():
    assert Account(HUBSPOT).share("a") == 99


def test_people_get_half_of_the_reserve_and_back_fill_leaves_something_to_changes():
    account = Account(HUBSPOT)
    assert account.share("load", lane="backfill") == 96
    assert account.share("live", wants=6) == 3
    assert account.share("person", lane="interactive", wants=6) == 5


def test_a_small_share_holds_for_long_and_costs_one_write():
    account = Account(HUBSPOT)
    grant = account.ask("a", wants=6)
    assert grant.shares == (6,)
    assert grant.until_ms == account.now_ms + CALM_MS
    assert grant.is_alone


def test_whoever_has_everything_gives_the_half_back_when_another_waits():
    account = Account(HUBSPOT)
    account.ask("a")
    assert account.share("b") == 0
    account.now_ms += BUSY_MS
    used = [account.now_ms - 3_000] * 99
    assert account.share("a", used=used) == 49
    assert account.share("b") == 0, "what the first has called with still stands in the window"
    account.now_ms += 7_300
    assert account.share("a", used=[]) == 49
    assert account.share("b") == 50


def test_what_a_dead_worker_held_comes_free_after_its_window():
    account = Account(HUBSPOT)
    grant = account.ask("dead")
    account.now_ms = grant.until_ms + 10_000
    assert account.share("b") == 0
    account.now_ms = grant.until_ms + 10_251
    assert account.share("b") == 99


def test_lanes_get_parts_by_their_weight():
    account = Account(HUBSPOT)
    shares: dict[str, int] = {}
    for _ in range(12):
        for lane in LANES:
            shares[lane] = account.share(lane, lane=lane)
        account.now_ms += BUSY_MS
    assert shares["interactive"] > shares["live"] > shares["sweep"] > shares["backfill"] > 0


def test_more_workers_than_calls_take_turns():
    account = Account(KOMMO)
    served: dict[str, int] = dict.fromkeys(map(str, range(20)), 0)
    for _ in range(60):
        for worker in served:
            served[worker] += account.share(worker)
        account.now_ms += BUSY_MS
    assert min(served.values()) > 0, "nobody starves"
    assert max(served.values()) <= 4 * min(served.values())


def test_a_change_comes_before_ten_loaders_at_a_slow_crm():
    account = Account(KOMMO)
    loaders = [str(number) for number in range(10)]
    for _ in range(5):
        for worker in loaders:
            account.ask(worker, lane="backfill")
        account.now_ms += 1_000
    asked_ms, waited = account.now_ms, 0
    while not account.share("live") and waited < 60_000:
        waited = account.now_ms - asked_ms
        account.now_ms += 250
        for worker in loaders:
            held = account.budget.holders.get(worker)
            if held is None or held.until_ms <= account.now_ms:
                account.ask(worker, lane="backfill")
    assert waited <= BUSY_MS + 1_500


def test_waiting_as_before_is_no_write():
    account = Account(KOMMO)
    account.ask("a")
    account.ask("b")
    puts = account.puts
    account.now_ms += 1_000
    assert account.share("b") == 0
    assert account.puts == puts


def test_calls_of_strangers_take_their_room():
    account = Account(HUBSPOT)
    assert account.share("a", used=[account.now_ms] * 20, seen=(60,)) == 59
    account.now_ms += 10_001
    assert account.share("a") == 99


def test_calls_that_shares_explain_are_no_strangers():
    account = Account(HUBSPOT)
    account.ask("a", wants=50)
    assert account.share("b", used=[], seen=(50,)) == 49


def test_a_limit_that_a_header_told_is_known_to_all():
    account = Account(HUBSPOT)
    account.ask("a", wants=6, most=(200,))
    assert account.share("b") == 174


def test_a_silent_rate_that_was_refused_is_halved_for_all_and_grows_back():
    account = Account(KOMMO)
    account.ask("a", wants=1, eased=(True,), refused=1)
    assert account.ask("b", wants=1).limits == (3,)
    account.now_ms += 600_000
    assert account.ask("b", wants=1).limits == (7,)
    assert account.budget.refused == 1


def test_a_refusal_closes_the_account_for_everybody_until_the_vendor_says():
    account = Account(KOMMO)
    until_ms = account.now_ms + 300_000
    account.ask("a", wants=1, closed_until_ms=until_ms)
    assert account.ask("b", wants=1).closed_until_ms == until_ms


def test_the_newest_word_of_a_day_is_kept():
    account = Account(HUBSPOT)
    old, new = Level(900, 1000, told_ms=1), Level(500, 1000, told_ms=2, opens_ms=7, begins_s=1800)
    account.ask("a", wants=0, levels={"allowance.0": new})
    assert account.ask("b", wants=0, levels={"allowance.0": old}).levels == {"allowance.0": new}


def test_a_budget_of_other_rates_is_begun_anew():
    account = Account(HUBSPOT)
    account.ask("a")
    account.limits = limits(Rate(calls=10, per_s=1), Rate(calls=20, per_s=10))
    assert account.ask("b").shares == (9, 18)


@given(
    seed=st.integers(0, 2**32),
    workers=st.integers(1, 12),
    calls=st.integers(1, 40),
    window_s=st.sampled_from([1, 2, 10]),
    reserve=st.sampled_from([0.0, 0.1, 1 / 7]),
)
@settings(max_examples=60, deadline=None)
def test_no_window_ever_holds_more_calls_than_are_allowed(seed, workers, calls, window_s, reserve):
    """Workers come, call, stop, die and come back at random moments, their clocks off by up to a tenth of a second."""
    rng = random.Random(seed)
    account = Account(limits(Rate(calls=calls, per_s=window_s), reserve=reserve))
    most = ceiling(calls, reserve=reserve, lane="interactive")
    window_ms = window_s * 1000
    skew = [rng.randint(-100, 100) for _ in range(workers)]
    names = [f"w{number}" for number in range(workers)]
    grants: list[Grant | None] = [None] * workers
    own: list[list[int]] = [[] for _ in range(workers)]
    made: list[int] = []
    began_ms = account.now_ms
    for _ in range(600):
        began_ms += rng.choice([0, 1, 7, 60, 400])
        who = rng.randrange(workers)
        now_ms = account.now_ms = began_ms + skew[who]
        if rng.random() < 0.005:  # it dies without a word, and another process takes its place
            names[who], grants[who], own[who] = f"{names[who]}'", None, []
        own[who] = [each for each in own[who] if each > now_ms - window_ms]
        held = grants[who]
        if held is None or now_ms >= held.until_ms or rng.random() < 0.1:
            wants = rng.choice([0, 1, 3, ALL])
            grants[who] = held = account.ask(names[who], wants=wants, lane=rng.choice(LANES), used=own[who])
        burst = rng.choice([0, 1, 2, 50])
        while burst and len(own[who]) < held.shares[0]:
            burst -= 1
            own[who].append(now_ms)
            made.append(began_ms)
    for at in made:
        assert sum(at <= other < at + window_ms for other in made) <= most


@pytest.mark.parametrize("lane", LANES)
def test_some_call_may_always_be_made(lane):
    assert ceiling(1, reserve=0.9, lane=lane) == 1

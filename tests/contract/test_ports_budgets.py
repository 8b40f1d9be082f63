"""One budget per account, in memory and on DynamoDB: whoever asks, and however many at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from crmbridge.domain.budgets import Ask, Level
from crmbridge.domain.declaration import Limits, Rate
from crmbridge.services.share_budgets import SharedBudgets
from tests.contract._ports import ROOMS, Ports, opened

LIMITS = Limits(
    read_batch=1, write_batch=1, find_batch=1, list_page=1, lag_s=0, rates=(Rate(calls=110, per_s=10),), reserve=0.1
)


@pytest.fixture(params=ROOMS)
def ports(request) -> Iterator[Ports]:
    with opened(request.param) as found:
        yield found


def budgets(ports: Ports) -> SharedBudgets:
    hub: Any = SimpleNamespace(documents=ports.documents, now=ports.clock, sleep=lambda _: None, jitter=lambda: 1.0)
    return SharedBudgets(hub)


def ask(worker: str, wants: int = 1000, **more: Any) -> Ask:
    parts: dict[str, Any] = {"used": ((),), "most": (0,), "seen": (-1,), "eased": (False,), **more}
    return Ask(worker=worker, lane="live", wants=(wants,), **parts)


def test_workers_share_one_accounts_limit(ports: Ports) -> None:
    shared = budgets(ports)
    assert shared.exchange("hubspot#1", LIMITS, ask("a", 60)).shares == (60,)
    assert shared.exchange("hubspot#1", LIMITS, ask("b", 60)).shares == (39,)
    assert shared.exchange("hubspot#2", LIMITS, ask("c", 60)).shares == (60,)


def test_of_many_that_ask_at_once_each_gets_a_share_and_the_limit_holds(ports: Ports) -> None:
    shared = budgets(ports)
    with ThreadPoolExecutor(4) as threads:
        grants = list(threads.map(lambda number: shared.exchange("kommo#1", LIMITS, ask(f"w{number}", 20)), range(4)))
    assert sum(each.shares[0] for each in grants) <= 99
    assert all(each.shares[0] for each in grants)


def test_what_one_worker_was_told_the_others_learn(ports: Ports) -> None:
    shared, told = budgets(ports), Level(900, 1000, told_ms=5, opens_ms=7, begins_s=1800)
    shared.exchange("hubspot#1", LIMITS, ask("a", 1, levels={"allowance.0": told}, closed_until_ms=77))
    grant = shared.exchange("hubspot#1", LIMITS, ask("b", 1))
    assert grant.levels == {"allowance.0": told}
    assert grant.closed_until_ms == 77
    assert not grant.is_alone


def test_a_share_is_free_again_after_its_term_and_its_window(ports: Ports) -> None:
    shared = budgets(ports)
    shared.exchange("hubspot#1", LIMITS, ask("a", 99))
    ports.clock.advance(14.3)
    assert shared.exchange("hubspot#1", LIMITS, ask("b", 99)).shares == (99,)

"""A CRM that does not answer is left alone until one probe succeeds; nobody else is tried meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crmbridge.adapters.memory.queues import MemoryQueues
from crmbridge.domain.messages import ChangeHint, SyncStep, Ticket, Wake
from crmbridge.errors import RetriableProviderError
from crmbridge.ports.budgets import PACED, in_lane
from crmbridge.services._circuit import enter, withdraw
from crmbridge.services.apply_changes import apply_changes
from crmbridge.services.hub import block, is_open, load_integration, unblock
from crmbridge.services.plan_sync import start_run
from crmbridge.services.push_changes import push_changes
from crmbridge.services.run_sync_batch import run_sync_batch
from crmbridge.services.show_integration import show_status
from tests.unit.services.hubs import WORKSPACE, Clock, OneCrm, connected, make_hub, sent


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(clock):
    return make_hub(clock)


def down(**more) -> RetriableProviderError:
    return RetriableProviderError("503", provider="acme", status=503, **more)


def now(hub):
    return load_integration(hub, WORKSPACE, "int_a")


def opened(hub, clock):
    """Let an integration fail until its circuit opens, and its time go by."""
    held = connected(hub)
    for _ in range(hub.attempts):
        wait_s = block(hub, held, down())
        clock.sleep(wait_s)
    assert now(hub).circuit == "open"
    return now(hub)


def probing(hub, clock):
    """Return an integration whose circuit is open, to the worker that is the probe."""
    probe = enter(hub, opened(hub, clock))
    assert probe is not None
    return probe


def test_the_circuit_opens_after_so_many_failures_in_a_row(hub):
    held = connected(hub)
    circuits = []
    for _ in range(3):
        block(hub, held, down())
        circuits.append(now(hub).circuit)
    assert circuits == ["closed", "closed", "open"]


def test_how_many_failures_may_be_is_settable(clock):
    hub = make_hub(clock, attempts=1)
    block(hub, connected(hub), down())
    assert now(hub).circuit == "open"


def test_a_quota_opens_no_circuit(hub):
    held = connected(hub)
    for _ in range(9):
        block(hub, held, down(is_quota=True, retry_after_s=5))
    assert (now(hub).circuit, now(hub).failures) == ("closed", 0)


def test_one_worker_is_the_probe_and_all_others_wait(hub, clock):
    held = opened(hub, clock)
    probe = enter(hub, held)
    assert probe is not None
    assert (now(hub).circuit, is_open(now(hub), clock.now())) == ("half_open", False)
    assert enter(hub, held) is None, "it lost the race: what it read has moved"
    assert enter(hub, now(hub)) is None


def test_a_probe_that_succeeds_closes_the_circuit_and_wakes_what_waits(hub, clock):
    probe = probing(hub, clock)
    wakes = len(sent(hub, Wake))
    unblock(hub, probe)
    assert (now(hub).circuit, now(hub).failures, now(hub).blocked_until) == ("closed", 0, None)
    assert len(sent(hub, Wake)) == wakes + 1


def test_a_probe_that_fails_opens_the_circuit_for_twice_as_long(hub, clock):
    probe = probing(hub, clock)
    assert block(hub, probe, down()) == 16
    assert now(hub).circuit == "open"
    assert (now(hub).blocked_until - clock.now()).total_seconds() == 16


def test_another_probes_when_the_first_has_died(hub, clock):
    enter(hub, opened(hub, clock))
    clock.sleep(hub.lease_s)
    assert enter(hub, now(hub)) is not None


def test_a_probe_with_nothing_to_ask_lets_the_next_one_try(hub, clock):
    withdraw(hub, probing(hub, clock))
    assert now(hub).circuit == "open"
    assert enter(hub, now(hub)) is not None


def test_a_late_failure_of_an_earlier_call_does_not_shorten_the_wait(hub, clock):
    early = connected(hub)
    opened_until = [block(hub, early, down()) for _ in range(4)][-1]
    until = now(hub).blocked_until
    block(hub, early, down(retry_after_s=1))
    assert opened_until == 16
    assert now(hub).blocked_until == until


def test_waits_are_spread_by_half(clock):
    hub = make_hub(clock, jitter=lambda: 0.0)
    assert block(hub, connected(hub), down()) == 1.0


def test_other_integrations_notice_nothing(hub, clock):
    other = connected(hub, "int_b")
    opened(hub, clock)
    assert enter(hub, other) is other


def test_health_shows_the_circuit(hub, clock):
    held = opened(hub, clock)
    shown = show_status(hub, held)
    assert (shown["circuit"], shown["health"]) == ("open", "unhealthy")
    probe = enter(hub, held)
    assert probe is not None
    assert show_status(hub, probe)["health"] == "degraded"


def test_work_waits_by_due_time_while_the_circuit_is_open(clock):
    crm = OneCrm()
    hub = make_hub(clock, crm)
    held = connected(hub)
    run = start_run(hub, held)
    assert run is not None
    for _ in range(3):
        block(hub, held, down())
    crm.crm_client = AssertionError("nobody calls")
    assert push_changes(hub, Ticket(WORKSPACE, "int_a", "contact"), has_time=lambda: True).stopped == "closed"
    assert apply_changes(hub, ChangeHint(WORKSPACE, "int_a", "contact", ("1",))).seen == 0
    steps = len(sent(hub, SyncStep))
    run_sync_batch(hub, SyncStep(WORKSPACE, "int_a", run.run_id), has_time=lambda: True)
    assert len(sent(hub, SyncStep)) == steps + 1, "the step comes back when the CRM may be called again"


def paced(wait_s: float) -> RetriableProviderError:
    return RetriableProviderError("later", provider="acme", code=PACED, is_quota=True, retry_after_s=wait_s)


def test_what_our_own_share_holds_back_closes_the_crm_for_nobody(hub):
    held = connected(hub)
    assert block(hub, held, paced(12)) == 12
    assert now(hub).blocked_until is None
    assert len(sent(hub, Wake)) == 1


def test_a_day_that_is_used_up_for_changes_closes_the_crm(hub):
    held = connected(hub)
    with in_lane("backfill"):
        block(hub, held, paced(7200))
    assert now(hub).blocked_until is None, "changes may still go on"
    block(hub, held, paced(7200))
    assert now(hub).blocked_until is not None


def test_a_hint_that_is_held_back_comes_again_later_each_time_later(hub, clock):
    crm = OneCrm()
    crm.crm_client = paced(2)
    hub = make_hub(clock, crm)
    connected(hub)
    hint = ChangeHint(WORKSPACE, "int_a", "contact", ("1",))
    apply_changes(hub, hint)
    apply_changes(hub, replace(hint, tries=3))
    assert isinstance(hub.queues, MemoryQueues)
    waits = [each.visible_at - clock.now() for each in hub.queues.messages if isinstance(each.content, ChangeHint)]
    assert [each.total_seconds() for each in waits] == [3, 10]
    assert [each.tries for each in sent(hub, ChangeHint)] == [1, 4]

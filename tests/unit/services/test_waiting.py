"""Leases, blocks and runs: who works when, and who waits for how long."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.domain.messages import Wake
from crmbridge.errors import ConflictError, LeaseHeldError, NotFoundError, RetriableProviderError
from crmbridge.services._leases import claim, is_held, lease
from crmbridge.services._runs import Run, list_runs, load_run, run_from_json, run_to_json, save_run
from crmbridge.services.hub import (
    block,
    change_integration,
    is_open,
    load_integration,
    note_missed,
    require_reauthorization,
    take_missed,
    unblock,
)
from tests.unit.services.hubs import START, WORKSPACE, Clock, connected, make_hub, sent


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(clock):
    return make_hub(clock)


# ------------------------------------------------------------------------------------------------ leases


def test_of_many_workers_one_holds_the_lease(hub):
    gate, inside, most = threading.Barrier(16), [], []

    def work(number: int) -> bool:
        gate.wait()
        try:
            with lease(hub, WORKSPACE, "push"):
                inside.append(number)
                most.append(len(inside))
                threading.Event().wait(0.05)
                inside.remove(number)
        except LeaseHeldError:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(work, range(16))) >= 1
    assert max(most) == 1


def test_who_comes_too_late_is_told_how_long_to_wait(hub, clock):
    with lease(hub, WORKSPACE, "push"):
        clock.advance(20)
        with pytest.raises(LeaseHeldError) as refused, lease(hub, WORKSPACE, "push"):
            pass
    assert refused.value.retry_after_s == hub.lease_s - 20


def test_a_lease_is_let_go_at_the_end_even_after_an_error(hub):
    with pytest.raises(KeyError), lease(hub, WORKSPACE, "push"):
        raise KeyError
    with lease(hub, WORKSPACE, "push"):
        pass


def test_other_work_and_other_workspaces_are_not_hindered(hub):
    with lease(hub, WORKSPACE, "one"), lease(hub, WORKSPACE, "two"), lease(hub, "rival", "one"):
        assert len(hub.documents.query(f"{WORKSPACE}#LEASE")) == 2


def test_the_lease_of_a_dead_worker_is_taken_over_when_it_ends(hub, clock):
    dead = lease(hub, WORKSPACE, "push")
    dead.__enter__()
    clock.advance(hub.lease_s - 1)
    with pytest.raises(LeaseHeldError), lease(hub, WORKSPACE, "push"):
        pass
    clock.advance(1)
    with lease(hub, WORKSPACE, "push"):
        pass


def test_a_renewed_lease_holds_for_another_term(hub, clock):
    with lease(hub, WORKSPACE, "push") as held:
        clock.advance(hub.lease_s - 1)
        held.renew()
        clock.advance(hub.lease_s - 1)
        with pytest.raises(LeaseHeldError), lease(hub, WORKSPACE, "push"):
            pass


def test_a_worker_that_overslept_is_stopped_and_takes_nothing_from_its_successor(hub, clock):
    with lease(hub, WORKSPACE, "push") as slow:
        clock.advance(hub.lease_s)
        with lease(hub, WORKSPACE, "push") as fast:
            with pytest.raises(LeaseHeldError, match="lost the lease"):
                slow.renew()
            slow.release()
            fast.renew()
            with pytest.raises(LeaseHeldError), lease(hub, WORKSPACE, "push"):
                pass


def test_a_worker_that_slept_through_a_whole_lease_of_another_is_stopped_too(hub, clock):
    with lease(hub, WORKSPACE, "push") as slow:
        clock.advance(hub.lease_s)
        with lease(hub, WORKSPACE, "push"):
            pass
        with pytest.raises(LeaseHeldError):
            slow.renew()


def test_a_lease_that_has_hardly_begun_is_renewed_without_a_write(hub, clock):
    with lease(hub, WORKSPACE, "push") as held:
        written = hub.documents.puts
        clock.advance(hub.lease_s // 4 - 1)
        held.renew()
        assert hub.documents.puts == written
        clock.advance(1)
        held.renew()
        assert hub.documents.puts == written + 1


def test_a_claim_writes_nothing_until_it_is_needed(hub):
    with claim(hub, WORKSPACE, "push") as claimed:
        claimed.keep()
        assert hub.documents.puts == 0
        claimed.hold()
        claimed.hold()
        assert hub.documents.puts == 1
        with pytest.raises(LeaseHeldError), claim(hub, WORKSPACE, "push") as other:
            other.hold()
    assert not is_held(hub, WORKSPACE, "push")


def test_a_claim_that_was_lost_stops_its_holder(hub, clock):
    with claim(hub, WORKSPACE, "push") as slow:
        slow.hold()
        clock.advance(hub.lease_s)
        with lease(hub, WORKSPACE, "push"), pytest.raises(LeaseHeldError, match="lost the lease"):
            slow.keep()


# ------------------------------------------------------------------------------------------------ blocks


def failure(**more) -> RetriableProviderError:
    return RetriableProviderError("down", provider="acme", **more)


def test_a_crm_that_fails_is_left_alone_twice_as_long_each_time_up_to_five_minutes(hub, clock):
    connected(hub)
    waits = []
    for _ in range(10):
        integration = load_integration(hub, WORKSPACE, "int_a")
        waits.append(block(hub, integration, failure()))
        held = load_integration(hub, WORKSPACE, "int_a")
        assert held.blocked_until == clock.now() + timedelta(seconds=waits[-1])
        assert not is_open(held, clock.now())
        clock.advance(waits[-1])
        assert is_open(held, clock.now())
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


@pytest.mark.parametrize(("said_s", "wait_s"), [(0, 1), (-3, 1), (7, 7), (40_000, 40_000)])
def test_the_vendors_own_wait_counts(hub, said_s, wait_s):
    assert block(hub, connected(hub, failures=5), failure(retry_after_s=said_s)) == wait_s


def test_a_quota_is_no_failure(hub):
    block(hub, connected(hub, failures=2), failure(is_quota=True, retry_after_s=3))
    assert load_integration(hub, WORKSPACE, "int_a").failures == 2


@pytest.mark.parametrize(("said_s", "delay_s"), [(3, 4), (899, 900), (40_000, 900)])
def test_the_integration_is_looked_at_again_after_the_wait_as_far_as_the_queue_can_wait(hub, said_s, delay_s):
    block(hub, connected(hub), failure(retry_after_s=said_s))
    (message,) = hub.queues.messages
    assert message.content == Wake(WORKSPACE, "int_a")
    assert message.visible_at == START + timedelta(seconds=delay_s)


def test_an_answer_ends_failures_and_block(hub):
    block(hub, connected(hub), failure())
    after = unblock(hub, load_integration(hub, WORKSPACE, "int_a"))
    assert (after.failures, after.blocked_until) == (0, None)


def test_going_well_costs_no_write(hub):
    integration = connected(hub)
    before = hub.documents.puts
    assert unblock(hub, integration) is integration
    assert hub.documents.puts == before


@pytest.mark.parametrize("status", ["pending", "paused", "reauth_required"])
def test_only_an_active_integration_is_open(hub, clock, status):
    assert not is_open(connected(hub, status=status), clock.now())


@pytest.mark.parametrize(
    ("status", "after"), [("active", "reauth_required"), ("paused", "paused"), ("pending", "pending")]
)
def test_people_are_asked_to_connect_again_where_it_was_connected(hub, status, after):
    require_reauthorization(hub, connected(hub, status=status))
    assert load_integration(hub, WORKSPACE, "int_a").status == after


def test_a_change_meets_another_change_and_keeps_both(hub):
    stale = connected(hub)
    change_integration(hub, stale, name="renamed")
    assert change_integration(hub, stale, failures=3).name == "renamed"
    held = load_integration(hub, WORKSPACE, "int_a")
    assert (held.name, held.failures) == ("renamed", 3)


def test_a_change_of_what_was_deleted_is_refused(hub):
    stale = replace(connected(hub), version=7)
    hub.documents.delete(hub.documents.get(f"{WORKSPACE}#INTEGRATION", "int_a"))
    with pytest.raises(NotFoundError):
        change_integration(hub, stale, name="x")


def test_missed_hints_are_told_once(hub):
    assert not take_missed(hub, WORKSPACE, "int_a")
    note_missed(hub, WORKSPACE, "int_a")
    note_missed(hub, WORKSPACE, "int_a")
    assert take_missed(hub, WORKSPACE, "int_a")
    assert not take_missed(hub, WORKSPACE, "int_a")
    assert sent(hub, Wake) == []


# ------------------------------------------------------------------------------------------------ runs


def run(number: int = 1, **more) -> Run:
    going_on = Run(
        WORKSPACE,
        "int_a",
        f"run_{number:03d}",
        mode="incremental",
        status="running",
        started_at=START,
        progress_at=START,
        entities=("company", "contact"),
        phase="changed",
    )
    return replace(going_on, **more)


@given(
    st.sampled_from(["list", "reconcile", "changed", "gone"]),
    st.one_of(st.none(), st.text(max_size=5)),
    st.one_of(st.none(), st.just(START)),
    st.dictionaries(st.sampled_from(["contact", "company.reconcile"]), st.just({"seen": 3, "ok": 3})),
)
def test_a_run_comes_back_as_it_was(phase, cursor, moment, counts):
    made = run(phase=phase, cursor=cursor, source_time=moment, newest=moment, counts=counts, words="x", version=4)
    assert run_from_json(run_to_json(made), version=4) == made


def test_runs_are_listed_newest_first_and_by_integration(hub):
    for number in (1, 3, 2):
        save_run(hub, run(number))
    save_run(hub, replace(run(9), integration_id="int_b"))
    assert [each.run_id for each in list_runs(hub, WORKSPACE, "int_a")] == ["run_003", "run_002", "run_001"]


def test_two_workers_cannot_both_move_a_run_on(hub):
    first = save_run(hub, run())
    save_run(hub, replace(first, cursor="2"))
    with pytest.raises(ConflictError):
        save_run(hub, replace(first, cursor="3"))
    assert load_run(hub, WORKSPACE, "int_a", "run_001").cursor == "2"


def test_a_report_is_kept_for_thirty_days(hub, clock):
    save_run(hub, run())
    clock.advance(30 * 24 * 3600 - 1)
    assert load_run(hub, WORKSPACE, "int_a", "run_001").run_id == "run_001"
    clock.advance(1)
    with pytest.raises(NotFoundError):
        load_run(hub, WORKSPACE, "int_a", "run_001")

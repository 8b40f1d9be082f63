"""A checkpoint that does not move is no success: after three runs' worth of tries it shows, and it rings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.adapters.memory.queues import MemoryQueues
from crmbridge.domain.messages import SyncStep
from crmbridge.domain.records import Entity
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import Page
from crmbridge.services._runs import STALLED_AFTER, Run, has_stood_still, list_runs, run_from_json, run_to_json, tried
from crmbridge.services.hub import change_integration
from crmbridge.services.plan_sync import Plan, plan_all, start_run
from crmbridge.services.run_sync_batch import run_sync_batch
from tests.unit.services.hubs import START, WORKSPACE
from tests.unit.services.shelves import Room, within


@pytest.fixture
def room() -> Room:
    room = Room()
    room.people(25)
    change_integration(room.hub, room.integration("int_b"), status="paused")
    return room


def latest(room: Room) -> Run:
    return list_runs(room.hub, WORKSPACE, "int_a")[0]


def fail(kind: str, error: Exception) -> Callable[[str], None]:
    def called(name: str) -> None:
        if name == kind:
            raise error

    return called


def minutes(room: Room, number: int, *, lost: bool = False) -> Plan:
    """Let minutes pass, with the planner and the workers at work; returns what was planned in all."""
    total = Plan()
    assert isinstance(room.hub.queues, MemoryQueues)
    for _ in range(number):
        room.clock.advance(60)
        made = plan_all(room.hub)
        total.started += made.started
        total.resumed += made.resumed
        total.stalled += made.stalled
        for message in room.hub.queues.messages:
            if message.visible_at <= room.clock.now():
                room.hub.queues.acknowledge(message)
                if not lost:
                    room.work(message.content)
    return total


# ------------------------------------------------------------------------------------------------ runs that hang


def test_a_run_whose_crm_always_fails_stalls_after_three_intervals_and_not_before(room: Room):
    room.a.before = fail("changed", RetriableProviderError("down", provider="acme", status=500))
    minutes(room, 44)
    assert latest(room).status == "running"
    minutes(room, 6)
    assert latest(room).status == "stalled"


def test_a_stalled_run_goes_on_from_its_checkpoint_as_soon_as_the_crm_answers(room: Room):
    room.a.before = fail("changed", RetriableProviderError("down", provider="acme", status=500))
    minutes(room, 60)
    stalled = latest(room)
    assert stalled.status == "stalled"
    room.a.before = None
    minutes(room, 8)
    ended = next(each for each in list_runs(room.hub, WORKSPACE, "int_a") if each.run_id == stalled.run_id)
    assert (ended.status, ended.tries, ended.stuck_at) == ("done", 0, None)


def test_a_run_whose_steps_vanish_is_picked_up_and_stalls(room: Room):
    total = minutes(room, 70, lost=True)
    assert latest(room).status == "stalled"
    assert total.stalled >= 1
    assert 5 <= total.resumed <= 15, "once in five leases, not at every look"


@pytest.mark.parametrize("wait_s", [5, 600, 3600])
def test_waiting_for_a_quota_is_not_standing_still(room: Room, wait_s: float):
    quota = RetriableProviderError("slow down", provider="acme", status=429, retry_after_s=wait_s, is_quota=True)
    room.a.before = fail("changed", quota)
    minutes(room, 240)
    assert (latest(room).status, latest(room).tries) == ("running", 0)


def test_a_pause_is_not_standing_still(room: Room):
    start_run(room.hub, room.integration())
    change_integration(room.hub, room.integration(), status="paused")
    minutes(room, 180)
    assert latest(room).status == "cancelled"


def test_progress_in_between_begins_the_count_again(room: Room):
    room.a.before = fail("gone", RetriableProviderError("down", provider="acme", status=500))
    step = SyncStep(WORKSPACE, "int_a", getattr(start_run(room.hub, room.integration()), "run_id", ""))
    for _ in range(2):
        run_sync_batch(room.hub, step, has_time=lambda: True)
        room.clock.advance(1000)
    assert latest(room).tries == 2
    room.a.before = None
    pages = iter([True])
    run_sync_batch(room.hub, step, has_time=lambda: next(pages, False))
    assert (latest(room).tries, latest(room).stuck_at, latest(room).status) == (0, None, "running")


# ------------------------------------------------------------------------------------------------ runs that always skip


def test_an_entity_that_the_crm_refuses_three_times_running_is_stalled_and_never_a_success(room: Room):
    room.a.before = fail("changed", FatalProviderError("no such view", provider="acme", status=400))
    shown = []
    for _ in range(4):
        minutes(room, 15)
        shown.append(latest(room).status)
    assert shown == ["partial", "partial", "stalled", "stalled"]
    assert "no such view" in latest(room).words
    assert not latest(room).is_live
    room.a.before = None
    minutes(room, 15)
    assert latest(room).status == "done"


def test_a_page_that_follows_itself_ends_at_once_and_its_entity_is_not_read(room: Room):
    good = room.a.list_changed

    def stuck(entity: Entity, **more: object) -> Page:
        page = good(entity, since=START, cursor=None)
        return replace(page, next_cursor="7")

    before = room.hub.documents.query(f"{WORKSPACE}#CURSOR", "int_a")
    room.a.list_changed = stuck  # type: ignore[method-assign] - one method is replaced on purpose
    minutes(room, 45)
    assert (latest(room).status, latest(room).skipped) == ("stalled", ("company", "contact"))
    assert "the same page follows itself" in latest(room).words
    assert room.hub.documents.query(f"{WORKSPACE}#CURSOR", "int_a") == before


# ------------------------------------------------------------------------------------------------ the rules themselves


def over(skipped: tuple[Entity, ...] = (), read: tuple[Entity, ...] = (), mode: str = "incremental") -> Run:
    return Run(
        WORKSPACE,
        "int_a",
        "run_1",
        mode=mode,  # type: ignore[arg-type] - names by their rules
        status="done",
        started_at=START,
        progress_at=START,
        entities=(),
        phase="changed",
        counts={each: {} for each in read},
        skipped=skipped,
    )


@pytest.mark.parametrize(
    ("before", "stands_still"),
    [
        ([over(("contact",)), over(("contact",))], True),
        ([over(("contact",))], False),
        ([over(("contact",)), over(read=("contact",)), over(("contact",))], False),
        ([over(("contact",)), over(read=("company",)), over(("contact",))], True),
        ([over(("contact",)), over(("contact",), mode="comparison")], False),
        ([over(("company",)), over(("company",))], False),
        ([over(("contact",), read=("contact",)), over(("contact",), read=("contact",))], True),
    ],
)
def test_standing_still_is_three_runs_that_concern_the_entity(before: list[Run], stands_still: bool):
    assert has_stood_still(over(("contact",)), before) is stands_still


@given(st.lists(st.integers(0, 2000), min_size=1, max_size=8))
def test_a_run_is_stalled_by_tries_and_time_together(gaps: list[int]):
    run, now = replace(over(), status="running", entities=("contact",)), START
    for number, gap in enumerate(gaps, start=1):
        now = within(now, gap if number > 1 else 0)
        run = tried(run, now, interval_s=900)
        long_enough = (now - START).total_seconds() >= STALLED_AFTER * 900
        assert (run.status == "stalled") is (number >= STALLED_AFTER and long_enough) or run.status == "stalled"
        assert run.is_live
        assert run_from_json(run_to_json(run), version=0) == run

"""A comparison whose workers die, repeat themselves and run out of time: same report, same end, small cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crmbridge.domain.messages import SyncStep
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.services._reports import load_report
from crmbridge.services.plan_sync import start_comparison
from crmbridge.services.run_sync_batch import run_sync_batch
from tests.unit.services.hubs import WORKSPACE, AtomicDocuments
from tests.unit.services.shelves import PAGE, Room, says

# ------------------------------------------------------------------------------------------------ dying and repeating


class CrashError(BaseException):
    """The worker died; no code under test can catch it."""


class Ports:
    """Passes calls through and dies at one of them, before or after its effect."""

    def __init__(self) -> None:
        self.calls = 0
        self.at: tuple[int, str] = (0, "")

    def wrap(self, port: Any) -> Any:
        return _Passing(port, self)


class _Passing:
    def __init__(self, port: Any, ports: Ports) -> None:
        self._port, self._ports = port, ports

    def __getattr__(self, name: str) -> Any:
        target, ports = getattr(self._port, name), self._ports
        if not callable(target):
            return target

        def call(*args: Any, **kwargs: Any) -> Any:
            ports.calls += 1
            number, when = ports.at
            if number == ports.calls and when == "before":
                raise CrashError
            result = target(*args, **kwargs)
            if number == ports.calls and when == "after":
                raise CrashError
            return result

        return call


def troubled() -> Room:
    """Return a room with something of everything to be found."""
    room = Room()
    keys = room.people(25)
    for key in (*keys[2:6], keys[20]):
        room.a.rows[key]["city"] = "Olinda"
    room.a.hidden.add(keys[7])
    room.a.drop(keys[8])
    for number in (77, 78):
        room.a.put(number, email=f"n{number}@example.com")
    return room


def play(number: int, when: str, *, budget: int | None = None) -> tuple[dict[str, Any], Room, int]:
    """Compare with a worker that dies at one call; another one begins the step again."""
    room, ports = troubled(), Ports()
    real = room.hub
    room.hub = replace(real, records=ports.wrap(real.records), documents=ports.wrap(real.documents))
    room.hub = replace(room.hub, queues=ports.wrap(real.queues))
    run = start_comparison(real, room.integration(), budget=budget)
    assert run is not None
    room.a.before = lambda kind: ports.wrap(_Silent()).call(kind)
    ports.calls, ports.at = 0, (number, when)
    step = SyncStep(WORKSPACE, "int_a", run.run_id)
    try:
        run_sync_batch(room.hub, step, has_time=lambda: True)
    except CrashError:
        ports.at = (0, "")
    calls = ports.calls
    room.hub = real
    for _ in range(2):  # the message comes again, and then once more
        run_sync_batch(real, step, has_time=lambda: True)
    room.settle()
    return load_report(real, WORKSPACE, "int_a", f"{run.run_id}-contact"), room, calls


class _Silent:
    def call(self, kind: str) -> None:
        return None


@pytest.mark.parametrize("budget", [None, 6])
def test_a_worker_may_die_anywhere_and_the_report_is_the_same(budget: int | None):
    whole, room, calls = play(0, "", budget=budget)
    wanted = {"newer_there": 5, "missing_here": 2, "gone": 1, "invisible": 1, "differing": {"city": 5}}
    assert says(whole, **wanted, repaired=6 if budget else 9, left=3 if budget else 0)
    ends = {key: dict(row) for key, row in sorted(room.b.rows.items())}
    assert calls > 40
    for number in range(1, calls + 1):
        for when in ("before", "after"):
            report, again, _ = play(number, when, budget=budget)
            assert {**report, "ended_at": ""} == {**whole, "ended_at": ""}, (number, when)
            assert {key: dict(row) for key, row in sorted(again.b.rows.items())} == ends, (number, when)


def work(room: Room, run_id: str, *, pages: int) -> None:
    """Have a worker read some pages on."""
    more = iter([True] * pages)
    run_sync_batch(room.hub, SyncStep(WORKSPACE, "int_a", run_id), has_time=lambda: next(more, False))


def test_a_step_without_time_for_more_goes_on_where_it_stopped():
    whole, _, _ = play(0, "")
    room = troubled()
    run = start_comparison(room.hub, room.integration(), budget=None)
    assert run is not None
    for _ in range(40):
        pages = iter([True])
        run_sync_batch(
            room.hub, SyncStep(WORKSPACE, "int_a", run.run_id), has_time=lambda pages=pages: next(pages, False)
        )
    room.settle()
    report = load_report(room.hub, WORKSPACE, "int_a", f"{run.run_id}-contact")
    assert {**report, "ended_at": ""} == {**whole, "ended_at": ""}


@pytest.mark.parametrize("kind", ["list", "read"])
def test_a_crm_that_fails_in_between_costs_no_count(kind: str):
    whole, _, _ = play(0, "")
    room = troubled()
    failures = iter([False, True, True, False, True])

    def fail(called: str) -> None:
        if called == kind and next(failures, False):
            raise RetriableProviderError("down", provider="acme", retry_after_s=5)

    room.a.before = fail
    report = room.compare()
    assert {**report, "started_at": "", "ended_at": ""} == {**whole, "started_at": "", "ended_at": ""}


def test_an_entity_that_cannot_be_listed_is_reported_as_failed():
    room = Room()
    room.people(3)

    def refuse(called: str) -> None:
        if called == "list":
            raise FatalProviderError("no right to list", provider="acme")

    room.a.before = refuse
    report = room.compare()
    assert (report["status"], report["words"]) == ("failed", "company: no right to list. contact: no right to list. ")


# ------------------------------------------------------------------------------------------------ cost


def test_nothing_changed_costs_one_listing_and_few_checkpoints():
    room = Room()
    room.people(300)
    room.a.calls.clear()
    assert isinstance(room.hub.documents, AtomicDocuments)
    puts = room.hub.documents.puts
    room.compare()
    pages = 300 // PAGE
    assert room.a.calls == ["list"] * (pages + 1)
    assert room.hub.documents.puts - puts < pages / 2


def test_one_missing_row_among_many_costs_a_look_at_few():
    room = Room()
    keys = room.people(600)
    room.a.hidden.add(keys[17])
    room.a.calls.clear()
    assert says(room.compare(), there=599, here=600, invisible=1, repaired=1)
    assert room.a.calls.count("read") <= 3


def test_a_run_stays_small_however_many_rows_there_are():
    room = Room()
    room.people(400)
    run = start_comparison(room.hub, room.integration(), budget=None)
    assert run is not None
    sizes = []
    for _ in range(60):
        pages = iter([True] * 3)
        run_sync_batch(
            room.hub, SyncStep(WORKSPACE, "int_a", run.run_id), has_time=lambda pages=pages: next(pages, False)
        )
        (held, *_) = room.hub.documents.query(f"{WORKSPACE}#RUN#int_a", run.run_id)
        sizes.append(len(str(held.body)))
    assert max(sizes) < 14_000
    assert sizes[-1] < 2_000

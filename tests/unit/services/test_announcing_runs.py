"""What is announced of runs: each end once, and to people what means something to them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crmbridge.adapters.memory.bus import MemoryBus, MemoryNotifier
from crmbridge.services._run_ends import expect_end
from crmbridge.services._runs import save_run
from crmbridge.services.announce_states import announce_states
from crmbridge.services.hub import Hub
from crmbridge.services.plan_sync import plan_all
from crmbridge.services.workspace_settings import change_settings
from tests.unit.services.announced import heard, kinds, run_of, settled, told
from tests.unit.services.hubs import WORKSPACE, Clock, make_hub
from tests.unit.services.test_planning import has_been_read


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(clock: Clock) -> Hub:
    return make_hub(clock)


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
def people() -> MemoryNotifier:
    return MemoryNotifier()


@pytest.mark.parametrize(
    "end",
    [("done", "sync_completed", []), ("failed", "sync_failed", ["syncFailed"]), ("cancelled", "sync_cancelled", [])],
)
def test_the_end_of_a_run_is_told_once(hub, bus, people, end):
    status, kind, notices = end
    settled(hub, bus, people)
    run_of(hub, status, words="the CRM said: Ana Prado is wrong")
    for _ in range(3):
        announce_states(hub, bus, people)
    (event,) = told(bus)
    assert (event.kind, event.data["runId"], event.correlation_id) == (kind, "run_1", "run_1")
    assert heard(people) == notices
    assert "Ana" not in str(event.to_json()), "a CRM's words may be personal"


def test_words_of_a_run_go_along_in_full_payloads_alone(hub, bus, people):
    settled(hub, bus, people)
    change_settings(hub, WORKSPACE, {"events": {"payload": "full"}})
    run_of(hub, "failed", words="too many fields")
    announce_states(hub, bus, people)
    assert told(bus)[0].values == {"words": "too many fields"}


def test_a_run_that_goes_on_is_told_when_it_ends(hub, bus, people):
    settled(hub, bus, people)
    run = run_of(hub, "running", entities=("contact",))
    announce_states(hub, bus, people)
    assert kinds(bus) == []
    save_run(hub, replace(run, status="done", entities=()))
    announce_states(hub, bus, people)
    assert kinds(bus) == ["sync_completed"]


def test_a_run_that_stands_still_is_told_once_and_its_end_too(hub, bus, people):
    settled(hub, bus, people)
    run = run_of(hub, "stalled", entities=("contact",))
    for _ in range(3):
        announce_states(hub, bus, people)
    assert (kinds(bus), heard(people)) == (["sync_stalled"], ["syncFailed"])
    save_run(hub, replace(run, status="done", entities=()))
    announce_states(hub, bus, people)
    assert (kinds(bus), heard(people)) == (["sync_completed"], ["syncCompleted"]), "people hear that it works again"


def test_failures_in_a_row_are_one_message_until_one_succeeds(hub, bus, people):
    settled(hub, bus, people)
    for number, status in enumerate(["failed", "failed", "failed", "done", "done", "failed"]):
        run_of(hub, status, run_id=f"run_{number}")
        announce_states(hub, bus, people)
    assert len(kinds(bus)) == 6
    assert heard(people) == ["syncFailed", "syncCompleted", "syncFailed"]


def test_a_first_read_is_told_to_people_and_a_comparison_only_where_it_found_something(hub, bus, people, clock):
    settled(hub, bus, people)
    run_of(hub, "done", mode="baseline", run_id="run_1")
    announce_states(hub, bus, people)
    assert heard(people) == ["syncCompleted"]
    clock.advance(25 * 3600)
    run_of(hub, "done", mode="comparison", run_id="run_2", counts={"contact": {"repaired": 0}})
    announce_states(hub, bus, people)
    assert heard(people) == []
    run_of(hub, "partial", mode="comparison", run_id="run_3", counts={"contact": {"repaired": 2}})
    announce_states(hub, bus, people)
    assert heard(people) == ["syncCompleted"]


def test_a_run_promises_its_end_before_it_begins(hub, bus, people, monkeypatch):
    settled(hub, bus, people)
    has_been_read(hub)
    stored = []
    put = hub.documents.put
    monkeypatch.setattr(
        hub.documents, "put", lambda document, **how: stored.append(document.pk) or put(document, **how)
    )
    plan_all(hub)
    places = [each for each in stored if each in (f"{WORKSPACE}#TELL", f"{WORKSPACE}#RUN#int_a")]
    assert places == [f"{WORKSPACE}#TELL", f"{WORKSPACE}#RUN#int_a"]


def test_a_promise_of_a_run_that_was_never_begun_is_given_up(hub, bus, people, clock):
    settled(hub, bus, people)
    expect_end(hub, WORKSPACE, "int_a", "run_lost")
    announce_states(hub, bus, people)
    assert len(hub.documents.query(f"{WORKSPACE}#TELL")) == 1
    clock.advance(3601)
    announce_states(hub, bus, people)
    assert hub.documents.query(f"{WORKSPACE}#TELL") == ()


def test_a_removed_integration_is_told_and_nothing_of_it_stays(hub, bus, people):
    settled(hub, bus, people)
    run_of(hub, "running", entities=("contact",))
    hub.documents.delete(hub.documents.get(f"{WORKSPACE}#INTEGRATION", "int_a"))
    for _ in range(2):
        announce_states(hub, bus, people)
    (event,) = told(bus)
    assert (event.kind, event.data) == ("integration_removed", {"integrationId": "int_a", "provider": "acme"})
    assert hub.documents.query(f"{WORKSPACE}#TOLD") == hub.documents.query(f"{WORKSPACE}#TELL") == ()

"""What is announced of integrations and runs: once as far as others can tell, whoever dies or fails meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crmbridge.adapters.memory.bus import MemoryBus, MemoryNotifier
from crmbridge.domain.budgets import Budget, Level
from crmbridge.domain.declaration import Allowance, Limits, Rate
from crmbridge.domain.events.envelope import Event
from crmbridge.domain.messages import SyncStep
from crmbridge.domain.records import Conflict, LastChange, Link, Parked, Record, Side, Stamp
from crmbridge.errors import ConfigurationError
from crmbridge.ports import Document
from crmbridge.services._chronicle import list_decisions
from crmbridge.services._runs import list_runs
from crmbridge.services._standings import is_running_out, left_of_days
from crmbridge.services.announce_records import RecordAnnouncer
from crmbridge.services.announce_states import announce_states, publish_held
from crmbridge.services.fan_out_changes import StreamChange
from crmbridge.services.hub import Hub
from tests.unit.services.announced import become, heard, kinds, run_of, settled, told
from tests.unit.services.hubs import START, WORKSPACE, Clock, connected, make_hub


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
    "turn",
    [
        ({"status": "paused"}, "integration_paused", {"status": "active"}, "integration_resumed", []),
        (
            {"status": "reauth_required"},
            "authentication_lost",
            {"status": "active"},
            "authentication_restored",
            ["authenticationLost"],
        ),
        ({"status": "pending"}, "integration_disconnected", {"status": "active"}, "authentication_restored", []),
        ({"circuit": "open"}, "circuit_opened", {"circuit": "closed"}, "circuit_closed", ["circuitOpened"]),
        (
            {"blocked_until": START + timedelta(hours=3)},
            "quota_warning",
            {"blocked_until": None},
            "quota_recovered",
            ["quotaWarning"],
        ),
    ],
)
def test_what_becomes_of_an_integration_is_told_there_and_back(hub, bus, people, turn):
    changes, there, back_again, back, notices = turn
    settled(hub, bus, people)
    become(hub, **changes)
    for _ in range(3):
        announce_states(hub, bus, people)
    assert (kinds(bus), heard(people)) == ([there], notices)
    become(hub, **back_again)
    for _ in range(3):
        announce_states(hub, bus, people)
    assert (kinds(bus), heard(people)) == ([back], [])


def test_a_circuit_that_tries_again_is_still_open(hub, bus, people):
    settled(hub, bus, people)
    for circuit in ("open", "half_open", "open", "half_open"):
        become(hub, circuit=circuit)
        announce_states(hub, bus, people)
    assert kinds(bus) == ["circuit_opened"]


def test_a_circuit_that_flaps_is_an_event_each_time_and_one_message_an_hour(hub, bus, people, clock):
    settled(hub, bus, people)
    for _ in range(6):
        for circuit in ("open", "closed"):
            become(hub, circuit=circuit)
            announce_states(hub, bus, people)
            clock.advance(300)
    assert kinds(bus) == ["circuit_opened", "circuit_closed"] * 6
    assert heard(people) == ["circuitOpened"]


def test_each_lost_authorisation_is_told_however_soon_it_follows(hub, bus, people):
    settled(hub, bus, people)
    for _ in range(2):
        for status in ("reauth_required", "active"):
            become(hub, status=status)
            announce_states(hub, bus, people)
    assert heard(people) == ["authenticationLost"] * 2
    assert len({each.event_id for each in told(bus)}) == 4


def test_one_that_is_not_connected_yet_is_nothing_to_tell(hub, bus, people):
    connected(hub, status="pending")
    announce_states(hub, bus, people)
    assert kinds(bus) == []


def test_a_brake_is_told_by_entity_until_people_have_decided(hub, bus, people):
    settled(hub, bus, people)
    braked = Document(f"{WORKSPACE}#DELETIONS", "int_a#contact", {"hours": {}, "braked": True})
    braked = hub.documents.put(braked)
    for _ in range(2):
        announce_states(hub, bus, people)
    (event,) = told(bus)
    assert (event.kind, event.data["entity"]) == ("deletions_held", "contact")
    assert heard(people) == ["errors"]
    hub.documents.put(replace(braked, body={"hours": {}, "braked": False}))
    announce_states(hub, bus, people)
    assert kinds(bus) == ["deletions_released"]


@pytest.mark.parametrize(
    ("left", "was_low", "wanted"),
    [([], False, False), ([0.19], False, True), ([0.2], False, False), ([0.25], True, True), ([0.9, 0.1], False, True)],
)
def test_a_quota_runs_out_below_a_fifth_and_is_fine_again_from_three_tenths_on(hub, left, was_low, wanted):
    assert is_running_out(connected(hub), left, START, was_low=was_low) is wanted


def test_only_what_a_day_allows_and_was_told_lately_counts():
    limits = Limits(
        read_batch=1, write_batch=1, find_batch=1, list_page=1, lag_s=0,
        rates=(Rate(calls=1000, per_s=3600),), allowances=(Allowance(most=100), Allowance(most=9, per_s=300)),
    )  # fmt: skip
    now_ms = int(START.timestamp() * 1000)
    fresh, stale = Level(left=10, most=100, told_ms=now_ms), Level(left=1, most=100, told_ms=now_ms - 90_000_000)
    levels = {"rate.0": fresh, "allowance.0": fresh, "allowance.1": fresh}
    assert left_of_days(limits, Budget(levels=levels), START) == [0.1]
    assert left_of_days(limits, Budget(levels={"allowance.0": stale}), START) == []
    used_up = replace(fresh, left=50, opens_ms=now_ms + 1)
    assert left_of_days(limits, Budget(levels={"allowance.0": used_up}), START) == [0.0]


# ------------------------------------------------------------------------------------------------ trouble


def test_what_the_bus_does_not_take_is_told_at_the_next_look_and_people_only_then(hub, bus, people):
    settled(hub, bus, people)
    become(hub, status="reauth_required")
    bus.takes = lambda _: False
    assert announce_states(hub, bus, people).late == 1
    assert (kinds(bus), heard(people)) == ([], [])
    bus.takes = lambda _: True
    assert announce_states(hub, bus, people).late == 0
    assert (kinds(bus), heard(people)) == (["authentication_lost"], ["authenticationLost"])


def test_who_dies_after_telling_tells_again_with_the_same_ids(hub, bus, people, monkeypatch):
    settled(hub, bus, people)
    become(hub, status="reauth_required", circuit="open")
    run_of(hub, "failed")
    monkeypatch.setattr("crmbridge.services._telling.Telling.note", lambda _: None)
    announce_states(hub, bus, people)
    first = told(bus)
    monkeypatch.undo()
    announce_states(hub, bus, people)
    again = told(bus)
    assert len(first) == 3
    assert [each.event_id for each in again] == [each.event_id for each in first]
    announce_states(hub, bus, people)
    assert kinds(bus) == []


def test_two_at_once_tell_the_same_ids_and_one_of_them_notes_it(hub, bus, people, monkeypatch):
    settled(hub, bus, people)
    become(hub, status="reauth_required")
    stale = hub.documents.query(f"{WORKSPACE}#TOLD")
    query = hub.documents.query
    announce_states(hub, bus, people)
    monkeypatch.setattr(hub.documents, "query", lambda pk, prefix="": stale if "TOLD" in pk else query(pk, prefix))
    announce_states(hub, bus, people)
    monkeypatch.undo()
    one, other = told(bus)
    assert one.event_id == other.event_id
    announce_states(hub, bus, people)
    assert kinds(bus) == []


def test_a_message_that_could_not_be_sent_is_sent_later_and_its_event_is_told_once(hub, bus, people):
    settled(hub, bus, people)
    become(hub, status="reauth_required")
    people.works = False
    assert announce_states(hub, bus, people).late == 1
    assert announce_states(hub, bus, people).late == 1
    people.works = True
    assert announce_states(hub, bus, people).notices == 1
    assert announce_states(hub, bus, people).notices == 0
    assert (kinds(bus), heard(people)) == (["authentication_lost"], ["authenticationLost"])
    assert hub.documents.query(f"{WORKSPACE}#TELL") == ()


def test_held_events_that_are_not_taken_go_back_to_their_queue(bus):
    event = Event(event_id="evt_1", kind="x", workspace_id="w", at=START, correlation_id="c", data={})
    bus.takes = lambda _: False
    with pytest.raises(ConfigurationError):
        publish_held(bus, [event])
    bus.takes = lambda _: True
    publish_held(bus, [event])
    assert bus.published == [event]


# ------------------------------------------------------------------------------------------------ signals


def frozen(record: Record) -> Record:
    sides = {key: Side("x", Stamp(0, key)) for key in ("int_a", "int_b")}
    return replace(
        record,
        rev=record.rev + 1,
        frozen={"city": Conflict("w", sides, START)},
        last=LastChange("changed", "int_a", START),
    )


def change(hub: Hub, bus: MemoryBus, before: Record, after: Record) -> None:
    list_decisions(hub, before, after)
    RecordAnnouncer(hub, bus).announce([StreamChange("e", before, after)])


def test_people_are_told_how_many_decisions_wait_and_not_of_each(hub, bus, people, clock):
    settled(hub, bus, people)
    for number in range(3):
        record = Record(WORKSPACE, f"con_{number:026d}", "contact", rev=1)
        change(hub, bus, record, frozen(record))
    assert kinds(bus) == ["conflict_detected"] * 3
    announce_states(hub, bus, people)
    (notice,) = people.notices
    assert "3 open decisions" in notice.text
    record = Record(WORKSPACE, f"con_{9:026d}", "contact", rev=1)
    change(hub, bus, record, frozen(record))
    announce_states(hub, bus, people)
    assert len(people.notices) == 1, "not so soon again"
    clock.advance(4 * 3600)
    announce_states(hub, bus, people)
    assert "4 open decisions" in people.notices[1].text
    assert hub.documents.query(f"{WORKSPACE}#TELL") == ()


def test_what_was_decided_before_anybody_was_told_is_not_told(hub, bus, people):
    settled(hub, bus, people)
    record = Record(WORKSPACE, f"con_{1:026d}", "contact", rev=1)
    change(hub, bus, record, frozen(record))
    change(hub, bus, frozen(record), replace(record, rev=3, last=LastChange("resolved", "hub", START)))
    announce_states(hub, bus, people)
    assert kinds(bus) == ["conflict_detected", "conflict_resolved"]
    assert heard(people) == []


def test_refusals_of_a_crm_are_told_once_a_day(hub, bus, people, clock):
    settled(hub, bus, people)
    for number in range(5):
        record = Record(WORKSPACE, f"con_{number:026d}", "contact", rev=1, links={"int_a": Link("int_a", "9")})
        parked = Link("int_a", "9", parked=Parked("f", "No such Ana", "BAD", START))
        after = replace(record, rev=2, links={"int_a": parked}, last=LastChange("parked", "int_a", START))
        change(hub, bus, record, after)
        announce_states(hub, bus, people)
        clock.advance(3600)
    assert kinds(bus) == ["write_refused"] * 5
    assert heard(people) == ["errors"]


def test_another_workspace_is_looked_at_first_each_minute(hub, bus, people, clock, monkeypatch):
    for name in ("a", "b", "c"):
        hub.documents.put(Document("WORKSPACES", name, {}))
    seen: list[str] = []
    looked = "crmbridge.services.announce_states.load_integrations"
    monkeypatch.setattr(looked, lambda _, workspace_id: seen.append(workspace_id) or {})
    for _ in range(3):
        announce_states(hub, bus, people)
        clock.advance(60)
    assert sorted(seen[place : place + 3] for place in (0, 3, 6)) == [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"]]


def test_nothing_is_asked_of_a_crm_or_a_queue(hub, bus, people):
    connected(hub)
    announce_states(hub, bus, people)
    assert [each.content for each in hub.queues.messages if isinstance(each.content, SyncStep)] == []
    assert list_runs(hub, WORKSPACE, "int_a") == ()

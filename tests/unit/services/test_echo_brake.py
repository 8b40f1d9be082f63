"""Two systems that rewrite one field in turns are stopped, shown, and let go of."""

from __future__ import annotations

import pytest

from crmbridge.adapters.memory.queues import MemoryQueues
from crmbridge.domain.brake import CODE, MOST
from crmbridge.domain.messages import ChangeHint, Ticket
from crmbridge.domain.records import Value
from crmbridge.errors import NotFoundError
from crmbridge.services._chronicle import read_history
from crmbridge.services.push_changes import push_changes
from crmbridge.services.release_links import release_links
from tests.unit.services.hubs import WORKSPACE, sent
from tests.unit.services.shelves import Room, Shelf


@pytest.fixture
def room() -> Room:
    room = Room()
    room.people(1)
    room.clock.advance(7200)
    return room


def edit(room: Room, shelf: Shelf, **fields: Value) -> None:
    """Have somebody edit the only row of a CRM, which tells of it."""
    (key,) = shelf.rows
    shelf.rows[key].update(fields)
    room.clock.advance(1)
    shelf.times[key] = room.clock.now()
    name = "int_a" if shelf is room.a else "int_b"
    room.hub.queues.send_changes([ChangeHint(WORKSPACE, name, "contact", (key,))])
    room.settle()


def pushes(shelf: Shelf, name: str = "city") -> int:
    return sum(name in op.fields for op in shelf.written if op.kind == "update")


def quarrel(room: Room, rounds: int = 30) -> None:
    """Have each of the two CRMs insist on a city of its own."""
    for _ in range(rounds):
        edit(room, room.a, city="Recife")
        edit(room, room.b, city="Olinda")
        room.clock.advance(20)


def link(room: Room, key: str = "int_b"):
    return room.record("a000000").links[key]


def test_a_quarrel_is_stopped_after_ten_pushes_and_says_so(room: Room):
    quarrel(room)
    assert MOST <= pushes(room.a) <= MOST + 1
    assert MOST <= pushes(room.b) <= MOST + 1
    parked = [held for key in ("int_a", "int_b") if (held := link(room, key).parked) is not None]
    assert {(each.code, each.words[:5]) for each in parked} == {(CODE, "city:")}
    assert "parked" in {line["kind"] for line in read_history(room.hub, WORKSPACE, room.record("a000000").record_id)}


def test_a_drain_reports_what_the_brake_holds(room: Room):
    quarrel(room, rounds=12)
    edit_only = room.record("a000000")
    room.a.rows["a000000"]["city"] = "Recife"
    release_links(room.hub, WORKSPACE, edit_only.record_id, by="ana")
    room.stream.clear()
    assert isinstance(room.hub.queues, MemoryQueues)
    for message in room.hub.queues.messages:
        room.hub.queues.acknowledge(message)
    counts = []
    for number in range(14):
        room.clock.advance(1)
        (key,) = room.a.rows
        room.a.rows[key]["city"] = "Natal" if number % 2 else "Recife"
        room.a.times[key] = room.clock.now()
        room.hub.queues.send_changes([ChangeHint(WORKSPACE, "int_a", "contact", (key,))])
        (message,) = [each for each in room.hub.queues.messages if isinstance(each.content, ChangeHint)]
        room.work(message.content)
        room.hub.queues.acknowledge(message)
        report = push_changes(room.hub, Ticket(WORKSPACE, "int_b", "contact"), has_time=lambda: True)
        counts.append(report.pushed.braked)
    assert sum(counts) >= 1
    assert counts[0] == 0


def test_other_fields_of_a_held_record_go_out_all_the_same(room: Room):
    quarrel(room)
    before = pushes(room.b)
    edit(room, room.a, city="Recife", phone="+5581999990000")
    (key,) = room.b.rows
    assert room.b.rows[key]["phone"] == "+5581999990000"
    assert pushes(room.b) == before
    assert link(room).parked is not None


def test_a_new_edit_goes_out_although_the_brake_holds(room: Room):
    quarrel(room)
    assert link(room).parked is not None
    edit(room, room.a, city="Caruaru")
    (key,) = room.b.rows
    assert room.b.rows[key]["city"] == "Caruaru"
    assert link(room).parked is None


def test_after_a_quiet_hour_edits_flow_again(room: Room):
    quarrel(room)
    room.clock.advance(3600)
    edit(room, room.a, city="Recife")
    edit(room, room.a, city="Natal")
    (key,) = room.b.rows
    assert room.b.rows[key]["city"] == "Natal"
    assert link(room).parked is None


def test_people_let_go_of_the_brake_and_it_is_written_down(room: Room):
    quarrel(room)
    record = room.record("a000000")
    ours = record.fields["city"]
    held = next(key for key in ("int_a", "int_b") if record.links[key].parked is not None and key in due(room))
    released = release_links(room.hub, WORKSPACE, record.record_id, integration_id=held, by="ana")
    assert held in released.due_for
    room.settle()
    shelf = room.a if held == "int_a" else room.b
    (key,) = shelf.rows
    assert shelf.rows[key]["city"] == ours
    line = next(each for each in read_history(room.hub, WORKSPACE, record.record_id) if each["kind"] == "released")
    assert line["by"] == "ana"


def due(room: Room) -> set[str]:
    """Return the CRMs that hold another city than the hub does."""
    (a,), (b,) = room.a.rows.values(), room.b.rows.values()
    ours = room.record("a000000").fields["city"]
    return {key for key, row in (("int_a", a), ("int_b", b)) if row["city"] != ours}


def test_only_what_is_parked_can_be_let_go(room: Room):
    record_id = room.record("a000000").record_id
    with pytest.raises(NotFoundError, match="nothing of the record is parked"):
        release_links(room.hub, WORKSPACE, record_id, by="ana")
    with pytest.raises(NotFoundError, match="there is no record"):
        release_links(room.hub, WORKSPACE, "con_nobody", by="ana")
    with pytest.raises(NotFoundError):
        release_links(room.hub, "rival", record_id, by="eve")
    assert sent(room.hub, Ticket) == []


def test_many_edits_of_many_fields_are_no_quarrel(room: Room):
    names = ("city", "phone", "street", "state", "postal_code", "country", "first_name", "last_name")
    for number in range(64):
        edit(room, room.a, **{names[number % len(names)]: f"v{number}"})
    (key,) = room.b.rows
    assert link(room).parked is None
    assert {name: room.b.rows[key][name] for name in names} == {name: room.a.rows["a000000"][name] for name in names}


def test_an_ordinary_edit_leaves_the_record_as_small_as_before(room: Room):
    edit(room, room.a, city="Natal")
    assert link(room).pushes == {}
    room.clock.advance(3600)
    edit(room, room.a, city="Recife")
    assert link(room).pushes == {}

"""First reads that a CRM prepares, and loads that it works off by itself: nothing lost, nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crmbridge.domain.messages import Ticket
from crmbridge.domain.resolution import BY_PEOPLE
from crmbridge.errors import ConflictError, FatalProviderError, RetriableProviderError
from crmbridge.services import _loads
from crmbridge.services._joining import Joiner
from crmbridge.services._ledger import Ledger
from crmbridge.services._push_batch import Batch
from crmbridge.services._pushed import Pushed
from crmbridge.services._runs import list_runs
from crmbridge.services.hub import load_integrations
from crmbridge.services.push_changes import PushReport, push_changes
from tests.simulation.bulk import BulkCrm
from tests.simulation.crm import SimCrm
from tests.simulation.world import WORKSPACE, Crash, World

TICKET = Ticket(WORKSPACE, "int_bravo", "contact")
HAS_TIME: Callable[[], bool] = lambda: True  # noqa: E731 - a value, passed on
STEPS = ("open_load", "start_load", "look_at_load", "documents.put", "save_many", "find")


@pytest.fixture
def world() -> World:
    """Two CRMs that were read; whatever people make in alpha is due to bravo, and nobody has told it yet."""
    made = World(crms=("alpha", "bravo"), entities=("contact",))
    made.sync()
    return made


def _bravo(world: World) -> BulkCrm:
    found = world.crms["bravo"]
    assert isinstance(found, BulkCrm)
    return found


def _people(world: World, number: int, first: int = 0, **fields: str) -> None:
    """Have people made in alpha and known to the hub; tickets are thrown away."""
    for each in range(first, first + number):
        world.crms["alpha"].human_create("contact", {"email": f"p{each}@example.com", "last_name": "N", **fields}, {})
    _hear(world)


def _hear(world: World) -> None:
    for message in world.queues.pending("changes"):
        world.deliver(message)
    world.stream.clear()
    for message in world.queues.messages:
        world.queues.acknowledge(message)


def _push(world: World) -> PushReport:
    return push_changes(world.hub, TICKET, has_time=HAS_TIME)


def _emails(crm: SimCrm) -> list[str]:
    return sorted(str(row.fields["email"]) for row in crm.live("contact").values())


def test_many_new_rows_are_loaded_and_found_again(world: World):
    _people(world, 5)
    report = _push(world)
    assert (report.stopped, report.pushed.loaded, report.pushed.calls) == ("loading", 5, 0)
    assert [len(each.ops) for each in _bravo(world).loads] == [5]
    world.advance(2.5)
    assert _push(world).stopped == "loading"
    world.advance(30)
    report = _push(world)
    assert (report.stopped, report.pushed.linked, report.pushed.calls) == ("drained", 5, 0)
    assert len(_emails(_bravo(world))) == 5
    assert _bravo(world).rows_written == 5


def test_what_a_load_could_not_write_is_parked_with_the_vendors_words(world: World):
    _people(world, 2)
    _people(world, 3, 2, last_name="no!")
    _push(world)
    world.advance(60)
    report = _push(world)
    assert (report.pushed.linked, report.pushed.parked) == (2, 3)
    records = world.records.list_records(WORKSPACE, "contact", cursor=None, limit=100).items
    said = [each.links["int_bravo"].parked for each in records]
    assert sorted("" if each is None else each.words for each in said) == ["", "", *["no ! allowed"] * 3]


def test_an_edit_in_the_midst_of_a_load_comes_after_it(world: World):
    _people(world, 5)
    _push(world)
    key = next(iter(world.crms["alpha"].live("contact")))
    world.advance(1)
    world.crms["alpha"].human_edit("contact", key, {"job_title": "CTO"})
    _hear(world)
    assert _push(world).stopped == "loading"
    world.advance(60)
    _push(world)
    world.plan()
    world.settle()
    titles = [row.fields.get("job_title") for row in _bravo(world).live("contact").values()]
    assert sorted(str(each) for each in titles) == ["CTO", *["None"] * 4]


def test_a_look_is_not_repeated_before_its_time(world: World):
    _people(world, 5)
    _push(world)
    looks: list[str] = []
    _bravo(world).fault = lambda kind: looks.append(kind) or ""
    assert _push(world).wait_s == pytest.approx(_loads.LOOK_FIRST_S)
    assert looks == []


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("number", [1, 2])
def test_a_worker_that_dies_at_any_step_leaves_nothing_lost_and_nothing_twice(
    world: World, step: str, side: str, number: int
):
    _people(world, 5)
    left = number

    def die(name: str, call: Callable[[], Any]) -> Any:
        nonlocal left
        left -= name.endswith(step.rpartition(".")[2])
        if left == 0 and side == "before":
            left = -1
            raise Crash
        result = call()
        if left == 0:
            left = -1
            raise Crash
        return result

    for _ in range(4):
        world.watch = die
        world.survives(lambda: _push(world))
        world.watch = None
        world.advance(40)
    world.plan()
    world.settle()
    world.sync()
    assert _emails(_bravo(world)) == [f"p{each}@example.com" for each in range(5)]
    records = world.records.list_records(WORKSPACE, "contact", cursor=None, limit=100).items
    assert [dict(each.due_for) for each in records] == [{}] * 5


@pytest.mark.parametrize("step", ["open_load", "start_load"])
def test_a_lost_answer_at_either_step_makes_nothing_twice(world: World, step: str):
    _people(world, 5)
    answers = iter(["", "lost"] if step == "start_load" else ["lost"])
    _bravo(world).fault = lambda kind: next(answers, "") if kind == "write" else ""
    assert _push(world).stopped == "blocked"
    world.advance(60)
    world.plan()
    world.settle()
    assert len(_emails(_bravo(world))) == 5
    assert _bravo(world).rows_written == 5


def test_an_open_load_is_never_begun_by_somebody_else(world: World):
    _people(world, 5)
    bravo = _bravo(world)
    down = iter(["", "500"])
    bravo.fault = lambda kind: next(down, "") if kind == "write" else ""
    assert _push(world).stopped == "blocked"
    assert bravo.look_at_load("load 0") == "open"
    world.advance(60)
    world.plan()
    world.settle()
    assert (bravo.loads[0].is_over, bravo.loads[0].began_at) == (True, None)
    assert bravo.rows_written == 5


def test_a_load_that_never_ends_is_stopped_and_its_rows_go_by_batches(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.simulation.bulk.ROW_S", 1e9)
    _people(world, 5)
    _push(world)
    world.advance(_loads.PATIENCE_S + 1)
    assert _push(world).stopped == "loading"
    world.advance(60)
    report = _push(world)
    assert (report.stopped, report.pushed.created) == ("drained", 5)
    assert len(_emails(_bravo(world))) == 5


def test_a_load_of_which_the_crm_tells_no_more_counts_as_over(world: World):
    _people(world, 5)
    _push(world)
    setattr(_bravo(world), "look_at_load", _forbid)  # noqa: B010 - a method in place of its own
    world.advance(60)
    report = _push(world)
    assert (report.stopped, report.pushed.linked) == ("drained", 5)


def test_a_load_that_cannot_even_be_stopped_holds_nothing_up_for_ever(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.simulation.bulk.ROW_S", 1e9)
    _people(world, 5)
    _push(world)
    setattr(_bravo(world), "stop_load", _forbid)  # noqa: B010 - a method in place of its own
    world.advance(_loads.PATIENCE_S + 1)
    assert _push(world).stopped == "loading"
    world.advance(_loads.PATIENCE_S)
    assert (_push(world).stopped, len(_emails(_bravo(world)))) == ("drained", 5)


def _forbid(*_: object) -> str:
    raise FatalProviderError("no access", provider="bravo", status=403, code="INSUFFICIENT_ACCESS")


def test_rows_whose_load_met_a_limit_wait_and_go_by_batches(world: World):
    bravo = _bravo(world)
    setattr(bravo, "open_load", _refuse)  # noqa: B010 - a method in place of its own
    _people(world, 5)
    report = _push(world)
    assert (report.stopped, report.pushed.created) == ("blocked", 0)
    world.advance(report.wait_s + 1)
    report = _push(world)
    assert (report.stopped, report.pushed.created) == ("drained", 5)


def test_a_refused_load_goes_by_batches_and_is_not_tried_again_soon(world: World):
    bravo = _bravo(world)
    setattr(bravo, "open_load", _forbid)  # noqa: B010 - a method in place of its own
    _people(world, 5)
    report = _push(world)
    assert (report.stopped, report.pushed.created) == ("drained", 5)
    document = world.hub.documents.get(f"{WORKSPACE}#LOAD", "int_bravo#contact")
    assert document is not None
    world.advance(_loads.REFUSED_S + 1)
    assert world.hub.documents.get(f"{WORKSPACE}#LOAD", "int_bravo#contact") is None


def _refuse(*_: object) -> str:
    words = "TotalRequests Limit exceeded."
    raise RetriableProviderError(words, provider="bravo", status=403, is_quota=True, retry_after_s=1)


def test_a_first_read_rests_while_the_crm_prepares_it():
    world = World(crms=("alpha", "bravo"), entities=("contact",))
    for each in range(8):
        world.crms["bravo"].human_create("contact", {"email": f"p{each}@example.com"}, {})
    world.plan()
    began = world.time
    world.settle()
    assert len(_bravo(world).exported) == 1
    assert (world.time - began).total_seconds() >= 2
    runs = [each for each in list_runs(world.hub, WORKSPACE, "int_bravo") if each.mode == "baseline"]
    assert [(each.status, each.counts["contact"]["seen"]) for each in runs] == [("done", 8)]
    assert len(_emails(world.crms["alpha"])) == 8


def test_an_edit_after_the_export_was_made_is_not_overruled_by_it():
    world = World(crms=("alpha", "bravo"), entities=("contact",))
    bravo = world.crms["bravo"]
    keys = [bravo.human_create("contact", {"email": f"p{each}@example.com", "city": "Old"}, {}) for each in range(8)]
    world.plan()
    while not _bravo(world).exported:
        assert world.step()
    bravo.human_edit("contact", keys[5], {"city": "New"})
    bravo.human_delete("contact", keys[6])
    world.settle()
    world.sync()
    cities = {row.fields["email"]: row.fields.get("city") for row in world.crms["alpha"].live("contact").values()}
    assert cities["p5@example.com"] == "New"
    assert bravo.live("contact")[keys[5]].fields["city"] == "New"
    assert len(bravo.live("contact")) == 7


def test_a_row_that_a_load_has_made_belongs_to_the_record_it_was_made_for():
    world = World(crms=("bravo", "delta"), entities=("contact",))
    world.sync()
    for seconds in (0, 60):  # two people of one address in one CRM stay two, the second one while the first is loaded
        world.crms["delta"].human_create("contact", {"email": "same@example.com"}, {})
        _hear(world)
        world.advance(seconds)
        _push(world)
    world.plan()
    world.settle()
    made = _bravo(world).live("contact").values()
    ids = {row.external_id: row.correlation_id for row in made}
    assert len(set(ids.values())) == len(ids) == 2
    assert world.records.find_external(WORKSPACE, "int_bravo", "contact", sorted(ids)) == ids


def test_records_are_not_joined_while_one_of_them_is_loaded_into_a_crm_that_holds_the_other(world: World):
    _people(world, 1)
    _push(world)
    _bravo(world).human_create("contact", {"email": "other@example.com"}, {})
    _hear(world)
    loaded, other = sorted(
        each.record_id for each in world.records.list_records(WORKSPACE, "contact", cursor=None, limit=9).items
    )
    integrations = load_integrations(world.hub, WORKSPACE)
    ours, people = (Joiner(world.hub, WORKSPACE, integrations, source) for source in ("int_alpha", BY_PEOPLE))
    assert ours.must_wait(loaded, other)
    assert ours.must_wait(other, loaded)
    with pytest.raises(ConflictError, match="try again"):
        people.join(other, loaded)
    world.advance(60)
    _push(world)
    assert not ours.must_wait(loaded, other)
    assert not people.join(other, loaded), "by now both stand there"


def test_a_row_that_another_worker_has_just_handed_over_is_not_written_by_a_batch(world: World):
    _people(world, 3)
    keys = [each.record_id for each in world.records.list_records(WORKSPACE, "contact", cursor=None, limit=9).items]
    assert _push(world).stopped == "loading"
    integrations = load_integrations(world.hub, WORKSPACE)
    bravo = integrations["int_bravo"]
    ledger = Ledger(world.hub, bravo, integrations, "contact", world.hub.connectors.client(bravo))
    batch = Batch(ledger, 4, True, Pushed(), HAS_TIME, lambda: None)
    batch.push(keys, only_full=False)
    assert _bravo(world).rows_written == 0
    world.advance(60)
    _push(world)
    assert (_bravo(world).rows_written, len(_emails(_bravo(world)))) == (3, 3)

"""Whatever call fails, and however: the flow comes to its end, once, and nothing is left to write."""

from __future__ import annotations

from contextlib import suppress

import pytest

from crmbridge.domain.messages import Ticket
from crmbridge.services.push_changes import push_changes
from tests.simulation.__main__ import main
from tests.simulation.sweep.doubting import Apart, Joined
from tests.simulation.sweep.faults import FAULTS, OF_CRMS, Striker
from tests.simulation.sweep.flow import Flow
from tests.simulation.sweep.flows import FLOWS
from tests.simulation.sweep.live import Edit
from tests.simulation.sweep.play import Play
from tests.simulation.sweep.report import run, total
from tests.simulation.sweep.runner import PAIRS, Outcome, sweep
from tests.simulation.world import WORKSPACE, Crash

STRIDE = 23
"""How many calls apart the ones lie that fail in the quick sweep."""


def cells_due(outcomes: list[Outcome], *, every: int) -> dict[str, int]:
    """Count the cells that there have to be: every fault at every call, 429, 500 and 401 only where a CRM is called."""
    struck = [name for each in outcomes for name in each.calls[::every]]
    of_crms = sum(name.startswith("crm.") for name in struck)
    return {fault: of_crms if fault in OF_CRMS else len(struck) for fault in FAULTS}


def test_one_call_in_many_of_every_flow_may_fail_in_every_way():
    outcomes = run(every=STRIDE)
    assert [failure for each in outcomes for failure in each.failures] == []
    assert len(outcomes) == len(FLOWS) * len(PAIRS) == 42
    cells = total(outcomes)
    print(f"{sum(cells.values())} cells: {dict(cells)}")
    assert cells == cells_due(outcomes, every=STRIDE)
    assert sum(cells.values()) > 500


@pytest.mark.slow
def test_every_call_of_every_flow_may_fail_in_every_way(capsys):
    assert main(["--sweep"]) == 0
    said = capsys.readouterr().out
    assert " 0 failures" in said
    print(said)
    cells = int(said.split(" cells, ")[0].split()[-1])
    assert cells > 11_000


def test_a_fault_strikes_at_its_call_and_nowhere_else():
    play = Edit().stage(PAIRS[0])
    striker = Striker(play.world, "crash after", at=3)
    Edit().act(play)
    assert striker.has_struck
    assert len(striker.calls) > 3


def test_a_worker_that_died_makes_no_more_calls():
    play = Edit().stage(PAIRS[0])
    hub, made = play.world.hub, []

    def watch(name, call):
        made.append(name)
        raise Crash

    def work():
        try:
            hub.documents.query("WORKSPACES")
        finally:
            hub.documents.query("LEASES")

    play.world.watch = watch
    assert not play.world.survives(work)
    assert made == ["query"]


def test_a_row_that_two_records_could_claim_is_asked_about_even_before_it_was_read():
    play = Joined().stage(PAIRS[0])
    push_changes(play.world.hub, Ticket(WORKSPACE, "int_bravo", "contact"), has_time=lambda: True)
    play.world.settle()
    (question,) = play.open_questions("double")
    assert len(question["candidates"]) == 2
    assert [len(crm.live("contact")) for crm in play.world.crms.values()] == [2, 1], "nobody is joined or made"


def test_people_who_were_told_apart_are_not_joined_when_they_are_pushed():
    play = Apart().stage(PAIRS[0])
    Apart().act(play)
    play.world.watch = None
    play.recover()
    assert list(Apart().wrongs(play)) == []


class Forgetful(Edit):
    """A flow whose first webhook is lost with its worker, and that nobody reads for."""

    name = "forgetful"

    def act(self, play: Play) -> None:
        """Acknowledge what was not done, and lose all that could tell of it."""
        play.world.survives = lambda work: _swallowed(work) or True
        super().act(play)
        play.recover = lambda: None


def _swallowed(work):
    with suppress(Crash, TimeoutError):
        work()


def test_the_sweep_notices_a_queue_that_forgets_what_a_dead_worker_had_in_hand():
    failures = sweep(Forgetful(), PAIRS[0], every=STRIDE).failures
    assert any("crash before at call 1 " in each and "ana@example.com.city" in each for each in failures)


def test_a_flow_that_no_longer_makes_its_calls_is_noticed():
    class Idle(Flow):
        name = "idle"
        must_call = ("crm.write",)

        def act(self, play: Play) -> None:
            play.world.settle()

    assert sweep(Idle(), PAIRS[0]).failures == ["idle ('alpha', 'bravo') never calls crm.write"]

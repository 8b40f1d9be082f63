"""Reading on a schedule: lost webhooks made up for, and the first listing of two CRMs that hold the same people."""

from __future__ import annotations

from tests.simulation.sweep.flow import Flow
from tests.simulation.sweep.live import ANA, BIA
from tests.simulation.sweep.play import Play

CAI, DUDA = "cai@example.com", "duda@example.com"


class Poll(Flow):
    """Everything that people do is told by nobody, and found by the next run; more than one page of it."""

    name = "poll: an incremental run"
    must_call = ("query", "crm.list_changed", "crm.list_gone", "crm.read", "crm.write", "save_many", "put")

    def prepare(self, play: Play) -> None:
        """Have three people in step."""
        play.enter(play.first, "contact", ANA, city="Recife", job_title="Buyer")
        play.enter(play.first, "contact", BIA, city="Natal")
        play.enter(play.second, "contact", CAI, city="Patos")
        play.in_step()

    def act(self, play: Play) -> None:
        """Edit all of them and make one more, unheard; then the planner's minute comes."""
        with play.unheard():
            play.edit(play.first, ANA, city="Recife, Olinda")
            play.edit(play.first, BIA, city=None)
            play.edit(play.first, CAI, job_title="Seller")
            play.edit(play.second, ANA, job_title=None)
            play.enter(play.first, "contact", DUDA, city="Caruaru")
        play.world.sync()


class FirstListing(Flow):
    """Two CRMs are read for the first time; two of four people are in both."""

    name = "first listing: matching"
    must_call = ("query", "crm.list_all", "find_key", "crm.find", "crm.write", "save_many", "list_records", "put")

    def prepare(self, play: Play) -> None:
        """Have people in both, some of them the same."""
        with play.unheard():
            play.enter(play.first, "contact", ANA, city="Recife, Olinda")
            play.enter(play.first, "contact", BIA, last_name="Prado")
            play.enter(play.first, "contact", CAI, city="Patos")
            play.world.advance(5)
            play.enter(play.second, "contact", ANA, job_title="BUYER")
            play.enter(play.second, "contact", BIA, last_name="Moura")
            play.enter(play.second, "contact", DUDA, city="Caruaru")

    def act(self, play: Play) -> None:
        """Let the planner begin the first runs."""
        play.world.sync()

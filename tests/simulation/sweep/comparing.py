"""A full comparison that finds and repairs what neither webhooks nor listings of changes told."""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge.services._runs import list_runs
from crmbridge.services.hub import load_integration
from crmbridge.services.plan_sync import start_run
from tests.simulation.sweep.flow import Flow
from tests.simulation.sweep.live import ANA, BIA
from tests.simulation.sweep.play import Play
from tests.simulation.sweep.reading import CAI, DUDA
from tests.simulation.world import WORKSPACE

EVA = "eva@example.com"


class Comparison(Flow):
    """An old edit, a row that the hub lacks, one that is hidden, one that is shown again and one that is gone."""

    name = "full comparison: repairing"
    must_call = ("crm.list_all", "crm.read", "crm.write", "list_records", "save_many", "put", "send_steps")

    def prepare(self, play: Play) -> None:
        """Have people in step, one of them hidden; then let things happen of which no reading of changes will tell."""
        play.enter(play.first, "contact", ANA, city="Recife")
        play.enter(play.first, "contact", BIA, city="Natal")
        play.enter(play.second, "contact", CAI, city="Patos")
        play.in_step()
        play.second.human_hide("contact", play.row(play.second, CAI).external_id, hidden=True)
        play.world.compare()
        play.edit(play.first, CAI, city="Caruaru")
        play.in_step()
        with play.yesterday():
            play.edit(play.first, ANA, city="Recife, Olinda")
            play.enter(play.second, "contact", DUDA, city="Crato")
            play.enter(play.first, "contact", EVA, job_title="BUYER")
        play.first.human_hide("contact", play.row(play.first, BIA).external_id, hidden=True)
        play.second.human_hide("contact", play.row(play.second, CAI).external_id, hidden=False)

    def act(self, play: Play) -> None:
        """Have somebody ask for both comparisons."""
        hub = play.world.hub
        play.world.advance(120.0)
        for name in play.world.crms:
            play.ask(lambda key=f"int_{name}": start_run(hub, load_integration(hub, WORKSPACE, key), full=True))
        play.world.settle()

    def afterwards(self, play: Play) -> None:
        """Have somebody ask again where a comparison ended with the CRM's grant."""
        if play.reconnected:
            self.act(play)

    def wrongs(self, play: Play) -> Iterator[str]:
        """Yield also links that are not what their rows are, and comparisons that do not say how they ended."""
        yield from super().wrongs(play)
        for crm, name, wanted in ((play.first, BIA, "invisible"), (play.second, CAI, "active")):
            state = play.record_of(crm, name).links[f"int_{crm.character.name}"].state
            if state != wanted:
                yield f"{name} in {crm.character.name} is {state}, not {wanted}"
        for name in play.world.crms:
            runs = list_runs(play.world.hub, WORKSPACE, f"int_{name}")
            if any(run.is_live for run in runs):
                yield f"a run of {name} never ended"

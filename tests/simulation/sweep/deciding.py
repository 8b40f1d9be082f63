"""Conflicts that are left to people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from crmbridge.services._chronicle import read_history
from crmbridge.services.resolve_conflicts import resolve_field
from tests.simulation.sweep.flow import Flow
from tests.simulation.sweep.live import ANA
from tests.simulation.sweep.play import SYNCS, Play
from tests.simulation.world import WORKSPACE


def question(play: Play, kind: str) -> dict[str, Any]:
    """Return the question that people are asked, as soon as they are."""
    for _ in range(SYNCS):
        found = play.open_questions(kind)
        if found:
            return found[0]
        play.sync()
    raise AssertionError(f"people were never asked about a {kind}")


class Conflict(Flow):
    """One field is edited on both sides, and somebody chooses a side; another field flows on meanwhile."""

    name = "conflict: a field, resolved by a side"
    rules: ClassVar[dict[str, str]] = {"policies": "manual"}
    must_call = ("crm.read", "save_many", "append", "put", "delete", "crm.write")

    def prepare(self, play: Play) -> None:
        """Have somebody in step."""
        play.enter(play.first, "contact", ANA, city="Recife", job_title="BUYER")
        play.in_step()

    def act(self, play: Play) -> None:
        """Edit on both sides, wait for the question, answer it, and let everything settle."""
        play.edit(play.first, ANA, city="Olinda")
        play.world.advance(3)
        play.edit(play.second, ANA, city="Natal", job_title="SELLER")
        play.world.settle()
        asked = question(play, "field")
        self.decide(play, asked["record_id"])
        play.world.settle()

    def decide(self, play: Play, record_id: str) -> None:
        """Have somebody decide for the second CRM's side."""
        side = f"int_{play.second.character.name}"
        play.ask(lambda: resolve_field(play.world.hub, WORKSPACE, record_id, "city", side=side, by="Eva"))
        play.said[ANA]["city"] = "Natal"

    def wrongs(self, play: Play) -> Iterator[str]:
        """Yield also what was decided for people, or is not in the history."""
        yield from super().wrongs(play)
        record = play.record_of(play.first, ANA)
        lines = read_history(play.world.hub, WORKSPACE, record.record_id)
        yield from (f"decided for people: {line['lost']}" for line in lines if line["lost"])
        if [line["by"] for line in lines].count("Eva") != 1:
            yield f"the history tells {[line['by'] for line in lines]} of who decided"
        if play.open_questions("field"):
            yield "a question is still open"


class MergedByHand(Conflict):
    """The same, with a value that neither side has said."""

    name = "conflict: a field, resolved by a merged value"

    def decide(self, play: Play, record_id: str) -> None:
        """Have somebody decide for a value of their own."""
        play.ask(lambda: resolve_field(play.world.hub, WORKSPACE, record_id, "city", value="Natal, Olinda", by="Eva"))
        play.things[ANA].note(play.first, "city", "Natal, Olinda", at=play.world.time)
        play.said[ANA]["city"] = "Natal, Olinda"

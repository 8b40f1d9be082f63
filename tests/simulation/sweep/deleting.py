"""Deletions, which travel or stay where they are, as the policy says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from tests.simulation.sweep.flow import Flow
from tests.simulation.sweep.live import ANA, BIA
from tests.simulation.sweep.play import Play
from tests.simulation.sweep.reading import CAI


class Propagated(Flow):
    """One person is deleted here, another one there; a third stays."""

    name = "delete: propagate"
    rules: ClassVar[dict[str, str]] = {"on_delete": "propagate"}
    must_call = ("crm.read", "crm.write", "save_many", "put", "send_tickets")

    def prepare(self, play: Play) -> None:
        """Have three people in step."""
        for name in (ANA, BIA, CAI):
            play.enter(play.first, "contact", name, city="Recife")
        play.in_step()

    def act(self, play: Play) -> None:
        """Delete two of them, and let everything settle."""
        self.delete(play)
        play.world.settle()

    def delete(self, play: Play) -> None:
        """Have people delete."""
        play.edit(play.second, ANA, city="Olinda")
        for crm, name in ((play.first, ANA), (play.second, BIA)):
            crm.human_delete("contact", play.row(crm, name).external_id)
            play.things[name].deleted_in.add(crm.character.name)

    def wrongs(self, play: Play) -> Iterator[str]:
        """Yield who stands where they should not, or the other way round."""
        yield from play.stand_once([CAI])
        for name in (ANA, BIA):
            for crm in play.world.crms.values():
                rows, wanted = len(play.things[name].rows(crm)), self.left(play, name, crm.character.name)
                if rows != wanted:
                    yield f"{name} stands {rows} times in {crm.character.name}, not {wanted}"

    def left(self, play: Play, name: str, crm: str) -> int:
        """Return how many rows of a deleted thing a CRM keeps."""
        del play, name, crm
        return 0


class PropagatedUnheard(Propagated):
    """The same, found by a listing of what is gone."""

    name = "delete: propagate, found by a poll"
    must_call = (*Propagated.must_call, "crm.list_gone")

    def act(self, play: Play) -> None:
        """Delete unheard; then the planner's minute comes."""
        with play.unheard():
            self.delete(play)
        play.world.sync()


class Kept(Propagated):
    """Copies elsewhere stay, and what was deleted is not made again."""

    name = "delete: keep"
    rules: ClassVar[dict[str, str]] = {"on_delete": "keep"}
    must_call = ("crm.read", "save_many", "put")

    def left(self, play: Play, name: str, crm: str) -> int:
        """Return how many rows of a deleted thing a CRM keeps."""
        return 0 if crm in play.things[name].deleted_in else 1

"""Merges in one CRM, followed to the survivor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.simulation.crm import SimCrm
from tests.simulation.sweep.flow import Flow
from tests.simulation.sweep.live import ANA, BIA
from tests.simulation.sweep.play import Play
from tests.simulation.sweep.reading import CAI, DUDA


def merge(play: Play, crm: SimCrm, winner: str, loser: str) -> None:
    """Have somebody merge two people of one CRM."""
    crm.human_merge("contact", play.row(crm, winner).external_id, play.row(crm, loser).external_id)
    play.things[loser].merged_in = crm.character.name
    for name in (winner, loser):
        play.things[name].vague = True


def counted(play: Play, wanted: Sequence[tuple[SimCrm, str, int]]) -> Iterator[str]:
    """Yield which things do not stand so many times in a CRM."""
    for crm, name, number in wanted:
        rows = len(play.things[name].rows(crm))
        if rows != number:
            yield f"{name} stands {rows} times in {crm.character.name}, not {number}"


class Twins(Flow):
    """Both have copies in the other CRM, too: those are for people, who are told once."""

    name = "merge: both have copies elsewhere"
    must_call = ("crm.read", "get_many", "save_many", "put")

    def prepare(self, play: Play) -> None:
        """Have two pairs in step."""
        for name in (ANA, BIA, CAI, DUDA):
            play.enter(play.first, "contact", name, city="Recife" if name in (ANA, CAI) else None, job_title="BUYER")
        play.in_step()

    def act(self, play: Play) -> None:
        """Merge one pair in each CRM, and let everything settle."""
        merge(play, play.first, ANA, BIA)
        merge(play, play.second, CAI, DUDA)
        play.world.settle()

    def wrongs(self, play: Play) -> Iterator[str]:
        """Yield what is not one there, two elsewhere, and told once."""
        first, second = play.first, play.second
        yield from counted(play, [(first, ANA, 1), (first, BIA, 0), (second, ANA, 1), (second, BIA, 1)])
        yield from counted(play, [(second, CAI, 1), (second, DUDA, 0), (first, CAI, 1), (first, DUDA, 1)])
        yield from play.stand_once([ANA, CAI])
        questions = sorted((each["record_id"], *each["integrations"]) for each in play.open_questions("twin"))
        wanted = sorted(
            (play.record_of(crm, name).record_id, f"int_{other.character.name}")
            for crm, name, other in ((first, ANA, second), (second, CAI, first))
        )
        if questions != wanted:
            yield f"people are told of {questions}, not of {wanted}"


class Moved(Flow):
    """The survivor has no copy elsewhere yet, so the loser's copy becomes its own."""

    name = "merge: the copy moves to a known survivor"
    must_call = ("crm.read", "save_together", "crm.write", "send_tickets")

    def prepare(self, play: Play) -> None:
        """Have one person in step, and another one only in the first CRM, the other one being paused."""
        play.enter(play.first, "contact", BIA, city="Natal", job_title="BUYER")
        play.in_step()
        play.set_status(play.second.character.name, "paused")
        play.enter(play.first, "contact", ANA, city="Recife")
        play.world.settle()

    def act(self, play: Play) -> None:
        """Merge the old one into the new one, and let the other CRM go on."""
        merge(play, play.first, ANA, BIA)
        play.said[ANA]["job_title"] = "BUYER"
        play.world.settle()
        play.reconnect()  # whoever lets the other CRM go on sees to this one first, should it ask for them
        if play.reconnected:
            play.world.sync()
        play.set_status(play.second.character.name, "active")
        play.world.sync()

    def wrongs(self, play: Play) -> Iterator[str]:
        """Yield what is not one everywhere, in the row that was the loser's."""
        yield from play.stand_once([ANA])
        yield from counted(play, [(crm, BIA, 0) for crm in play.world.crms.values()])
        if len(play.second.rows["contact"]) != 1:
            yield f"{len(play.second.rows['contact'])} rows were made where one had to move"


class Unknown(Flow):
    """The survivor is somebody of whom the hub has not heard: the record goes on as that one."""

    name = "merge: into a survivor that nobody knew"
    must_call = ("crm.read", "save_many", "crm.write")

    def prepare(self, play: Play) -> None:
        """Have one person in step, and another one of whom nobody was told."""
        play.enter(play.first, "contact", BIA, city="Natal", job_title="BUYER")
        play.in_step()
        with play.unheard():
            play.enter(play.first, "contact", ANA, city="Recife, Olinda")

    def act(self, play: Play) -> None:
        """Merge the known one into the unknown one, and let everything settle."""
        merge(play, play.first, ANA, BIA)
        play.said[ANA]["job_title"] = "BUYER"
        play.world.settle()

    wrongs = Moved.wrongs

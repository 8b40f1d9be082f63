"""Doubts about who is who, which nobody guesses and people resolve."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

from crmbridge.services.resolve_conflicts import join, tell_apart
from tests.simulation.sweep.deciding import question
from tests.simulation.sweep.flow import Flow
from tests.simulation.sweep.play import Play
from tests.simulation.things import Thing
from tests.simulation.world import WORKSPACE

PHONE = "+5581999990000"


class Double(Flow):
    """Somebody in the second CRM could be either of two people of the first one."""

    must_call = ("find_key", "save_many", "put", "delete", "crm.write")

    def prepare(self, play: Play) -> None:
        """Have two people of one name and number in the first CRM, and one more in the second when it goes on."""
        play.things["Prado"] = Thing("contact", "Prado", "last_name", made=3, vague=True)
        play.world.sync()
        play.set_status(play.second.character.name, "paused")
        for city in ("Recife", "Olinda"):
            play.first.human_create("contact", {"last_name": "Prado", "phone": PHONE, "city": city}, {})
            play.world.settle()
        play.second.human_create("contact", {"last_name": "Prado", "phone": PHONE}, {})
        play.world.settle()
        play.set_status(play.second.character.name, "active")

    def act(self, play: Play) -> None:
        """Read what was missed, wait for the question, answer it, and let everything settle."""
        play.world.sync()
        self.decide(play, question(play, "double"))
        play.world.settle()

    @abstractmethod
    def decide(self, play: Play, asked: dict[str, Any]) -> None:
        """Have somebody answer."""

    def wrongs(self, play: Play) -> Iterator[str]:
        """Yield where there are not as many people as there have to be, each once."""
        for crm in play.world.crms.values():
            cities = sorted(str(row.fields.get("city")) for row in play.things["Prado"].rows(crm))
            if cities != self.cities:
                yield f"people in {crm.character.name} live in {cities}, not in {self.cities}"
        if play.open_questions("double"):
            yield "a question is still open"

    cities: ClassVar[list[str]]


class Apart(Double):
    """It is somebody else, who is then made in the first CRM."""

    name = "conflict: a double, told apart"
    cities: ClassVar[list[str]] = ["None", "Olinda", "Recife"]

    def decide(self, play: Play, asked: dict[str, Any]) -> None:
        """Tell them apart."""
        play.ask(lambda: tell_apart(play.world.hub, WORKSPACE, asked["record_id"], by="Eva"))


class Joined(Double):
    """It is one of the two, whose values it gets."""

    name = "conflict: a double, joined"
    cities: ClassVar[list[str]] = ["Olinda", "Recife"]

    def decide(self, play: Play, asked: dict[str, Any]) -> None:
        """Join them."""
        into = asked["candidates"][0]
        play.ask(lambda: join(play.world.hub, WORKSPACE, asked["record_id"], into, by="Eva"))

"""Conflicts that are left to people, and doubts about who is who."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from crmbridge.services._chronicle import read_history
from crmbridge.services.resolve_conflicts import join, resolve_field, tell_apart
from tests.simulation.sweep.flow import Flow
from tests.simulation.sweep.live import ANA
from tests.simulation.sweep.play import SYNCS, Play
from tests.simulation.things import Thing
from tests.simulation.world import WORKSPACE

PHONE = "+5581999990000"


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


class _Double(Flow):
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

    def decide(self, play: Play, asked: dict[str, Any]) -> None:
        """Have somebody answer."""
        raise NotImplementedError

    def wrongs(self, play: Play) -> Iterator[str]:
        """Yield where there are not as many people as there have to be, each once."""
        for crm in play.world.crms.values():
            cities = sorted(str(row.fields.get("city")) for row in play.things["Prado"].rows(crm))
            if cities != self.cities:
                yield f"people in {crm.character.name} live in {cities}, not in {self.cities}"
        if play.open_questions("double"):
            yield "a question is still open"

    cities: ClassVar[list[str]]


class Apart(_Double):
    """It is somebody else, who is then made in the first CRM."""

    name = "conflict: a double, told apart"
    cities: ClassVar[list[str]] = ["None", "Olinda", "Recife"]

    def decide(self, play: Play, asked: dict[str, Any]) -> None:
        """Tell them apart."""
        play.ask(lambda: tell_apart(play.world.hub, WORKSPACE, asked["record_id"], by="Eva"))


class Joined(_Double):
    """It is one of the two, whose values it gets."""

    name = "conflict: a double, joined"
    cities: ClassVar[list[str]] = ["Olinda", "Recife"]

    def decide(self, play: Play, asked: dict[str, Any]) -> None:
        """Join them."""
        into = asked["candidates"][0]
        play.ask(lambda: join(play.world.hub, WORKSPACE, asked["record_id"], into, by="Eva"))

"""What a flow is: how it is set up, what happens while calls fail, and what must come of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from crmbridge.domain.records import Entity
from tests.simulation.sweep.faults import Striker
from tests.simulation.sweep.play import Play


class Flow(ABC):
    """One flow of the engine; its calls are counted, and fail, only while it acts.

    Attributes:
        name: unique.
        entities: which take part.
        rules: of the integrations, see ``World``.
        must_call: port calls that it makes, so that it cannot become empty without anybody noticing.
    """

    name: ClassVar[str]
    entities: ClassVar[tuple[Entity, ...]] = ("contact",)
    rules: ClassVar[dict[str, str]] = {}
    must_call: ClassVar[tuple[str, ...]] = ("save_many",)

    def stage(self, crms: tuple[str, str]) -> Play:
        """Return a world that is ready for the flow."""
        play = Play(crms, self.entities, **self.rules)
        self.prepare(play)
        return play

    def prepare(self, play: Play) -> None:
        """Bring the world to where the flow begins."""
        play.in_step()

    @abstractmethod
    def act(self, play: Play) -> None:
        """Have people and workers do their part, to its end if nothing fails."""

    def afterwards(self, play: Play) -> None:
        """Have people do what they do when they see that something ended badly: in most flows, wait."""
        play.world.advance(0)

    def wrongs(self, play: Play) -> Iterator[str]:
        """Yield what did not come out as it has to."""
        yield from play.stand_once()

    def reconnections(self, play: Play, striker: Striker) -> tuple[int, ...]:
        """Return how often people may have had to connect a CRM again: once if it refused our credentials."""
        del play
        return (1,) if striker.fault == "401" else (0,)

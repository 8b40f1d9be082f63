"""Refreshing tokens: once per expiry, stored before use, and never presented twice where they rotate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import ClassVar, cast

from tests.simulation.sweep.faults import EVERYWHERE, Striker
from tests.simulation.sweep.flow import Flow
from tests.simulation.sweep.live import ANA, Edit
from tests.simulation.sweep.play import Play
from tests.simulation.sweep.vendors import LIFE, TokenPlay

WINDOW = frozenset({"put", "crm.refresh", "encrypt"})
"""Calls around which a refresh can be lost: the mark, the refresh, the sealing and the storing of what it granted."""


class Expired(Flow):
    """An edit comes when the tokens of both CRMs have just expired; a refresh token stays good."""

    name = "token: expired, not rotating"
    rotates: ClassVar[bool] = False
    must_call = ("crm.refresh", "secrets.get", "put", "encrypt", "decrypt", "crm.read", "crm.write")

    def stage(self, crms: tuple[str, str]) -> TokenPlay:
        """Have somebody in step, and connect both CRMs."""
        play = TokenPlay(crms, self.entities, **self.rules)
        Edit().prepare(play)
        play.connect(rotates=self.rotates)
        self.end_tokens(play)
        return play

    def end_tokens(self, play: TokenPlay) -> None:
        """Let the access tokens of both CRMs come to their end."""
        play.world.advance(LIFE.total_seconds())

    def act(self, play: Play) -> None:
        """Edit, and let everything settle."""
        if play.striker is not None:
            play.striker.on_strike = cast(TokenPlay, play).look
        play.edit(play.first, ANA, city="Recife, Olinda")
        play.world.settle()

    def reconnections(self, play: Play, striker: Striker) -> tuple[int, ...]:
        """Return 1 also where a token that works once was presented and its answer lost, and nowhere else."""
        was_lost = self.rotates and striker.fault in EVERYWHERE and cast(TokenPlay, play).was_presented
        return (1,) if was_lost else super().reconnections(play, striker)

    def wrongs(self, play: Play) -> Iterator[str]:
        """Yield also refresh tokens that were presented more often than they had to be."""
        yield from super().wrongs(play)
        striker = play.striker
        if striker is not None and cast(TokenPlay, play).was_presented and striker.calls[striker.at - 1] not in WINDOW:
            yield f"a refresh can be lost at {striker.calls[striker.at - 1]}, too"
        is_faulty = play.striker is not None and play.striker.fault is not None
        for vendor in cast(TokenPlay, play).vendors.values():
            if vendor.refused:
                yield f"{vendor.name} was shown {vendor.refused}, which it had replaced"
            often = Counter(vendor.presented)
            if self.rotates and max(often.values(), default=0) > 1:
                yield f"{vendor.name} was shown the same refresh token more than once: {vendor.presented}"
            in_time = vendor.refreshed_before(play.acted_until)
            if in_time > 1 + (is_faulty and not self.rotates) or (in_time != 1 and not is_faulty):
                yield f"{vendor.name} refreshed {in_time} times for one expiry"


class ExpiredRotating(Expired):
    """The same where a refresh token works once."""

    name = "token: expired, rotating"
    rotates: ClassVar[bool] = True


class Refused(Expired):
    """The CRMs refuse tokens that should still be good, and name no reason."""

    name = "token: refused, not rotating"

    def end_tokens(self, play: TokenPlay) -> None:
        """Let both vendors forget their access tokens."""
        for vendor in play.vendors.values():
            vendor.access = f"{vendor.name} access 9"


class RefusedRotating(Refused):
    """The same where a refresh token works once."""

    name = "token: refused, rotating"
    rotates: ClassVar[bool] = True

"""The demo from beginning to end."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from local.demo.acts import conflict, final, first_sync, live_edits, outage, quiet, storm
from local.demo.chaos import Kill
from local.demo.dataset import read_world
from local.demo.invent import invent_world
from local.demo.invent.dice import Dice
from local.demo.meter import Meter
from local.demo.model import Entity, World
from local.demo.opening import House, opened
from local.demo.outbox import Outbox
from local.demo.report import Report
from local.demo.show import Screen
from local.demo.sides import KNOWN, kind_of, typeable
from local.demo.stage import Stage
from local.deploy import WHOLE_BATCHES
from local.errors import LocalError

THINGS, FEWER_THINGS = 2_000, 100
"""How much is invented where nobody says: less where a CRM takes one record a call, and few calls a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was asked for on the command line.

    Attributes:
        crms: the CRMs that are kept in step, two or more.
        data: folder of a sales pipeline, or ``None`` for the invented world.
        things: how many things to invent, 0 for as many as these CRMs take in a short time.
        kills: what to kill in the middle of the first sync, one after the other.
        short: end after the first sync and the comparisons.
        storm: edits made in a storm of webhooks instead of the other acts, 0 for none.
    """

    crms: tuple[str, ...]
    data: Path | None
    things: int
    seed: int
    kills: tuple[Kill, ...] = ()
    short: bool = False
    storm: int = 0


def make_world(wishes: Wishes) -> World:
    """Read or invent what is typed into the CRMs.

    Raises:
        LocalError: there are not two CRMs the demo knows, they cannot do what is wished, or the data cannot be read.
    """
    _check(wishes)
    kinds = {crm: kind_of(crm) for crm in wishes.crms}
    if wishes.data is None:
        things = wishes.things or (THINGS if set(wishes.crms) <= WHOLE_BATCHES else FEWER_THINGS)
        stages = {crm: kind.stages for crm, kind in kinds.items()}
        has_notes = all("description" in kind.held["company"] for kind in kinds.values())
        world = invent_world(things, crms=wishes.crms, stages=stages, seed=wishes.seed, numbered_names=not has_notes)
        return typeable(world, wishes.crms)
    try:
        return read_world(wishes.data, crms=wishes.crms)
    except (OSError, ValueError) as error:
        message = f"the data cannot be read: {error}"
        raise LocalError(message) from error


def _check(wishes: Wishes) -> None:
    unknown = [crm for crm in wishes.crms if crm not in KNOWN]
    if unknown or len(wishes.crms) < 2 or len(set(wishes.crms)) < len(wishes.crms):
        asked = ", ".join(unknown or wishes.crms) or "nothing"
        message = f"the demo keeps two or more of {', '.join(KNOWN)} in step, each once, not {asked}"
        raise LocalError(message)
    strange = {kill.target for kill in wishes.kills} - {*wishes.crms, "worker"}
    if strange:
        message = f"{', '.join(sorted(strange))} cannot be killed: this demo runs {' and '.join(wishes.crms)}"
        raise LocalError(message)
    if wishes.data is not None and "hubspot" not in wishes.crms:
        message = "a sales pipeline is typed into HubSpot, which is not among the CRMs asked for"
        raise LocalError(message)
    silent = [crm for crm in wishes.crms if not kind_of(crm).has_webhooks]
    if wishes.storm and silent:
        message = f"there can be no storm of webhooks with {', '.join(silent)}, which has none"
        raise LocalError(message)
    if wishes.storm and len(wishes.crms) != 2:
        message = f"the storm is between two CRMs, not {len(wishes.crms)}"
        raise LocalError(message)


def play(wishes: Wishes, *, screen: Screen, tell: Callable[[Report], None]) -> Report:
    """Play every act and return the report, passed or not.

    Args:
        tell: is given the report as soon as everything is known: tidying up takes its time.

    Raises:
        LocalError: something could not be started, or did not come to an end.
    """
    world = make_world(wishes)
    report = Report(world=world.name, seed=wishes.seed)
    mortal = [kill.target for kill in wishes.kills]
    screen.act(1, f"Open the house: {world.name}")
    with opened(wishes.crms, world=world, screen=screen, mortal=mortal) as house:
        report.phases["open the house"] = screen.seconds
        screen.act(2, "Connect, and sync for the first time")
        with _timed(report, "connect", screen), screen.phase("connect, each in the CRM's own way"):
            integrations = house.connect_all()
        stage = _stage(house, world, report, screen=screen, integrations=integrations)
        _first_sync(stage, wishes.kills, house)
        if wishes.storm:
            _storm(stage, wishes.storm)
        elif not wishes.short:
            _live(stage)
        rounds = 1 if wishes.storm else 2
        screen.act(6, f"Compare everything {'once' if wishes.storm else 'twice'} more; nothing may be written")
        with _timed(report, "compare again", screen):
            quiet.play(stage, rounds=rounds)
        screen.act(7, "Compare every record and every field")
        with _timed(report, "final comparison", screen):
            final.play(stage)
        report.seconds = screen.seconds
        tell(report)
    return report


def _first_sync(stage: Stage, kills: Sequence[Kill], house: House) -> None:
    def strike(kill: Kill) -> None:
        stage.report.kills.append(kill.strike(house, stage))

    began_at = time.monotonic()
    with _timed(stage.report, "first sync", stage.screen):
        first_sync.play(stage, strikes=[partial(strike, kill) for kill in kills])
    first_sync.count_calls(stage, seconds=time.monotonic() - began_at)
    first_sync.claim_economy(stage)


def _live(stage: Stage) -> None:
    avoid: set[tuple[Entity, str]] = set()
    sides = "both sides" if len(stage.crms) == 2 else f"all {len(stage.crms)} sides"
    acts: Sequence[tuple[str, str, Callable[..., None]]] = (
        ("live edits", f"People edit on {sides}", live_edits.play),
        ("conflict", "Two people type into one field", conflict.play),
        ("outage", f"{stage.sides[outage.broken(stage)].label} fails for a while", outage.play),
    )
    for number, (name, title, act) in enumerate(acts, start=3):
        stage.screen.act(number, title)
        with _timed(stage.report, name, stage.screen):
            act(stage, avoid=avoid)


def _storm(stage: Stage, edits: int) -> None:
    stage.screen.act(3, f"{edits:,} edits in a storm of webhooks, then one comparison")
    with _timed(stage.report, "storm", stage.screen):
        storm.play(stage, count=edits)


def _stage(house: House, world: World, report: Report, *, screen: Screen, integrations: dict[str, str]) -> Stage:
    return Stage(
        world=world,
        screen=screen,
        report=report,
        dice=Dice(report.seed),
        sides=house.sides,
        meters={crm: Meter(side.control.calls, side.classify) for crm, side in house.sides.items()},
        api=house.api,
        cloud=house.cloud,
        outbox=Outbox(house.cloud),
        integrations=integrations,
    )


@contextmanager
def _timed(report: Report, name: str, screen: Screen) -> Generator[None]:
    began_s = screen.seconds
    yield
    report.phases[name] = screen.seconds - began_s

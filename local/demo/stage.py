"""What every act works with: the CRMs, the deployed API, the screen, the report."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.cloud import Cloud
from local.connect import Api
from local.demo.findings import Ledger
from local.demo.invent.dice import Dice
from local.demo.meter import Meter
from local.demo.model import ENTITIES, Entity, World
from local.demo.outbox import Outbox
from local.demo.report import Report
from local.demo.seen import Snapshot
from local.demo.show import Bar, Screen
from local.demo.sides.side import Side
from local.errors import LocalError
from local.status import queue_depths

QUIET_S, QUIET_LOOKS = 3.0, 2
"""Nothing asked of a CRM and nothing queued for this long, and seen so often, counts as being in step."""

LOOK_EVERY_S = 0.5
ASK_EVERY_S = 2.0
"""How soon a CRM that tells of nothing is read again, when somebody waits."""

_DEAD_LETTERS = "dlq"


@dataclass(slots=True, kw_only=True)
class Stage:
    """The CRMs being kept in step, and everything needed to act on them and watch.

    Attributes:
        integrations: id of each CRM's integration.
        external_ids: where each thing stands: (CRM, entity, key) to the CRM's id; filled by ``locate``.
        asked_at: when reading of a CRM was asked for last; monotonic seconds.
    """

    world: World
    screen: Screen
    report: Report
    dice: Dice
    sides: Mapping[str, Side]
    meters: Mapping[str, Meter]
    api: Api
    cloud: Cloud
    outbox: Outbox
    integrations: Mapping[str, str]
    ledger: Ledger = field(default_factory=Ledger)
    external_ids: dict[tuple[str, Entity, str], str] = field(default_factory=dict[tuple[str, Entity, str], str])
    asked_at: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def crms(self) -> tuple[str, ...]:
        """The CRMs in the order in which they are shown."""
        return tuple(self.sides)

    def patience_s(self, for_two_s: float) -> float:
        """Return how long to wait for something among these CRMs, given how long it may take between two."""
        return for_two_s * max(1, len(self.sides) - 1)

    def poll(self) -> int:
        """Read what is new in every CRM's log of calls; return how many calls that was."""
        return sum(meter.poll() for meter in self.meters.values())

    def snapshots(self) -> dict[str, Snapshot]:
        """Return everything every CRM holds."""
        return {crm: side.snapshot() for crm, side in self.sides.items()}

    def locate(self) -> dict[str, Snapshot]:
        """Find out which record of which CRM is which thing; return what was looked at."""
        found = self.snapshots()
        self.external_ids.clear()
        for crm, snapshot in found.items():
            for entity in ENTITIES:
                for row in snapshot.records.get(entity, ()):
                    key = self.world.key_of(entity, row.fields)
                    self.external_ids.setdefault((crm, entity, key), row.external_id)
        return found

    def in_all(self, entity: Entity) -> list[str]:
        """Return the keys of an entity's things that stand in every CRM, in order."""
        keys = sorted(self.world.keys(entity))
        return [key for key in keys if all((crm, entity, key) in self.external_ids for crm in self.crms)]

    def holders(self, entity: Entity, name: str, *, but: str = "") -> tuple[str, ...]:
        """Return the CRMs that have a field, one of them left out."""
        return tuple(crm for crm, side in self.sides.items() if crm != but and name in side.held[entity])

    def ask_to_read(self, crm: str) -> None:
        """Have a CRM read for changes now, unless that goes on already or was asked for a moment ago."""
        now = time.monotonic()
        if now - self.asked_at.get(crm, 0.0) > ASK_EVERY_S and not any(
            run["status"] == "running" for run in self.runs(crm)[:3]
        ):
            self.asked_at[crm] = now
            self.api.call("POST", f"/api/crm/integrations/{self.integrations[crm]}/sync", {"mode": "incremental"})

    def waiting(self) -> dict[str, int]:
        """Return how many messages each queue holds, those of dead letters and later wake-ups apart."""
        depths = queue_depths(self.cloud)
        return {
            name: depth["waiting"] + depth["in_hand"]
            for name, depth in depths.items()
            if _DEAD_LETTERS not in name.lower()
        }

    def dead_letters(self) -> dict[str, int]:
        """Return how many messages each dead-letter queue holds, empty ones left out."""
        depths = {name: sum(depth.values()) for name, depth in queue_depths(self.cloud).items()}
        return {name: depth for name, depth in depths.items() if depth and _DEAD_LETTERS in name.lower()}

    def runs(self, crm: str) -> list[dict[str, Any]]:
        """Return the reports of one integration's reading, newest first."""
        return self.api.call("GET", f"/api/crm/integrations/{self.integrations[crm]}/runs")["items"]

    def is_reading(self) -> bool:
        """Tell whether any integration is being read."""
        return any(run["status"] == "running" for crm in self.crms for run in self.runs(crm)[:3])

    def busy(self) -> str:
        """Say in a few words what is still going on; empty when nothing is.

        Things that wait for a while, such as for a CRM that asked to be left alone, go on, too.
        """
        parts = [f"{name} {count}" for name, count in self.waiting().items() if count]
        if due := self.outbox.due():
            parts.append(f"{due:,} due")
        if self.is_reading():
            parts.append("reading")
        return ", ".join(parts)

    def settle(self, bar: Bar, *, timeout_s: float, what: str, show: Callable[[], int] | None = None) -> float:
        """Wait until nothing is read, queued or due any more, and no CRM is called.

        Args:
            bar: shows what is going on, and how far it is.
            show: tells how far; without, the bar stands still.
            timeout_s: how long that may take.
            what: what is waited for, for the message.

        Returns:
            Seconds from the call to the beginning of the quiet.

        Raises:
            LocalError: it took longer.
        """
        began_at = time.monotonic()
        quiet_since, quiet_looks = began_at, 0
        while quiet_looks < QUIET_LOOKS or time.monotonic() - quiet_since < QUIET_S:
            time.sleep(LOOK_EVERY_S)
            calls, busy = self.poll(), self.busy()
            now = time.monotonic()  # after looking: on a busy machine that takes its time
            quiet_looks += 1
            if busy or calls:
                quiet_since, quiet_looks = now, 0
            bar.move(show() if show else 0, note=busy)
            if now - began_at > timeout_s:
                message = f"{what} is not over after {timeout_s:.0f} s: {busy or 'calls go on'}"
                raise LocalError(message)
        return quiet_since - began_at

    def progress(self) -> int:
        """Count records written in all CRMs so far."""
        return sum(meter.of("write").records for meter in self.meters.values())

"""The simulated org: its objects, its rows, its people, its switches."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox._clock import Clock
from sandbox.salesforce.access import Access
from sandbox.salesforce.actors import Actor
from sandbox.salesforce.ids import IdMint
from sandbox.salesforce.journal import Change, Journal
from sandbox.salesforce.schema import SObject, standard_objects
from sandbox.salesforce.switches import Switches
from sandbox.salesforce.tables import Row, Table
from sandbox.salesforce.times import stamp

RECYCLE_BIN_DAYS = 15


class Org:
    """State without HTTP; saves go through ``saving`` and ``deleting``."""

    def __init__(self, clock: Clock) -> None:
        """Start with the standard objects and no rows; ``org_setup`` furnishes it."""
        self.clock = clock
        self.clear()

    def clear(self) -> None:
        """Begin anew: standard objects, no rows, every switch as it was."""
        self.switches = Switches()
        self.mint = IdMint()
        self.journal = Journal()
        self.objects = standard_objects()
        self.tables = {name: Table(made) for name, made in self.objects.items()}
        self.organization_id = ""
        self.users: dict[str, str] = {}
        self.queue_id = ""
        self._by_prefix = {made.prefix: name for name, made in self.objects.items()}
        self._by_lower = {name.lower(): made for name, made in self.objects.items()}

    def object_named(self, name: str) -> SObject | None:
        """Return an object by name, letters' case aside; tooling objects included."""
        return self._by_lower.get(name.lower())

    def object_of(self, record_id: str) -> SObject | None:
        """Return the object an id belongs to, by its first three characters."""
        name = self._by_prefix.get(record_id[:3])
        return self.objects[name] if name else None

    def row(self, name: str, record_id: str | None) -> Row | None:
        """Return a live row of an object, ``None`` if it is not there or deleted."""
        row = self.tables[name].get(record_id) if record_id else None
        return None if row is None or row.get("IsDeleted") else row

    def access(self, user_id: str) -> Access:
        """Add up what a user may see and edit now."""
        return Access(user_id, tables=self.tables, switches=self.switches)

    def stamp_for(self, actor: Actor) -> str:
        """Return the time a save by ``actor`` carries; earlier if its transaction began earlier."""
        return stamp(self.began_at(actor))

    def began_at(self, actor: Actor) -> datetime:
        """Return when the actor's transaction began."""
        return self.clock.now() - timedelta(seconds=actor.began_s_ago)

    def store(self, change: Change) -> None:
        """Put a change into its table and into the running transaction."""
        self.journal.record(change)

    def commit(self) -> list[Change]:
        """End the transaction: return what it changed, and let go of what no bin keeps."""
        changes = self.journal.commit()
        for change in changes:
            if change.kind == "DELETE" and not change.table.sobject.recycles:
                change.table.drop(change.record_id)
        return changes

    def store_quietly(self, name: str, row: Row) -> Row:
        """Put a row of the org's own furniture in place; nobody is told."""
        moment = stamp(self.clock.now())
        by = self.users.get("admin", "")
        full = {
            "Id": self.mint.mint(self.objects[name].prefix),
            **row,
            "CreatedDate": moment,
            "CreatedById": by,
            "LastModifiedDate": moment,
            "LastModifiedById": by,
            "SystemModstamp": moment,
        }
        self.tables[name].put(full)
        return full

    def empty_recycle_bin(self) -> None:
        """Remove for good what was deleted more than 15 days ago."""
        limit = stamp(self.clock.now() - timedelta(days=RECYCLE_BIN_DAYS))
        for table in self.tables.values():
            if not table.sobject.recycles:
                continue
            old = [row["Id"] for row in table if row.get("IsDeleted") and row["SystemModstamp"] < limit]
            for record_id in old:
                table.drop(record_id)

"""What a transaction did, so that it can be undone, told, or both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sandbox.salesforce.actors import Actor
from sandbox.salesforce.tables import Row, Table

Kind = Literal["CREATE", "UPDATE", "DELETE", "UNDELETE"]


@dataclass(frozen=True, slots=True)
class Change:
    """One record's change; ``after`` is the row as it is now, deleted ones included."""

    kind: Kind
    table: Table
    before: Row | None
    after: Row
    actor: Actor

    @property
    def record_id(self) -> str:
        """The record's id."""
        return self.after["Id"]


class Journal:
    """The changes since the last commit, in order."""

    def __init__(self) -> None:
        """Start empty."""
        self._changes: list[Change] = []

    def record(self, change: Change) -> None:
        """Store the new row and remember the old one."""
        change.table.put(change.after)
        self._changes.append(change)

    def mark(self) -> int:
        """Return a place to roll back to."""
        return len(self._changes)

    def roll_back(self, mark: int) -> None:
        """Undo everything since ``mark``, last change first."""
        for change in reversed(self._changes[mark:]):
            if change.before is None:
                change.table.drop(change.record_id)
            else:
                change.table.put(change.before)
        del self._changes[mark:]

    def since(self, mark: int) -> list[Change]:
        """Return the changes since ``mark``, oldest first."""
        return self._changes[mark:]

    def commit(self) -> list[Change]:
        """Forget and return all changes."""
        done, self._changes = self._changes, []
        return done

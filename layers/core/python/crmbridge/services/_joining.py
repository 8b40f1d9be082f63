"""Two hub records that turn out to be one thing become one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crmbridge.domain.due import with_due
from crmbridge.domain.integrations import Integration
from crmbridge.domain.merge import merge
from crmbridge.domain.records import PROJECTED, LastChange, Link, Observation, Record, Value
from crmbridge.errors import ConflictError
from crmbridge.ports import Save
from crmbridge.services.hub import Hub

TRIES = 5


@dataclass(frozen=True, slots=True)
class Joiner:
    """Joins records of one workspace.

    Attributes:
        source: for the history: the integration that showed it, or ``hub`` for people.
        by: who decided, when a person did.
    """

    hub: Hub
    workspace_id: str
    integrations: Mapping[str, Integration]
    source: str
    by: str = ""

    def join(self, loser_id: str, winner_id: str) -> bool:
        """Move a record's copies over to another one and end it.

        First the loser lets go of its copies, then the winner takes them; a worker dying in between leaves rows
        without a record, which the next listing finds and matches.

        Returns:
            ``False`` when both have a copy in one CRM, so that they must stay two; nothing was changed then.

        Raises:
            ConflictError: the records kept moving.
        """
        for _ in range(TRIES):
            found = self.hub.records.get_many(self.workspace_id, [loser_id, winner_id])
            loser, winner = found.get(loser_id), found.get(winner_id)
            if loser is None or winner is None or winner.merged_into or winner.deleted_at is not None:
                return False
            if loser.merged_into:
                return loser.merged_into == winner_id
            moving = _moving(loser, winner)
            if moving is None:
                return False
            ended = replace(loser, links={}, candidates=(), frozen={}, merged_into=winner_id)
            if self._store(loser, ended):
                self._take(winner_id, loser, moving)
                return True
        raise ConflictError("two records that are one kept moving")

    def _take(self, winner_id: str, loser: Record, moving: Mapping[str, Link]) -> None:
        for _ in range(TRIES):
            winner = self.hub.records.get_many(self.workspace_id, [winner_id])[winner_id]
            taken = winner
            for key, link in moving.items():
                if key in self.integrations:
                    taken = merge(
                        taken,
                        as_said(loser, link),
                        integration=self.integrations[key],
                        integrations=self.integrations,
                        project=dict,
                        now=self.hub.now(),
                    ).record
            if taken == winner or self._store(winner, taken):
                return
        raise ConflictError("the record that others were joined into kept moving")

    def _store(self, before: Record, after: Record) -> bool:
        last = LastChange("merged", self.source, self.hub.now(), by=self.by)
        stored = with_due(replace(after, rev=before.rev + 1, last=last), self.integrations.values())
        (ok,) = self.hub.records.save_many([Save(before, stored)])
        return ok


def _moving(loser: Record, winner: Record) -> dict[str, Link] | None:
    """Return the loser's copies, ``None`` when the winner has its own copy in one of their CRMs."""
    moving = {key: link for key, link in loser.links.items() if link.external_id and link.state != "deleted"}
    taken = {key for key, link in winner.links.items() if link.state != "creating"}
    return None if moving.keys() & taken else moving


def as_said(record: Record, link: Link) -> Observation:
    """Return a record's values as one of its CRMs last said them, each with the time it was set."""
    fields: dict[str, Value] = dict(record.fields)
    for name, base in link.base.items():
        fields[name] = base.hub if base.remote is PROJECTED else base.remote
    times = {name: datetime.fromtimestamp(stamp.at / 1000, UTC) for name, stamp in record.stamps.items()}
    return Observation(link.external_id, fields, version=link.version, field_times=times)

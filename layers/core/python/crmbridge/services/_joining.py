"""Two hub records that turn out to be one thing become one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crmbridge.domain.due import with_due
from crmbridge.domain.integrations import Integration
from crmbridge.domain.merge import merge
from crmbridge.domain.records import PROJECTED, LastChange, Link, Observation, Record, Value
from crmbridge.domain.resolution import BY_PEOPLE
from crmbridge.errors import ConflictError
from crmbridge.ports import Save
from crmbridge.services._loads import is_loading
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

    def must_wait(self, one_id: str, other_id: str) -> bool:
        """Tell whether a CRM that holds one of two records may be making the other one, too, at this moment.

        Joined now they would stand there twice, and nobody would know of the second one whose it is.
        """
        able = [each for each in self.integrations.values() if self.hub.connectors.declaration(each.crm).supports.loads]
        found = self.hub.records.get_many(self.workspace_id, [one_id, other_id]) if able else {}
        if len(found) < 2:
            return False
        one, other = found[one_id], found[other_id]
        return any(_meet(one, other, each) and is_loading(self.hub, each, one.entity) for each in able)

    def join(self, loser_id: str, winner_id: str) -> bool:
        """Move a record's copies over to another one and end it, both at one moment.

        Returns:
            ``False`` when they must stay two, and nothing was changed: both have a copy in one CRM, or people have
            told them apart, or are still asked about one of them and it is not people who join them.

        Raises:
            ConflictError: the records kept moving, or people join what they ``must_wait`` with.
        """
        if self.source == BY_PEOPLE and self.must_wait(loser_id, winner_id):
            raise ConflictError("one of them is just being made in a CRM; try again in a few minutes")
        for _ in range(TRIES):
            found = self.hub.records.get_many(self.workspace_id, [loser_id, winner_id])
            loser, winner = found.get(loser_id), found.get(winner_id)
            if loser is None or winner is None or winner.merged_into or winner.deleted_at is not None:
                return False
            if loser.merged_into:
                return loser.merged_into == winner_id
            moving = _moving(loser, winner)
            if moving is None or not (self.source == BY_PEOPLE or _may_join(loser, winner)):
                return False
            now = self.hub.now()
            ended = replace(loser, links={}, candidates=(), frozen={}, merged_into=winner_id)
            saves = [self._save(loser, ended, now), self._save(winner, self._taken(winner, loser, moving, now), now)]
            if self.hub.records.save_together(saves):
                return True
        raise ConflictError("two records that are one kept moving")

    def _taken(self, winner: Record, loser: Record, moving: Mapping[str, Link], now: datetime) -> Record:
        for key, link in moving.items():
            if key in self.integrations:
                winner = merge(
                    winner,
                    as_said(loser, link),
                    integration=self.integrations[key],
                    integrations=self.integrations,
                    project=dict,
                    now=now,
                ).record
        return winner

    def _save(self, before: Record, after: Record, now: datetime) -> Save:
        last = LastChange("merged", self.source, now, by=self.by)
        return Save(before, with_due(after, self.integrations.values(), rev=before.rev + 1, last=last))


def _meet(one: Record, other: Record, integration: Integration) -> bool:
    """Tell whether one record stands in a CRM and the other is about to."""
    links = [each.links.get(integration.integration_id) for each in (one, other)]
    states = {"" if each is None else "creating" if each.state == "creating" else "standing" for each in links}
    return states == {"creating", "standing"}


def _may_join(one: Record, other: Record) -> bool:
    """Tell whether people have nothing to say about two records being one."""
    are_apart = one.record_id in other.apart or other.record_id in one.apart
    return not (are_apart or one.candidates or other.candidates)


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

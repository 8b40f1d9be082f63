"""Records that are gone in one CRM: deleted, held by the brake, or merged into another."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from crmbridge.domain.due import with_due
from crmbridge.domain.integrations import Integration
from crmbridge.domain.merge import new_link
from crmbridge.domain.records import Base, Entity, Gone, LastChange, Link, Record
from crmbridge.domain.settle import hold_gone, mark_gone, move_link
from crmbridge.errors import ConflictError
from crmbridge.ports import Document, Save
from crmbridge.services._joining import as_said
from crmbridge.services.hub import Hub, load_integrations

BRAKE_RECORDS = 20
"""Deletions in a rolling day below which the brake never acts."""

BRAKE_SHARE = 0.3
"""Share of an entity's linked records that must vanish in a rolling day for the brake to act."""

TRIES = 5
HOUR_S = 3600
DAY_HOURS = 24


@dataclass(frozen=True, slots=True)
class Departures:
    """Notes what is gone in one integration."""

    hub: Hub
    integration: Integration
    integrations: Mapping[str, Integration]
    run_id: str

    def deletions(self, entity: Entity, gone: Mapping[str, Record]) -> dict[str, Save]:
        """Return the saves of plain deletions, by external id; those the brake holds change nothing elsewhere.

        Args:
            entity: what they are.
            gone: by external id, the hub's records of rows with evidence of deletion.

        Raises:
            ConflictError: others kept counting deletions at the same moment; try again.
        """
        fresh = {key: each for key, each in gone.items() if self._state(each) not in ("deleted", "held")}
        if not fresh:
            return {}
        holds = self._count(entity, len(fresh))
        return {key: self._deletion(each, holds=holds) for key, each in fresh.items()}

    def follow(self, entity: Entity, record: Record, evidence: Gone) -> bool:
        """Follow a merge to the survivor; returns whether anything was changed.

        A link whose survivor the hub does not know yet moves on to it. Otherwise this record ends in the survivor's,
        which takes over its copies in other CRMs, save where it has copies of its own: those twins are for people.
        A converted lead ends in its contact.

        Raises:
            ConflictError: the records kept moving; try again.
        """
        for _ in range(TRIES):
            current = self.hub.records.get_many(record.workspace_id, [record.record_id]).get(record.record_id)
            if current is None or self._state(current) in ("deleted", ""):
                return False
            survivor = self._survivor(entity, evidence.merged_into)
            if survivor is None and entity != "lead":
                moved = move_link(
                    current, integration_id=self.integration.integration_id, external_id=evidence.merged_into
                )
                if self.store(current, moved, "merged"):
                    return True
            elif self._end_in(current, survivor):
                return True
        raise ConflictError(f"the {entity} records of a merge kept moving")

    # ---------------------------------------------------------------------------------- deletions

    def _state(self, record: Record) -> str:
        link = record.links.get(self.integration.integration_id)
        return "" if link is None else link.state

    def _deletion(self, record: Record, *, holds: bool) -> Save:
        key, now = self.integration.integration_id, self.hub.now()
        if holds:
            after = hold_gone(record, integration_id=key)
        else:
            propagate = self.integration.on_delete == "propagate"
            after = mark_gone(record, integration_id=key, propagate=propagate, now=now)
        return self._save(record, after, "held" if holds else "deleted", now)

    def _count(self, entity: Entity, number: int) -> bool:
        """Add to the rolling day's deletions; tell whether the brake holds."""
        workspace_id, name = self.integration.workspace_id, f"{self.integration.integration_id}#{entity}"
        hour = int(self.hub.now().timestamp()) // HOUR_S
        for _ in range(TRIES):
            held = self.hub.documents.get(f"{workspace_id}#DELETIONS", name)
            counted: dict[str, int] = {} if held is None else held.body["hours"]
            was_braked = held is not None and bool(held.body["braked"])
            hours = {key: count for key, count in counted.items() if int(key) > hour - DAY_HOURS}
            hours[str(hour)] = hours.get(str(hour), 0) + number
            today = sum(hours.values())
            braked = was_braked or (today >= BRAKE_RECORDS and today >= BRAKE_SHARE * self._linked(entity, today))
            version = 0 if held is None else held.version
            try:
                self.hub.documents.put(
                    Document(f"{workspace_id}#DELETIONS", name, {"hours": hours, "braked": braked}, version)
                )
            except ConflictError:
                continue
            return braked
        raise ConflictError(f"the count of {entity} deletions kept moving")

    def _linked(self, entity: Entity, today: int) -> int:
        """Return how many records were linked a day ago, roughly: those linked now and those deleted since."""
        key, cursor, total = self.integration.integration_id, None, 0
        while True:
            page = self.hub.records.list_records(self.integration.workspace_id, entity, cursor=cursor, limit=500)
            total += sum(
                1 for each in page.items if key in each.links and each.links[key].state in ("active", "invisible")
            )
            cursor = page.next_cursor
            if cursor is None:
                return total + today

    # ---------------------------------------------------------------------------------- merges

    def _survivor(self, entity: Entity, external_id: str) -> Record | None:
        kinds: tuple[Entity, ...] = ("contact",) if entity == "lead" else (entity,)
        for kind in kinds:
            found = self.hub.records.find_external(
                self.integration.workspace_id, self.integration.integration_id, kind, [external_id]
            )
            if external_id in found:
                return self._last(found[external_id])
        return None

    def _last(self, record_id: str) -> Record | None:
        """Return a record, or the one it ended in after all the merges since."""
        record: Record | None = None
        for _ in range(TRIES):
            record = self.hub.records.get_many(self.integration.workspace_id, [record_id]).get(record_id)
            if record is None or not record.merged_into:
                break
            record_id = record.merged_into
        return record

    def _end_in(self, record: Record, survivor: Record | None) -> bool:
        """End a record in its survivor's: first let go of what moves, then take it over."""
        key, now = self.integration.integration_id, self.hub.now()
        after = mark_gone(record, integration_id=key, propagate=False, now=now)
        if survivor is None:
            return self.store(record, after, "deleted")
        moving = self._moving(record, survivor)
        twins = sorted(
            name
            for name, link in after.links.items()
            if name != key and name in survivor.links and link.state in ("active", "invisible", "creating")
        )
        if twins and record.entity == survivor.entity:
            # elsewhere they are two as before, and stay in step as such; what moved on is not made a second time
            links = {
                name: Link(name, state="deleted") if name in moving else link for name, link in after.links.items()
            }
            ended = replace(after, links=links)
        else:
            links = {name: link for name, link in after.links.items() if name not in moving}
            ended = replace(after, links=links, merged_into=survivor.record_id)
        # told before it is so: whoever dies in between does both again, and the other way round nobody would ever tell
        flagged = self._flag_twins(record, survivor, twins) if twins else None
        has_ended = self._end(record, ended, survivor, moving)
        if flagged is not None and not has_ended:
            with suppress(ConflictError):
                self.hub.documents.delete(flagged)
        return has_ended

    def _moving(self, record: Record, survivor: Record) -> dict[str, Link]:
        if record.entity != survivor.entity:
            return {}
        return {
            name: link
            for name, link in record.links.items()
            if name != self.integration.integration_id
            and name in self.integrations
            and name not in survivor.links
            and link.external_id
            and link.state in ("active", "invisible")
        }

    def _end(self, record: Record, ended: Record, survivor: Record, moving: Mapping[str, Link]) -> bool:
        """Store the end of one record and what the other gets by it, at one moment.

        The survivor's own values go to the copies it gets, whose rest fills its gaps: who merged the two has decided
        whose values stay, and that an edit of the loser was later changes nothing.
        """
        if not moving:
            return self.store(record, ended, "merged")
        links = dict(survivor.links)
        for name, link in moving.items():
            said = as_said(record, link)
            overruled = {
                key: Base(None, value, overruled=True)
                for key, value in said.fields.items()
                if value is not None and survivor.fields.get(key) is not None
            }
            fresh = new_link(self.integrations[name], survivor, survivor.fields)
            base = {**fresh.base, **{key: each for key, each in overruled.items() if key in fresh.base}}
            links[name] = replace(fresh, external_id=link.external_id, base=base)
        now = self.hub.now()
        return self.hub.records.save_together(
            [
                self._save(record, ended, "merged", now),
                self._save(survivor, replace(survivor, links=links), "merged", now),
            ]
        )

    def _flag_twins(self, record: Record, survivor: Record, twins: list[str]) -> Document:
        """Tell people that another CRM holds both of two records that were merged here."""
        return self.hub.documents.put(
            Document(
                f"{record.workspace_id}#CONFLICT",
                f"{survivor.record_id}#twin#{record.record_id}",
                {
                    "kind": "twin",
                    "record_id": survivor.record_id,
                    "other_record_id": record.record_id,
                    "integrations": twins,
                    "opened_at": self.hub.now().isoformat(),
                },
            ),
            unconditionally=True,
        )

    # ---------------------------------------------------------------------------------- storing

    def store(self, before: Record, after: Record, kind: str) -> bool:
        """Store one change; returns whether nobody else wrote first."""
        (ok,) = self.hub.records.save_many([self._save(before, after, kind, self.hub.now())])
        return ok

    def _save(self, before: Record, after: Record, kind: str, now: datetime) -> Save:
        last = LastChange(kind, self.integration.integration_id, now, self.run_id)
        stored = replace(after, rev=before.rev + 1, last=last)
        return Save(before, with_due(stored, self.integrations.values()))


def release_brake(hub: Hub, integration: Integration, entity: Entity, *, delete: bool) -> int:
    """Let go of the brake, as people decided: carry out the held deletions, or make the records again.

    Args:
        integration: whose brake holds.
        entity: of which entity.
        delete: ``True`` believes the deletions; ``False`` makes the vanished records again in that CRM.

    Returns:
        How many records were held.

    Raises:
        ConflictError: the count of deletions kept moving; nothing more was changed.
    """
    integrations = load_integrations(hub, integration.workspace_id)
    pk, name = f"{integration.workspace_id}#DELETIONS", f"{integration.integration_id}#{entity}"
    noted = hub.documents.get(pk, name)
    if noted is not None:
        hub.documents.put(replace(noted, body={"hours": {}, "braked": False}))
    departures = Departures(hub, integration, integrations, run_id="")
    return sum(_let_go(departures, record, delete=delete) for record in _held(hub, integration, entity))


def _held(hub: Hub, integration: Integration, entity: Entity) -> list[Record]:
    key, cursor, found = integration.integration_id, None, list[Record]()
    while True:
        page = hub.records.list_records(integration.workspace_id, entity, cursor=cursor, limit=500)
        found.extend(each for each in page.items if key in each.links and each.links[key].state == "held")
        cursor = page.next_cursor
        if cursor is None:
            return found


def _let_go(departures: Departures, record: Record, *, delete: bool) -> bool:
    key, now = departures.integration.integration_id, departures.hub.now()
    if delete:
        propagate = departures.integration.on_delete == "propagate"
        after = mark_gone(record, integration_id=key, propagate=propagate, now=now)
    else:
        after = replace(record, links={name: link for name, link in record.links.items() if name != key})
    return departures.store(record, after, "deleted" if delete else "changed")

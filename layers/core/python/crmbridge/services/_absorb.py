"""The one way in: read the hub, then the CRM, merge, and store on the condition that the hub has not moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from crmbridge.domain import matching
from crmbridge.domain.altering import altered
from crmbridge.domain.due import with_due
from crmbridge.domain.integrations import Integration
from crmbridge.domain.keys import digest
from crmbridge.domain.merge import Merged, merge
from crmbridge.domain.messages import ChangeHint
from crmbridge.domain.records import (
    PREFIXES,
    Entity,
    Gone,
    LastChange,
    Observation,
    Record,
    Unreadable,
)
from crmbridge.domain.versions import version_ms
from crmbridge.errors import ConflictError
from crmbridge.ports import CrmClient, Document, ReadResult, Save
from crmbridge.services import _references as references
from crmbridge.services._absorbed import COUNTED, Absorbed, Matched
from crmbridge.services._candidates import candidates_of
from crmbridge.services._departures import Departures
from crmbridge.services._healing import heal, is_young
from crmbridge.services._suppressed import without_suppressed
from crmbridge.services.hub import Hub

TRIES = 5
"""Rounds of reading both sides again after somebody else wrote first."""

Saves: TypeAlias = Mapping[str, Save]

DEPTH = 3
"""How far references are followed: a deal brings its contacts, a contact its company."""


@dataclass(slots=True)
class Absorber:
    """Takes rows of one integration's entity into the hub.

    Attributes:
        integrations: all of the workspace, by id.
        run_id: the sync run, for the journal; empty for webhooks.
        told: the hint that is being followed, if any; it may know who made a version.
    """

    hub: Hub
    integration: Integration
    integrations: Mapping[str, Integration]
    client: CrmClient
    run_id: str = ""
    depth: int = 0
    counts: Absorbed = field(default_factory=Absorbed)
    told: ChangeHint | None = None

    def take(
        self,
        entity: Entity,
        external_ids: Iterable[str],
        *,
        rows: Mapping[str, Observation] | None = None,
        said_gone: Mapping[str, Gone] | None = None,
        told: ChangeHint | None = None,
    ) -> Absorbed:
        """Bring the hub up to date with some of the CRM's records.

        Args:
            entity: what they are.
            external_ids: which; repeats count once.
            rows: what a listing just said of them; trusted only where the hub has no record yet.
            told: the hint they come from; a record that was merged at the version it speaks of already is not read
                again, so that our own writes coming back cost nothing.
            said_gone: what a webhook or a deletion listing said; believed only if the CRM does not show the record.

        Raises:
            RetriableProviderError: the CRM cannot be read now; nothing of this call is half-applied.
            AuthorizationExpiredError: the CRM must be connected again.
            ConflictError: others kept writing the same records first.
        """
        pending = list(dict.fromkeys(external_ids))
        self.counts.seen += len(pending)
        self.told = told
        held: dict[str, Record] | None = None
        if told is not None and (told.modified_ms or told.modified_by):
            held = self._held(entity, pending)
            pending = self._without_known(pending, held, told)
        for attempt in range(TRIES):
            if not pending:
                return self.counts
            if held is None or attempt:
                held = self._held(entity, pending)
            pending = self._round(entity, pending, held, rows if attempt == 0 else None, said_gone or {})
        if pending:
            raise ConflictError(f"{len(pending)} {entity} records kept moving while they were merged")
        return self.counts

    def _heal(self, entity: Entity, rows: Mapping[str, Observation], held: Mapping[str, Record], saves: Saves) -> None:
        """Join what was imported just now, or by a worker that may have died over it, with what others imported."""
        new = [(key, save.after) for key, save in saves.items() if save.before is None and not save.after.candidates]
        new += [(key, record) for key, record in held.items() if key not in saves and is_young(record, self.hub.now())]
        fresh = {key: (record.record_id, rows[key]) for key, record in new if key in rows}
        if fresh and len(self.integrations) > 1:
            heal(self.hub, self.integration, self.integrations, entity, fresh)

    def _match(self, entity: Entity, observation: Observation, candidates: list[Record]) -> matching.Match:
        return matching.match(
            observation,
            candidates,
            integration_id=self.integration.integration_id,
            workspace_id=self.integration.workspace_id,
            entity=entity,
        )

    def _without_known(self, ids: list[str], held: Mapping[str, Record], told: ChangeHint) -> list[str]:
        """Leave out ids of which nothing can be learnt: merged at a later version, or changed by ourselves alone."""
        known = {
            each
            for each, record in held.items()
            if (each in told.modified_ms or each in told.modified_by)
            and not is_young(record, self.hub.now())
            and self._is_known(record, told.modified_ms.get(each, 0), told.modified_by.get(each, ""))
        }
        self.counts.unchanged += len(known)
        return [each for each in ids if each not in known]

    def _is_known(self, record: Record, at_ms: int, modified_by: str) -> bool:
        """Tell whether a version was merged already.

        Where every event names its author and its very moment, our own tell us nothing: what we wrote is settled by
        the answer, or found by the next look before a write. Where times have whole seconds and an event tells the
        record's latest author only, it must also be the version that was merged: a person may have edited the record
        in the second of our own write.
        """
        link = record.links[self.integration.integration_id]
        merged_ms = version_ms(link.version)
        exact = self.hub.connectors.declaration(self.integration.crm).limits.time_step_ms == 1
        ours = bool(modified_by) and modified_by == self.integration.actor_id
        if link.state != "active":
            return False
        if exact and ours:
            return True
        return at_ms > 0 and (merged_ms > at_ms or (merged_ms == at_ms and (exact or ours)))

    def keep_raw(self, entity: Entity, rows: Iterable[Unreadable]) -> None:
        """Put rows that could not be understood into quarantine, so that the cursor may pass them."""
        for row in rows:
            self.counts.quarantined += 1
            self.hub.documents.put(
                Document(
                    pk=f"{self.integration.workspace_id}#QUARANTINE#{self.integration.integration_id}",
                    sk=f"{entity}#{row.external_id or digest(row.raw)}",
                    body={"reason": row.reason, "raw": row.raw, "at": self.hub.now().isoformat()},
                ),
                unconditionally=True,
            )

    # ---------------------------------------------------------------------------------- one round

    def _round(
        self,
        entity: Entity,
        ids: list[str],
        held: Mapping[str, Record],
        rows: Mapping[str, Observation] | None,
        said_gone: Mapping[str, Gone],
    ) -> list[str]:
        """Merge once; return the ids whose record somebody else moved meanwhile.

        Args:
            held: the hub's records by external id, read before the CRM is.
        """
        observed, read = self._observe(entity, ids, held, rows)
        self.keep_raw(entity, read.unreadable.values())
        if self.told is not None:
            observed = {key: self.told.authored(each) for key, each in observed.items()}
        records = self._matched(entity, observed, held, rows)
        if records.reread:
            second = self.client.read(entity, sorted(records.reread))
            observed = {**observed, **self._resolve(entity, dict(second.found))}
        saves: dict[str, Save] = {}
        for external_id, observation in self._let_in(entity, observed, records).items():
            candidates = records.candidates.get(external_id, ())
            save = self._merged(entity, observation, records.by_external.get(external_id), candidates)
            if save is None:
                self.counts.unchanged += 1
            else:
                saves[external_id] = save
        absent = [each for each in ids if each not in observed and each not in read.unreadable]
        departed = self._departed(absent, held, read, said_gone=said_gone)
        departures = Departures(self.hub, self.integration, self.integrations, self.run_id)
        plain = {key: held[key] for key, evidence in departed.items() if not evidence.merged_into}
        saves.update(departures.deletions(entity, plain))
        again = self._store(saves)
        self._heal(entity, {**(rows or {}), **observed}, held, saves)
        merges = self._met(entity, {key: each for key, each in departed.items() if each.merged_into})
        ended = {key: held[key] for key, evidence in merges.items() if not evidence.merged_into}
        again.extend(self._store(departures.deletions(entity, ended)))
        for external_id, evidence in merges.items():
            if evidence.merged_into:
                self.counts.gone += departures.follow(entity, held[external_id], evidence)
        return again

    def _met(self, entity: Entity, merges: dict[str, Gone]) -> dict[str, Gone]:
        """Take in the survivors of merges as they are now, before anything ends in them.

        Returns:
            The same evidence, of who survived the survivor where that is gone as well; of a plain deletion where
            nobody did.
        """
        kind: Entity = "contact" if entity == "lead" else entity
        inner = replace(self, depth=self.depth + 1, counts=Absorbed())
        for _ in range(TRIES):
            survivors = sorted({each.merged_into for each in merges.values() if each.merged_into})
            if not survivors or self.depth >= DEPTH:
                break
            inner.take(kind, survivors)
            known = self._held(kind, survivors)
            strangers = [each for each in survivors if each not in known]
            gone: Mapping[str, Gone] = self.client.read(kind, strangers).gone if strangers else {}
            if not gone:
                break
            merges = {
                key: replace(gone[each.merged_into], external_id=key) if each.merged_into in gone else each
                for key, each in merges.items()
            }
        return merges

    def _held(self, entity: Entity, ids: list[str]) -> dict[str, Record]:
        """Return the hub's records by external id."""
        workspace_id = self.integration.workspace_id
        by_external = self.hub.records.find_external(workspace_id, self.integration.integration_id, entity, ids)
        records = self.hub.records.get_many(workspace_id, tuple(by_external.values()))
        return {external_id: records[each] for external_id, each in by_external.items() if each in records}

    def _observe(
        self,
        entity: Entity,
        ids: list[str],
        held: Mapping[str, Record],
        rows: Mapping[str, Observation] | None,
    ) -> tuple[dict[str, Observation], ReadResult]:
        """Return what the CRM says: a listing's row where nothing can be lost by it, else a fresh read."""
        if rows is None:
            read = self.client.read(entity, ids)
            return self._resolve(entity, dict(read.found)), read
        resolved = self._resolve(entity, {each: rows[each] for each in ids if each in rows})
        fresh: dict[str, Observation] = {}
        doubtful: list[str] = []
        for external_id, row in resolved.items():
            record = held.get(external_id)
            # one of ours that is not known may be gone again, or stand there twice: only a person's is believed
            if record is None and not row.correlation_id:
                fresh[external_id] = row
            elif record is None or self._merge(record, row).moved:
                doubtful.append(external_id)
            else:
                self.counts.unchanged += 1
        doubtful.extend(each for each in ids if each not in rows)
        read = self.client.read(entity, doubtful) if doubtful else ReadResult({})
        return {**fresh, **self._resolve(entity, dict(read.found))}, read

    def _resolve(self, entity: Entity, observed: dict[str, Observation]) -> dict[str, Observation]:
        """Translate references, bringing in records that the hub has not met yet."""
        wanted = references.wanted(entity, observed.values())
        ids = references.known(self.hub, self.integration, wanted)
        if self.depth < DEPTH and self._bring_in(wanted, ids):
            ids = references.known(self.hub, self.integration, wanted)
        return {key: references.resolve(entity, each, ids) for key, each in observed.items()}

    def _bring_in(self, wanted: Mapping[Entity, tuple[str, ...]], ids: Mapping[tuple[Entity, str], str]) -> bool:
        """Take in what is referred to and not known yet; tell whether anything was asked for."""
        did = False
        for target, external_ids in wanted.items():
            unknown = [each for each in external_ids if (target, each) not in ids]
            if unknown and self.integration.rule(target).enabled:
                replace(self, depth=self.depth + 1, counts=Absorbed(), told=None).take(target, unknown)
                did = True
        return did

    def _matched(
        self,
        entity: Entity,
        observed: Mapping[str, Observation],
        held: Mapping[str, Record],
        rows: Mapping[str, Observation] | None,
    ) -> Matched:
        """Find the record of every row: by external id, by our own id, or by its natural key."""
        found = Matched(dict(held))
        strangers = {key: each for key, each in observed.items() if key not in held}
        if not strangers:
            return found
        candidates = self._candidates(entity, strangers.values())
        claimed: set[str] = set()
        for external_id, observation in strangers.items():
            free = [each for each in candidates.values() if each.record_id not in claimed]
            hit = self._match(entity, observation, free)
            if hit.candidates:
                found.candidates[external_id] = hit.candidates
            if hit.record is not None:
                claimed.add(hit.record.record_id)
                found.by_external[external_id] = hit.record
                if rows is not None and external_id in rows:
                    found.reread.add(external_id)
        return found

    def _let_in(self, entity: Entity, observed: Mapping[str, Observation], records: Matched) -> dict[str, Observation]:
        """Leave out rows of people who were erased, unless somebody has entered them anew."""
        strangers = {key: row for key, row in observed.items() if key not in records.by_external}
        key = self.integration.integration_id
        let_in = without_suppressed(self.hub, self.integration.workspace_id, key, entity, strangers)
        self.counts.unchanged += len(strangers) - len(let_in)
        return {key: row for key, row in observed.items() if key in records.by_external or key in let_in}

    def _candidates(self, entity: Entity, strangers: Iterable[Observation]) -> dict[str, Record]:
        return candidates_of(self.hub, self.integration.workspace_id, entity, strangers)

    # ---------------------------------------------------------------------------------- merging

    def _merge(self, record: Record, observation: Observation) -> Merged:
        return merge(
            record,
            observation,
            integration=self.integration,
            integrations=self.integrations,
            project=lambda fields: self.client.project(record.entity, fields),
            now=self.hub.now(),
        )

    def _merged(
        self, entity: Entity, observation: Observation, record: Record | None, candidates: tuple[str, ...]
    ) -> Save | None:
        """Return the save that a row asks for, or ``None`` when it says nothing new."""
        now = self.hub.now()
        before = record
        if record is None:
            record = Record(
                self.integration.workspace_id,
                self.hub.new_id(PREFIXES[entity]),
                entity,
                created_at=now,
                candidates=candidates,
            )
        link = record.links.get(self.integration.integration_id)
        if link is not None and link.state in ("deleting", "deleted"):
            return None
        merged = self._merge(record, observation)
        if not merged.moved:
            return None
        kind = "imported" if before is None else "changed" if link is not None else "linked"
        last = LastChange(kind, self.integration.integration_id, now, self.run_id, merged.changes, merged.lost)
        after = altered(merged.record, last=last)
        if record.deleted_at is not None and link is not None and link.state == "creating":
            found = altered(after.links[link.integration_id], state="deleting", base={})
            after = altered(record, links={**record.links, found.integration_id: found}, last=last)
        return self._save(before, after)

    def _departed(
        self, absent: list[str], held: Mapping[str, Record], read: ReadResult, *, said_gone: Mapping[str, Gone]
    ) -> dict[str, Gone]:
        """Return, for records the hub holds, the evidence that they are gone; absence alone is none."""
        departed: dict[str, Gone] = {}
        for external_id in absent:
            missing = external_id in read.missing
            evidence = read.gone.get(external_id) or (said_gone.get(external_id) if missing else None)
            if evidence is None:
                self.counts.missing += 1
            elif external_id in held:
                departed[external_id] = evidence
            else:
                self.counts.gone += 1
        return departed

    def _save(self, before: Record | None, after: Record) -> Save:
        rev = 1 if before is None else before.rev + 1
        return Save(before, with_due(after, self.integrations.values(), rev=rev))

    def _store(self, saves: Mapping[str, Save]) -> list[str]:
        """Store; count what was stored, return the external ids whose record had moved."""
        stored = self.hub.records.save_many(tuple(saves.values()))
        for save, ok in zip(saves.values(), stored, strict=True):
            last = save.after.last
            if ok and last is not None:
                name = COUNTED[last.kind]
                setattr(self.counts, name, getattr(self.counts, name) + 1)
                self.counts.conflicts += len(last.lost)
        return [external_id for external_id, ok in zip(saves, stored, strict=True) if not ok]

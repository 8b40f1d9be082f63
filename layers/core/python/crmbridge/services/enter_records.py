"""Enter records through our own API: into the hub, from where the ordinary pushing takes them to every CRM."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from crmbridge.domain.due import with_due
from crmbridge.domain.editing import edit
from crmbridge.domain.integrations import Integration
from crmbridge.domain.keys import NaturalKey, digest, natural_keys
from crmbridge.domain.matching import match, match_key, numbers
from crmbridge.domain.records import PREFIXES, Entity, Fields, LastChange, Observation, Record
from crmbridge.domain.resolution import BY_PEOPLE
from crmbridge.errors import ConflictError, NotFoundError, RequestRejectedError
from crmbridge.ports import Document, Save
from crmbridge.services._candidates import candidates_of
from crmbridge.services._joining import Joiner
from crmbridge.services.hub import Hub, load_integrations

TRIES = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One record to enter.

    Attributes:
        fields: canonical values.
        record_id: which record is meant; empty to find it by its keys, or to make a new one.
        reference: the sender's own name for it, unique in the workspace; empty for none.
    """

    fields: Fields
    record_id: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of one entry.

    Attributes:
        record: as it was stored.
        is_new: the hub had no such record.
        changed: names of the fields that changed.
        frozen: fields left alone, since people must decide about them first.
        problem: why nothing was entered, or ``None``.
    """

    record: Record | None
    is_new: bool = False
    changed: tuple[str, ...] = ()
    frozen: tuple[str, ...] = ()
    problem: RequestRejectedError | None = None


def enter_one(hub: Hub, workspace_id: str, entity: Entity, entry: Entry, *, by: str) -> Entered:
    """Enter one record.

    Raises:
        RequestRejectedError: several records could be meant, or nothing was sent.
        NotFoundError: there is no such record.
        ConflictError: the record kept moving; try again.
    """
    (entered,) = enter_many(hub, workspace_id, entity, [entry], by=by)
    if entered.problem is not None:
        raise entered.problem
    return entered


def enter_many(
    hub: Hub, workspace_id: str, entity: Entity, entries: Sequence[Entry], *, by: str
) -> tuple[Entered, ...]:
    """Enter records of one entity; two entries of one record are entered in their order.

    Args:
        by: who enters them; recorded in the history.

    Returns:
        One result per entry, in their order; a refused one hinders no other.

    Raises:
        ConflictError: records kept moving; sending the same again does no harm.
    """
    batch = _Batch(hub, workspace_id, entity, load_integrations(hub, workspace_id), by)
    pending = dict(enumerate(entries))
    done: dict[int, Entered] = {}
    for _ in range(TRIES):
        tried = batch.round(pending)
        done.update(tried)
        pending = {place: entry for place, entry in pending.items() if place not in tried}
        if not pending:
            return tuple(done[place] for place in range(len(entries)))
    raise ConflictError(f"{len(pending)} {entity} records kept moving while they were entered")


@dataclass(slots=True)
class _Batch:
    """Entries of one entity that are entered together.

    Attributes:
        known: records that any of them could mean, as they were read, by id.
        now_are: the same as the entries so far have made them, new ones among them.
        by_key: the ids of those by their natural keys.
    """

    hub: Hub
    workspace_id: str
    entity: Entity
    integrations: Mapping[str, Integration]
    by: str
    known: dict[str, Record] = field(default_factory=dict[str, Record])
    now_are: dict[str, Record] = field(default_factory=dict[str, Record])
    by_key: dict[tuple[NaturalKey, str], set[str]] = field(default_factory=dict[tuple[NaturalKey, str], set[str]])

    def round(self, entries: Mapping[int, Entry]) -> dict[int, Entered]:
        """Enter once; entries whose record somebody else moved meanwhile are left out of the answer."""
        found: dict[int, Entered] = {}
        references: dict[int, str] = {}
        for place, entry in entries.items():
            try:
                references[place] = self._referred(entry)
            except RequestRejectedError as error:
                found[place] = Entered(None, problem=error)
        self._read([entries[place] for place in references], references.values())
        for place, referred in references.items():
            try:
                found[place] = self._enter(entries[place], referred)
            except RequestRejectedError as error:
                found[place] = Entered(None, problem=error)
        return self._stored(found)

    def _read(self, entries: Sequence[Entry], references: Iterable[str]) -> None:
        rows = [_row(each) for each in entries]
        self.known = candidates_of(self.hub, self.workspace_id, self.entity, rows)
        named = {each.record_id for each in entries} | set(references)
        missing = sorted(named - self.known.keys() - {""})
        self.known = {**self.known, **self.hub.records.get_many(self.workspace_id, missing)}
        ended = {each.merged_into for each in self.known.values() if each.merged_into} - self.known.keys()
        self.known = {**self.known, **self.hub.records.get_many(self.workspace_id, sorted(ended))}
        self.now_are, self.by_key = {}, {}
        for each in self.known.values():
            self._put(each)

    def _put(self, record: Record) -> None:
        self.now_are[record.record_id] = record
        for key in natural_keys(record):
            self.by_key.setdefault(key, set()).add(record.record_id)

    def _sharing(self, entry: Entry) -> list[Record]:
        """Return the records that share a key with an entry, so that a thousand entries are not compared with each."""
        key = match_key(self.entity, entry.fields)
        keys: list[tuple[NaturalKey, str]] = [("phone", each) for each in numbers(self.entity, entry.fields)]
        ids = {each for one in (*keys, *([key] if key else [])) for each in self.by_key.get(one, ())}
        return [self.now_are[each] for each in sorted(ids)]

    def _referred(self, entry: Entry) -> str:
        """Return the id that the sender's own name stands for, choosing one where it is new; empty without a name."""
        if not entry.reference or entry.record_id:
            return ""
        pk, sk = reference_key(self.workspace_id, self.entity, entry.reference)
        held = self.hub.documents.get(pk, sk)
        if held is not None and not self._is_deleted(held.body["record_id"]):
            return str(held.body["record_id"])
        chosen = self._found(entry)
        record_id = self.hub.new_id(PREFIXES[self.entity]) if chosen is None else chosen.record_id
        version = 0 if held is None else held.version
        try:
            self.hub.documents.put(Document(pk, sk, {"record_id": record_id}, version=version))
        except ConflictError:  # the same name came in twice at one moment
            named = self.hub.documents.get(pk, sk)
            return record_id if named is None else str(named.body["record_id"])
        return record_id

    def _is_deleted(self, record_id: str) -> bool:
        record = self.hub.records.get_many(self.workspace_id, [record_id]).get(record_id)
        return record is not None and record.deleted_at is not None

    def _found(self, entry: Entry) -> Record | None:
        """Return the record that a new name is given to, where its keys tell."""
        rows = candidates_of(self.hub, self.workspace_id, self.entity, [_row(entry)])
        return self._matched(entry, list(rows.values()))

    def _enter(self, entry: Entry, referred: str) -> Entered:
        record = self._chosen(entry, referred)
        is_new = record is None
        if record is None:
            if all(value is None for value in entry.fields.values()):
                raise RequestRejectedError("there is nothing to enter", next_step="send at least one field")
            record_id = referred or self.hub.new_id(PREFIXES[self.entity])
            record = Record(self.workspace_id, record_id, self.entity, created_at=self.hub.now())
        _keeps_its_kind(record, entry)
        at_ms = int(self.hub.now().timestamp() * 1000)
        edited = edit(record, entry.fields, at_ms=at_ms, integrations=self.integrations)
        if edited.changes:
            kind = "imported" if is_new else "changed"
            last = LastChange(kind, BY_PEOPLE, self.hub.now(), by=self.by, changes=edited.changes)
            record = replace(edited.record, last=last)
            self._put(record)
        is_first = is_new or record.record_id not in self.known
        return Entered(record, is_first, tuple(each.field for each in edited.changes), edited.frozen)

    def _chosen(self, entry: Entry, referred: str) -> Record | None:
        record_id = entry.record_id or referred
        if not record_id:
            return self._matched(entry, self._sharing(entry))
        record = self.now_are.get(record_id)
        if record is not None and record.merged_into:
            record = self.now_are.get(record.merged_into)
        is_gone = record is not None and (record.entity != self.entity or record.deleted_at is not None)
        if is_gone or (record is None and entry.record_id):
            raise NotFoundError(
                f"there is no {self.entity} {record_id[:60]!r}, or not any more",
                field="recordId",
                next_step="leave recordId out to find it by its keys, or to make a new one",
            )
        return record

    def _matched(self, entry: Entry, candidates: list[Record]) -> Record | None:
        hit = match(
            _row(entry), candidates, integration_id=BY_PEOPLE, workspace_id=self.workspace_id, entity=self.entity
        )
        if hit.candidates:
            key = match_key(self.entity, entry.fields)
            raise RequestRejectedError(
                "several records could be meant",
                field=key[0] if key else "phone",
                next_step=f"send recordId as one of {', '.join(hit.candidates)}",
            )
        return hit.record

    def _stored(self, found: dict[int, Entered]) -> dict[int, Entered]:
        """Store what changed; return the results whose record was stored, or had nothing to store."""
        changed = [each for key, each in self.now_are.items() if each is not self.known.get(key)]
        saves = [self._save(each) for each in changed]
        kept = {save.after.record_id: ok for save, ok in zip(saves, self.hub.records.save_many(saves), strict=True)}
        stored = {save.after.record_id: save.after for save in saves if kept[save.after.record_id]}
        joined = {key: self._healed(each) for key, each in stored.items() if key not in self.known}
        final = {**stored, **joined}
        return {
            place: each if each.record is None else replace(each, record=final.get(each.record.record_id, each.record))
            for place, each in found.items()
            if each.record is None or kept.get(each.record.record_id, True)
        }

    def _save(self, record: Record) -> Save:
        before = self.known.get(record.record_id)
        rev = 1 if before is None else before.rev + 1
        return Save(before, with_due(record, self.integrations.values(), rev=rev))

    def _healed(self, record: Record) -> Record:
        """Join a new record with one that somebody else made at the same moment; the older one stays."""
        row = Observation("", record.fields)
        others = candidates_of(self.hub, self.workspace_id, self.entity, [row])
        rest = [each for key, each in others.items() if key != record.record_id]
        hit = match(row, rest, integration_id=BY_PEOPLE, workspace_id=self.workspace_id, entity=self.entity)
        if hit.record is None or hit.record.candidates:
            return record
        older, newer = sorted((record.record_id, hit.record.record_id))
        for _ in range(TRIES):
            if self._taken_over(older, newer):
                joiner = Joiner(self.hub, self.workspace_id, self.integrations, BY_PEOPLE, by=self.by)
                joiner.join(newer, older)
                break
        found = self.hub.records.get_many(self.workspace_id, [older, record.record_id])
        return found[older] if found[record.record_id].merged_into == older else found[record.record_id]

    def _taken_over(self, older: str, newer: str) -> bool:
        """Give the older record what was entered into the newer one alone: a join moves what CRMs say, and no more."""
        found = self.hub.records.get_many(self.workspace_id, [older, newer])
        winner, loser = found[older], found[newer]
        entered = {
            name: loser.fields.get(name)
            for name, stamp in loser.stamps.items()
            if stamp.integration_id == BY_PEOPLE and stamp.at >= winner.stamps.get(name, stamp).at
        }
        at_ms = int(self.hub.now().timestamp() * 1000)
        edited = edit(winner, entered, at_ms=at_ms, integrations=self.integrations)
        if not edited.changes:
            return True
        last = LastChange("changed", BY_PEOPLE, self.hub.now(), by=self.by, changes=edited.changes)
        after = with_due(edited.record, self.integrations.values(), rev=winner.rev + 1, last=last)
        return self.hub.records.save_many([Save(winner, after)]) == (True,)


def reference_key(workspace_id: str, entity: Entity, reference: str) -> tuple[str, str]:
    """Return where it is written which record a sender's own name stands for."""
    return f"{workspace_id}#REFERENCE#{entity}", digest(reference)


def _row(entry: Entry) -> Observation:
    return Observation("", entry.fields)


def _keeps_its_kind(record: Record, entry: Entry) -> None:
    kind = entry.fields.get("kind")
    if record.entity == "activity" and kind is not None and record.fields.get("kind") not in (None, kind):
        raise RequestRejectedError(
            f"the activity is a {record.fields['kind']} and stays one", field="kind", next_step="enter a new activity"
        )

"""A strict CRM in memory, of a given character, that speaks the connector's port."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import REFERENCES, Entity, Gone, Observation, Unreadable, Value
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import Account, Page, ReadResult, RowResult, WriteOp
from tests.simulation.characters import ENTITIES, FIELDS, Character
from tests.simulation.rows import BRIDGE, PERSON, Row, Told

PAGE = 3
KEY_FIELDS = {"email": ("email",), "phone": ("phone",), "domain": ("domain",)}
REFUSED = "!"
EVEN = re.compile(r"v\d{5}[02468]")
"""A text with this in it breaks a validation rule of every CRM; people's own screens do not check it."""


class SimCrm:
    """One account of a simulated CRM; ``human_…`` methods are people, the rest is the port."""

    def __init__(self, character: Character, *, now: Callable[[], datetime]) -> None:
        self.character = character
        self._now = now
        self.spells = character.spells
        self.rows: dict[Entity, dict[str, Row]] = {entity: {} for entity in ENTITIES}
        self.writes = 0
        self.rows_written = 0
        self.no_op_writes = 0
        self.changed_by_people = 0
        self.on_change: Callable[[Told], None] | None = None
        self.fault: Callable[[str], str] | None = None
        self._next = 0

    # ---------------------------------------------------------------- people

    def human_create(self, entity: Entity, fields: Mapping[str, Value], refs: Mapping[str, tuple[str, ...]]) -> str:
        """A person makes a record; returns its id, or an empty string when the CRM refuses it."""
        if self._taken(entity, fields, except_id=""):
            return ""
        row = self._insert(entity, fields, refs, by=PERSON)
        self._tell(row)
        return row.external_id

    def human_edit(self, entity: Entity, external_id: str, changes: Mapping[str, Value]) -> bool:
        """A person changes fields; tells whether the CRM took it."""
        row = self.rows[entity].get(external_id)
        if row is None or row.deleted_at is not None or self._taken(entity, changes, except_id=external_id):
            return False
        self._change(row, changes, {}, by=PERSON)
        self._tell(row)
        return True

    def human_relink(self, entity: Entity, external_id: str, refs: Mapping[str, tuple[str, ...]]) -> None:
        """A person lets a record refer to others."""
        row = self.rows[entity][external_id]
        self._change(row, {}, refs, by=PERSON)
        self._tell(row)

    def human_break(self, entity: Entity, external_id: str, *, broken: bool) -> None:
        """A person (or a plug-in) puts something into a record that cannot be read, or takes it out again."""
        row = self.rows[entity][external_id]
        row.broken = broken
        self._change(row, {}, {}, by=PERSON)
        self._tell(row)

    def human_hide(self, entity: Entity, external_id: str, *, hidden: bool) -> None:
        """An administrator takes a record out of our sight, or shows it again; no webhook tells."""
        self.rows[entity][external_id].hidden = hidden

    def human_delete(self, entity: Entity, external_id: str) -> None:
        """A person deletes a record."""
        row = self.rows[entity][external_id]
        row.deleted_at = row.modified_at = self._stamp()
        row.by = PERSON
        self._tell(row)

    def human_merge(self, entity: Entity, winner_id: str, loser_id: str) -> None:
        """A person merges two records: the winner fills its gaps from the loser and gets what referred to it."""
        winner, loser = self.rows[entity][winner_id], self.rows[entity][loser_id]
        loser.deleted_at = loser.modified_at = self._stamp()
        loser.by = PERSON
        loser.merged_into = winner_id
        gaps = {name: value for name, value in loser.fields.items() if winner.fields.get(name) is None}
        self._change(winner, gaps, {}, by=PERSON)
        self._tell(loser)
        self._tell(winner)
        for row in [row for rows in self.rows.values() for row in rows.values() if row.deleted_at is None]:
            moved = {
                name: tuple(sorted({winner_id if each == loser_id else each for each in ids}))
                for name, ids in row.refs.items()
                if loser_id in ids
            }
            if moved:
                self._change(row, {}, moved, by=PERSON)
                self._tell(row)

    def live(self, entity: Entity) -> dict[str, Row]:
        """Return the records a person sees."""
        return {key: row for key, row in self.rows[entity].items() if row.deleted_at is None}

    # ---------------------------------------------------------------- the port

    def account(self) -> Account:
        self._call("account")
        return Account(self.character.name, self.character.name, "UTC", "EUR")

    def list_all(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        self._call("list")
        shown = self._visible(entity)
        ids = sorted(each for each in shown if each > (cursor or ""))
        following = ids[PAGE - 1] if len(ids) > PAGE else None
        return self._page([shown[each] for each in ids[:PAGE]], following)

    def list_changed(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Observation]:
        self._call("list")
        shown = self._visible(entity)
        places = sorted((each.modified_at or since, key) for key, each in shown.items())
        if cursor is None:
            rest = [place for place in places if place[0] >= since]
        else:
            at, external_id = json.loads(cursor)
            rest = [place for place in places if place > (datetime.fromisoformat(at), external_id)]
        page = rest[:PAGE]
        following = json.dumps([page[-1][0].isoformat(), page[-1][1]]) if len(rest) > PAGE else None
        return self._page([shown[key] for _, key in page], following)

    def list_gone(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Gone]:
        self._call("list")
        gone = sorted(
            (row.external_id, row)
            for row in self.rows[entity].values()
            if row.deleted_at is not None
            and not row.hidden
            and row.deleted_at >= since
            and row.external_id > (cursor or "")
        )
        page = tuple(Gone(key, row.merged_into, row.deleted_at) for key, row in gone[:PAGE])
        return Page(page, page[-1].external_id if len(gone) > PAGE else None, server_time=self._now())

    def read(self, entity: Entity, external_ids: Sequence[str]) -> ReadResult:
        self._call("read")
        found, gone, missing, unreadable = {}, {}, set(), {}
        for external_id in external_ids:
            row = self.rows[entity].get(external_id)
            if row is None or row.hidden:
                missing.add(external_id)
            elif row.deleted_at is not None:
                gone[external_id] = Gone(external_id, row.merged_into, row.deleted_at)
            elif row.broken:
                unreadable[external_id] = Unreadable(external_id, "amount: not a number", "{}")
            else:
                found[external_id] = self._see(row)
        return ReadResult(found, gone, frozenset(missing), unreadable)

    def find(self, entity: Entity, key: str, values: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        self._call("find")
        found: dict[str, tuple[Observation, ...]] = {}
        for external_id, seen in self._visible(entity).items():
            row = self.rows[entity][external_id]
            if row.deleted_at is not None or row.broken or row.hidden:
                continue
            held = (
                {seen.correlation_id}
                if key == "correlation_id"
                else {seen.fields.get(each) for each in KEY_FIELDS[key]}
            )
            for value in held.intersection(values):
                found[str(value)] = (*found.get(str(value), ()), self._see(row))
        return found

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        fault = self._call("write")
        self.writes += 1
        if self.character.refuses_batches and len(ops) > 1 and any(self._breaks_a_rule(op) for op in ops):
            raise FatalProviderError("bad request", provider=self.character.name, status=400, code="BAD_REQUEST")
        results = tuple(self._write(entity, op) for op in ops)
        if fault == "lost":
            raise RetriableProviderError("the answer was lost", provider=self.character.name, may_have_applied=True)
        return results

    def project(self, entity: Entity, fields: Mapping[str, Value]) -> dict[str, Value]:
        lists = self.character.lists
        return {
            name: self._predicted(name, fields[name])
            for name in FIELDS[entity]
            if name in fields and (name != lists or self.takes(name, fields[name]))
        }

    def owners(self) -> tuple[()]:
        return ()

    def stages(self, entity: Entity) -> tuple[()]:
        return ()

    def describe(self, entity: Entity) -> tuple[()]:
        return ()

    def provision(self, entity: Entity, wanted: Sequence[CustomField] = ()) -> tuple[str, ...]:
        self._call("provision")
        return ()

    # ---------------------------------------------------------------- writing

    def _write(self, entity: Entity, op: WriteOp) -> RowResult:
        if self._breaks_a_rule(op):
            error = FatalProviderError("no ! allowed", provider=self.character.name, status=400, code="VALIDATION")
            return RowResult(op.op_id, op.external_id, error=error)
        if op.kind in ("create", "upsert"):
            return self._create(entity, op)
        row = self.rows[entity].get(op.external_id)
        if row is None or row.hidden or row.deleted_at is not None:
            error = FatalProviderError("no such record", provider=self.character.name, status=404, code="NOT_FOUND")
            return RowResult(op.op_id, op.external_id, error=error, gone=True)
        if op.kind != "delete" and self._taken(entity, op.fields, except_id=op.external_id):
            error = FatalProviderError("duplicate e-mail", provider=self.character.name, status=409, code="CONFLICT")
            return RowResult(op.op_id, op.external_id, error=error)
        self.rows_written += 1
        if op.kind == "delete":
            row.deleted_at, row.by = self._stamp(), BRIDGE
            row.modified_at = row.deleted_at
            self._tell(row)
            return RowResult(op.op_id, op.external_id)
        before = (dict(row.fields), dict(row.refs))
        self._change(row, op.fields, op.refs, by=BRIDGE)
        self.no_op_writes += before == (row.fields, row.refs)
        self._tell(row)
        return RowResult(op.op_id, op.external_id, observation=self._answer(row, op))

    def _create(self, entity: Entity, op: WriteOp) -> RowResult:
        ours = [row for row in self.live(entity).values() if row.correlation_id == op.op_id and not row.hidden]
        if op.kind == "upsert" and not self.character.upserts:
            raise AssertionError("the engine upserts at a CRM that cannot")
        if op.kind == "upsert" and ours:
            self.rows_written += 1
            self._change(ours[0], op.fields, op.refs, by=BRIDGE)
            self._tell(ours[0])
            return RowResult(op.op_id, ours[0].external_id, observation=self._answer(ours[0], op))
        other = self._taken(entity, op.fields, except_id="")
        if ours and self.character.unique_id:
            other = ours[0].external_id
        if other:
            error = FatalProviderError("duplicate", provider=self.character.name, status=409, code="CONFLICT")
            return RowResult(op.op_id, other, error=error, conflict=True)
        self.rows_written += 1
        row = self._insert(entity, op.fields, op.refs, by=BRIDGE, correlation_id=op.op_id)
        self._tell(row)
        return RowResult(op.op_id, row.external_id, created=True, observation=self._answer(row, op))

    def _breaks_a_rule(self, op: WriteOp) -> bool:
        return any(isinstance(value, str) and REFUSED in value for value in op.fields.values())

    def _insert(
        self,
        entity: Entity,
        fields: Mapping[str, Value],
        refs: Mapping[str, tuple[str, ...]],
        *,
        by: str,
        correlation_id: str = "",
    ) -> Row:
        self._next += 1
        row = Row(f"{self.character.name[0]}{self._next:05d}", entity, correlation_id=correlation_id)
        self.rows[entity][row.external_id] = row
        self._change(row, fields, refs, by=by)
        return row

    def _change(self, row: Row, fields: Mapping[str, Value], refs: Mapping[str, tuple[str, ...]], *, by: str) -> None:
        stamp = self._stamp()
        for name, value in fields.items():
            if name not in FIELDS[row.entity]:
                raise AssertionError(f"{row.entity} has no field {name}")
            if not self.takes(name, value):
                raise AssertionError(f"{value!r} is not on the list of {name}")
            normal = self.normal(name, value)
            if row.fields.get(name) != normal:
                row.fields[name] = normal
                row.times[name] = stamp
        self._check_refs(row.entity, refs)
        for name, ids in refs.items():
            if row.refs.get(name, ()) != ids:
                row.refs[name] = ids
                row.times[name] = stamp
        row.modified_at, row.by, row.seen = stamp, by, None
        if self.character.lag_s:
            row.past.append((stamp, self._see(row)))

    def _check_refs(self, entity: Entity, refs: Mapping[str, tuple[str, ...]]) -> None:
        for name, ids in refs.items():
            for each in ids:
                if each not in self.rows[REFERENCES[entity][name]]:
                    raise AssertionError(f"{entity}.{name} points to {each}, which does not exist")

    def takes(self, name: str, value: Value) -> bool:
        """Tell whether a value may stand in a field; only every second one is on this CRM's list, if it has any."""
        return name != self.character.lists or value is None or EVEN.search(str(value)) is None

    def normal(self, name: str, value: Value) -> Value:
        """Return a value as this CRM stores it."""
        known = self._predicted(name, value)
        if self.spells and isinstance(known, str):
            return known.replace(" and ", " & ")
        return known

    def _predicted(self, name: str, value: Value) -> Value:
        """Return a value as the connector thinks that this CRM stores it."""
        if isinstance(value, str):
            if name == "job_title" and self.character.upper_case_titles:
                return value.upper()
            if name == "description" and self.character.truncates is not None:
                return value[: self.character.truncates] or None
        return value

    def _taken(self, entity: Entity, fields: Mapping[str, Value], *, except_id: str) -> str:
        email = fields.get("email")
        if not self.character.unique_email or entity != "contact" or email is None:
            return ""
        rows = self.live(entity).items()
        return next((key for key, row in rows if row.fields.get("email") == email and key != except_id), "")

    # ---------------------------------------------------------------- seeing

    def _see(self, row: Row) -> Observation:
        if row.seen is None:
            references = REFERENCES[row.entity]
            fields = row.fields
            row.seen = Observation(
                row.external_id,
                {name: fields.get(name) for name in FIELDS[row.entity] if name not in references},
                {name: row.refs.get(name, ()) for name in references},
                version=row.modified_at.isoformat(),
                modified_at=row.modified_at,
                field_times=dict(row.times) if self.character.field_times else {},
                correlation_id=row.correlation_id,
            )
        return row.seen

    def _answer(self, row: Row, op: WriteOp) -> Observation | None:
        if not self.character.answers_values:
            return None
        seen = self._see(row)
        if not self.character.answers_written:
            return seen
        fields = {name: value for name, value in seen.fields.items() if name in op.fields}
        return replace(seen, fields=fields, refs={name: ids for name, ids in seen.refs.items() if name in op.refs})

    def _visible(self, entity: Entity) -> dict[str, Observation]:
        """Return what listings and searches show: where they lag, every row as it was that long ago."""
        rows = [(key, row) for key, row in self.rows[entity].items() if not row.hidden]
        if not self.character.lag_s:
            return {key: self._see(row) for key, row in rows if row.deleted_at is None}
        horizon = self._now() - timedelta(seconds=self.character.lag_s)
        shown: dict[str, Observation] = {}
        for key, row in rows:
            if row.deleted_at is None or row.deleted_at > horizon:
                seen = next((seen for at, seen in reversed(row.past) if at <= horizon), None)
                if seen is not None:
                    shown[key] = seen
        return shown

    def _page(self, seen: list[Observation], following: str | None) -> Page[Observation]:
        rows = {each.external_id: self._row(each.external_id) for each in seen}
        broken = tuple(
            Unreadable(key, "amount: not a number", "{}") for key, row in rows.items() if row is not None and row.broken
        )
        ids = {each.external_id for each in broken}
        items = tuple(each for each in seen if each.external_id not in ids)
        return Page(items, following, unreadable=broken, server_time=self._now())

    def _row(self, external_id: str) -> Row | None:
        return next((rows[external_id] for rows in self.rows.values() if external_id in rows), None)

    def _stamp(self) -> datetime:
        now = self._now()
        return now.replace(microsecond=0) if self.character.seconds_only else now

    def _tell(self, row: Row) -> None:
        self.changed_by_people += row.by == PERSON
        if self.on_change is not None:
            gone = row.deleted_at is not None
            self.on_change(Told(row.entity, row.external_id, row.modified_at, row.by, gone, row.merged_into))

    def _call(self, kind: str) -> str:
        fault = self.fault(kind) if self.fault is not None else ""
        if fault == "429":
            raise RetriableProviderError(
                "slow down", provider=self.character.name, status=429, retry_after_s=3, is_quota=True
            )
        if fault == "500":
            raise RetriableProviderError("oops", provider=self.character.name, status=500)
        return fault

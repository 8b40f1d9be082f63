"""A strict CRM in memory, of a given character, that speaks the connector's port."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from crmbridge.domain.records import FIELD_NAMES, REFERENCES, Entity, Gone, Observation, Value
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import Account, Page, ReadResult, RowResult, WriteOp

PAGE = 3
KEY_FIELDS = {"email": ("email",), "phone": ("phone", "mobile_phone"), "domain": ("domain",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """What kind of CRM this is.

    Attributes:
        upserts: writes through our own unique field can be repeated.
        answers_values: writes answer the stored values.
        seconds_only: modified times have whole seconds.
        lag_s: seconds until a change shows up in listings.
        unique_email: two contacts with one e-mail address are refused.
        upper_case_titles: rewrites job titles, as vendors rewrite what they are sent.
        truncates: longest text kept, or ``None``.
        field_times: tells the time of each field.
    """

    name: str
    upserts: bool
    answers_values: bool
    seconds_only: bool = False
    lag_s: int = 0
    unique_email: bool = False
    upper_case_titles: bool = False
    truncates: int | None = None
    field_times: bool = True


@dataclass(slots=True)
class Row:
    """One record of the CRM."""

    external_id: str
    fields: dict[str, Value] = field(default_factory=dict)
    refs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    times: dict[str, datetime] = field(default_factory=dict)
    modified_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    correlation_id: str = ""
    deleted_at: datetime | None = None
    merged_into: str = ""


class SimCrm:
    """One account of a simulated CRM; ``client`` methods are the port, ``human`` methods are people."""

    def __init__(self, character: Character, *, now: Callable[[], datetime], skew_s: float = 0.0) -> None:
        self.character = character
        self._now = now
        self._skew = timedelta(seconds=skew_s)
        self.rows: dict[Entity, dict[str, Row]] = {entity: {} for entity in FIELD_NAMES}
        self.writes = 0
        self.rows_written = 0
        self.no_op_writes = 0
        self.calls = 0
        self.on_change: Callable[[Entity, str], None] | None = None
        self.fault: Callable[[str], str] | None = None
        self._next = 0

    # ---------------------------------------------------------------- people

    def human_create(self, entity: Entity, fields: Mapping[str, Value], refs: Mapping[str, tuple[str, ...]]) -> str:
        """A person makes a record; returns its id, or an empty string when the CRM refuses it."""
        if self._taken(entity, fields, except_id=""):
            return ""
        row = self._insert(entity, fields, refs)
        self._tell(entity, row.external_id)
        return row.external_id

    def human_edit(self, entity: Entity, external_id: str, changes: Mapping[str, Value]) -> bool:
        """A person changes fields; tells whether the CRM took it."""
        row = self.rows[entity].get(external_id)
        if row is None or row.deleted_at is not None or self._taken(entity, changes, except_id=external_id):
            return False
        self._change(row, entity, changes, {})
        self._tell(entity, external_id)
        return True

    def human_delete(self, entity: Entity, external_id: str) -> None:
        """A person deletes a record."""
        row = self.rows[entity][external_id]
        row.deleted_at = row.modified_at = self._stamp()
        self._tell(entity, external_id)

    def human_merge(self, entity: Entity, winner_id: str, loser_id: str) -> None:
        """A person merges two records: the loser goes, the winner fills its gaps from it."""
        winner, loser = self.rows[entity][winner_id], self.rows[entity][loser_id]
        loser.deleted_at = loser.modified_at = self._stamp()
        loser.merged_into = winner_id
        gaps = {name: value for name, value in loser.fields.items() if winner.fields.get(name) is None}
        self._change(winner, entity, gaps, {})
        self._tell(entity, loser_id)
        self._tell(entity, winner_id)

    def live(self, entity: Entity) -> dict[str, Row]:
        """Return the records a person sees."""
        return {key: row for key, row in self.rows[entity].items() if row.deleted_at is None}

    # ---------------------------------------------------------------- the port

    def account(self) -> Account:
        self._call("account")
        return Account(self.character.name, self.character.name, "UTC", "EUR")

    def list_all(self, entity: Entity, *, cursor: str | None) -> Page[Observation]:
        self._call("list")
        rows = sorted(self._visible(entity), key=lambda row: row.external_id)
        start = cursor or ""
        rest = [row for row in rows if row.external_id > start]
        page = rest[:PAGE]
        following = page[-1].external_id if len(rest) > PAGE else None
        return Page(tuple(self._see(row) for row in page), following, server_time=self._clock())

    def list_changed(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Observation]:
        self._call("list")
        rows = sorted(self._visible(entity), key=lambda row: (row.modified_at, row.external_id))
        key = (since, "") if cursor is None else (datetime.fromisoformat(json.loads(cursor)[0]), json.loads(cursor)[1])
        rest = [row for row in rows if (row.modified_at, row.external_id) > key]
        if cursor is None:
            rest = [row for row in rows if row.modified_at >= since]
        page = rest[:PAGE]
        more = len(rest) > PAGE
        following = json.dumps([page[-1].modified_at.isoformat(), page[-1].external_id]) if more else None
        return Page(tuple(self._see(row) for row in page), following, server_time=self._clock())

    def list_gone(self, entity: Entity, *, since: datetime, cursor: str | None) -> Page[Gone]:
        self._call("list")
        gone = [
            Gone(row.external_id, row.merged_into, row.deleted_at)
            for row in self.rows[entity].values()
            if row.deleted_at is not None and row.deleted_at >= since
        ]
        return Page(tuple(gone))

    def read(self, entity: Entity, external_ids: Sequence[str]) -> ReadResult:
        self._call("read")
        found, gone, missing = {}, {}, set()
        for external_id in external_ids:
            row = self.rows[entity].get(external_id)
            if row is None:
                missing.add(external_id)
            elif row.deleted_at is not None:
                gone[external_id] = Gone(external_id, row.merged_into, row.deleted_at)
            else:
                found[external_id] = self._see(row)
        return ReadResult(found, gone, frozenset(missing))

    def find(self, entity: Entity, key: str, values: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        self._call("find")
        found: dict[str, tuple[Observation, ...]] = {}
        for row in self.live(entity).values():
            held = (
                {row.correlation_id} if key == "correlation_id" else {row.fields.get(each) for each in KEY_FIELDS[key]}
            )
            for value in set(values) & held:
                found[value] = (*found.get(value, ()), self._see(row))
        return found

    def write(self, entity: Entity, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        fault = self._call("write")
        self.writes += 1
        results = tuple(self._write(entity, op) for op in ops)
        if fault == "lost":
            raise RetriableProviderError("the answer was lost", provider=self.character.name, may_have_applied=True)
        return results

    def project(self, entity: Entity, fields: Mapping[str, Value]) -> dict[str, Value]:
        return {name: self.normal(name, value) for name, value in fields.items() if name in FIELD_NAMES[entity]}

    def owners(self) -> tuple[()]:
        return ()

    def stages(self, entity: Entity) -> tuple[()]:
        return ()

    def describe(self, entity: Entity) -> tuple[()]:
        return ()

    def provision(self, entity: Entity) -> tuple[str, ...]:
        self._call("provision")
        return ()

    # ---------------------------------------------------------------- inside

    def _write(self, entity: Entity, op: WriteOp) -> RowResult:
        self.rows_written += 1
        if op.kind in ("create", "upsert"):
            return self._create(entity, op)
        row = self.rows[entity].get(op.external_id)
        if row is None or row.deleted_at is not None:
            error = FatalProviderError("no such record", provider=self.character.name, status=404, code="NOT_FOUND")
            return RowResult(op.op_id, op.external_id, error=error, gone=True)
        if op.kind == "delete":
            row.deleted_at = row.modified_at = self._stamp()
            return RowResult(op.op_id, op.external_id)
        if self._taken(entity, op.fields, except_id=op.external_id):
            error = FatalProviderError("duplicate e-mail", provider=self.character.name, status=409, code="CONFLICT")
            return RowResult(op.op_id, op.external_id, error=error)
        before = (dict(row.fields), dict(row.refs))
        self._change(row, entity, op.fields, op.refs)
        self.no_op_writes += before == (row.fields, row.refs)
        self._tell(entity, row.external_id)
        return RowResult(op.op_id, op.external_id, observation=self._answer(row))

    def _create(self, entity: Entity, op: WriteOp) -> RowResult:
        if op.kind == "upsert":
            if not self.character.upserts:
                raise AssertionError("the engine upserts at a CRM that cannot")
            held = [row for row in self.live(entity).values() if row.correlation_id == op.op_id]
            if held:
                self._change(held[0], entity, op.fields, op.refs)
                return RowResult(op.op_id, held[0].external_id, observation=self._answer(held[0]))
        other = self._taken(entity, op.fields, except_id="")
        if other:
            error = FatalProviderError("duplicate e-mail", provider=self.character.name, status=409, code="CONFLICT")
            return RowResult(op.op_id, other, error=error, conflict=True)
        row = self._insert(entity, op.fields, op.refs)
        row.correlation_id = op.op_id
        self._tell(entity, row.external_id)
        return RowResult(op.op_id, row.external_id, created=True, observation=self._answer(row))

    def _insert(self, entity: Entity, fields: Mapping[str, Value], refs: Mapping[str, tuple[str, ...]]) -> Row:
        self._next += 1
        row = Row(f"{self.character.name[0]}{self._next:05d}")
        self.rows[entity][row.external_id] = row
        self._change(row, entity, fields, refs)
        return row

    def _change(
        self, row: Row, entity: Entity, fields: Mapping[str, Value], refs: Mapping[str, tuple[str, ...]]
    ) -> None:
        stamp = self._stamp()
        for name, value in fields.items():
            if name not in FIELD_NAMES[entity]:
                raise AssertionError(f"{entity} has no field {name}")
            normal = self.normal(name, value)
            if row.fields.get(name) != normal:
                row.fields[name] = normal
                row.times[name] = stamp
        for name, ids in refs.items():
            for each in ids:
                if each not in self.rows[REFERENCES[entity][name]]:
                    raise AssertionError(f"{entity}.{name} points to {each}, which does not exist")
            row.refs[name] = ids
            row.times[name] = stamp
        row.modified_at = stamp

    def normal(self, name: str, value: Value) -> Value:
        """Return a value as this CRM stores it."""
        if isinstance(value, str):
            if name == "job_title" and self.character.upper_case_titles:
                value = value.upper()
            if name == "description" and self.character.truncates is not None:
                value = value[: self.character.truncates] or None
        return value

    def _taken(self, entity: Entity, fields: Mapping[str, Value], *, except_id: str) -> str:
        email = fields.get("email")
        if not self.character.unique_email or entity != "contact" or email is None:
            return ""
        rows = self.live(entity).items()
        return next((key for key, row in rows if row.fields.get("email") == email and key != except_id), "")

    def _see(self, row: Row) -> Observation:
        entity: Entity = next(each for each, rows in self.rows.items() if row.external_id in rows)
        fields = {name: row.fields.get(name) for name in FIELD_NAMES[entity] if name not in REFERENCES[entity]}
        refs = {name: row.refs.get(name, ()) for name in REFERENCES[entity]}
        times = dict(row.times) if self.character.field_times else {}
        return Observation(
            row.external_id,
            fields,
            refs,
            version=row.modified_at.isoformat(),
            modified_at=row.modified_at,
            field_times=times,
            correlation_id=row.correlation_id,
        )

    def _answer(self, row: Row) -> Observation | None:
        return replace(self._see(row)) if self.character.answers_values else None

    def _visible(self, entity: Entity) -> list[Row]:
        horizon = self._clock() - timedelta(seconds=self.character.lag_s)
        rows = self.live(entity).values()
        return [row for row in rows if not self.character.lag_s or row.modified_at <= horizon]

    def _clock(self) -> datetime:
        return self._now() + self._skew

    def _stamp(self) -> datetime:
        stamp = self._clock()
        return stamp.replace(microsecond=0) if self.character.seconds_only else stamp

    def _tell(self, entity: Entity, external_id: str) -> None:
        if self.on_change is not None:
            self.on_change(entity, external_id)

    def _call(self, kind: str) -> str:
        self.calls += 1
        fault = self.fault(kind) if self.fault is not None else ""
        if fault == "429":
            raise RetriableProviderError(
                "slow down", provider=self.character.name, status=429, retry_after_s=3, is_quota=True
            )
        if fault == "500":
            raise RetriableProviderError("oops", provider=self.character.name, status=500)
        return fault

"""Records made, changed and deleted, with all that follows: times, the search index, notifications."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sandbox.zoho.account import User
from sandbox.zoho.checking import check_unique, values_of
from sandbox.zoho.errors import ZohoError, invalid_data, invalid_id, limit_exceeded
from sandbox.zoho.modules import DUPLICATE_FIELDS
from sandbox.zoho.org import Org
from sandbox.zoho.records import Record, Table, Values
from sandbox.zoho.times import shown

JsonObject = dict[str, Any]
ROWS_MAX = 100
Tell = Callable[[str, str, list[str], dict[str, Values]], None]
"""Takes (module, insert|update|delete, ids, changed values by id)."""


@dataclass(slots=True, kw_only=True)
class Done:
    """What became of one row."""

    answer: JsonObject
    kind: str = ""
    record_id: str = ""
    changed: bool = False


class Writer:
    """The only writer of records."""

    def __init__(self, org: Org, tell: Tell) -> None:
        """Write to ``org`` and say so to ``tell``."""
        self.org, self.tell = org, tell

    def rows_of(self, body: JsonObject) -> list[JsonObject]:
        """Return the rows of a body.

        Raises:
            ZohoError: it has none, or more than 100.
        """
        rows = body.get("data")
        if not isinstance(rows, list) or not rows:
            raise ZohoError(
                code="MANDATORY_NOT_FOUND", message="required field not found", details={"api_name": "data"}
            )
        found = cast("list[JsonObject]", rows)
        if len(found) > ROWS_MAX:
            raise limit_exceeded("only 100 records can be processed at a time", limit=ROWS_MAX, api_name="data")
        if not all(isinstance(each, dict) for each in cast("list[object]", rows)):
            raise invalid_data("body", api_name="data", expected_data_type="jsonobject")
        return found

    def insert(self, table: Table, rows: Sequence[JsonObject], by: User) -> list[Done]:
        """Make records; each row stands for itself."""
        return self._told(table, [self._guarded(self._insert, table, each, n, by) for n, each in enumerate(rows)])

    def update(self, table: Table, rows: Sequence[JsonObject], by: User) -> list[Done]:
        """Change records by id; each row stands for itself."""
        return self._told(table, [self._guarded(self._update, table, each, n, by) for n, each in enumerate(rows)])

    def upsert(self, table: Table, rows: Sequence[JsonObject], by: User, fields: Sequence[str]) -> list[Done]:
        """Change the records that the duplicate check finds, make the others."""
        keys = _keys(table, fields)
        done: list[Done] = []
        for place, row in enumerate(rows):
            found = next(((key, each) for key in keys if (each := self._double(table, key, row))), None)
            verb, chosen = (self._insert, row) if found is None else (self._update, {**row, "id": found[1]})
            result = self._guarded(verb, table, chosen, place, by)
            if result.kind:
                result.answer["action"] = result.kind
                result.answer["duplicate_field"] = found[0] if found else None
            done.append(result)
        return self._told(table, done)

    def delete(self, table: Table, ids: Sequence[str], by: User) -> list[Done]:
        """Move records into the recycle bin."""
        done: list[Done] = []
        for record_id in ids:
            record = table.live.get(record_id)
            if record is None:
                done.append(Done(answer=invalid_data("record not deleted", id=record_id).as_json()))
                continue
            self.bury(table, record, by)
            done.append(Done(answer=_success("record deleted", {"id": record_id}), kind="delete", record_id=record_id))
        return self._told(table, done)

    def bury(self, table: Table, record: Record, by: User) -> None:
        """Take a live record away, the notes on it, and every lookup that points to it."""
        org = self.org
        name = table.module.name
        table.bury(record, name=org.title(name, record), at_s=org.now_s(), by=by.user_id)
        self._reindex(table, record.record_id, None)
        notes = org.tables["Notes"]
        for each in [each for each in notes if each.values.get("Parent_Id") == record.record_id]:
            self.bury(notes, each, by)
        for other in org.tables.values():
            for each in other:
                each.roles.pop(record.record_id, None)
                pointing: Values = {key: None for key, value in each.values.items() if value == record.record_id}
                if pointing:
                    other.change(each, pointing)

    def store(self, table: Table, values: Values, by: User) -> Record:
        """Store a new record whose values are checked."""
        now_s = self.org.now_s()
        full = {"Owner": by.user_id, **values}
        record = Record(
            record_id=self.org.new_id(),
            values=full,
            created_s=now_s,
            modified_s=now_s,
            created_by=by.user_id,
            modified_by=by.user_id,
        )
        table.put(record)
        self._reindex(table, record.record_id, record.values)
        return record

    def touch(self, table: Table, record: Record, by: User) -> None:
        """Move a record's modified time."""
        record.modified_s, record.modified_by = self.org.now_s(), by.user_id
        self._reindex(table, record.record_id, record.values)

    # ------------------------------------------------------------------------------------------- one row

    def _insert(self, table: Table, row: JsonObject, path: str, by: User) -> Done:
        values = values_of(self.org, table, row, path, None)
        check_unique(self.org, table, values, path, None)
        record = self.store(table, values, by)
        return self._done(table, record, "insert", changed=True)

    def _update(self, table: Table, row: JsonObject, path: str, by: User) -> Done:
        record = table.live.get(str(row.get("id") or ""))
        if record is None:
            raise invalid_id(f"{path}.id")
        if record.values.get("Converted__s"):
            raise invalid_id(f"{path}.id")
        values = values_of(self.org, table, row, path, record)
        check_unique(self.org, table, values, path, record)
        changed = any(record.values.get(name) != value for name, value in values.items())
        table.change(record, values)
        self.touch(table, record, by)
        return self._done(table, record, "update", changed=changed)

    def _double(self, table: Table, name: str, row: JsonObject) -> str:
        value = row.get(name)
        if value in (None, ""):
            return ""
        if table.module.fields[name].unique:
            return table.holder(name, value)
        wanted = str(value).casefold()
        return next((each.record_id for each in table if str(each.values.get(name)).casefold() == wanted), "")

    def _guarded(self, verb: Callable[..., Done], table: Table, row: JsonObject, place: int, by: User) -> Done:
        try:
            return verb(table, row, f"$.data[{place}]", by)
        except ZohoError as error:
            return Done(answer=error.as_json())

    def _done(self, table: Table, record: Record, kind: str, *, changed: bool) -> Done:
        """Tell what became of a row; notes know no approval."""
        message = {"insert": "record added", "update": "record updated"}[kind]
        zone = "Asia/Kolkata"
        creator, modifier = self.org.user(record.created_by), self.org.user(record.modified_by)
        details: JsonObject = {
            "Modified_Time": shown(record.modified_s, zone),
            "Modified_By": modifier.as_lookup() if modifier else None,
            "Created_Time": shown(record.created_s, zone),
            "id": record.record_id,
            "Created_By": creator.as_lookup() if creator else None,
            **({} if table.module.name == "Notes" else {"$approval_state": "approved"}),
        }
        return Done(answer=_success(message, details), kind=kind, record_id=record.record_id, changed=changed)

    def _told(self, table: Table, done: list[Done]) -> list[Done]:
        for kind in ("insert", "update", "delete"):
            ids = [each.record_id for each in done if each.kind == kind]
            if ids:
                values = {each: table.live[each].values if each in table.live else {} for each in ids}
                self.tell(table.module.name, kind, ids, values)
        return done

    def _reindex(self, table: Table, record_id: str, values: Values | None) -> None:
        visible_ms = self.org.clock.now_ms() + round(1000 * self.org.options.index_lag_s)
        self.org.index[table.module.name].note(record_id, values, visible_ms=visible_ms)


def _keys(table: Table, fields: Sequence[str]) -> list[str]:
    """Return the fields an upsert looks at: those named, and every unique one whether named or not.

    Raises:
        ZohoError: the module has no upsert, or a field is neither the system's nor unique.
    """
    system = DUPLICATE_FIELDS.get(table.module.name)
    if system is None:
        raise ZohoError(code="NOT_SUPPORTED", message="upsert is not supported for this module")
    unique = [each.api_name for each in table.module.fields.values() if each.unique]
    wrong = [each for each in fields if each != system and each not in unique]
    if wrong:
        raise invalid_data("invalid data", api_name="duplicate_check_fields", supported_values=[system, *unique])
    if not fields or system in fields:
        return [system, *unique]
    return [*fields, *(each for each in unique if each not in fields)]


def _success(message: str, details: JsonObject) -> JsonObject:
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}

"""Fill the account in bulk, or act as a person in the vendor's screens.

``POST /_sandbox/seed`` takes::

    {"notify": false,
     "owners": [{"email", "firstName", "lastName", "archived"}],
     "companies": [{"ref": "c1", "properties": {...}}],
     "contacts": [{"ref": "p1", "id": "901", "properties": {...},
                   "associations": [{"to": "c1", "entity": "companies", "primary": true}]}],
     "deals": [...],
     "operations": [{"op": "update", "entity": "contacts", "id": "901", "properties": {...}}]}

Records are stored first, in the order companies, contacts, deals, the rest. ``ref`` names a
record inside one request; ``to`` and ``id`` take a ref or a record id. ``owner_email`` in a
record stands for the owner's id. Read-only properties such as ``createdate`` may be given.
With ``notify`` false nothing is announced and search sees the records at once; with true a
person (``CRM_UI``) did it: webhooks fire and the index lags. ``operations`` run in order
and always by a person: ``create``, ``update``, ``delete``, ``restore``, ``merge`` (``id``,
``with``), ``associate`` and ``dissociate`` (``id``, ``to_entity``, ``to``, ``typeId``),
``forget`` (deleted for privacy).

The answer maps refs to ids and lists the ids of each entity in the order given. Bulk
records are all checked before the first is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from sandbox.hubspot.actors import PERSON
from sandbox.hubspot.association_types import AssociationType
from sandbox.hubspot.merging import merge_records
from sandbox.hubspot.object_types import OBJECT_TYPES
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import ObjectTable, Record, Values
from sandbox.hubspot.times import parse_iso
from sandbox.hubspot.writing import Stamp

JsonObject = dict[str, Any]
_FIRST = ("companies", "contacts", "deals")
_ORDER = (*_FIRST, *(kind.name for kind in OBJECT_TYPES if kind.name not in _FIRST))


def seed_portal(portal: Portal, body: JsonObject) -> JsonObject:
    """Do what a seed request asks; see the top of this module.

    Raises:
        ValueError: unknown key, reference or operation.
        VendorError: a value the vendor does not take, or one that is taken.
    """
    return _Seeder(portal, notify=bool(body.get("notify"))).run(body)


def _objects(body: JsonObject, name: str) -> list[JsonObject]:
    value: object = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in cast("list[object]", value)):
        message = f"{name} must be a list of objects"
        raise ValueError(message)
    return cast("list[JsonObject]", value)


class _Seeder:
    """One seed request."""

    def __init__(self, portal: Portal, *, notify: bool) -> None:
        self._portal, self._state, self._writer = portal, portal.state, portal.writer
        now_ms = portal.clock.now_ms()
        self._stamp = Stamp(actor=PERSON, at_ms=now_ms, silent=not notify, trusted=not notify)
        self._refs: dict[str, tuple[str, str]] = {}

    def run(self, body: JsonObject) -> JsonObject:
        known = {*_ORDER, "owners", "operations", "notify"}
        unknown = set(body) - known
        if unknown:
            message = f"unknown keys {sorted(unknown)}; known: {sorted(known)}"
            raise ValueError(message)
        before = self._portal.published
        owners = [self._owner(raw) for raw in _objects(body, "owners")]
        plans = [self._plan(name, raw) for name in _ORDER for raw in _objects(body, name)]
        self._refuse_repeated(plans)
        ids: dict[str, list[str]] = {}
        records: list[tuple[str, Record, JsonObject]] = []
        for table, values, raw in plans:
            record = self._store(table, values, raw)
            ids.setdefault(table.kind.name, []).append(record.record_id)
            records.append((table.kind.name, record, raw))
        for name, record, raw in records:
            for link in _objects(raw, "associations"):
                self._link(name, record, link)
        done = [self._operate(raw) for raw in _objects(body, "operations")]
        return {
            "ids": ids,
            "refs": {ref: record_id for ref, (_, record_id) in self._refs.items()},
            "owners": owners,
            "operations": done,
            "events": self._portal.published - before,
        }

    def _owner(self, raw: JsonObject) -> JsonObject:
        owner = self._state.owners.add(
            str(raw["email"]),
            str(raw.get("firstName", "")),
            str(raw.get("lastName", "")),
            now_ms=self._stamp.at_ms,
            archived=bool(raw.get("archived")),
        )
        return owner.as_json()

    def _plan(self, name: str, raw: JsonObject) -> tuple[ObjectTable, Values, JsonObject]:
        table = self._state.tables[name]
        written = dict(cast("JsonObject", raw.get("properties") or {}))
        email = raw.get("owner_email")
        if email is not None:
            owner = self._state.owners.by_email(str(email))
            if owner is None:
                message = f"no owner {email}"
                raise ValueError(message)
            written["hubspot_owner_id"] = owner.owner_id
        record_id = str(raw.get("id") or "")
        if record_id and (not record_id.isdigit() or record_id in table.records):
            message = f"id {record_id} of {name} is taken or not a number"
            raise ValueError(message)
        return table, self._writer.check_new(table, written, self._stamp), raw

    @staticmethod
    def _refuse_repeated(plans: list[tuple[ObjectTable, Values, JsonObject]]) -> None:
        seen: set[tuple[str, str, str]] = set()
        for table, values, _ in plans:
            for name in table.key_names():
                key = (table.kind.name, name, values.get(name, ""))
                if key[2] and key in seen:
                    message = f"{name} {key[2]} is given twice"
                    raise ValueError(message)
                seen.add(key)

    def _store(self, table: ObjectTable, values: Values, raw: JsonObject) -> Record:
        record_id = str(raw.get("id") or "")
        if record_id:
            table.reserve_id(record_id)
        record = self._writer.create(table, values, self._stamp, record_id=record_id)
        self._date(table, record, values)
        if raw.get("ref"):
            self._refs[str(raw["ref"])] = (table.kind.name, record.record_id)
        return record

    @staticmethod
    def _date(table: ObjectTable, record: Record, values: Values) -> None:
        """Let the envelope follow given dates."""
        created, modified = values.get("createdate"), values.get(table.kind.modified)
        if created:
            record.created_ms = parse_iso(created) or record.created_ms
        if modified:
            record.updated_ms = parse_iso(modified) or record.updated_ms

    def _link(self, name: str, record: Record, raw: JsonObject) -> None:
        target_name = str(raw.get("entity") or "companies")
        target = self._resolve(target_name, raw["to"])
        kinds = self._kinds((name, target_name), raw)
        self._writer.associate((name, record.record_id), (target_name, target.record_id), kinds, self._stamp)

    def _kinds(self, pair: tuple[str, str], raw: JsonObject) -> list[AssociationType]:
        known = self._state.associations.types.get(pair, {})
        if raw.get("typeId") is not None:
            kind = known.get(int(raw["typeId"]))
            if kind is None:
                message = f"no association type {raw['typeId']} from {pair[0]} to {pair[1]}"
                raise ValueError(message)
            return [kind]
        return [kind for kind in known.values() if raw.get("primary") and kind.is_primary]

    def _resolve(self, name: str, spelling: object) -> Record:
        known = self._refs.get(str(spelling))
        record_id = known[1] if known is not None and known[0] == name else str(spelling)
        record = self._state.table(name).survivor(record_id)
        if record is None:
            message = f"no record {spelling} of {name}"
            raise ValueError(message)
        return record

    def _operate(self, raw: JsonObject) -> JsonObject:
        operations: dict[str, Callable[[ObjectTable, JsonObject], str]] = {
            "create": self._create,
            "update": self._update,
            "delete": self._delete,
            "restore": self._restore,
            "merge": self._merge,
            "associate": self._associate,
            "dissociate": self._dissociate,
            "forget": self._forget,
        }
        operation = operations.get(str(raw.get("op")))
        if operation is None:
            message = f"unknown operation {raw.get('op')!r}; known: {sorted(operations)}"
            raise ValueError(message)
        table = self._state.table(str(raw.get("entity")))
        return {"op": raw["op"], "entity": table.kind.name, "id": operation(table, raw)}

    def _create(self, table: ObjectTable, raw: JsonObject) -> str:
        stored = self._store(*self._plan(table.kind.name, raw))
        for link in _objects(raw, "associations"):
            self._link(table.kind.name, stored, link)
        return stored.record_id

    def _update(self, table: ObjectTable, raw: JsonObject) -> str:
        record = self._resolve(table.kind.name, raw["id"])
        self._writer.update(table, record, cast("JsonObject", raw["properties"]), self._stamp)
        return record.record_id

    def _delete(self, table: ObjectTable, raw: JsonObject) -> str:
        record = self._resolve(table.kind.name, raw["id"])
        self._writer.archive(table, record, self._stamp)
        return record.record_id

    def _restore(self, table: ObjectTable, raw: JsonObject) -> str:
        record = table.records.get(str(raw["id"]))
        if record is None or record.archived_ms is None:
            message = f"no archived record {raw['id']} of {table.kind.name}"
            raise ValueError(message)
        self._writer.restore(table, record, self._stamp)
        return record.record_id

    def _merge(self, table: ObjectTable, raw: JsonObject) -> str:
        primary = self._resolve(table.kind.name, raw["id"]).record_id
        merged = self._resolve(table.kind.name, raw["with"]).record_id
        return merge_records(self._writer, table, primary, merged, self._stamp).record_id

    def _associate(self, table: ObjectTable, raw: JsonObject) -> str:
        record = self._resolve(table.kind.name, raw["id"])
        self._link(table.kind.name, record, {**raw, "entity": raw["to_entity"]})
        return record.record_id

    def _dissociate(self, table: ObjectTable, raw: JsonObject) -> str:
        record = self._resolve(table.kind.name, raw["id"])
        target = self._resolve(str(raw["to_entity"]), raw["to"])
        pair = (table.kind.name, str(raw["to_entity"]))
        kinds = self._kinds(pair, raw) if raw.get("typeId") is not None else None
        ends = (table.kind.name, record.record_id), (pair[1], target.record_id)
        self._writer.dissociate(*ends, kinds, self._stamp)
        return record.record_id

    def _forget(self, table: ObjectTable, raw: JsonObject) -> str:
        record = self._resolve(table.kind.name, raw["id"])
        self._writer.forget(table, record, self._stamp)
        return record.record_id

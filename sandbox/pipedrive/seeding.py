"""Fill the company in bulk, or act as a person in the vendor's screens.

``POST /_sandbox/seed`` takes::

    {"notify": false,
     "users": [{"name", "email", "active"}],
     "pipelines": [{"name", "stages": ["One", "Two"]}],
     "organizations": [{"ref": "o1", "name": "..."}],
     "persons": [{"ref": "p1", "name": "...", "org_id": "o1"}],
     "deals": [...], "activities": [...],
     "operations": [{"op": "update", "kind": "persons", "id": "7", "fields": {...}}]}

Records are stored first, in that order. ``ref`` names a record inside one request; where a field
or ``id`` of the same request holds it, the record's id is meant. ``owner_email`` stands for the
owner's id. Without ``notify`` nothing is announced and searches see the records at once.
``operations`` run in order and always by a person, announced: ``create``, ``update``, ``delete``,
``merge`` (``id`` stays, ``with`` goes). ``kind`` may also be ``leads`` and ``notes``, whose
fields are taken as they are.

The answer lists the ids of each kind in the order given, and maps refs to ids.
"""

from __future__ import annotations

from typing import Any, cast

from sandbox.pipedrive.account import SELLER_ID, user_row
from sandbox.pipedrive.company import Actor
from sandbox.pipedrive.hook_rows import hook_row
from sandbox.pipedrive.http.notes import empty_note
from sandbox.pipedrive.lead_rules import empty_lead, new_uuid
from sandbox.pipedrive.merging import merge
from sandbox.pipedrive.portal import Portal
from sandbox.pipedrive.records import Record
from sandbox.pipedrive.schema import BY_PATH
from sandbox.pipedrive.writing import Change, Writer

JsonObject = dict[str, Any]
_ORDER = ("organizations", "persons", "deals", "activities")
_TABLES = {**{path: spec.name for path, spec in BY_PATH.items()}, "leads": "lead", "notes": "note"}
_REFERRING = ("org_id", "person_id", "deal_id", "organization_id", "id", "with")


def seed_company(portal: Portal, body: JsonObject) -> JsonObject:
    """Do what a seed request asks; see the top of this module.

    Raises:
        ValueError: unknown key or operation.
        VendorError: a value the vendor does not take.
    """
    return _Seeder(portal, notify=bool(body.get("notify"))).run(body)


class _Seeder:
    """One seed request."""

    def __init__(self, portal: Portal, *, notify: bool) -> None:
        self._portal, self._company = portal, portal.company
        self._silent = Writer(portal.company, _tell_nobody)
        self._writer = portal.writer if notify else self._silent
        self._notify = notify
        self._actor = Actor(user_id=SELLER_ID, source="app")
        self._refs: dict[str, int | str] = {}

    def run(self, body: JsonObject) -> JsonObject:
        known = {*_ORDER, "users", "pipelines", "operations", "notify"}
        if set(body) - known:
            message = f"unknown keys {sorted(set(body) - known)}; known: {sorted(known)}"
            raise ValueError(message)
        users = [self._user(raw) for raw in body.get("users", [])]
        pipelines = [self._company.add_pipeline(raw["name"], raw["stages"]) for raw in body.get("pipelines", [])]
        ids = {kind: [self._store(kind, raw) for raw in body[kind]] for kind in _ORDER if body.get(kind)}
        done = [self._operate(dict(raw)) for raw in body.get("operations", [])]
        return {"ids": ids, "refs": self._refs, "users": users, "pipelines": pipelines, "operations": done}

    def _user(self, raw: JsonObject) -> int:
        user_id = max(self._company.users) + 1
        row = user_row(user_id, str(raw["name"]), str(raw["email"]), bool(raw.get("active", True)), False)
        self._company.users[user_id] = row
        return user_id

    def _store(self, kind: str, raw: JsonObject) -> int | str:
        given = dict(raw)
        ref = str(given.pop("ref", ""))
        record = self._writer.create(BY_PATH[kind], self._resolved(given), self._actor)
        if not self._notify:
            record.indexed_ms = 1
        if ref:
            self._refs[ref] = record.record_id
        return record.record_id

    def _resolved(self, given: JsonObject) -> JsonObject:
        email = given.pop("owner_email", None)
        if email is not None:
            owners = [user_id for user_id, row in self._company.users.items() if row["email"] == email]
            if not owners:
                message = f"no user {email}"
                raise ValueError(message)
            given["owner_id"] = owners[0]
        return {
            name: self._refs.get(value, value) if name in _REFERRING and isinstance(value, str) else value
            for name, value in given.items()
        }

    def _operate(self, raw: JsonObject) -> JsonObject:
        op, kind = str(raw.get("op")), str(raw.get("kind"))
        if kind not in _TABLES or op not in ("create", "update", "delete", "merge"):
            message = f"unknown operation {op!r} on {kind!r}"
            raise ValueError(message)
        name, writer = _TABLES[kind], self._portal.writer
        if op == "create":
            return {"id": self._create(kind, name, dict(raw["fields"])).record_id}
        record = self._find(name, raw["id"])
        if op == "update":
            self._update(kind, name, record, self._resolved(dict(raw["fields"])))
        elif op == "delete":
            writer.delete(name, record, self._actor)
        else:
            merge(writer, name, self._find(name, raw["with"]), record, self._actor)
        return {"id": record.record_id}

    def _create(self, kind: str, name: str, fields: JsonObject) -> Record:
        if kind in BY_PATH:
            return self._portal.writer.create(BY_PATH[kind], self._resolved(fields), self._actor)
        now_ms = self._company.clock.now_ms()
        plain = empty_lead(SELLER_ID) if name == "lead" else empty_note(SELLER_ID)
        table = self._company.tables[name]
        record = Record(
            record_id=new_uuid(self._company.rng) if name == "lead" else table.take_id(),
            values={**plain, **self._resolved(fields)},
            add_ms=now_ms,
            update_ms=now_ms,
            creator_id=SELLER_ID,
        )
        table.add(record)
        self._portal.writer.tell(name, "create", record, self._actor, None)
        return record

    def _update(self, kind: str, name: str, record: Record, fields: JsonObject) -> None:
        if kind in BY_PATH:
            self._portal.writer.update(BY_PATH[kind], record, fields, self._actor)
            return
        before = hook_row(self._company, name, record)
        record.values = {**record.values, **fields}
        self._portal.writer.touch(record)
        self._portal.writer.tell(name, "change", record, self._actor, before)

    def _find(self, name: str, spelt: object) -> Record:
        key: object = self._refs.get(str(spelt), spelt)
        key = int(key) if isinstance(key, str) and key.isdigit() else key
        return self._company.live(name, cast("int | str", key))


def _tell_nobody(change: Change) -> None:
    del change

"""Fill the account, or act as a person in Kommo's screens.

``POST /_sandbox/seed`` takes::

    {"notify": false,
     "users": [{"email", "name", "active"}],
     "pipelines": [{"name", "statuses": [...]}],
     "custom_fields": {"leads": [{"name", "type", "code", "enums"}]},
     "companies": [{"ref": "c1", "name": "...", "custom_fields_values": [...]}],
     "contacts": [{"ref": "p1", "first_name": "...", "company": "c1"}],
     "leads": [{"name": "...", "contacts": ["p1"], "company": "c1"}],
     "operations": [{"op": "update", "entity": "contacts", "id": "p1", "fields": {...}}]}

Records are spelt as calls spell them. ``ref`` names a record inside one request; ``company``, ``contacts`` and ``id``
take a ref or an id. With ``notify`` false the records are there since long: no webhook, and ``query`` finds them.
Operations are a person's and always told: ``create``, ``update``, ``delete``, ``restore``, ``merge`` (``id``,
``with``), ``link`` and ``unlink`` (``id``, ``to_entity``, ``to``), ``incoming`` (a lead nobody has accepted yet),
``accept`` and ``decline`` (``uid``). Tasks and notes are ``entity``; a new note names its ``parent`` (``leads``, ...).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from sandbox.kommo.fields import ENTITIES
from sandbox.kommo.merging import merge
from sandbox.kommo.payloads import Reader
from sandbox.kommo.portal import Portal
from sandbox.kommo.unsorted import accept, decline, incoming
from sandbox.kommo.writing import Actor

JsonObject = dict[str, Any]
_ORDER = ("companies", "contacts", "leads")


def seed_portal(portal: Portal, body: JsonObject) -> JsonObject:
    """Do what a seed request asks; see the top of this module.

    Raises:
        ValueError: unknown key, reference, operation or value.
    """
    return _Seeder(portal, notify=bool(body.get("notify"))).run(body)


class _Seeder:
    """One seed request."""

    def __init__(self, portal: Portal, *, notify: bool) -> None:
        self._portal, self._account = portal, portal.account
        self._actor, self._person = Actor(silent=not notify), Actor()
        self._refs: dict[str, int] = {}

    def run(self, body: JsonObject) -> JsonObject:
        known = {*_ORDER, "users", "pipelines", "custom_fields", "operations", "notify"}
        if set(body) - known:
            message = f"unknown keys {sorted(set(body) - known)}; known: {sorted(known)}"
            raise ValueError(message)
        users = [
            self._account.users.add(
                str(each["email"]), str(each.get("name", "")), active=bool(each.get("active", True))
            )
            for each in body.get("users") or ()
        ]
        pipelines = [
            self._account.pipelines.add(str(each["name"]), tuple(each["statuses"]))
            for each in body.get("pipelines") or ()
        ]
        wanted: dict[str, list[JsonObject]] = body.get("custom_fields") or {}
        fields = [self._field(entity, each) for entity, rows in wanted.items() for each in rows]
        ids = {name: [self._store(name, each, self._actor) for each in body.get(name) or ()] for name in _ORDER}
        done = [self._operate(each) for each in body.get("operations") or ()]
        made = {"users": users, "pipelines": pipelines, "custom_fields": fields}
        return {"ids": ids, "refs": self._refs, "operations": done, **made}

    def _field(self, entity: str, wanted: JsonObject) -> JsonObject:
        wrong = self._account.fields.check(entity, wanted)
        _refuse(wrong)
        return self._account.fields.add(entity, wanted)

    def _store(self, entity: str, raw: JsonObject, actor: Actor) -> int:
        sent = {key: value for key, value in raw.items() if key not in {"ref", "company", "contacts"}}
        plan = Reader(self._account, entity).plan(sent, None)
        _refuse(plan.wrong)
        if raw.get("company"):
            plan.company_id = self._resolve("companies", raw["company"])
        plan.contacts += [{"id": self._resolve("contacts", each)} for each in raw.get("contacts") or ()]
        row = self._portal.writer.create(entity, plan, actor)
        if raw.get("created_at"):
            row["created_at"] = raw["created_at"]
        if raw.get("updated_at"):
            row["updated_at"] = raw["updated_at"]
        if raw.get("ref"):
            self._refs[str(raw["ref"])] = row["id"]
        return int(row["id"])

    def _resolve(self, entity: str, spelling: object) -> int:
        found = self._refs.get(str(spelling)) or int(str(spelling))
        if found not in self._account.tables[entity]:
            message = f"no record {spelling} of {entity}"
            raise ValueError(message)
        return found

    def _operate(self, raw: JsonObject) -> JsonObject:
        operations: dict[str, Callable[[JsonObject, str], object]] = {
            "create": self._create,
            "update": self._update,
            "delete": self._delete,
            "restore": self._restore,
            "merge": self._merge,
            "link": self._link,
            "unlink": self._link,
            "incoming": lambda each, _: incoming(self._portal, each),
            "accept": lambda each, _: accept(self._portal, str(each["uid"])),
            "decline": lambda each, _: decline(self._portal, str(each["uid"])),
        }
        operation = operations.get(str(raw.get("op")))
        if operation is None:
            message = f"unknown operation {raw.get('op')!r}; known: {sorted(operations)}"
            raise ValueError(message)
        return {"op": raw["op"], "id": operation(raw, str(raw.get("entity")))}

    def _create(self, raw: JsonObject, entity: str) -> int:
        sent = cast("JsonObject", raw["fields"])
        if entity == "tasks":
            _refuse(self._portal.tasks.check(sent, None))
            return int(self._portal.tasks.create(sent, self._person)["id"])
        if entity == "notes":
            _refuse(self._portal.notes.check(raw["parent"], sent, None))
            return int(self._portal.notes.create(raw["parent"], sent, self._person)["id"])
        return self._store(entity, {**sent, "ref": raw.get("ref")}, self._person)

    def _update(self, raw: JsonObject, entity: str) -> int:
        row = self._account.tables[entity][self._resolve(entity, raw["id"])]
        sent = cast("JsonObject", raw["fields"])
        if entity == "tasks":
            _refuse(self._portal.tasks.check(sent, row))
            self._portal.tasks.update(row, sent, self._person)
        elif entity == "notes":
            _refuse(self._portal.notes.check(row["entity_type"], {"entity_id": row["entity_id"], **sent}, row))
            self._portal.notes.update(row, sent, self._person)
        else:
            plan = Reader(self._account, entity).plan(sent, row)
            _refuse(plan.wrong)
            self._portal.writer.update(entity, row, plan, self._person)
        return int(row["id"])

    def _delete(self, raw: JsonObject, entity: str) -> int:
        row = self._account.tables[entity][self._resolve(entity, raw["id"])]
        if entity in ENTITIES:
            self._portal.writer.delete(entity, row, self._person)
        elif entity == "tasks":
            self._portal.tasks.delete(row, self._person)
        else:
            self._portal.notes.delete(row, self._person)
        return int(row["id"])

    def _restore(self, raw: JsonObject, entity: str) -> int:
        row = self._account.trash[entity].get(int(raw["id"]))
        if row is None or entity not in ENTITIES:
            message = f"no deleted record {raw['id']} of {entity}"
            raise ValueError(message)
        self._portal.writer.restore(entity, row, self._person)
        return int(row["id"])

    def _merge(self, raw: JsonObject, entity: str) -> int:
        ids = self._resolve(entity, raw["id"]), self._resolve(entity, raw["with"])
        if entity not in {"contacts", "companies"} or ids[0] == ids[1]:
            message = "two different contacts or companies can be merged"
            raise ValueError(message)
        return merge(self._account, entity, ids, self._person, self._portal.tell)

    def _link(self, raw: JsonObject, entity: str) -> int:
        target = str(raw["to_entity"])
        row = {"entity_id": self._resolve(entity, raw["id"]), "to_entity_type": target}
        row["to_entity_id"] = self._resolve(target, raw["to"])
        linking = raw["op"] == "link"
        _refuse(self._portal.linker.check(entity, row, 0, linking=linking))
        (self._portal.linker.link if linking else self._portal.linker.unlink)(entity, row, self._person)
        return int(row["entity_id"])


def _refuse(wrong: list[JsonObject]) -> None:
    if wrong:
        message = "; ".join(f"{each['path']}: {each['detail']}" for each in wrong)
        raise ValueError(message)

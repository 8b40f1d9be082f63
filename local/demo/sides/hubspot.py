"""Types into the simulated HubSpot as its users do, and reads what it holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from local.demo.control import Control
from local.demo.meter import Use
from local.demo.model import ENTITIES, FIELDS, Draft, Entity, World
from local.demo.seen import Seen, Snapshot, as_it_is
from local.demo.sides.hubspot_fields import INDUSTRIES, OBJECTS, PROPERTIES, STAGES

_EXTERNAL_ID = re.compile(r"crm_?bridge")
_TYPE_IDS: Mapping[str, Entity] = {"0-1": "contact", "0-2": "company", "0-3": "deal"}
_PATH = re.compile(r"/crm/(?:v3/)?(?P<api>objects|associations)/(?:v?[\d-]+/)?(?P<object>[\w-]+)(?P<rest>.*)")
_V4_PATH = re.compile(r"/crm/v4/(?P<api>associations|objects)/(?P<object>[\w-]+)(?P<rest>.*)")
_WRITES = ("create", "update", "upsert", "archive")


class Side:
    """HubSpot."""

    label = "HubSpot"
    batch = 100
    batches: Mapping[Entity, int] = MappingProxyType({})
    batch_writes: Mapping[str, str] = MappingProxyType(
        {"method": "POST", "path": "/crm/(v3/)?objects/.*/batch/(create|update|upsert)"}
    )
    api_paths = "/(crm|oauth)/"
    has_webhooks = True
    stages = STAGES
    has_seats = True
    held: Mapping[Entity, frozenset[str]] = MappingProxyType({each: frozenset(PROPERTIES[each]) for each in ENTITIES})
    needs: Mapping[Entity, frozenset[str]] = MappingProxyType({})

    def __init__(self, control: Control) -> None:
        self.control = control
        self._owners: dict[str, str] = {}

    @classmethod
    def trimmed(cls, draft: Draft) -> Draft | None:
        """Return a draft as it is: what has no place here is left out when it is typed."""
        return draft

    def fill(self, world: World) -> None:
        """Type everything of a world; companies first, so that the others can name them."""
        sellers = [each for each in world.sellers if self.control.crm in each.crms]
        body: dict[str, Any] = {
            "notify": False,
            "owners": [
                {"email": each.email, "firstName": each.first_name, "lastName": each.last_name} for each in sellers
            ],
        }
        for entity in ENTITIES:
            body[OBJECTS[entity]] = [_typed(draft) for draft in world.of(self.control.crm, entity).values()]
        self.control.seed(body)

    def snapshot(self) -> Snapshot:
        """Return every live record and every active owner."""
        self._read_owners()
        return Snapshot(
            crm=self.control.crm,
            records={entity: tuple(self._rows(entity)) for entity in ENTITIES},
            owners=frozenset(self._owners.values()),
            absent_fields={entity: frozenset(FIELDS[entity]) - set(PROPERTIES[entity]) for entity in ENTITIES},
        )

    def look(self, entity: Entity, external_ids: Sequence[str]) -> dict[str, Seen]:
        """Return some live records by id."""
        return {row.external_id: row for row in self._rows(entity, ids=external_ids)}

    def edit(self, entity: Entity, external_id: str, changes: Mapping[str, str]) -> None:
        """Change a record in HubSpot's screens; webhooks fire."""
        self.edit_all([(entity, external_id, changes)])

    def edit_all(self, edits: Sequence[tuple[Entity, str, Mapping[str, str]]]) -> None:
        """Change records in HubSpot's screens, one after the other."""
        operations = [
            {
                "op": "update",
                "entity": OBJECTS[entity],
                "id": external_id,
                "properties": {PROPERTIES[entity][name]: value for name, value in changes.items()},
            }
            for entity, external_id, changes in edits
        ]
        self.control.seed({"notify": True, "operations": operations})

    def edited_at_ms(self, entity: Entity, external_id: str) -> int:
        """Return the record's ``updatedAt``."""
        row = self.control.state(OBJECTS[entity], ids=[external_id])[0]
        return round(datetime.fromisoformat(row["updatedAt"].replace("Z", "+00:00")).timestamp() * 1000)

    def shows(self, entity: Entity, name: str, value: str) -> str | None:
        """Return a value as it is."""
        return as_it_is(entity, name, value)

    def classify(self, call: Mapping[str, Any]) -> Use:
        """Tell a call's purpose by its path."""
        found = _V4_PATH.match(call["path"]) or _PATH.match(call["path"])
        if found is None:
            return Use("other", "")
        entity = _entity(found["object"])
        rest = found["rest"].strip("/")
        if found["api"] == "associations" or "/associations/" in found["rest"]:
            return Use("read" if rest.endswith("/read") else "link", entity)
        if rest.startswith("batch/"):
            return Use("write" if rest.removeprefix("batch/") in _WRITES else "read", entity)
        if rest == "search" or (not rest and call["method"] == "GET"):
            return Use("list", entity)
        return Use("other" if call["method"] == "GET" else "write", entity)

    def _rows(self, entity: Entity, *, ids: Sequence[str] = ()) -> list[Seen]:
        if not self._owners:
            self._read_owners()
        rows = self.control.state(OBJECTS[entity], ids=ids)
        return [self._seen(entity, row) for row in rows if not row["archived"]]

    def _seen(self, entity: Entity, row: Mapping[str, Any]) -> Seen:
        held: Mapping[str, str] = row["properties"]
        fields = {name: held.get(spelling, "") for name, spelling in PROPERTIES[entity].items()}
        fields["owner"] = self._owners.get(fields["owner"], fields["owner"])
        linked: Mapping[str, list[Mapping[str, Any]]] = row["associations"]
        companies = linked.get("companies", [])
        primary = [each["id"] for each in companies if set(each["typeIds"]) & {1, 5}]
        correlation = next((held[name] for name in held if _EXTERNAL_ID.match(name)), "")
        return Seen(
            entity=entity,
            external_id=row["id"],
            fields=fields,
            company="" if entity == "company" else (primary or [each["id"] for each in companies] or [""])[0],
            contacts=frozenset(each["id"] for each in linked.get("contacts", [])) if entity == "deal" else frozenset(),
            correlation_id=correlation,
        )

    def _read_owners(self) -> None:
        rows = self.control.state("owners")
        self._owners = {row["id"]: row["email"] for row in rows if not row["archived"]}


def _entity(spelling: str) -> str:
    if spelling in _TYPE_IDS:
        return _TYPE_IDS[spelling]
    return next((entity for entity, name in OBJECTS.items() if spelling in {name, entity}), "")


def _typed(draft: Draft) -> dict[str, Any]:
    """Return one record as the seed takes it; HubSpot shows a close date as a moment."""
    known = PROPERTIES[draft.entity]
    typed = {known[name]: _spelt(name, value) for name, value in draft.fields.items() if name in known}
    owner = typed.pop("hubspot_owner_id", "")
    links = [{"to": draft.company, "entity": "companies", "primary": True}] if draft.company else []
    links += [{"to": key, "entity": "contacts"} for key in draft.contacts]
    record: dict[str, Any] = {"ref": draft.key, "properties": typed, "associations": links}
    return record | ({"owner_email": owner} if owner else {})


def _spelt(name: str, value: str) -> str:
    if name == "close_on":
        return f"{value}T00:00:00.000Z"
    return INDUSTRIES.get(value, value) if name == "industry" else value

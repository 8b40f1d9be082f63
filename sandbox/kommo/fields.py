"""Custom fields: Kommo's own predefined ones and those the account makes."""

from __future__ import annotations

from typing import Any

from sandbox.kommo.errors import choice, missing, wrong_type
from sandbox.kommo.field_types import CHOICES, PREDEFINED, TYPES

JsonObject = dict[str, Any]
ENTITIES = ("leads", "contacts", "companies")


class FieldBook:
    """Definitions by entity and id."""

    def __init__(self) -> None:
        """Start with the predefined fields."""
        self._last_id = 771_904
        self._last_enum_id = 552_474
        self.fields: dict[str, dict[int, JsonObject]] = {name: {} for name in ENTITIES}
        for entity, rows in PREDEFINED.items():
            for name, code, kind, enums in rows:
                wanted: JsonObject = {"name": name, "code": code, "type": kind}
                if enums:
                    wanted["enums"] = [{"value": each, "code": each} for each in enums]
                self.add(entity, wanted, predefined=True)

    def of(self, entity: str) -> list[JsonObject]:
        """Return an entity's definitions, in their order."""
        return list(self.fields[entity].values())

    def by_code(self, entity: str, code: object) -> JsonObject | None:
        """Return a definition by its code."""
        return next((each for each in self.of(entity) if code and each["code"] == code), None)

    def check(self, entity: str, wanted: JsonObject) -> list[JsonObject]:
        """Return what is wrong with a definition to make."""
        found: list[JsonObject] = []
        name, kind = wanted.get("name"), wanted.get("type")
        if not isinstance(name, str) or not name.strip():
            found.append(missing("name") if name is None else wrong_type("name", "string"))
        if kind not in TYPES:
            found.append(missing("type") if kind is None else choice("type"))
        enums = wanted.get("enums")
        if kind in CHOICES and not enums:
            found.append(missing("enums"))
        if self.by_code(entity, wanted.get("code")) is not None:
            found.append(choice("code"))
        return found

    def add(self, entity: str, wanted: JsonObject, *, predefined: bool = False) -> JsonObject:
        """Make a definition."""
        self._last_id += 2
        row: JsonObject = {
            "id": self._last_id,
            "name": wanted["name"],
            "type": wanted["type"],
            "account_id": 0,
            "code": wanted.get("code"),
            "sort": wanted.get("sort") or 500 + len(self.fields[entity]),
            "is_api_only": bool(wanted.get("is_api_only")),
            "enums": self._enums(wanted.get("enums")),
            "group_id": wanted.get("group_id"),
            "required_statuses": [],
            "is_deletable": not predefined,
            "is_predefined": predefined,
            "entity_type": entity,
            "remind": None,
            "currency": None,
            "settings": None,
        }
        self.fields[entity][self._last_id] = row
        return row

    def change(self, entity: str, field_id: int, changes: JsonObject) -> JsonObject | None:
        """Change a definition; options that are not sent with their id are made anew, and those left out vanish."""
        row = self.fields[entity].get(field_id)
        if row is not None:
            row.update({key: changes[key] for key in ("name", "sort", "is_api_only") if key in changes})
            if "enums" in changes:
                row["enums"] = self._enums(changes["enums"])
        return row

    def _enums(self, given: list[JsonObject] | None) -> list[JsonObject] | None:
        if given is None:
            return None
        made: list[JsonObject] = []
        for place, each in enumerate(given):
            if not each.get("id"):
                self._last_enum_id += 2
            enum = {"id": each.get("id") or self._last_enum_id, "value": str(each.get("value")), "sort": 500 + place}
            made.append(enum | {"code": each.get("code")})
        return made

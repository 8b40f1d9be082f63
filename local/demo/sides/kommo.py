"""Types into the simulated Kommo as its users do, and reads what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any

from local.demo.canonical import domain
from local.demo.model import Entity, Seller
from local.demo.sides.table import Fields, Row, TableSide, text, whole
from local.demo.sides.uses import rules

_ENDS = {"Closed Won": 142, "Closed Lost": 143}
_INCOMING = 1
_CUSTOM = {"domain": "WEB", "street": "ADDRESS", "job_title": "POSITION", "email": "EMAIL"}
_COLUMNS: Mapping[str, str] = {"name": "name", "title": "name", "first_name": "first_name", "last_name": "last_name"}
_NOT_MOBILE = "WORK"
_MOBILE = "MOB"
_E = "(?P<object>leads|contacts|companies)"


class Side(TableSide):
    """Kommo."""

    label = "Kommo"
    batch = 50
    batch_writes = MappingProxyType({"method": "(POST|PATCH)", "path": "/api/v4/(leads|contacts|companies)$"})
    api_paths = "/(api|oauth2)/"
    objects: Mapping[Entity, str] = MappingProxyType({"company": "companies", "contact": "contacts", "deal": "leads"})
    held: Mapping[Entity, frozenset[str]] = MappingProxyType(
        {
            "company": frozenset({"name", "domain", "phone", "street", "owner"}),
            "contact": frozenset({"email", "first_name", "last_name", "phone", "mobile_phone", "job_title", "owner"}),
            "deal": frozenset({"title", "amount", "stage", "owner"}),
        }
    )
    required: Mapping[Entity, frozenset[str]] = MappingProxyType(
        {"company": frozenset({"owner"}), "contact": frozenset({"owner"}), "deal": frozenset({"stage", "owner"})}
    )
    stages = ("Initial contact", "Discussions", "Decision making", "Contract discussion", *_ENDS)
    has_seats = True
    no_amount_is_zero = True
    modified_key = "updated_at"
    uses = rules(
        ("other", r"\w+ /api/v4/\w+/(custom_fields|tags|pipelines)"),
        ("link", rf"POST /api/v4/{_E}(/\d+)?/(un)?link"),
        ("read", rf"GET /api/v4/{_E}/\d+"),
        ("read", r"GET /api/v4/(leads|contacts|companies)/links"),
        ("write", r"(POST|PATCH) /api/v4/\w+/(\d+/)?notes"),
        ("write", r"(POST|PATCH) /api/v4/tasks"),
        ("list", r"GET /api/v4/(\w+/(\d+/)?notes|tasks|events)"),
        ("find", rf"GET /api/v4/{_E}\?.*query="),
        ("read", rf"GET /api/v4/{_E}\?.*filter(%5B|\[)id"),
        ("list", rf"GET /api/v4/{_E}"),
        ("write", rf"(POST|PATCH) /api/v4/{_E}"),
    )

    def people(self) -> Mapping[str, str]:
        """Return the account's active users."""
        return {text(row["id"]): row["email"] for row in self.control.state("users") if row["rights"]["is_active"]}

    def seat(self, sellers: Sequence[Seller]) -> None:
        """Add users."""
        users = [{"email": each.email, "name": f"{each.first_name} {each.last_name}"} for each in sellers]
        self.control.seed({"users": users})

    def read(self, entity: Entity, row: Row) -> dict[str, str]:
        """Return columns, and custom fields by their codes."""
        codes = {str(each["id"]): each["code"] for each in self._fields[self.objects[entity]]}
        custom: dict[str, list[dict[str, Any]]] = {
            codes.get(key, ""): values for key, values in row["custom"].items() if values
        }
        fields = {name: text(row.get(column)) for name, column in _COLUMNS.items() if name in self.held[entity]}
        fields |= {name: text(custom[code][0]["value"]) for name, code in _CUSTOM.items() if code in custom}
        for name, is_mobile in (("phone", False), ("mobile_phone", True)):
            found = (
                each["value"] for each in custom.get("PHONE", ()) if (each.get("enum_code") == _MOBILE) == is_mobile
            )
            fields[name] = text(next(found, None))
        if entity == "deal":
            fields |= {"amount": text(row["price"]), "stage": self._stage_names[row["status_id"]]}
        return fields | {"owner": self.owner_name(row["responsible_user_id"])}

    def links(self, entity: Entity, row: Row) -> tuple[str, frozenset[str]]:
        """Return company and contacts; a record without a company has 0."""
        return text(row["company_id"] or None), frozenset(row.get("contacts", ()))

    def body(self, entity: Entity, names: Iterable[str], fields: Fields) -> dict[str, Any]:
        """Return columns and custom fields; telephone numbers go together, since Kommo replaces the list."""
        body: dict[str, Any] = {_COLUMNS[name]: fields[name] for name in names if name in _COLUMNS}
        custom = [_custom(_CUSTOM[name], [(fields[name], name)]) for name in names if name in _CUSTOM]
        if {"phone", "mobile_phone"} & set(names):
            custom.append(_custom("PHONE", [(fields.get(name, ""), name) for name in ("phone", "mobile_phone")]))
        body |= {"custom_fields_values": custom} if custom else {}
        if "amount" in names:
            body["price"] = int(fields["amount"] or 0)
        if "stage" in names:
            ids = {name: key for key, name in self._stage_names.items()}
            body["status_id"] = ids[fields["stage"]]
        if "owner" in names:
            body["responsible_user_id"] = int(self.owner_of(fields["owner"]))
        return body

    def linked(self, entity: Entity, company: str, contacts: Sequence[str]) -> dict[str, Any]:
        """Return company and contacts."""
        found: dict[str, Any] = {"company": company} if company else {}
        return found | ({"contacts": list(contacts)} if contacts else {})

    def store(self, entity: Entity, bodies: Sequence[dict[str, Any]]) -> Sequence[object]:
        """Store records."""
        kind = self.objects[entity]
        return self.control.seed({kind: list(bodies)})["ids"][kind]

    def change(self, entity: Entity, external_id: str, body: dict[str, Any]) -> None:
        """Change a record; webhooks leave."""
        operation = {"op": "update", "entity": self.objects[entity], "id": external_id, "fields": body}
        self.control.seed({"operations": [operation]})

    def shows(self, entity: Entity, name: str, value: str) -> str | None:
        """Return amounts without cents."""
        return whole(value) if name == "amount" and value else value

    @classmethod
    def spelt(cls, name: str, value: str) -> str:
        """Return amounts without cents, and addresses of the web as Kommo takes them."""
        if name == "domain":
            return f"https://{domain(value)}"
        return whole(value) if name == "amount" else value

    @cached_property
    def _fields(self) -> dict[str, list[dict[str, Any]]]:
        """Definitions that every account has; those made later are not looked at."""
        return self.control.part("custom_fields")

    @cached_property
    def _stage_names(self) -> dict[int, str]:
        names = {
            row["id"]: row["name"]
            for pipeline in self.control.state("pipelines")
            for row in pipeline["statuses"]
            if row["type"] != _INCOMING
        }
        return names | {status_id: name for name, status_id in _ENDS.items()}


def _custom(code: str, said: Iterable[tuple[str, str]]) -> dict[str, Any]:
    values: list[dict[str, str]] = []
    for value, name in said:
        if value:
            kind = {"mobile_phone": _MOBILE, "phone": _NOT_MOBILE, "email": _NOT_MOBILE}.get(name)
            values.append({"value": value} | ({"enum_code": kind} if kind else {}))
    return {"field_code": code, "values": values or None}

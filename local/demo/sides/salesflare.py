"""Types into the simulated Salesflare as its users do, and reads what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any

from local.demo.canonical import domain
from local.demo.model import Draft, Entity, Seller
from local.demo.sides.table import Fields, Row, TableSide, number, text
from local.demo.sides.uses import rules

_ADDRESS = {"street": "street", "city": "city", "state": "state_region", "postal_code": "zip", "country": "country"}
_KEYS: Mapping[Entity, Mapping[str, str]] = {
    "company": {"name": "name", "domain": "domain", "employees": "size", "description": "description"},
    "contact": {"email": "email", "first_name": "firstname", "last_name": "lastname", "owner": "owner"},
    "deal": {"title": "name", "amount": "value", "close_on": "close_date", "owner": "owner"},
}
_NUMBERS = frozenset({"employees", "amount"})
_KINDS = {"phone": "work", "mobile_phone": "mobile"}
_LONGEST_COUNTRY = 50
_ENDS: Mapping[str, str] = {"Won": "Closed Won", "Lost": "Closed Lost"}
_E = "/(?P<object>accounts|contacts|opportunities)"


class Side(TableSide):
    """Salesflare."""

    label = "Salesflare"
    batch = 1
    batches: Mapping[Entity, int] = MappingProxyType({"contact": 50})
    batch_writes = MappingProxyType({"method": "(POST|PUT)", "path": "/(accounts|contacts|opportunities)"})
    api_paths = "/(accounts|contacts|opportunities|tasks|meetings|calls|messages|me)"
    has_webhooks = False
    objects: Mapping[Entity, str] = MappingProxyType(
        {"company": "accounts", "contact": "contacts", "deal": "opportunities"}
    )
    held: Mapping[Entity, frozenset[str]] = MappingProxyType(
        {
            "company": frozenset({*_KEYS["company"], *_ADDRESS, "phone"}),
            "contact": frozenset({*_KEYS["contact"], *_ADDRESS, *_KINDS, "job_title"}),
            "deal": frozenset({*_KEYS["deal"], "stage"}),
        }
    )
    required: Mapping[Entity, frozenset[str]] = MappingProxyType(
        {"company": frozenset({"name"}), "contact": frozenset({"owner"}), "deal": frozenset({"stage", "owner"})}
    )
    needs: Mapping[Entity, frozenset[str]] = MappingProxyType({"deal": frozenset({"company"})})
    lacks_references: Mapping[Entity, frozenset[str]] = MappingProxyType({"deal": frozenset({"contacts"})})
    stages = ("Lead", "Contacted", "Qualified", "Proposal made", *_ENDS.values())
    modified_key = "modification_date"
    uses = rules(
        ("find", rf"GET {_E}\?.*(\bemail=|\bdomain=|\bq=|\bname=|crmbridge)"),
        ("read", rf"GET {_E}(/\d+|\?.*\bid=)"),
        ("list", rf"GET {_E}"),
        ("write", rf"(POST|PUT|DELETE) {_E}"),
        ("list", r"GET /(tasks|meetings|calls|messages|notes)"),
        ("write", r"(POST|PUT|DELETE) /(tasks|meetings|calls|messages|notes)"),
    )

    def people(self) -> Mapping[str, str]:
        """Return the team's users, whom nobody can add to here."""
        return {text(row["id"]): row["email"] for row in self.control.state("users") if not row["disabled"]}

    def seat(self, sellers: Sequence[Seller]) -> None:
        """Give nobody a seat; lift the limit of calls, of which the vendor publishes no number."""
        self.control.set("options", {"per_minute": 0})

    def rows(self, entity: Entity, ids: Sequence[str] = ()) -> Iterable[Row]:
        """Return live rows."""
        found = self.control.state(self.objects[entity], ids=ids)
        return [row for row in found if not row.get("gone") and not row.get("archived")]

    def read(self, entity: Entity, row: Row) -> dict[str, str]:
        """Return columns, the first address and position, and a number of each kind."""
        fields = {name: text(row.get(key)) for name, key in _KEYS[entity].items()}
        if entity != "deal":
            address: Row = _first(row, "addresses")
            fields |= {name: text(address.get(part)) for name, part in _ADDRESS.items()}
            numbers = {each["type"]: each["number"] for each in reversed(_parts(row, "phone_numbers"))}
            fields |= {name: text(numbers.get(kind)) for name, kind in _KINDS.items() if name in self.held[entity]}
        if entity == "contact":
            position: Row = _first(row, "positions")
            fields["job_title"] = text(position.get("role"))
        if entity == "deal":
            fields["stage"] = self._stage_names[row["stage"]]
        return fields | ({} if entity == "company" else {"owner": self.owner_name(row.get("owner"))})

    def links(self, entity: Entity, row: Row) -> tuple[str, frozenset[str]]:
        """Return the account; an opportunity has no list of people."""
        return text(row.get("account")), frozenset()

    def body(self, entity: Entity, names: Iterable[str], fields: Fields) -> dict[str, Any]:
        """Return columns; addresses and numbers as a whole."""
        keys, given = _KEYS[entity], set(names)
        body: dict[str, Any] = {
            keys[name]: number(fields[name]) if name in _NUMBERS else fields[name] or None
            for name in given & keys.keys()
        }
        if given & _ADDRESS.keys():
            body["address"] = {part: fields[name] for name, part in _ADDRESS.items() if fields.get(name)}
        if given & _KINDS.keys():
            said = [{"number": fields[name], "type": kind} for name, kind in _KINDS.items() if fields.get(name)]
            body["phone_numbers"] = said
        if "job_title" in given:
            body["position"] = {"role": fields["job_title"]}
        if "stage" in given:
            ids = {name: key for key, name in self._stage_names.items()}
            body["stage"] = ids[fields["stage"]]
        return body

    def linked(self, entity: Entity, company: str, contacts: Sequence[str]) -> dict[str, Any]:
        """Return the account."""
        del contacts
        return {"account": int(company)} if company and entity != "company" else {}

    def store(self, entity: Entity, bodies: Sequence[dict[str, Any]]) -> Sequence[object]:
        """Store records."""
        kind = self.objects[entity]
        actions = [{"action": "create", "object": kind, "fields": body} for body in bodies]
        return [each["id"] for each in self.control.seed({"actions": actions})["results"]]

    def change(self, entity: Entity, external_id: str, body: dict[str, Any]) -> None:
        """Change a record; nobody is told."""
        row = next(iter(self.rows(entity, [external_id])))
        action = {"action": "update", "object": self.objects[entity], "id": external_id, "fields": _held(body, row)}
        self.control.seed({"actions": [action]})

    @classmethod
    def can_hold(cls, draft: Draft, name: str) -> bool:
        """Refuse long names of countries."""
        is_long = name == "country" and len(draft.fields[name]) > _LONGEST_COUNTRY
        return not is_long and super().can_hold(draft, name)

    @classmethod
    def spelt(cls, name: str, value: str) -> str:
        """Return addresses without blanks."""
        if name == "domain":
            return domain(value)
        return value.strip() if name == "email" else value

    @cached_property
    def _stage_names(self) -> dict[int, str]:
        stages: list[Row] = [stage for each in self.control.state("pipelines") for stage in each["stages"]]
        return {int(row["id"]): _ENDS.get(str(row["name"]), str(row["name"])) for row in stages}


def _parts(row: Row, name: str) -> list[dict[str, Any]]:
    """Return parts of a record that have ids of their own."""
    return row.get(name) or []


def _first(row: Row, name: str) -> Row:
    return next(iter(_parts(row, name)), dict[str, Any]())


def _held(body: dict[str, Any], row: Row) -> dict[str, Any]:
    """Give the parts of a record that is there the ids they have, so that they are changed and not added to."""
    told = dict(body)
    if "address" in told:
        at_home = next((each["id"] for each in _parts(row, "addresses")), None)
        told["address"] |= {"id": at_home} if at_home else {}
    if "position" in told:
        role = next((each["id"] for each in _parts(row, "positions")), None)
        told["position"] |= {"id": role} if role else {}
    if "phone_numbers" in told:
        known = {each["type"]: each["id"] for each in _parts(row, "phone_numbers")}
        told["phone_numbers"] = [
            each | ({"id": known[each["type"]]} if each["type"] in known else {}) for each in told["phone_numbers"]
        ]
    return told

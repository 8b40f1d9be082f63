"""Types into the simulated Pipedrive as its users do, and reads what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any

from local.demo.model import Entity, Seller
from local.demo.sides.table import Fields, Row, TableSide, number, text, whole
from local.demo.sides.uses import rules

_ADDRESS = {
    "street": "route",
    "city": "locality",
    "state": "admin_area_level_1",
    "postal_code": "postal_code",
    "country": "country",
}
_KEYS: Mapping[Entity, Mapping[str, str]] = {
    "company": {
        "name": "name",
        "domain": "website",
        "employees": "employee_count",
        "annual_revenue": "annual_revenue",
        "owner": "owner_id",
        "industry": "industry",  # an option's number; nobody here types one
    },
    "contact": {
        "first_name": "first_name",
        "last_name": "last_name",
        "job_title": "job_title",
        "description": "notes",
        "owner": "owner_id",
    },
    "deal": {"title": "title", "amount": "value", "close_on": "expected_close_date", "owner": "owner_id"},
}
_ADDRESS_KEYS: Mapping[Entity, str] = {"company": "address", "contact": "postal_address"}
_PATHS: Mapping[Entity, str] = {"company": "organizations", "contact": "persons", "deal": "deals"}
_NUMBERS = frozenset({"employees", "annual_revenue", "amount"})
_ENDS = {"Closed Won": "won", "Closed Lost": "lost"}
_OPEN = ("Qualified", "Contact Made", "Demo Scheduled", "Proposal Made", "Negotiations Started")
_NAMES = ("first_name", "last_name")
_E = "/api/v[12]/(?P<object>organizations|persons|deals)"


class Side(TableSide):
    """Pipedrive."""

    label = "Pipedrive"
    batch = 1
    batch_writes = MappingProxyType({"method": "(POST|PATCH)", "path": "/api/v2/(organizations|persons|deals)"})
    api_paths = "/(api|oauth)/"
    objects: Mapping[Entity, str] = MappingProxyType({"company": "organization", "contact": "person", "deal": "deal"})
    held: Mapping[Entity, frozenset[str]] = MappingProxyType(
        {
            "company": frozenset({*_KEYS["company"], *_ADDRESS}),
            "contact": frozenset({*_KEYS["contact"], *_ADDRESS, "email", "phone", "mobile_phone"}),
            "deal": frozenset({*_KEYS["deal"], "stage"}),
        }
    )
    required: Mapping[Entity, frozenset[str]] = MappingProxyType(
        {
            "company": frozenset({"name", "owner"}),
            "contact": frozenset({"last_name", "owner"}),
            "deal": frozenset({"title", "stage", "owner", "amount"}),
        }
    )
    own_lists = frozenset({"industry"})
    stages = (*_OPEN, *_ENDS)
    has_seats = True
    one_name = True
    no_amount_is_zero = True
    most_contacts = 1
    modified_key = "update_time"
    uses = rules(
        ("link", r"(POST|DELETE) /api/v1/(?P<object>deals)/\d+/participants"),
        ("read", r"GET /api/v1/(?P<object>deals)/\d+/participants"),
        ("find", rf"GET {_E}/search"),
        ("read", rf"GET {_E}/\d+"),
        ("read", rf"GET {_E}\?.*\bids="),
        ("list", rf"GET {_E}"),
        ("write", rf"(POST|PATCH|PUT|DELETE) {_E}"),
        ("list", r"GET /api/v[12]/(leads|notes|activities|recents)"),
        ("write", r"(POST|PATCH|PUT|DELETE) /api/v[12]/(leads|notes|activities)"),
    )

    def aliases(self) -> Mapping[str, str]:
        """Return what paths call our entities."""
        return {name: entity for entity, name in _PATHS.items()}

    def people(self) -> Mapping[str, str]:
        """Return the company's active users."""
        return {text(row["id"]): row["email"] for row in self.control.state("users") if row["active_flag"]}

    def seat(self, sellers: Sequence[Seller]) -> None:
        """Add users; switch contact sync on, so that people have job titles and addresses."""
        self.control.set("options", {"contact_sync": True})
        users = [{"email": each.email, "name": f"{each.first_name} {each.last_name}"} for each in sellers]
        self.control.seed({"users": users})

    def rows(self, entity: Entity, ids: Sequence[str] = ()) -> Iterable[Row]:
        """Return live rows; a deal with the people that take part in it."""
        found = [row for row in self.control.state(self.objects[entity], ids=ids) if not row["is_deleted"]]
        if entity != "deal":
            return found
        taking_part = self.control.part("participants")
        return [{**row, "participants": taking_part.get(str(row["id"]), ())} for row in found]

    def read(self, entity: Entity, row: Row) -> dict[str, str]:
        """Return columns, the first entries of lists, and the parts of an address."""
        fields = {name: text(row.get(key)) for name, key in _KEYS[entity].items()}
        if entity in _ADDRESS_KEYS:
            address: Mapping[str, Any] = row.get(_ADDRESS_KEYS[entity]) or {}
            fields |= {name: text(address.get(part)) for name, part in _ADDRESS.items()}
        if entity == "contact":
            fields |= _points(row)
        if entity == "deal":
            ends = {status: name for name, status in _ENDS.items()}
            fields["stage"] = ends.get(row["status"]) or self._stage_names[row["stage_id"]]
        return fields | {"owner": self.owner_name(row["owner_id"])}

    def links(self, entity: Entity, row: Row) -> tuple[str, frozenset[str]]:
        """Return organization and people."""
        people = {text(each) for each in (*row.get("participants", ()), row.get("person_id")) if each}
        return text(row.get("org_id")), frozenset(people)

    def body(self, entity: Entity, names: Iterable[str], fields: Fields) -> dict[str, Any]:
        """Return columns; names, lists and addresses go as a whole."""
        given = set(names)
        body: dict[str, Any] = {
            _KEYS[entity][name]: (number(fields[name]) if name in _NUMBERS else fields[name] or None)
            for name in given & _KEYS[entity].keys() - {"first_name", "last_name", "owner", "industry"}
        }
        if given & {"first_name", "last_name"}:
            body["name"] = " ".join(each for each in (fields.get(n, "").strip() for n in _NAMES) if each)
        if given & {"email"}:
            body["emails"] = [{"value": fields["email"].strip(), "primary": True, "label": "work"}]
        if given & {"phone", "mobile_phone"}:
            said = [(fields.get("phone", "").strip(), "work"), (fields.get("mobile_phone", "").strip(), "mobile")]
            filled = [each for each in said if each[0]]
            body["phones"] = [{"value": v, "label": kind, "primary": not n} for n, (v, kind) in enumerate(filled)]
        if given & _ADDRESS.keys():
            parts = {_ADDRESS[name]: fields.get(name, "") for name in _ADDRESS}
            body[_ADDRESS_KEYS[entity]] = {"value": ", ".join(each for each in parts.values() if each), **parts}
        return body | self._chosen(given, fields)

    def _chosen(self, given: set[str], fields: Fields) -> dict[str, Any]:
        body: dict[str, Any] = {}
        if "owner" in given:
            body["owner_id"] = int(self.owner_of(fields["owner"]))
        if "stage" in given:
            stage = fields["stage"]
            ids = {name: key for key, name in self._stage_names.items()}
            body |= {"status": _ENDS[stage]} if stage in _ENDS else {"stage_id": ids[stage]}
        return body

    def linked(self, entity: Entity, company: str, contacts: Sequence[str]) -> dict[str, Any]:
        """Return organization and person."""
        found: dict[str, Any] = {"org_id": int(company)} if company else {}
        return found | ({"person_id": int(contacts[0])} if contacts else {})

    def store(self, entity: Entity, bodies: Sequence[dict[str, Any]]) -> Sequence[object]:
        """Store records."""
        kind = _PATHS[entity]
        return self.control.seed({kind: list(bodies)})["ids"][kind]

    def change(self, entity: Entity, external_id: str, body: dict[str, Any]) -> None:
        """Change a record; webhooks leave."""
        operation = {"op": "update", "kind": _PATHS[entity], "id": external_id, "fields": body}
        self.control.seed({"operations": [operation]})

    def shows(self, entity: Entity, name: str, value: str) -> str | None:
        """Return revenues without cents."""
        return whole(value) if name == "annual_revenue" and value else value

    @cached_property
    def _stage_names(self) -> dict[int, str]:
        return {row["id"]: row["name"] for row in self.control.state("stage")}


def _points(row: Row) -> dict[str, str]:
    phones: list[Mapping[str, Any]] = row.get("phones") or []
    emails: list[Mapping[str, Any]] = sorted(row.get("emails") or [], key=lambda each: not each["primary"])
    return {
        "email": text(next((each["value"] for each in emails), None)),
        "phone": text(next((each["value"] for each in phones if each["label"] != "mobile"), None)),
        "mobile_phone": text(next((each["value"] for each in phones if each["label"] == "mobile"), None)),
    }

"""Types into the simulated Dynamics 365 as its users do, and reads what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from local.demo.meter import Use
from local.demo.model import Draft, Entity, Seller
from local.demo.sides.table import Fields, Row, TableSide, number, text
from local.demo.sides.uses import rules

_ADDRESS = {
    "street": "address1_line1",
    "city": "address1_city",
    "state": "address1_stateorprovince",
    "postal_code": "address1_postalcode",
    "country": "address1_country",
}
_KEYS: Mapping[Entity, Mapping[str, str]] = {
    "company": {
        "name": "name",
        "domain": "websiteurl",
        "phone": "telephone1",
        "industry": "industrycode",  # an option's number; nobody here types one
        **_ADDRESS,
        "employees": "numberofemployees",
        "annual_revenue": "revenue",
        "description": "description",
    },
    "contact": {
        "email": "emailaddress1",
        "first_name": "firstname",
        "last_name": "lastname",
        "phone": "telephone1",
        "mobile_phone": "mobilephone",
        "job_title": "jobtitle",
        **_ADDRESS,
        "description": "description",
    },
    "deal": {
        "title": "name",
        "amount": "estimatedvalue",
        "close_on": "estimatedclosedate",
        "description": "description",
    },
}
_TABLES: Mapping[Entity, str] = {"company": "account", "contact": "contact", "deal": "opportunity"}
_NUMBERS = frozenset({"employees", "annual_revenue", "amount"})
_OPEN = ("Qualify", "Develop", "Propose", "Close")
_ENDS = {1: "Closed Won", 2: "Closed Lost"}
_LONGEST_DESCRIPTION = 2_000
_E = r"/api/data/v[\d.]+/(?P<object>accounts|contacts|opportunities)"


class Side(TableSide):
    """Dynamics 365."""

    label = "Dynamics 365"
    batch = 100
    batch_writes = MappingProxyType({"method": "POST", "path": r"/api/data/v[\d.]+/\$batch"})
    api_paths = "/api/data/"
    objects: Mapping[Entity, str] = MappingProxyType(
        {"company": "accounts", "contact": "contacts", "deal": "opportunities"}
    )
    held: Mapping[Entity, frozenset[str]] = MappingProxyType(
        {
            "company": frozenset({*_KEYS["company"], "owner"}),
            "contact": frozenset({*_KEYS["contact"], "owner"}),
            "deal": frozenset({*_KEYS["deal"], "stage", "owner"}),
        }
    )
    required: Mapping[Entity, frozenset[str]] = MappingProxyType(
        {"company": frozenset({"owner"}), "contact": frozenset({"owner"}), "deal": frozenset({"stage", "owner"})}
    )
    own_lists = frozenset({"industry"})
    stages = (*_OPEN, *_ENDS.values())
    has_seats = True
    no_amount_is_zero = True
    most_contacts = 1
    modified_key = "modifiedon"
    uses = rules(
        ("other", r"\w+ /api/data/v[\d.]+/(EntityDefinitions|systemusers|serviceendpoints|sdkmessage|GlobalOption)"),
        ("link", r"(POST|PATCH|DELETE) /api/data/v[\d.]+/connections"),
        ("list", r"GET /api/data/v[\d.]+/(connections|tasks|phonecalls|appointments|annotations|leads)"),
        ("read", rf"GET {_E}\("),
        ("list", rf"GET {_E}"),
        ("write", rf"(POST|PATCH|DELETE) {_E}"),
    )

    def people(self) -> Mapping[str, str]:
        """Return the organization's active users."""
        rows = self.control.state("systemusers")
        return {row["systemuserid"]: text(row["internalemailaddress"]) for row in rows if not row["isdisabled"]}

    def seat(self, sellers: Sequence[Seller]) -> None:
        """Add users."""
        rows = [
            {
                "internalemailaddress": each.email,
                "domainname": each.email,
                "fullname": f"{each.first_name} {each.last_name}",
                "isdisabled": False,
            }
            for each in sellers
        ]
        self.control.seed({"rows": {"systemusers": rows}})

    def rows(self, entity: Entity, ids: Sequence[str] = ()) -> Iterable[Row]:
        """Return live rows, each with its id; a deal with the people connected to it."""
        key = f"{_TABLES[entity]}id"
        rows = [{**row, "id": row[key]} for row in self.control.state(self.objects[entity], ids=ids)]
        if entity != "deal":
            return rows
        people = self._connected()
        return [{**row, "people": people.get(row["id"], set[str]())} for row in rows]

    def read(self, entity: Entity, row: Row) -> dict[str, str]:
        """Return columns; the stage is a state or a sales stage."""
        fields = {name: text(row.get(key)) for name, key in _KEYS[entity].items()}
        if entity == "deal":
            fields["stage"] = _ENDS.get(row["statecode"]) or _OPEN[row["salesstage"] or 0]
        return fields | {"owner": self.owner_name(_id(row["ownerid"]))}

    def links(self, entity: Entity, row: Row) -> tuple[str, frozenset[str]]:
        """Return account and contacts."""
        company = _id(row.get("parentcustomerid" if entity == "contact" else "parentaccountid"))
        return company, frozenset({*row.get("people", ()), _id(row.get("parentcontactid"))} - {""})

    def body(self, entity: Entity, names: Iterable[str], fields: Fields) -> dict[str, Any]:
        """Return columns; a typed amount is no sum of products."""
        keys, given = _KEYS[entity], set(names)
        body: dict[str, Any] = {
            keys[name]: number(fields[name]) if name in _NUMBERS else fields[name] or None
            for name in given & keys.keys()
        }
        if "amount" in given:
            body["isrevenuesystemcalculated"] = False
        if "stage" in given:
            body["stage"] = fields["stage"]
        if "owner" in given:
            body["ownerid@odata.bind"] = f"/systemusers({self.owner_of(fields['owner'])})"
        return body

    def linked(self, entity: Entity, company: str, contacts: Sequence[str]) -> dict[str, Any]:
        """Return account and contact."""
        place = "parentcustomerid_account" if entity == "contact" else "parentaccountid"
        found = {f"{place}@odata.bind": f"/accounts({company})"} if company and entity != "company" else {}
        return found | ({"parentcontactid@odata.bind": f"/contacts({contacts[0]})"} if contacts else {})

    def store(self, entity: Entity, bodies: Sequence[dict[str, Any]]) -> Sequence[object]:
        """Store rows; won and lost deals are closed afterwards, as people do."""
        kind = self.objects[entity]
        stages = [str(body.pop("stage", "")) for body in bodies]
        for body, stage in zip(bodies, stages, strict=True):
            if stage in _OPEN:
                body["salesstage"] = _OPEN.index(stage)
        ids = self.control.seed({"rows": {kind: list(bodies)}})["ids"][kind]
        ends = {name: state for state, name in _ENDS.items()}
        closing = [
            {"action": "close", "id": row_id, "won": ends[stage] == 1}
            for row_id, stage in zip(ids, stages, strict=True)
            if stage in ends
        ]
        if closing:
            self.control.seed({"actions": closing})
        return ids

    def change(self, entity: Entity, external_id: str, body: dict[str, Any]) -> None:
        """Change a row; webhook steps run."""
        action = {"action": "update", "table": _TABLES[entity], "id": external_id, "fields": body}
        self.control.seed({"actions": [action]})

    def shows(self, entity: Entity, name: str, value: str) -> str | None:
        """Return descriptions as long as the column."""
        return value[:_LONGEST_DESCRIPTION].strip() if name == "description" else value

    @classmethod
    def can_hold(cls, draft: Draft, name: str) -> bool:
        """Refuse descriptions that are longer than the column."""
        is_long = name == "description" and len(draft.fields[name]) > _LONGEST_DESCRIPTION
        return not is_long and super().can_hold(draft, name)

    @classmethod
    def spelt(cls, name: str, value: str) -> str:
        """Return addresses of e-mail without blanks."""
        return value.strip() if name == "email" else value

    def classify(self, call: Mapping[str, Any]) -> Use:
        """Tell a call's purpose by its path, a batch's by its tables: only definitions are read in batches."""
        if not str(call["path"]).endswith("$batch"):
            return super().classify(call)
        tables = str(call.get("object") or "").split(",")
        entity = next((entity for entity, name in self.objects.items() if name in tables), "")
        if not entity:
            return Use("link", "deal") if "connections" in tables else Use("other", "")
        return Use("write", entity)

    def _connected(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for row in self.control.state("connections"):
            ends = {each[0]: each[1] for each in (row["record1id"], row["record2id"]) if each}
            if row["statecode"] == 0 and {"opportunity", "contact"} <= ends.keys():
                found.setdefault(ends["opportunity"], set()).add(ends["contact"])
        return found


def _id(lookup: Sequence[str] | None) -> str:
    """Return the id of a lookup, which names its table first."""
    return lookup[1] if lookup else ""

"""Types into the simulated Zoho CRM as its users do, and reads what it holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from local.demo.canonical import domain
from local.demo.model import Draft, Entity, Seller
from local.demo.sides.hubspot_fields import INDUSTRIES
from local.demo.sides.table import Fields, Row, TableSide, number, text
from local.demo.sides.uses import rules


def _address(prefix: str, code: str) -> dict[str, str]:
    return {
        "street": f"{prefix}_Street",
        "city": f"{prefix}_City",
        "state": f"{prefix}_State",
        "postal_code": f"{prefix}_{code}",
        "country": f"{prefix}_Country",
    }


_KEYS: Mapping[Entity, Mapping[str, str]] = {
    "company": {
        "name": "Account_Name",
        "domain": "Website",
        "phone": "Phone",
        "industry": "Industry",
        **_address("Billing", "Code"),
        "employees": "Employees",
        "annual_revenue": "Annual_Revenue",
        "description": "Description",
        "owner": "Owner",
    },
    "contact": {
        "email": "Email",
        "first_name": "First_Name",
        "last_name": "Last_Name",
        "phone": "Phone",
        "mobile_phone": "Mobile",
        "job_title": "Title",
        **_address("Mailing", "Zip"),
        "description": "Description",
        "owner": "Owner",
    },
    "deal": {
        "title": "Deal_Name",
        "amount": "Amount",
        "stage": "Stage",
        "close_on": "Closing_Date",
        "description": "Description",
        "owner": "Owner",
    },
}
_NUMBERS = frozenset({"employees", "annual_revenue", "amount"})
_PHONES = frozenset({"phone", "mobile_phone"})
_PIPELINE = "Standard (Standard)"
_PHONE = re.compile(r"\+?(?![.\-])(?:[.\-]?[ ]?\(?[\da-zA-Z]+\)?)+(?:[,;#][\da-zA-Z]+)*[#;]?", re.ASCII)
_LONGEST_PHONE = 30
_PEOPLE = {
    "4150868000000225017": "ines.integration@orchard-row.example",
    "4150868000000225021": "rosa.rep@orchard-row.example",
}
_E = "/crm/v8/(?P<object>Accounts|Contacts|Deals)"


class Side(TableSide):
    """Zoho CRM."""

    label = "Zoho CRM"
    batch = 100
    batch_writes = MappingProxyType({"method": "(POST|PUT)", "path": "/crm/v8/(Accounts|Contacts|Deals)"})
    api_paths = "/(crm|oauth)/"
    objects: Mapping[Entity, str] = MappingProxyType({"company": "Accounts", "contact": "Contacts", "deal": "Deals"})
    held: Mapping[Entity, frozenset[str]] = MappingProxyType({each: frozenset(keys) for each, keys in _KEYS.items()})
    required: Mapping[Entity, frozenset[str]] = MappingProxyType(
        {
            "company": frozenset({"name", "owner"}),
            "contact": frozenset({"last_name", "owner"}),
            "deal": frozenset({"title", "stage", "owner"}),
        }
    )
    industries: Mapping[str, str] = MappingProxyType({key: key.capitalize() for key in INDUSTRIES})
    stages = (
        "Qualification",
        "Needs Analysis",
        "Value Proposition",
        "Id. Decision Makers",
        "Proposal/Price Quote",
        "Negotiation/Review",
        "Closed Won",
        "Closed Lost",
    )
    most_contacts = 1
    modified_key = "Modified_Time"
    uses = rules(
        ("read", r"POST /crm/v8/coql"),
        ("link", r"(PUT|DELETE|POST) /crm/v8/(?P<object>Deals)/\d+/Contact_Roles"),
        ("read", r"GET /crm/v8/(?P<object>Deals)/\d+/Contact_Roles"),
        ("write", rf"POST {_E}/(\d+/)?actions/"),
        ("other", r"\w+ /crm/v8/(settings|users|org|actions)"),
        ("list", rf"GET {_E}/deleted"),
        ("find", rf"GET {_E}/search"),
        ("read", rf"GET {_E}(/\d+|\?.*\bids=)"),
        ("list", rf"GET {_E}"),
        ("write", rf"(POST|PUT|PATCH|DELETE) {_E}"),
        ("list", r"GET /crm/v8/(Leads|Tasks|Events|Calls)"),
        ("write", r"(POST|PUT|PATCH|DELETE) /crm/v8/(Leads|Tasks|Events|Calls)"),
    )

    def people(self) -> Mapping[str, str]:
        """Return the organisation's active users, whom nobody can add to here."""
        return _PEOPLE

    def seat(self, sellers: Sequence[Seller]) -> None:
        """Give nobody a seat: all that the organisation has bought are taken."""
        del sellers

    def read(self, entity: Entity, row: Row) -> dict[str, str]:
        """Return columns."""
        fields = {name: text(row.get(key)) for name, key in _KEYS[entity].items()}
        return fields | {"owner": self.owner_name(row["Owner"])}

    def links(self, entity: Entity, row: Row) -> tuple[str, frozenset[str]]:
        """Return account and contacts, those in a role with the main one."""
        people = {*row["Contact_Roles"], row.get("Contact_Name")} - {None}
        return text(row.get("Account_Name")), frozenset(text(each) for each in people)

    def body(self, entity: Entity, names: Iterable[str], fields: Fields) -> dict[str, Any]:
        """Return columns."""
        keys = _KEYS[entity]
        body: dict[str, Any] = {
            keys[name]: number(fields[name]) if name in _NUMBERS else fields[name] or None for name in names
        }
        return body | ({"Pipeline": _PIPELINE} if "Stage" in body else {})

    def linked(self, entity: Entity, company: str, contacts: Sequence[str]) -> dict[str, Any]:
        """Return account and main contact."""
        found: dict[str, Any] = {"Account_Name": {"id": company}} if company else {}
        return found | ({"Contact_Name": {"id": contacts[0]}} if contacts else {})

    def store(self, entity: Entity, bodies: Sequence[dict[str, Any]]) -> Sequence[object]:
        """Store records."""
        kind = self.objects[entity]
        return self.control.seed({"records": {kind: list(bodies)}})["ids"][kind]

    def change(self, entity: Entity, external_id: str, body: dict[str, Any]) -> None:
        """Change a record; channels are told."""
        action = {"action": "update", "module": self.objects[entity], "id": external_id, "fields": body}
        self.control.seed({"notify": True, "actions": [action]})

    def shows(self, entity: Entity, name: str, value: str) -> str | None:
        """Return values; what is no telephone number to Zoho need not be there."""
        is_phone = name not in _PHONES or not value or _PHONE.fullmatch(value)
        return value if is_phone else None

    @classmethod
    def can_hold(cls, draft: Draft, name: str) -> bool:
        """Refuse what Zoho takes for no telephone number."""
        value = draft.fields[name].strip()
        fits = name not in _PHONES or (len(value) <= _LONGEST_PHONE and _PHONE.fullmatch(value))
        return bool(fits) and super().can_hold(draft, name)

    @classmethod
    def spelt(cls, name: str, value: str) -> str:
        """Return addresses of the web and of e-mail, and telephone numbers, as Zoho's screens take them."""
        if name == "domain":
            return f"https://{domain(value)}"
        if name == "email" or name in _PHONES:
            return value.strip()
        return super().spelt(name, value)

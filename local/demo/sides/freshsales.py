"""Types into the simulated Freshsales as its users do, and reads what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any

from local.demo.model import Draft, Entity, Seller
from local.demo.sides.table import Fields, Row, TableSide, number, text
from local.demo.sides.uses import rules

_ADDRESS = {"street": "address", "city": "city", "state": "state", "postal_code": "zipcode", "country": "country"}
_KEYS: Mapping[Entity, Mapping[str, str]] = {
    "company": {
        "name": "name",
        "domain": "website",
        "phone": "phone",
        "industry": "industry_type_id",
        **_ADDRESS,
        "employees": "number_of_employees",
        "annual_revenue": "annual_revenue",
        "owner": "owner_id",
    },
    "contact": {
        "first_name": "first_name",
        "last_name": "last_name",
        "phone": "work_number",
        "mobile_phone": "mobile_number",
        "job_title": "job_title",
        **_ADDRESS,
        "owner": "owner_id",
    },
    "deal": {
        "title": "name",
        "amount": "amount",
        "close_on": "expected_close",
        "owner": "owner_id",
    },
}
_NUMBERS = frozenset({"employees", "annual_revenue", "amount"})
_ENDS: Mapping[str, str] = {"Won": "Closed Won", "Lost": "Closed Lost"}
_PIPELINE = 70000000301
_E = "/(crm/sales/)?api/(?P<object>sales_accounts|contacts|deals)"
_LONGEST_PHONE_TWIN = 5
"""Characters of what is typed in place of a telephone number: mobile numbers are unique here, such words are not."""


class Side(TableSide):
    """Freshsales."""

    label = "Freshsales"
    batch = 100
    batch_writes = MappingProxyType({"method": "(POST|PUT)", "path": ".*/api/(sales_accounts|contacts|deals)"})
    api_paths = "/(crm/sales/)?api/"
    objects: Mapping[Entity, str] = MappingProxyType(
        {"company": "sales_accounts", "contact": "contacts", "deal": "deals"}
    )
    held: Mapping[Entity, frozenset[str]] = MappingProxyType(
        {
            "company": frozenset(_KEYS["company"]),
            "contact": frozenset({*_KEYS["contact"], "email"}),
            "deal": frozenset({*_KEYS["deal"], "stage"}),
        }
    )
    required: Mapping[Entity, frozenset[str]] = MappingProxyType(
        {
            "company": frozenset({"name", "owner"}),
            "contact": frozenset({"last_name", "owner"}),
            "deal": frozenset({"title", "stage", "owner"}),
        }
    )
    own_lists = frozenset({"industry"})
    stages = ("New", "Qualification", "Under review", "Demo", "Negotiation", *_ENDS.values())
    uses = rules(
        ("read", r"POST /(crm/sales/)?api/filtered_search"),
        ("find", r"GET /(crm/sales/)?api/(lookup|search)"),
        ("other", r"\w+ /(crm/sales/)?api/(selector|settings|job_statuses)"),
        ("other", rf"GET {_E}/filters"),
        ("list", rf"GET {_E}/view"),
        ("list", rf"GET {_E}/\d+/\w+"),
        ("read", rf"GET {_E}/\d+"),
        ("write", rf"(POST|PUT|DELETE) {_E}"),
        ("list", r"GET /(crm/sales/)?api/(tasks|appointments|notes|sales_activities)"),
        ("write", r"(POST|PUT|DELETE) /(crm/sales/)?api/(tasks|appointments|notes|sales_activities)"),
    )

    def __init__(self, control: Any) -> None:
        super().__init__(control)
        self._edited_ms: dict[str, int] = {}

    def people(self) -> Mapping[str, str]:
        """Return the account's active users, whom nobody can add to here."""
        return {text(row["id"]): row["email"] for row in self.control.state("owners") if row["is_active"]}

    def seat(self, sellers: Sequence[Seller]) -> None:
        """Raise the allowance of calls: a thousand an hour would make the first sync last for hours."""
        self.control.set("limits", {"calls": 0})

    def rows(self, entity: Entity, ids: Sequence[str] = ()) -> Iterable[Row]:
        """Return live rows."""
        return [row for row in self.control.state(self.objects[entity], ids=ids) if not row["deleted"]]

    def read(self, entity: Entity, row: Row) -> dict[str, str]:
        """Return columns, and the primary address."""
        fields = {name: text(row.get(key)) for name, key in _KEYS[entity].items()}
        if entity == "contact":
            mails: list[Mapping[str, Any]] = sorted(row.get("emails") or [], key=lambda each: not each["is_primary"])
            fields["email"] = text(next((each["value"] for each in mails), None))
        if entity == "deal":
            fields["stage"] = self._stage_names[row["deal_stage_id"]]
        return fields | {"owner": self.owner_name(row.get("owner_id"))}

    def links(self, entity: Entity, row: Row) -> tuple[str, frozenset[str]]:
        """Return account and contacts."""
        accounts: list[Mapping[str, Any]] = sorted(
            row.get("sales_accounts") or [], key=lambda each: not each.get("is_primary")
        )
        company = text(next((each["id"] for each in accounts), None)) or text(row.get("sales_account_id"))
        return company, frozenset(text(each) for each in row.get("contact_ids", ()))

    def body(self, entity: Entity, names: Iterable[str], fields: Fields) -> dict[str, Any]:
        """Return columns."""
        keys, given = _KEYS[entity], set(names)
        body: dict[str, Any] = {
            keys[name]: number(fields[name]) if name in _NUMBERS else fields[name] or None
            for name in given & keys.keys()
        }
        if "email" in given:
            body["emails"] = [{"value": fields["email"].strip(), "is_primary": True}]
        if "stage" in given:
            ids = {name: key for key, name in self._stage_names.items()}
            body["deal_stage_id"] = ids[fields["stage"]]
        return body

    def linked(self, entity: Entity, company: str, contacts: Sequence[str]) -> dict[str, Any]:
        """Return account and contacts."""
        found: dict[str, Any] = {}
        if company and entity == "contact":
            found["sales_accounts"] = [{"id": int(company), "is_primary": True}]
        elif company:
            found["sales_account_id"] = int(company)
        return found | ({"contacts_added_list": [int(each) for each in contacts]} if contacts else {})

    def store(self, entity: Entity, bodies: Sequence[dict[str, Any]]) -> Sequence[object]:
        """Store records."""
        kind = self.objects[entity]
        return self.control.seed({kind: list(bodies)})[kind]

    def change(self, entity: Entity, external_id: str, body: dict[str, Any]) -> None:
        """Change a record; workflows call."""
        operation = {"op": "update", "module": self.objects[entity], "id": external_id, "values": body}
        self.control.seed({"operations": [operation]})
        self._edited_ms[external_id] = self.control.now_ms() // 1000 * 1000

    def edited_at_ms(self, entity: Entity, external_id: str) -> int:
        """Return the whole second of the latest edit here; the control surface shows no time of a row."""
        del entity
        return self._edited_ms[external_id]

    @classmethod
    def can_hold(cls, draft: Draft, name: str) -> bool:
        """Refuse words in place of mobile numbers, which are unique here."""
        digits = sum(each.isdigit() for each in draft.fields[name])
        is_word = name == "mobile_phone" and digits < _LONGEST_PHONE_TWIN
        return not is_word and super().can_hold(draft, name)

    @cached_property
    def _stage_names(self) -> dict[int, str]:
        rows = self.control.state("deal_stages")
        mine = [row for row in rows if row["deal_pipeline_id"] == _PIPELINE]
        others = [row for row in rows if row["deal_pipeline_id"] != _PIPELINE]
        return {int(row["id"]): _ENDS.get(str(row["name"]), str(row["name"])) for row in (*others, *mine)}

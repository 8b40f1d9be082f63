"""Fifty hard records in canonical values, and what people later make of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crmbridge.domain.records import Entity

LONG = ("Ação, 価格 und ☀️. " * 1_882).strip()
"""Some 32,000 characters of text."""

SOMEBODY = "$known"
"""Stands for the address of somebody who owns records in the CRM that is seeded."""


@dataclass(frozen=True, slots=True)
class Hard:
    """One hard record.

    Attributes:
        key: its name among the fifty; references use it.
        refs: reference fields, as keys.
        edit: what somebody makes of it in the other CRM.
        second: what somebody makes of it afterwards where it came from.
    """

    key: str
    entity: Entity
    fields: dict[str, Any]
    refs: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    edit: dict[str, Any] = field(default_factory=dict[str, Any])
    second: dict[str, Any] = field(default_factory=dict[str, Any])


_COMPANIES: list[dict[str, Any]] = [
    {
        "name": "Vale Verde Energia", "domain": "valeverde.example.com", "phone": "+551130001234",
        "industry": "Energy", "street": "Rua das Flores 12\n2º andar", "city": "São Paulo", "state": "SP",
        "postal_code": "01310-100", "country": "Brazil", "employees": 120, "annual_revenue": "1250000.5",
        "description": "Solar parks\nand storage ☀️", "tags": ("Partner", "Solar"), "owner": SOMEBODY,
    },
    {"name": "株式会社みどり", "domain": "midori.example.jp", "city": "大阪市", "country": "Japan", "employees": 1},
    {"name": "Grün & Söhne \"Dach\" <GmbH>", "domain": "gruen-soehne.example.de", "description": "a < b & c > d"},
    {"name": "Harbour Lane"},
    {"name": "Harbour Lane", "domain": "harbourlane.example.co.uk", "country": "United Kingdom"},
    {"name": "Long Stories Ltd", "domain": "long.example.com", "description": LONG},
    {"name": "شركة الشمس", "domain": "shams.example.com", "country": "Egypt", "state": None, "phone": None},
    {"name": "Zero", "domain": "zero.example.com", "employees": 0, "annual_revenue": "0", "street": None},
    {
        "name": "O'Neill 🚀 Rockets", "domain": "rockets.example.com", "annual_revenue": "0.01", "tags": ("emoji ☀️",
        "ção"),
    },
    {"name": "Nobody's Own", "domain": "nobodys.example.com", "owner": "nobody@example.com"},
    {"name": "Umbra " + "Very Long Name " * 6 + "End", "domain": "umbra.example.com", "postal_code": "00042"},
]  # fmt: skip

_CONTACTS: list[dict[str, Any]] = [
    {
        "email": "ana.prado@example.com", "first_name": "Ana", "last_name": "Prado", "phone": "+551130001234",
        "mobile_phone": "+5511912345678", "job_title": "Head of Purchasing", "street": "Rua das Flores 12\n2º andar",
        "city": "São Paulo", "state": "SP", "postal_code": "01310-100", "country": "Brazil",
        "description": "Prefers calls before noon", "lead_source": "Web", "lead_status": "open",
        "lifecycle_stage": "customer", "owner": SOMEBODY, "tags": ("Décideuse", "VIP"),
    },
    {
        "email": "bo.lund@example.dk", "first_name": "Bo", "last_name": "Lund", "phone": "+4531234567",
        "country": "Denmark",
    },
    {
        "email": "mika@example.jp", "first_name": "美香", "last_name": "佐藤", "mobile_phone": "+819012345678",
        "city": "大阪市",
    },
    {
        "email": "sean.oneill@example.ie", "first_name": "Seán", "last_name": "O'Neill-D'Arcy",
        "phone": "+353861234567",
    },
    {"email": "zoe+tag@example.com", "first_name": "Zoë", "last_name": "Müller", "mobile_phone": "+4915112345678"},
    {"email": "upper.case+1@example.com", "first_name": "Uma", "last_name": "Case", "job_title": "CEO & \"Founder\""},
    {"first_name": "Noa", "last_name": "Withoutmail", "phone": "+972541234567", "email": None},
    {"last_name": "Solo", "email": "solo@example.com", "first_name": None},
    {
        "first_name": "Maria da Conceição", "last_name": "dos Santos e Silva", "email": "maria@example.pt",
        "city": "Évora",
    },
    {"first_name": "Emo", "last_name": "Ji 🚀", "email": "emoji@example.com", "job_title": "Chief ☀️ Officer"},
    {"first_name": "Lee", "last_name": "Longtext", "email": "longtext@example.com", "description": LONG},
    {"first_name": "Twin", "last_name": "One", "email": "one@twins.example.com", "phone": "+12125550123"},
    {"first_name": "Twin", "last_name": "Two", "email": "two@twins.example.com", "phone": "+12125550123"},
    {
        "first_name": "Fatima", "last_name": "الزهراء", "email": "fatima@example.ma", "phone": "+212612345678",
        "city": None,
    },
    {"first_name": "Gone", "last_name": "Owner", "email": "gone@example.com", "owner": "nobody@example.com"},
]  # fmt: skip

_LEADS: list[dict[str, Any]] = [
    {
        "email": "bea.lead@example.com", "first_name": "Bea", "last_name": "Lead", "company_name": "Lund Marine",
        "job_title": "Owner", "phone": "+4531234568", "city": "Aarhus", "country": "Denmark", "lead_status": "new",
        "lead_source": "Web", "industry": "Shipping", "owner": SOMEBODY, "tags": ("Messe",),
    },
    {"email": "kenji@example.jp", "first_name": "健二", "last_name": "田中", "company_name": "株式会社みどり"},
    {"last_name": "Nomail", "company_name": "Nowhere & Co", "phone": "+33612345678", "email": None},
    {
        "email": "lara@example.br", "first_name": "Lara", "last_name": "Luz ☀️", "company_name": "Luz",
        "description": LONG,
    },
]  # fmt: skip

_DEALS: list[dict[str, Any]] = [
    {
        "title": "Storage, first phase", "amount": "48000.75", "stage": "presentation", "close_on": "2027-03-31",
        "description": "Two of four sites", "currency": "EUR", "probability": 40, "lead_source": "Web",
        "deal_type": "New Business", "owner": SOMEBODY, "tags": ("Storage", "ção"),
    },
    {"title": "屋上ソーラー", "amount": "1500000", "stage": "qualified", "currency": "JPY", "close_on": "2027-12-31"},
    {"title": "Cents", "amount": "0.01", "stage": "appointment", "close_on": "2028-02-29"},
    {"title": "Nothing yet", "amount": None, "stage": "decision", "close_on": "2027-01-01"},
    {"title": "Zero", "amount": "0", "stage": "contract", "close_on": "2027-01-02", "currency": "USD"},
    {"title": "Won ☀️ & <closed>", "amount": "999999999.99", "stage": "won", "close_on": "2026-10-31"},
    {"title": "Lost \"quietly\"", "amount": "250.5", "stage": "lost", "close_on": "2026-10-30", "currency": "BRL"},
    {"title": "Same title", "amount": "10", "stage": "qualified", "close_on": "2027-05-01"},
    {"title": "Same title", "amount": "20", "stage": "qualified", "close_on": "2027-05-01"},
    {"title": "Long story", "amount": "77", "stage": "qualified", "close_on": "2027-06-30", "description": LONG},
]  # fmt: skip

_ACTIVITIES: list[dict[str, Any]] = [
    {
        "kind": "task", "subject": "Send the second offer", "description": "With storage\nand without ☀️",
        "due_at": "2027-03-30T15:00:00Z", "status": "open", "priority": "high", "owner": SOMEBODY,
    },
    {"kind": "task", "subject": "Done already", "due_at": "2026-10-01T08:30:00Z", "status": "completed"},
    {
        "kind": "task", "subject": "見積書を送る 🚀", "due_at": "2028-02-29T23:30:00Z", "status": "open",
        "priority": "low",
    },
    {"kind": "note", "subject": "Visit", "description": "Roof faces south.\nShade after four."},
    {"kind": "note", "description": LONG},
    {
        "kind": "call", "subject": "About the roof", "description": "She asks for storage", "status": "completed",
        "starts_at": "2026-10-05T09:00:00Z", "ends_at": "2026-10-05T09:12:00Z", "duration_s": 720,
        "direction": "outbound",
    },
    {
        "kind": "meeting", "subject": "On site", "description": "Bring the ladder", "status": "open",
        "starts_at": "2027-02-03T13:00:00Z", "ends_at": "2027-02-03T14:30:00Z", "duration_s": 5400,
    },
    {
        "kind": "meeting", "subject": "Réunion à Évora", "starts_at": "2026-09-03T08:00:00Z",
        "ends_at": "2026-09-03T09:00:00Z", "duration_s": 3600, "status": "completed",
    },
    {
        "kind": "email", "subject": "Your offer", "description": "Dear Ana,\nhere it is.", "status": "completed",
        "starts_at": "2026-10-06T10:00:00Z", "ends_at": "2026-10-06T10:00:00Z", "direction": "outbound",
        "email_from": "ines@example.com", "email_to": ("ana.prado@example.com",),
    },
    {"kind": "task", "subject": "Nobody's task", "due_at": "2027-04-01T12:00:00Z", "owner": "nobody@example.com"},
]  # fmt: skip


def _rows(entity: Entity, prefix: str, rows: list[dict[str, Any]]) -> list[Hard]:
    return [
        Hard(
            f"{prefix}{number}",
            entity,
            fields,
            _refs(entity, number),
            edit=_edit(entity, number, fields),
            second=_second(entity, number, fields),
        )
        for number, fields in enumerate(rows, 1)
    ]


def _refs(entity: Entity, number: int) -> dict[str, tuple[str, ...]]:
    """Return what a record refers to: most to something, some to nothing, deals to several people."""
    company = f"company{1 + number % len(_COMPANIES)}"
    person = f"contact{1 + number % len(_CONTACTS)}"
    if entity == "contact":
        return {} if number % 5 == 0 else {"company": (company,)}
    if entity == "deal":
        people = (person, f"contact{1 + (number + 4) % len(_CONTACTS)}")
        return {"company": (company,), **({} if number % 4 == 0 else {"contacts": people[: 1 + number % 2]})}
    if entity == "activity":
        return {"company": (company,), "contacts": (person,), "deal": (f"deal{1 + number % len(_DEALS)}",)}
    return {}


def _edit(entity: Entity, number: int, fields: dict[str, Any]) -> dict[str, Any]:
    """Return what somebody changes first: a name, something empty filled, something full emptied."""
    if entity == "company":
        return {"name": f"{fields['name']} {number} ção", "city": "Recife ☀️", "employees": number, "tags": ("Edited",)}
    if entity in ("contact", "lead"):
        changed = {"last_name": f"{fields['last_name']} Édit{number}", "job_title": f"Title {number}", "city": "Évora"}
        return changed | ({"phone": None} if number % 3 == 1 else {"phone": f"+3312345{number:04d}"})
    if entity == "deal":
        return {"title": f"{fields['title']} {number}", "amount": f"{1000 + number}", "close_on": "2027-09-30"}
    return {"subject": f"Édit {number}", "description": f"edited ☀️\nin {number} lines"}


def _second(entity: Entity, number: int, fields: dict[str, Any]) -> dict[str, Any]:
    """Return what somebody changes then, where the record came from."""
    if entity == "company":
        return {"name": f"{fields['name']} again", "description": f"second\nedit {number}", "phone": "+551130009876"}
    if entity in ("contact", "lead"):
        first = f"Second{number} Maria" if number % 2 else f"Second{number}"
        again = {"job_title": None, "city": f"City {number}"}
        return again if fields.get("first_name") is None else {"first_name": first, **again}
    if entity == "deal":
        return {"title": f"Again {number}", "amount": f"{2000 + number}", "stage": "presentation"}
    return {"description": f"again {number}"}


FIFTY: tuple[Hard, ...] = (
    *_rows("company", "company", _COMPANIES),
    *_rows("contact", "contact", _CONTACTS),
    *_rows("lead", "lead", _LEADS),
    *_rows("deal", "deal", _DEALS),
    *_rows("activity", "activity", _ACTIVITIES),
)
"""In the order in which references can be resolved."""

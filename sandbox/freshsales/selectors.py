"""The account's own lists: people, pipelines and stages, statuses, sources, currencies.

``GET /selector/{name}`` answers each. Ids have more than 32 bits, as real ones have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

JsonObject = dict[str, Any]
_FIRST = 70_000_000_100


def _named(offset: int, *names: str) -> list[JsonObject]:
    return [
        {"partial": True, "id": _FIRST + offset + place, "name": name, "position": place}
        for place, name in enumerate(names, start=1)
    ]


def _owner(number: int, name: str, email: str, *, active: bool = True) -> JsonObject:
    return {
        "id": _FIRST + number,
        "display_name": name,
        "email": email,
        "is_active": active,
        "work_number": None,
        "mobile_number": None,
    }


_STAGES = (
    ("New", "Open", 10),
    ("Qualification", "Open", 25),
    ("Under review", "Open", 50),
    ("Demo", "Open", 70),
    ("Negotiation", "Open", 90),
    ("Won", "Closed Won", 100),
    ("Lost", "Closed Lost", 0),
)
_RENEWALS = (("Open renewal", "Open", 40), ("Renewed", "Closed Won", 100), ("Churned", "Closed Lost", 0))


def _stages(first: int, pipeline_id: int, rows: tuple[tuple[str, str, int], ...]) -> list[JsonObject]:
    return [
        {
            "partial": True,
            "id": first + place,
            "name": name,
            "position": place,
            "forecast_type": forecast,
            "updated_at": "2026-01-05T09:00:00-03:00",
            "deal_pipeline_id": pipeline_id,
            "choice_type": {"Open": 0, "Closed Won": 1, "Closed Lost": 2}[forecast],
            "probability": probability,
        }
        for place, (name, forecast, probability) in enumerate(rows, start=1)
    ]


class Selectors:
    """The lists of one account; people change them by seeding."""

    def __init__(self) -> None:
        """Start with the lists of a new account."""
        pipelines = _named(200, "Default Pipeline", "Renewals")
        pipelines[0]["is_default"], pipelines[1]["is_default"] = True, False
        self.lists: dict[str, list[JsonObject]] = {
            "owners": [
                _owner(1, "Clara Nunes", "clara.nunes@valeverde.example"),
                _owner(2, "Davi Rocha", "Davi.Rocha@valeverde.example"),
                _owner(3, "Elisa Motta", "elisa.motta@valeverde.example", active=False),
            ],
            "deal_pipelines": pipelines,
            "deal_stages": [
                *_stages(_FIRST + 300, int(pipelines[0]["id"]), _STAGES),
                *_stages(_FIRST + 330, int(pipelines[1]["id"]), _RENEWALS),
            ],
            "contact_statuses": _named(400, "New", "Contacted", "Qualified", "Unqualified", "Won", "Lost"),
            "lifecycle_stages": _named(420, "Lead", "Sales Qualified Lead", "Customer"),
            "lead_sources": _named(440, "Web", "Email", "Chat", "Referral", "WhatsApp"),
            "industry_types": _named(460, "Advertising", "Energy", "Marine", "Software"),
            "business_types": _named(480, "Integrator", "Reseller", "Partner"),
            "deal_types": _named(500, "New Business", "Existing Business"),
            "deal_reasons": _named(520, "Price", "No response"),
            "campaigns": _named(540, "Spring mailing"),
            "territories": _named(560, "South"),
            "currencies": [
                {"id": _FIRST + 580 + place, "currency_code": code, "exchange_rate": rate, "is_active": True}
                for place, (code, rate) in enumerate((("BRL", "1.0"), ("USD", "5.3"), ("EUR", "6.1")), start=1)
            ],
            "sales_activity_types": _named(600, "Phone", "Task", "Meeting", "E-mail"),
            "sales_activity_outcomes": _named(620, "Interested", "Left message", "No response"),
        }
        for each in self.lists["contact_statuses"]:
            each["lifecycle_stage_id"] = _FIRST + 421

    def ids(self, name: str) -> frozenset[int]:
        """Return the ids of one list."""
        return frozenset(int(each["id"]) for each in self.lists.get(name, []))

    def row(self, name: str, record_id: object) -> JsonObject | None:
        """Return one entry of a list."""
        return next((each for each in self.lists.get(name, []) if each["id"] == record_id), None)

    def default_stage(self) -> JsonObject:
        """Return the first stage of the default pipeline."""
        return self.lists["deal_stages"][0]

    def as_answer(self, name: str) -> JsonObject:
        """Return a list as the selector answers it; people are called ``users``."""
        return {"users" if name == "owners" else name: self.lists[name]}

    def of_pipeline(self, pipeline_id: int) -> list[JsonObject]:
        """Return the stages of one pipeline."""
        return [each for each in self.lists["deal_stages"] if each["deal_pipeline_id"] == pipeline_id]


INCLUDED: Mapping[str, tuple[str, str, str]] = {
    "owner": ("owner_id", "owners", "users"),
    "creater": ("creater_id", "owners", "users"),
    "updater": ("updater_id", "owners", "users"),
    "source": ("lead_source_id", "lead_sources", "lead_source"),
    "contact_status": ("contact_status_id", "contact_statuses", "contact_status"),
    "lifecycle_stage": ("lifecycle_stage_id", "lifecycle_stages", "lifecycle_stages"),
    "industry_type": ("industry_type_id", "industry_types", "industry_types"),
    "business_type": ("business_type_id", "business_types", "business_types"),
    "campaign": ("campaign_id", "campaigns", "campaigns"),
    "territory": ("territory_id", "territories", "territories"),
    "deal_stage": ("deal_stage_id", "deal_stages", "deal_stages"),
    "deal_type": ("deal_type_id", "deal_types", "deal_types"),
    "deal_reason": ("deal_reason_id", "deal_reasons", "deal_reasons"),
    "deal_pipeline": ("deal_pipeline_id", "deal_pipelines", "deal_pipelines"),
    "currency": ("currency_id", "currencies", "currencies"),
}
"""By word of ``include``: the field that holds the id, the list it is from, and the sibling array's name."""

"""Reads a sales pipeline as a team would have it in HubSpot, with Salesforce still empty.

The folder holds ``accounts.csv``, ``sales_teams.csv`` and ``sales_pipeline.csv``; headings as
in ``_COLUMNS``. Cells are typed as they are, misspellings included.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from local.demo.invent.companies import slug
from local.demo.model import Draft, Entity, Mark, Seller, World

_COLUMNS: Mapping[str, frozenset[str]] = {
    "accounts.csv": frozenset({"account", "sector", "revenue", "employees", "office_location"}),
    "sales_teams.csv": frozenset({"sales_agent"}),
    "sales_pipeline.csv": frozenset(
        {"opportunity_id", "sales_agent", "product", "account", "deal_stage", "engage_date"}
        | {"close_date", "close_value"}
    ),
}
_STAGES = {
    "Prospecting": "appointmentscheduled",
    "Engaging": "presentationscheduled",
    "Won": "closedwon",
    "Lost": "closedlost",
}
_INDUSTRIES = {
    "employment": "STAFFING_AND_RECRUITING",
    "entertainment": "ENTERTAINMENT",
    "finance": "FINANCIAL_SERVICES",
    "marketing": "MARKETING_AND_ADVERTISING",
    "medical": "HOSPITAL_HEALTH_CARE",
    "retail": "RETAIL",
    "services": "CONSUMER_SERVICES",
    "software": "COMPUTER_SOFTWARE",
    "technolgy": "INFORMATION_TECHNOLOGY_AND_SERVICES",
    "technology": "INFORMATION_TECHNOLOGY_AND_SERVICES",
    "telecommunications": "TELECOMMUNICATIONS",
}
_MILLION = 1_000_000
_MARKS: Mapping[Entity, tuple[Mark, ...]] = {
    "company": (Mark(field="name", pattern=re.compile(r"^(.+)$")),),
    "deal": (Mark(field="title", pattern=re.compile(r" ([0-9A-Z]{8})$")),),
}


def read_world(folder: Path, *, crms: tuple[str, ...]) -> World:
    """Read the data set.

    Args:
        folder: where the three files lie.
        crms: HubSpot, which holds everything, and another, which holds only the sellers.

    Raises:
        ValueError: a file or a column is missing, or a stage or sector is unknown.
    """
    accounts, teams, pipeline = (_rows(folder / name) for name in _COLUMNS)
    sellers = {row["sales_agent"]: _seller(row["sales_agent"], crms) for row in teams}
    drafts = [_company(row) for row in accounts]
    drafts += [_deal(row, sellers) for row in pipeline]
    return World(
        name=f"{len(accounts)} accounts, {len(pipeline)} deals, {len(sellers)} agents of {folder.name}",
        sellers=tuple(sellers.values()),
        drafts={crm: tuple(drafts) if crm == "hubspot" else () for crm in crms},
        marks=_MARKS,
        source="hubspot",
    )


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        message = f"{path.name} is missing in {path.parent}"
        raise ValueError(message)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        missing = _COLUMNS[path.name] - set(reader.fieldnames or ())
        if missing:
            message = f"{path.name} lacks the columns {sorted(missing)}"
            raise ValueError(message)
        return [dict(row) for row in reader]


def _seller(name: str, crms: tuple[str, ...]) -> Seller:
    first, _, last = name.partition(" ")
    return Seller(email=f"{slug(name, 'agent')}@agents.example", first_name=first, last_name=last, crms=crms)


def _company(row: Mapping[str, str]) -> Draft:
    notes = [f"Since {row['year_established']}." if row.get("year_established") else ""]
    if row.get("subsidiary_of"):
        notes.append(f"Subsidiary of {row['subsidiary_of']}.")
    fields = {
        "name": row["account"],
        "industry": _choice(_INDUSTRIES, row["sector"], "sector"),
        "annual_revenue": str(round(float(row["revenue"]) * _MILLION)),
        "employees": row["employees"],
        "country": row["office_location"],
        "description": _joined(notes),
    }
    return Draft(entity="company", key=row["account"], fields=_filled(fields))


def _deal(row: Mapping[str, str], sellers: Mapping[str, Seller]) -> Draft:
    fields = {
        "title": f"{row['product']} {row['opportunity_id']}",
        "stage": _choice(_STAGES, row["deal_stage"], "deal stage"),
        "amount": row["close_value"],
        "close_on": _day(row["close_date"]),
        "description": _joined([f"{row['product']}.", _engaged(row["engage_date"])]),
        "owner": sellers[row["sales_agent"]].email,
    }
    return Draft(entity="deal", key=row["opportunity_id"], fields=_filled(fields), company=row["account"])


def _choice(table: Mapping[str, str], value: str, what: str) -> str:
    if value not in table:
        message = f"unknown {what} {value!r}; known: {sorted(table)}"
        raise ValueError(message)
    return table[value]


def _day(american: str) -> str:
    """Turn month/day/year into year-month-day; nothing stays nothing."""
    if not american:
        return ""
    return datetime.strptime(american, "%m/%d/%Y").date().isoformat()  # noqa: DTZ007  (a calendar's day)


def _engaged(american: str) -> str:
    return f"Engaged on {_day(american)}." if american else ""


def _joined(parts: Iterable[str]) -> str:
    return " ".join(part for part in parts if part)


def _filled(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}

"""A repair shop's bookings and repairs as deals and activities."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date
from typing import Any

from crmbridge.domain.records import Value
from crmbridge.domain.workflows.rules import ShopRules

_CUSTOM: Mapping[str, str] = {
    "id": "x_booking_id",
    "deviceType": "x_device_type",
    "deviceModel": "x_device_model",
    "issueDescription": "x_issue",
    "repairType": "x_repair_type",
    "serviceType": "x_service_type",
    "urgency": "x_urgency",
    "repairComplexity": "x_repair_complexity_level",
    "partsAvailability": "x_parts_availability_status",
}
_OF_REPAIR = {**_CUSTOM, "id": "x_repair_id", "bookingId": "x_booking_id", "priority": "x_urgency"}
NEW = "pending"
"""Status of a booking that says none."""


def booking_deal(booking: Mapping[str, Any], rules: ShopRules) -> dict[str, Value]:
    """Return what a booking tells of its deal; what it leaves unsaid stays as it is."""
    fields: dict[str, Value] = {name: booking[key] for key, name in _CUSTOM.items() if key in booking}
    if titled(booking):
        fields["title"] = titled(booking)
    if "estimatedCost" in booking:
        fields |= {"amount": booking["estimatedCost"], "currency": rules.currency}
    if "expectedCompletionDate" in booking:
        fields["close_on"] = booking["expectedCompletionDate"][:10]
    return fields | _staged(booking.get("status", ""), rules)


def first_deal(fields: Mapping[str, Value], rules: ShopRules) -> dict[str, Value]:
    """Return what a new deal needs and nobody has told: a title, and the stage of what just came in.

    Example:
        >>> from crmbridge.domain.workflows.rules import REPAIR_SHOP, shop_rules
        >>> first_deal({"amount": "5"}, shop_rules(REPAIR_SHOP.defaults))
        {'title': 'Repair', 'stage': 'appointment', 'amount': '5'}
    """
    return {"title": "Repair"} | _staged(NEW, rules) | dict(fields)


def repair_deal(repair: Mapping[str, Any], rules: ShopRules, *, on: str) -> dict[str, Value]:
    """Return what a repair tells of its booking's deal; a completed one is won, and has its warranty.

    Args:
        on: the day it happened, ``YYYY-MM-DD``.
    """
    fields: dict[str, Value] = {name: repair[key] for key, name in _OF_REPAIR.items() if key in repair}
    if "totalCost" in repair:
        fields["x_total_cost"] = repair["totalCost"]
    fields |= _staged(repair.get("status", ""), rules)
    if repair.get("status") == "completed":
        months = int(repair.get("warrantyPeriod", rules.warranty_months))
        since = date.fromisoformat(repair.get("completionDate", on)[:10])
        fields |= {"x_warranty_months": str(months), "x_warranty_until": later(since, months).isoformat()}
    return fields


def repair_activity(repair: Mapping[str, Any], *, at: str) -> dict[str, Value]:
    """Return the activity that shows how far a repair is, with all that is known of it.

    Args:
        at: when, as a canonical time.
    """
    status = str(repair.get("status", "updated"))
    device = titled({**repair, "repairType": ""}).removesuffix(" repair")
    told = {
        "Diagnosis": repair.get("diagnosisDescription"),
        "Repair": repair.get("repairDescription"),
        "Technician": repair.get("assignedTechnician"),
        "Estimated hours": repair.get("estimatedHours"),
        "Actual hours": repair.get("actualHours"),
        "Total cost": repair.get("totalCost"),
        "Quality check": _passed(repair.get("qualityCheckPassed")),
    }
    lines = [f"{name}: {value}" for name, value in told.items() if value is not None]
    subject = f"Repair {status.replace('_', ' ')}" + (f": {device}" if device else "")
    return done(subject, "\n".join(lines) or subject, at=at)


def done(subject: str, description: str, *, at: str, kind: str = "task") -> dict[str, Value]:
    """Return an activity that is over; every CRM has a place for a completed task."""
    return {
        "kind": kind,
        "subject": subject,
        "description": description,
        "status": "completed",
        "priority": "normal",
        "due_at": at,
        "ends_at": at,
    }


def titled(booking: Mapping[str, Any]) -> str:
    """Return a deal's title; empty where the booking names no device.

    Example:
        >>> titled({"deviceType": "iPhone", "deviceModel": "iPhone 14 Pro", "repairType": "Screen Replacement"})
        'iPhone 14 Pro Screen Replacement'
    """
    device = booking.get("deviceModel") or booking.get("deviceType") or ""
    return f"{device} {booking.get('repairType') or 'repair'}" if device else ""


def later(day: date, months: int) -> date:
    """Return the same day so many months later, or the month's last one where it is shorter.

    Example:
        >>> later(date(2026, 8, 31), 6), later(date(2026, 11, 21), 12)
        (datetime.date(2027, 2, 28), datetime.date(2027, 11, 21))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _staged(status: str, rules: ShopRules) -> dict[str, Value]:
    stage = rules.stages.get(status)
    return {} if stage is None else {"stage": stage}


def _passed(value: object) -> str | None:
    return None if value is None else "passed" if value else "not passed"

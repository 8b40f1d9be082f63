"""A repair shop and a social platform that tell a deployment of events; people then look into the CRMs."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.functional.rehearsal import Rehearsal

OPERATOR = {"workspace": "acme", "role": "operator", "sub": "shop-system"}
BOOKING = {
    "id": "booking-123",
    "customerId": "customer-7",
    "customerName": "Jana Doe",
    "customerEmail": " Jana.Doe@Example.com ",
    "customerPhone": "+44 20 7946 0123",
    "deviceType": "iPhone",
    "deviceModel": "iPhone 14 Pro",
    "issueDescription": "Cracked screen",
    "repairType": "Screen Replacement",
    "serviceType": "in-store",
    "estimatedCost": 299.99,
    "status": "pending",
    "urgency": "medium",
    "bookingDate": "2026-11-20T09:00:00Z",
    "expectedCompletionDate": "2026-11-23T17:00:00Z",
}


class Shop:
    """Tells of events through the API, as the deployed function takes them."""

    def __init__(self, rehearsal: Rehearsal, *crms: str, kits: tuple[str, ...] = ()) -> None:
        self.rehearsal = rehearsal
        self.ids = {crm: rehearsal.connect(crm) for crm in crms}
        for kit in kits:
            status, shown = rehearsal.call("POST", f"/api/crm/field-kits/{kit}")
            assert status == 200, shown
            assert {each["result"] for each in shown["items"]} <= {"made"}, shown
        if crms:
            rehearsal.sync()
        self._numbers = count(1)

    def send(self, type_: str, data: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Send one event; returns its result."""
        event = {"id": f"evt-{next(self._numbers)}", "type": type_, "data": data, **more}
        (item,) = self.send_all(event)
        return item

    def send_all(self, *events: Any) -> list[dict[str, Any]]:
        """Send events in one call; returns their results."""
        status, shown = self.rehearsal.call("POST", "/api/crm/events", {"events": list(events)}, claims=OPERATOR)
        assert status == 200, shown
        return shown["items"]

    def take(self, type_: str, data: dict[str, Any], **more: Any) -> tuple[str, ...]:
        """Send one event that is taken, and let it come to every CRM; returns the records it is about."""
        item = self.send(type_, data, **more)
        assert item["result"] == "taken", item
        self.rehearsal.settle()
        return tuple(item["records"])

    def fields(self, record_id: str) -> dict[str, Any]:
        """Return a record's fields in the hub."""
        return dict(self.rehearsal.records.get_many("acme", [record_id])[record_id].fields)

    def records(self, entity: Any) -> list[Any]:
        """Return the live records of an entity in the hub."""
        found = self.rehearsal.records.list_records("acme", entity, cursor=None, limit=1000).items
        return [each for each in found if each.deleted_at is None and not each.merged_into]

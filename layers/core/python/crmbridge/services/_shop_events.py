"""Bookings and repairs: a contact and a deal in every CRM, and an activity for every step of a repair."""

from __future__ import annotations

from typing import Any

from crmbridge.domain.records import Fields, Record, Value
from crmbridge.domain.workflows.bookings import booking_deal, first_deal, repair_activity, repair_deal
from crmbridge.domain.workflows.lifecycle import LineKind
from crmbridge.domain.workflows.people import Person, person_of
from crmbridge.domain.workflows.rules import REPAIR_SHOP, ShopRules, shop_rules
from crmbridge.errors import NotFoundError
from crmbridge.services._customer_ledger import bring_up_to_date, note
from crmbridge.services._event_desk import Desk, Done
from crmbridge.services._event_people import contact_for, find_person, known_now


def customer_of(data: dict[str, Any]) -> Person:
    """Return the customer that a shop's event names."""
    told = {"name": "customerName", "email": "customerEmail", "phone": "customerPhone"}
    parts = {name: data[key] for name, key in told.items() if key in data}
    return person_of(parts, customer_id=data.get("customerId", ""))


def take_booking(desk: Desk) -> Done:
    """Enter a booking's customer and deal, and count it for the customer.

    Raises:
        NotFoundError: an update names no customer, and nobody has told of the booking yet.
        RequestRejectedError: nothing tells whose booking it is, or several customers could be meant.
    """
    data, rules = dict(desk.data), shop_rules(desk.section(REPAIR_SHOP))
    with desk.alone(f"booking#{data['id']}"):
        _, present = desk.named("deal", f"booking:{data['id']}")
        customer = _customer(desk, customer_of(data), present, is_needed=desk.event.type == "booking.created")
        if customer is None and present is None:
            raise unknown_booking(data["id"], at="data.id")
        fields = booking_deal(data, rules) | _with(customer)
        deal = _deal(desk, f"booking:{data['id']}", desk.news(f"booking#{data['id']}", fields), rules)
    if customer is None:
        return Done(records=(deal.record_id,), words="nobody told whose booking it is")
    _count(desk, customer.record_id, "booking", data)
    bring_up_to_date(desk, customer.record_id)
    return Done(records=(deal.record_id, customer.record_id))


def take_repair(desk: Desk) -> Done:
    """Enter how far a repair is: the deal's stage, and an activity for each status it comes to.

    Raises:
        NotFoundError: it names no customer, and nobody has told of its booking yet.
    """
    data, rules = dict(desk.data), shop_rules(desk.section(REPAIR_SHOP))
    if desk.event.type == "repair.completed":
        data["status"] = "completed"
    name = f"booking:{data['bookingId']}" if "bookingId" in data else f"repair:{data['id']}"
    with desk.alone(name.replace(":", "#", 1)):
        _, present = desk.named("deal", name)
        customer = _customer(desk, customer_of(data), present, is_needed=False)
        if customer is None and present is None and "bookingId" in data:
            raise unknown_booking(data["bookingId"], at="data.bookingId")
        fields = repair_deal(data, rules, on=desk.at[:10])
        if present is None or not present.fields.get("contacts"):
            fields |= _with(customer)
        deal = _deal(desk, name, desk.news(name.replace(":", "#", 1), fields), rules)
        step = f"repair:{data['id']}:{data.get('status', '')}"
        told = desk.news(step, repair_activity(data, at=desk.at) | _with(customer) | {"deal": deal.record_id})
        activity = desk.enter("activity", told, reference=step) if told else None
    records = (deal.record_id, *([activity.record_id] if activity else []))
    if customer is None:
        return Done(records=records)
    if data.get("status") == "completed":
        _count(desk, customer.record_id, "repair", data)
    bring_up_to_date(desk, customer.record_id)
    return Done(records=(*records, customer.record_id))


def _deal(desk: Desk, name: str, fields: Fields, rules: ShopRules) -> Record:
    _, present = desk.named("deal", name)
    if present is None:
        return desk.enter("deal", first_deal(fields, rules), reference=name)
    return desk.enter("deal", fields, record_id=present.record_id) if fields else present


def _customer(desk: Desk, person: Person, deal: Record | None, *, is_needed: bool) -> Record | None:
    """Return the customer whom an event names, else the one whose deal it is."""
    held = contact_of(desk, deal)
    if person.email or person.phone.startswith("+") or (is_needed and held is None):
        return contact_for(desk, person)
    found = find_person(desk, person, entities=("contact",)) if person.is_known_somehow else None
    return found or held


def contact_of(desk: Desk, deal: Record | None) -> Record | None:
    """Return the first contact of a deal."""
    held: Value = None if deal is None else deal.fields.get("contacts")
    return known_now(desk, held[0]) if isinstance(held, tuple) and held else None


def booked_by(desk: Desk, data: dict[str, Any]) -> Record:
    """Return the customer whom an event names, or who made the booking that it names.

    Raises:
        RequestRejectedError: nothing tells who it is, or several could be meant.
        NotFoundError: nobody has told of that customer or booking yet.
    """
    person = customer_of(data)
    if "bookingId" in data and not (person.email or person.phone):
        found = find_person(desk, person, entities=("contact",)) if person.is_known_somehow else None
        found = found or contact_of(desk, desk.named("deal", f"booking:{data['bookingId']}")[1])
        if found is not None:
            return found
        if not person.is_known_somehow:
            raise unknown_booking(data["bookingId"], at="data.bookingId")
    return contact_for(desk, person)


def unknown_booking(booking_id: str, *, at: str) -> NotFoundError:
    """Return the refusal of what speaks of a booking that nobody told of, and of no customer."""
    return NotFoundError(
        f"nobody has told of the booking {booking_id[:60]!r} yet",
        field=at,
        next_step="send booking.created first, or customerEmail as well",
    )


def _with(customer: Record | None) -> dict[str, Value]:
    return {} if customer is None else {"contacts": (customer.record_id,)}


def _count(desk: Desk, record_id: str, kind: LineKind, data: dict[str, Any]) -> None:
    told: dict[str, Any] = {"word": data["deviceType"]} if "deviceType" in data else {}
    if "bookingDate" in data or desk.event.type == "booking.created":
        told["on"] = data.get("bookingDate", desk.at)[:10]
    if "status" in data:
        told["is_void"] = data["status"] == "cancelled"
    note(desk, record_id, kind, data["id"], **told)

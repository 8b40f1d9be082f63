"""Payments, reviews, and what the shop says of its customers: where each of them stands."""

from __future__ import annotations

from typing import Any

from crmbridge.domain.records import Fields, Record
from crmbridge.domain.workflows.bookings import done
from crmbridge.domain.workflows.lifecycle import LineKind
from crmbridge.domain.workflows.people import person_of
from crmbridge.domain.workflows.rules import REPAIR_SHOP, shop_rules
from crmbridge.errors import RequestRejectedError
from crmbridge.services._customer_ledger import bring_up_to_date, note
from crmbridge.services._event_desk import Desk, Done
from crmbridge.services._event_people import contact_for
from crmbridge.services._shop_events import booked_by


def take_payment(desk: Desk) -> Done:
    """Count a payment or refund once, show it in the CRMs' timelines, and work the customer's totals out anew.

    Raises:
        RequestRejectedError: it is in another currency than the shop's, or nothing tells whose it is.
    """
    data, currency = dict(desk.data), shop_rules(desk.section(REPAIR_SHOP)).currency
    if data.get("currency", currency) != currency:
        raise RequestRejectedError(
            f"data.currency must be {currency}, the shop's own",
            field="data.currency",
            next_step=f"send the amount in {currency}, or change the setting repairShop.currency",
        )
    customer = booked_by(desk, data)
    kind: LineKind = "refund" if data.get("kind") == "refund" else "payment"
    note(desk, customer.record_id, kind, data["id"], amount=data["amount"])
    subject = f"{kind.capitalize()} of {data['amount']} {currency}"
    lines = [subject, *([f"Method: {data['method']}"] if "method" in data else [])]
    shown = _shown(desk, f"{kind}:{data['id']}", done(subject, "\n".join(lines), at=desk.at), customer, data)
    bring_up_to_date(desk, customer.record_id)
    return Done(records=(customer.record_id, shown.record_id))


def take_review(desk: Desk) -> Done:
    """Count a review for the customer's rating, and show it.

    Raises:
        RequestRejectedError: nothing tells whose it is.
    """
    data = dict(desk.data)
    customer = booked_by(desk, data)
    note(desk, customer.record_id, "review", data["id"], rating=data["rating"])
    subject = f"Review: {data['rating']} of 5"
    text = str(data.get("text", subject))
    shown = _shown(desk, f"review:{data['id']}", done(subject, text, at=desk.at), customer, data)
    with desk.alone(f"person#{customer.record_id}"):
        latest = desk.news(f"person#{customer.record_id}", {"x_last_review": text})
    bring_up_to_date(desk, customer.record_id, latest)
    return Done(records=(customer.record_id, shown.record_id))


def _shown(desk: Desk, name: str, fields: Fields, customer: Record, data: dict[str, Any]) -> Record:
    """Enter the activity of a payment or review, once by its own id."""
    _, deal = desk.named("deal", f"booking:{data['bookingId']}") if "bookingId" in data else ("", None)
    about = {"contacts": (customer.record_id,)} | ({} if deal is None else {"deal": deal.record_id})
    with desk.alone(name):
        told = desk.news(name, {**fields, **about})
        if told:
            return desk.enter("activity", told, reference=name)
        held = desk.named("activity", name)[1]
    return held or customer


_TOTALS = {"totalSpent": "amount", "averageRating": "rating", "bookingCount": "bookings", "reviewCount": "reviews"}
_OWN = {"email": "email", "phone": "phone", "firstName": "first_name", "lastName": "last_name"}


def take_customer(desk: Desk) -> Done:
    """Enter what the shop says of a customer: name, addresses, and the totals up to that moment.

    Raises:
        RequestRejectedError: several contacts could be meant.
        NotFoundError: the customer is new, and no address is told.
    """
    data = dict(desk.data)
    customer = contact_for(desk, person_of({**data, "recordId": ""}, customer_id=data["id"]))
    said = {name: data[key] for key, name in _OWN.items() if key in data}
    if "customerSince" in data:
        said["x_customer_since"] = data["customerSince"][:10]
    with desk.alone(f"person#{customer.record_id}"):
        said = desk.news(f"person#{customer.record_id}", said)
    totals = {name: data[key] for key, name in _TOTALS.items() if key in data}
    if "lastBookingDate" in data:
        totals["on"] = data["lastBookingDate"][:10]
    if totals:
        note(desk, customer.record_id, "statement", desk.event.event_id, **totals)
    return Done(records=(bring_up_to_date(desk, customer.record_id, said).record_id,))

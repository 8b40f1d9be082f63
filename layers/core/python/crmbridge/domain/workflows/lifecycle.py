"""What a repair shop knows of a customer: money spent, bookings, rating, VIP, loyalty points.

Everything is worked out anew from what was told, each payment, booking and review once by its own id, so that it
comes out alike however often and in whatever order it was told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Literal, TypeAlias

from crmbridge.domain.records import Value
from crmbridge.domain.workflows.rules import ShopRules

LineKind: TypeAlias = Literal["payment", "refund", "booking", "repair", "review", "statement"]

CENT, ZERO = Decimal("0.01"), Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that was told of a customer.

    Attributes:
        line_id: the shop's own id of the payment, booking …; one line per kind and id.
        at_ms: when it happened, epoch milliseconds.
        amount: of a payment or refund, above zero; of a statement, all that was spent up to then.
        rating: of a review; of a statement, the average up to then.
        bookings: of a statement, how many there were up to then.
        reviews: of a statement, how many the average is of.
        word: the device of a booking or repair.
        on: the day of a booking, ``YYYY-MM-DD``; of a statement, that of the last one.
        is_void: it was cancelled and counts no more.
    """

    kind: LineKind
    line_id: str
    at_ms: int
    amount: Decimal | None = None
    rating: Decimal | None = None
    bookings: int | None = None
    reviews: int | None = None
    word: str = ""
    on: str = ""
    is_void: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """Where a customer stands.

    Attributes:
        spent: payments less refunds, never below zero.
        rating: average, two decimals; ``None`` without any.
        device: the kind of device brought most often; empty when unknown.
        last_booking_on: ``YYYY-MM-DD``; empty when unknown.
    """

    spent: Decimal
    bookings: int
    rating: Decimal | None
    repairs: int
    is_vip: bool
    points: int
    device: str
    last_booking_on: str


def lifecycle(lines: Iterable[Line], rules: ShopRules) -> Lifecycle:
    """Work out where a customer stands.

    The shop's own statement counts for everything up to its moment, each line for what came after.

    Example:
        >>> from crmbridge.domain.workflows.rules import REPAIR_SHOP, shop_rules
        >>> paid = Line(kind="payment", line_id="p1", at_ms=1, amount=Decimal("1000.25"))
        >>> found = lifecycle([paid, paid], shop_rules(REPAIR_SHOP.defaults))
        >>> found.spent, found.is_vip, found.points
        (Decimal('1000.25'), True, 2000)
    """
    once = {(each.kind, each.line_id): each for each in sorted(lines, key=lambda each: each.at_ms) if not each.is_void}
    all_of = list(once.values())
    spent = max(ZERO, _spent(all_of))
    booked = [each for each in all_of if each.kind == "booking"]
    days = [each.on for each in all_of if each.kind in ("booking", "statement") and each.on]
    return Lifecycle(
        spent=spent,
        bookings=_bookings(all_of, booked),
        rating=_rating(all_of),
        repairs=sum(each.kind == "repair" for each in all_of),
        is_vip=spent >= rules.vip_from,
        points=int((spent * rules.points_per_unit).to_integral_value(ROUND_FLOOR)),
        device=_favourite(booked),
        last_booking_on=max(days, default=""),
    )


def lifecycle_fields(found: Lifecycle) -> dict[str, Value]:
    """Return a customer's custom fields."""
    fields: dict[str, Value] = {
        "x_customer_lifetime_value": plain(found.spent),
        "x_booking_count": str(found.bookings),
        "x_repair_history_count": str(found.repairs),
        "x_vip": found.is_vip,
        "x_loyalty_points": str(found.points),
    }
    told = {"x_preferred_device_type": found.device, "x_last_booking_on": found.last_booking_on}
    fields |= {name: value for name, value in told.items() if value}
    return fields if found.rating is None else {**fields, "x_average_rating": plain(found.rating)}


def plain(number: Decimal) -> str:
    """Return a number as a canonical amount.

    Example:
        >>> plain(Decimal("1200.50")), plain(Decimal("1E+3"))
        ('1200.5', '1000')
    """
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _stated(lines: Sequence[Line], name: str) -> tuple[Line | None, int]:
    """Return the latest statement that tells something, and its moment; the beginning of time without one."""
    said = [each for each in lines if each.kind == "statement" and getattr(each, name) is not None]
    latest = max(said, key=lambda each: (each.at_ms, each.line_id), default=None)
    return latest, -1 if latest is None else latest.at_ms


def _spent(lines: Sequence[Line]) -> Decimal:
    stated, since_ms = _stated(lines, "amount")
    signs = {"payment": 1, "refund": -1}
    later = [each for each in lines if each.kind in signs and each.at_ms > since_ms]
    begun = ZERO if stated is None else stated.amount or ZERO
    return begun + sum((signs[each.kind] * (each.amount or ZERO) for each in later), ZERO)


def _bookings(lines: Sequence[Line], booked: Sequence[Line]) -> int:
    stated, since_ms = _stated(lines, "bookings")
    begun = 0 if stated is None else stated.bookings or 0
    return begun + sum(each.at_ms > since_ms for each in booked)


def _rating(lines: Sequence[Line]) -> Decimal | None:
    stated, since_ms = _stated(lines, "rating")
    given = [each for each in lines if each.kind == "review" and each.rating is not None]
    total, count = ZERO, 0
    if stated is not None and stated.rating is not None:
        known = sum(each.at_ms <= since_ms for each in given)
        count = max(1, known if stated.reviews is None else stated.reviews)
        total = stated.rating * count
    later = [each.rating for each in given if each.at_ms > since_ms and each.rating is not None]
    total, count = total + sum(later, ZERO), count + len(later)
    return (total / count).quantize(CENT, ROUND_HALF_UP) if count else None


def _favourite(booked: Sequence[Line]) -> str:
    """Return the device brought most often; of two as frequent ones the one that came in last."""
    counts = Counter(each.word for each in booked if each.word)
    latest = {each.word: (each.at_ms, each.line_id) for each in sorted(booked, key=lambda each: each.at_ms)}
    return max(counts, key=lambda word: (counts[word], latest[word]), default="")

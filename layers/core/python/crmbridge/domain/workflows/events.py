"""What other systems may tell us of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args

EventType: TypeAlias = Literal[
    "conversation.created",
    "message.sent",
    "message.received",
    "post.engaged",
    "booking.created",
    "booking.updated",
    "repair.updated",
    "repair.completed",
    "payment.received",
    "review.submitted",
    "customer.updated",
    "lead.updated",
    "meeting.scheduled",
    "email_sent",
    "email_opened",
    "link_clicked",
    "form_submitted",
    "website_visit",
    "social_engagement",
    "message",
    "call",
    "meeting",
]
EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)

KEPT_S = 7 * 24 * 3600
"""How long an event is known again by its id, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InEvent:
    """One event, checked and in canonical values.

    Attributes:
        event_id: the sender's own; the same id within seven days is the same event.
        at: when it happened, aware UTC; orders events of one thing.
        data: by the names of docs/events-in.md; empty fields are left out, amounts are decimal strings, times and days
            are texts as in ``domain.records``.
        is_dated: its sender said when it happened; otherwise ``at`` is when it came in.
    """

    event_id: str
    type: EventType
    at: datetime
    data: Mapping[str, Any]
    is_dated: bool = True

    @property
    def at_ms(self) -> int:
        """When it happened, epoch milliseconds."""
        return int(self.at.timestamp() * 1000)

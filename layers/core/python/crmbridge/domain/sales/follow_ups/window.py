"""What WhatsApp lets a business send: anything for 24 hours after a customer's message, else approved templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

Channel: TypeAlias = Literal["whatsapp_cloud", "evolution", "email"]
Shape: TypeAlias = Literal["text", "template", "none"]

WINDOW = timedelta(hours=24)
MARGIN = timedelta(minutes=1)
"""A message that leaves us in the last minute may arrive too late."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """In what shape a message may go.

    Attributes:
        shape: ``none`` where neither text nor template may.
        because: why, for people.
    """

    shape: Shape
    because: str


def allowed_shape(channel: Channel, *, last_inbound_at: datetime | None, template: str, now: datetime) -> Allowed:
    """Return whether a message goes as text, as a template, or not at all.

    Args:
        channel: only WhatsApp's own API has the window; a gateway to the app and e-mail have none.
        last_inbound_at: when the customer last wrote, ``None`` for never.
        template: name of an approved template for this message, empty without one.
        now: aware.
    """
    if channel != "whatsapp_cloud":
        return Allowed("text", f"{channel} has no window")
    if last_inbound_at is not None and now < last_inbound_at + WINDOW - MARGIN:
        return Allowed("text", "the customer wrote within 24 hours")
    if template:
        return Allowed("template", "the customer has not written within 24 hours")
    return Allowed("none", "the customer has not written within 24 hours, and this message has no approved template")

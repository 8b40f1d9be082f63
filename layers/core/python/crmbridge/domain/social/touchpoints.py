"""One person's one contact with us in some channel: seen, clicked, commented, shared, written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, get_args

TouchKind: TypeAlias = Literal[
    "view",
    "click",
    "like",
    "comment",
    "share",
    "follow",
    "message",
    "form",
    "visit",
    "call",
    "meeting",
    "email",
    "other",
]
TOUCH_KINDS: tuple[TouchKind, ...] = get_args(TouchKind)

Sentiment: TypeAlias = Literal["positive", "neutral", "negative", ""]
SENTIMENTS: tuple[Sentiment, ...] = get_args(Sentiment)

NO_CHANNEL = "direct"
"""The channel of a touchpoint that names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touchpoint:
    """One touchpoint of one lead or contact; never changes once it is stored.

    Attributes:
        record_id: of the lead or contact.
        key: the teller's own id of it, unique for that record; telling it again does nothing.
        at: aware UTC; when it happened.
        channel: where, in lower case (``instagram``, ``whatsapp``, ``email``); credit is summed by it.
        campaign: empty when it belongs to none; credit is summed by it.
        source: what led there (``ad``, ``organic``), empty when unknown.
        sentiment: how the person sounded, empty when nobody can tell.
        followers: how many followers the person had there then, ``None`` when unknown.
        profile_url: of the person there, empty when unknown.
    """

    record_id: str
    key: str
    at: datetime
    channel: str
    kind: TouchKind = "other"
    campaign: str = ""
    source: str = ""
    post_id: str = ""
    conversation_id: str = ""
    sentiment: Sentiment = ""
    followers: int | None = None
    profile_url: str = ""


def in_order(touchpoints: Iterable[Touchpoint]) -> tuple[Touchpoint, ...]:
    """Return touchpoints as they happened; those of one moment by their keys."""
    return tuple(sorted(touchpoints, key=lambda each: (each.at, each.key)))


def touchpoint_to_json(touchpoint: Touchpoint) -> dict[str, Any]:
    """Return a touchpoint as JSON-ready values, without whose it is."""
    return {
        "key": touchpoint.key,
        "at": touchpoint.at.astimezone(UTC).isoformat(),
        "channel": touchpoint.channel,
        "kind": touchpoint.kind,
        "campaign": touchpoint.campaign,
        "source": touchpoint.source,
        "post_id": touchpoint.post_id,
        "conversation_id": touchpoint.conversation_id,
        "sentiment": touchpoint.sentiment,
        "followers": touchpoint.followers,
        "profile_url": touchpoint.profile_url,
    }


def touchpoint_from_json(record_id: str, body: Mapping[str, Any]) -> Touchpoint:
    """Read a touchpoint of a record from JSON-ready values."""
    told: dict[str, Any] = {**body, "at": datetime.fromisoformat(body["at"])}
    return Touchpoint(record_id=record_id, **told)

"""What touchpoints tell of a person: profiles, followers, how engaged and in what mood they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crmbridge.domain.social.touchpoints import Sentiment, Touchpoint

HISTORY_MAX = 50
"""Latest touchpoints that are shown."""

MOOD_OF = 5
"""Latest touchpoints with a sentiment that tell the mood."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One person in one channel, as last told."""

    channel: str
    url: str
    followers: int | None
    seen_at: datetime


def profiles_of(touchpoints: Sequence[Touchpoint]) -> tuple[Profile, ...]:
    """Return a person's profiles by channel, as far as anything is known of them.

    Args:
        touchpoints: as they happened.
    """
    found: dict[str, Profile] = {}
    for each in touchpoints:
        if each.profile_url or each.followers is not None:
            held = found.get(each.channel, Profile(each.channel, "", None, each.at))
            followers = held.followers if each.followers is None else each.followers
            found[each.channel] = Profile(each.channel, each.profile_url or held.url, followers, each.at)
    return tuple(found[channel] for channel in sorted(found))


def primary_channel(touchpoints: Sequence[Touchpoint]) -> str:
    """Return where somebody was met most often, the later met one of several; empty where nowhere."""
    counts = Counter(each.channel for each in touchpoints)
    latest = {each.channel: place for place, each in enumerate(touchpoints)}
    return max(counts, key=lambda each: (counts[each], latest[each]), default="")


def mood(touchpoints: Sequence[Touchpoint]) -> Sentiment:
    """Return how a person sounds: the commonest of the latest few sentiments, the latest of several."""
    heard = [each for each in touchpoints if each.sentiment][-MOOD_OF:]
    counts = Counter(each.sentiment for each in heard)
    best: Sentiment = ""
    for each in heard:
        if counts[each.sentiment] >= counts[best]:
            best = each.sentiment
    return best


def engagement_of(touchpoints: Sequence[Touchpoint]) -> dict[str, Any]:
    """Return how a person has dealt with us, JSON-ready.

    Args:
        touchpoints: as they happened.
    """
    return {
        "touchpoints": len(touchpoints),
        "byKind": dict(sorted(Counter(each.kind for each in touchpoints).items())),
        "byChannel": dict(sorted(Counter(each.channel for each in touchpoints).items())),
        "primaryChannel": primary_channel(touchpoints),
        "sentiment": mood(touchpoints),
        "lastInteraction": touchpoints[-1].at.isoformat() if touchpoints else None,
        "history": [
            {
                "at": each.at.isoformat(),
                "channel": each.channel,
                "kind": each.kind,
                "campaign": each.campaign,
                "postId": each.post_id,
                "conversationId": each.conversation_id,
            }
            for each in touchpoints[-HISTORY_MAX:][::-1]
        ],
    }

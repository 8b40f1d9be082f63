"""How engaged somebody is, by what they did lately."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from crmbridge.domain.records import Value
from crmbridge.domain.social.touchpoints import TouchKind, Touchpoint
from crmbridge.domain.workflows.rules import EngagementRules

SCORE_MAX = 100

TOUCH_OF: Mapping[str, TouchKind] = {
    "view": "view",
    "click": "click",
    "like": "like",
    "comment": "comment",
    "share": "share",
    "follow": "follow",
    "dm": "message",
    "message.received": "message",
    "message": "message",
    "email_opened": "email",
    "link_clicked": "click",
    "form_submitted": "form",
    "website_visit": "visit",
    "social_engagement": "other",
    "call": "call",
    "meeting": "meeting",
    "meeting.scheduled": "meeting",
}
"""What somebody did, as a touchpoint. What we did ourselves - an e-mail or message sent - is none of theirs."""


def engagement_score(touchpoints: Iterable[Touchpoint], rules: EngagementRules, *, now: datetime) -> int:
    """Return 0..100: the weights of what happened within the window, added up.

    Example:
        >>> from crmbridge.domain.workflows.rules import ENGAGEMENT, engagement_rules
        >>> then = datetime.fromisoformat("2026-11-01T00:00:00+00:00")
        >>> shared = Touchpoint(record_id="con_1", key="k", at=then, channel="twitter", kind="share")
        >>> engagement_score([shared, shared], engagement_rules(ENGAGEMENT.defaults), now=then)
        16
    """
    since = now - timedelta(days=rules.window_days)
    earned = sum(rules.weights.get(each.kind, 0) for each in touchpoints if each.at >= since)
    return min(SCORE_MAX, earned)


def engagement_fields(
    touchpoints: tuple[Touchpoint, ...], rules: EngagementRules, *, now: datetime
) -> dict[str, Value]:
    """Return the custom fields that show how engaged somebody is.

    Args:
        touchpoints: all of theirs, as they happened.
        now: our clock.
    """
    score = engagement_score(touchpoints, rules, now=now)
    fields: dict[str, Value] = {
        "x_social_engagement_score": str(score),
        "x_social_touchpoints": str(len(touchpoints)),
    }
    if touchpoints:
        fields["x_social_last_interaction"] = touchpoints[-1].at.strftime("%Y-%m-%dT%H:%M:%SZ")
    heard = [each.sentiment for each in touchpoints if each.sentiment]
    return fields | {"x_social_sentiment": heard[-1]} if heard else fields

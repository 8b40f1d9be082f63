"""Profiles, mood and engagement as touchpoints tell them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from crmbridge.domain.social.profiles import HISTORY_MAX, engagement_of, mood, primary_channel, profiles_of
from crmbridge.domain.social.touchpoints import Touchpoint

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def touch(day: int, channel: str = "instagram", **more: Any) -> Touchpoint:
    return Touchpoint(record_id="con_1", key=f"k{day}", at=START + timedelta(days=day), channel=channel, **more)


def test_a_profile_is_what_was_last_told_of_it():
    told = [touch(0, followers=10, profile_url="https://i.example.com/ana"), touch(1, followers=12), touch(2, "mail")]
    (profile,) = profiles_of(told)
    assert (profile.channel, profile.url, profile.followers) == ("instagram", "https://i.example.com/ana", 12)
    assert profile.seen_at == told[1].at


def test_the_primary_channel_is_the_commonest_the_later_of_two():
    assert primary_channel([touch(0), touch(1), touch(2, "mail")]) == "instagram"
    assert primary_channel([touch(0), touch(1, "mail")]) == "mail"
    assert primary_channel([]) == ""


def test_the_mood_is_that_of_the_latest_few():
    old = [touch(day, sentiment="negative") for day in range(9)]
    assert mood([*old, *(touch(day, sentiment="positive") for day in range(9, 12))]) == "positive"
    assert mood([touch(0, sentiment="negative"), touch(1, sentiment="positive")]) == "positive"
    assert mood([touch(0)]) == ""


def test_the_engagement_counts_and_shows_the_latest_first():
    shown = engagement_of([touch(day, kind="click") for day in range(HISTORY_MAX + 3)])
    assert (shown["touchpoints"], shown["byKind"]) == (HISTORY_MAX + 3, {"click": HISTORY_MAX + 3})
    assert len(shown["history"]) == HISTORY_MAX
    assert shown["history"][0]["at"] == shown["lastInteraction"]


def test_of_nobody_touched_there_is_nothing_to_show():
    shown = engagement_of([])
    assert (shown["touchpoints"], shown["lastInteraction"], shown["history"], shown["sentiment"]) == (0, None, [], "")

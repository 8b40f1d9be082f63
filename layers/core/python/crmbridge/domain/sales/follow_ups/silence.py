"""A lead that has fallen silent: since when, how often it was tried, and what ends the silence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from crmbridge.domain.sales.follow_ups.replies import meaning
from crmbridge.domain.sales.follow_ups.sequences import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadState:
    """What is true of a lead right now.

    Attributes:
        zone: IANA name of its time zone.
        silent_since: when the silence began, ``None`` while the lead is talking.
        last_inbound_at: when it last wrote, ``None`` for never.
        tries: unanswered steps that count, since the silence began.
        last_sent_at: when the last step went out, ``None`` for none since the silence began.
        outcome: ``open``, ``won`` or ``lost``.
        has_opted_out: it asked for no more messages.
    """

    zone: str
    silent_since: datetime | None
    last_inbound_at: datetime | None = None
    tries: int = 0
    last_sent_at: datetime | None = None
    outcome: Literal["open", "won", "lost"] = "open"
    has_opted_out: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it may be followed up at all."""
        return self.outcome == "open" and not self.has_opted_out


def fell_silent(lead: LeadState, *, at: datetime) -> LeadState:
    """Return a lead that was written to and has not answered yet; a silence that goes on keeps its beginning."""
    return lead if lead.silent_since is not None else replace(lead, silent_since=at)


def was_sent(lead: LeadState, step: Step, *, at: datetime) -> LeadState:
    """Return a lead after a step went out."""
    return replace(lead, tries=lead.tries + int(step.counts), last_sent_at=at)


def replied(lead: LeadState, text: str, *, at: datetime) -> LeadState:
    """Return a lead that has written: its tries begin anew; it may have opted out, or in again."""
    said = meaning(text)
    opted_out = said == "opt_out" or (lead.has_opted_out and said != "opt_in")
    return replace(lead, silent_since=None, tries=0, last_sent_at=None, last_inbound_at=at, has_opted_out=opted_out)

"""What to do now: which step comes next, whether one that is due may go, when to give up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias

from crmbridge.domain.sales.follow_ups.quiet_hours import QuietHours, next_send
from crmbridge.domain.sales.follow_ups.sequences import Sequence, Step
from crmbridge.domain.sales.follow_ups.silence import LeadState
from crmbridge.domain.sales.follow_ups.states import FollowUp
from crmbridge.domain.sales.follow_ups.window import Channel, Shape, allowed_shape

Verb: TypeAlias = Literal["send", "wait", "cancel"]


def lost_note(tries: int) -> str:
    """Return the note of a lead that was given up.

    Example:
        >>> lost_note(3)
        'Lead não respondeu após 3 tentativas de follow-up. Marcado como perdido.'
    """
    return f"Lead não respondeu após {tries} tentativas de follow-up. Marcado como perdido."


@dataclass(frozen=True, slots=True)
class Plan:
    """The next thing to do for a silent lead.

    Attributes:
        what: ``step`` at ``at``, ``give_up`` at ``at``, or ``nothing``.
        step: the step's place in the sequence.
        at: UTC; for a step within the hours in which it may be sent.
    """

    what: Literal["step", "give_up", "nothing"]
    step: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a follow-up that is due.

    Attributes:
        verb: send it in ``shape``, let it wait until ``until``, or cancel it.
        because: why, for people.
    """

    verb: Verb
    because: str = ""
    shape: Shape = "none"
    until: datetime | None = None


def plan(sequence: Sequence, lead: LeadState, rules: QuietHours, *, done: int, now: datetime) -> Plan:
    """Return the next step of a silent lead, or when it is to be given up.

    Args:
        sequence: that runs.
        lead: as it is.
        rules: the workspace's quiet hours.
        done: steps of the sequence that went out or were passed over.
        now: aware.
    """
    if lead.silent_since is None or not lead.is_open:
        return Plan("nothing")
    for place, step in list(enumerate(sequence.steps))[done:]:
        if not step.counts or lead.tries < sequence.tries:
            at = next_send(rules, step.purpose, lead.zone, due=max(lead.silent_since + step.after, now))
            return Plan("step", place, at) if at is not None else Plan("nothing")
    if sequence.gives_up_after is None or lead.last_sent_at is None or not lead.tries:
        return Plan("nothing")
    return Plan("give_up", len(sequence.steps), lead.last_sent_at + sequence.gives_up_after)


def judge(
    follow_up: FollowUp,
    step: Step,
    lead: LeadState,
    rules: QuietHours,
    *,
    channel: Channel,
    template: str,
    now: datetime,
) -> Verdict:
    """Return what to do with a follow-up that is due; asked right before it is claimed for sending.

    Args:
        follow_up: that its schedule woke.
        step: it belongs to.
        lead: as it is now, not as it was when this was planned.
        rules: the workspace's quiet hours.
        channel: that would carry it.
        template: name of an approved template for it, empty without one.
        now: aware.
    """
    reason = cancel_reason(follow_up, lead)
    if reason:
        return Verdict("cancel", reason)
    if now < follow_up.due_at:
        return Verdict("wait", "it is not due yet", until=follow_up.due_at)
    at = next_send(rules, step.purpose, lead.zone, due=now)
    if at is None:
        return Verdict("cancel", "the workspace's quiet hours leave no moment to send it")
    if at > now:
        return Verdict("wait", "it is quiet where the lead is", until=at)
    allowed = allowed_shape(channel, last_inbound_at=lead.last_inbound_at, template=template, now=now)
    if allowed.shape == "none":
        return Verdict("cancel", allowed.because)
    return Verdict("send", allowed.because, shape=allowed.shape)


def last_look(
    follow_up: FollowUp,
    step: Step,
    lead: LeadState,
    rules: QuietHours,
    *,
    channel: Channel,
    template: str,
    now: datetime,
) -> Verdict:
    """Return what to do with a follow-up that was claimed, right before it is given to the channel.

    Since it was judged, the lead may have answered, and the quiet may have begun. What is not to be sent is backed off
    from; see ``judge`` for the arguments.
    """
    if follow_up.state != "sending":
        return Verdict("cancel", f"it is {follow_up.state} already")
    as_if_waiting = replace(follow_up, state="scheduled")
    return judge(as_if_waiting, step, lead, rules, channel=channel, template=template, now=now)


def cancel_reason(follow_up: FollowUp, lead: LeadState) -> str:
    """Return why a follow-up must not go any more, or an empty string.

    A confirmation survives a reply; everything that sells does not.
    """
    if follow_up.state != "scheduled":
        return f"it is {follow_up.state} already"
    if lead.has_opted_out:
        return "the lead has opted out"
    if lead.outcome != "open":
        return f"the lead is {lead.outcome}"
    has_replied = lead.last_inbound_at is not None and lead.last_inbound_at > follow_up.planned_at
    return "the lead has replied" if has_replied and follow_up.kind != "meeting_confirmation" else ""

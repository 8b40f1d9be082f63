"""Follow-ups and silent leads as JSON-ready values, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crmbridge.domain.sales.follow_ups.silence import LeadState
from crmbridge.domain.sales.follow_ups.states import FollowUp


def follow_up_to(follow_up: FollowUp) -> dict[str, Any]:
    """Return a follow-up as JSON-ready values, without its version, which the storage keeps."""
    return {
        "id": follow_up.follow_up_id,
        "lead": follow_up.lead_id,
        "sequence": follow_up.sequence,
        "step": follow_up.step,
        "kind": follow_up.kind,
        "channel": follow_up.channel,
        "counts": follow_up.counts,
        "planned_at": _text(follow_up.planned_at),
        "due_at": _text(follow_up.due_at),
        "at": _text(follow_up.at),
        "state": follow_up.state,
        "because": follow_up.because,
        "answered_at": _text(follow_up.answered_at),
    }


def follow_up_from(body: Mapping[str, Any], *, version: int) -> FollowUp:
    """Return the follow-up that ``follow_up_to`` wrote, at the version the storage gave it."""
    return FollowUp(
        follow_up_id=body["id"],
        lead_id=body["lead"],
        sequence=body["sequence"],
        step=body["step"],
        kind=body["kind"],
        channel=body["channel"],
        counts=body["counts"],
        planned_at=datetime.fromisoformat(body["planned_at"]),
        due_at=datetime.fromisoformat(body["due_at"]),
        at=datetime.fromisoformat(body["at"]),
        state=body["state"],
        because=body["because"],
        answered_at=_moment(body["answered_at"]),
        version=version,
    )


def lead_to(lead: LeadState) -> dict[str, Any]:
    """Return what is true of a lead as JSON-ready values."""
    return {
        "zone": lead.zone,
        "silent_since": _text(lead.silent_since),
        "last_inbound_at": _text(lead.last_inbound_at),
        "tries": lead.tries,
        "last_sent_at": _text(lead.last_sent_at),
        "outcome": lead.outcome,
        "has_opted_out": lead.has_opted_out,
    }


def lead_from(body: Mapping[str, Any]) -> LeadState:
    """Return the lead that ``lead_to`` wrote."""
    return LeadState(
        zone=body["zone"],
        silent_since=_moment(body["silent_since"]),
        last_inbound_at=_moment(body["last_inbound_at"]),
        tries=body["tries"],
        last_sent_at=_moment(body["last_sent_at"]),
        outcome=body["outcome"],
        has_opted_out=body["has_opted_out"],
    )


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

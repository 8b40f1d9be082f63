"""What each kind of interaction becomes, in every CRM the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmbridge.domain.records import Value
from crmbridge.domain.workflows.bookings import done

PLACES: Mapping[str, str] = {
    "email_sent": "email",
    "email_opened": "task",
    "link_clicked": "task",
    "website_visit": "task",
    "social_engagement": "task",
    "message": "task",
    "call": "call",
    "meeting": "meeting",
}
"""By interaction, the kind of activity it is. A completed task has its place in every CRM, a note has not; what
``form_submitted`` makes is a person and no activity."""

SETTING: Mapping[str, str] = {"email_sent": "emailSent", "call": "call", "meeting": "meeting"}
"""By interaction, the setting that makes it a task instead."""

SUBJECTS: Mapping[str, str] = {
    "email_sent": "E-mail sent",
    "email_opened": "E-mail opened",
    "link_clicked": "Link clicked",
    "website_visit": "Website visit",
    "social_engagement": "Social engagement",
    "message": "Message",
    "message.sent": "Message sent",
    "message.received": "Message received",
    "call": "Call",
    "meeting": "Meeting",
    "meeting.scheduled": "Meeting",
}


def kind_of(interaction: str, settings: Mapping[str, Any]) -> str:
    """Return the kind of activity that an interaction is.

    Args:
        settings: the workspace's section ``interactions``.

    Example:
        >>> kind_of("email_sent", {"emailSent": "task"}), kind_of("message.received", {})
        ('task', 'task')
    """
    place = PLACES.get(interaction, "task")
    return str(settings.get(SETTING[interaction], place)) if interaction in SETTING else place


def activity_of(interaction: str, data: Mapping[str, Any], *, kind: str, at: str) -> dict[str, Value]:
    """Return an interaction as an activity that is over.

    Args:
        data: ``subject``, ``text``, ``url``, ``platform``, ``direction``, ``durationS``, ``emailFrom``, ``emailTo``.
        at: when, as a canonical time.
    """
    platform = data.get("platform", "")
    subject = str(data.get("subject") or SUBJECTS[interaction] + (f" ({platform})" if platform else ""))
    lines = [str(data[name]) for name in ("text", "url") if name in data]
    fields = done(subject, "\n".join(lines) or subject, at=at, kind=kind)
    if kind in ("call", "meeting", "email"):
        fields["starts_at"] = data.get("startsAt", at)
        fields["ends_at"] = data.get("endsAt", at)
    told = {"direction": "direction", "durationS": "duration_s", "emailFrom": "email_from", "emailTo": "email_to"}
    return fields | {name: data[key] for key, name in told.items() if key in data and kind != "task"}


def meeting_of(data: Mapping[str, Any]) -> dict[str, Value]:
    """Return a meeting that was arranged; open until it is over, cancelled where its sender says so.

    Args:
        data: ``title``, ``startsAt``, ``endsAt``, ``location``, ``text``, ``status``.
    """
    title = str(data.get("title", SUBJECTS["meeting"]))
    lines = [str(data[name]) for name in ("text", "location", "url") if name in data]
    status = {"completed": "completed", "cancelled": "cancelled"}.get(str(data.get("status")), "open")
    return {
        "kind": "meeting",
        "subject": title,
        "description": "\n".join(lines) or title,
        "status": status,
        "priority": "normal",
        "starts_at": data["startsAt"],
        "ends_at": data.get("endsAt", data["startsAt"]),
    }

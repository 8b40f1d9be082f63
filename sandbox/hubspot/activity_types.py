"""Notes, tasks, calls, meetings and e-mails: an object type each.

Names and values follow HubSpot's guides of March 2026; every one needs its place on the time line.
"""

from __future__ import annotations

from sandbox.hubspot.object_kind import ObjectType, system
from sandbox.hubspot.property_types import Property, choice, fixed, moment, number, text

TIMESTAMP = "hs_timestamp"
_MODIFIED = "hs_lastmodifieddate"
_OUTCOMES = ("SCHEDULED", "COMPLETED", "RESCHEDULED", "NO_SHOW", "CANCELED")
_CALL_STATUSES = (
    "BUSY", "CALLING_CRM_USER", "CANCELED", "COMPLETED", "CONNECTING", "FAILED", "IN_PROGRESS", "NO_ANSWER", "QUEUED",
    "RINGING",
)  # fmt: skip


def _activity(
    name: str, type_id: str, searched: tuple[str, ...], *properties: Property, label: str = "Activity date"
) -> ObjectType:
    return ObjectType(
        name=name,
        singular=name.removesuffix("s"),
        type_id=type_id,
        defaults=("createdate", _MODIFIED, "hs_object_id"),
        required=(TIMESTAMP,),
        searched=searched,
        standard=(
            *system(_MODIFIED),
            moment(TIMESTAMP, label),
            text("hs_attachment_ids", "Attached file IDs"),
            *properties,
        ),
    )


NOTES = _activity(
    "notes",
    "0-46",
    ("hs_note_body",),
    text("hs_note_body", "Note body", control="html"),
)
TASKS = _activity(
    "tasks",
    "0-27",
    ("hs_task_subject", "hs_task_body"),
    text("hs_task_subject", "Task title"),
    text("hs_task_body", "Notes", control="html"),
    choice("hs_task_status", "Task status", ("NOT_STARTED", "IN_PROGRESS", "WAITING", "DEFERRED", "COMPLETED")),
    choice("hs_task_priority", "Priority", ("NONE", "LOW", "MEDIUM", "HIGH")),
    choice("hs_task_type", "Task type", ("EMAIL", "CALL", "TODO")),
    text("hs_task_reminders", "Reminders"),
    label="Due date",
)
CALLS = _activity(
    "calls",
    "0-48",
    ("hs_call_title", "hs_call_body"),
    text("hs_call_title", "Call title"),
    text("hs_call_body", "Call notes", control="html"),
    number("hs_call_duration", "Call duration"),
    choice("hs_call_direction", "Call direction", ("INBOUND", "OUTBOUND")),
    choice("hs_call_status", "Call status", _CALL_STATUSES),
    text("hs_call_disposition", "Call outcome"),
    text("hs_call_from_number", "From number"),
    text("hs_call_to_number", "To number"),
    text("hs_call_recording_url", "Recording URL"),
    text("hs_call_source", "Call source"),
)
MEETINGS = _activity(
    "meetings",
    "0-47",
    ("hs_meeting_title", "hs_meeting_body"),
    text("hs_meeting_title", "Meeting name"),
    text("hs_meeting_body", "Meeting description", control="html"),
    text("hs_internal_meeting_notes", "Internal meeting notes", control="html"),
    moment("hs_meeting_start_time", "Meeting start time"),
    moment("hs_meeting_end_time", "Meeting end time"),
    text("hs_meeting_location", "Meeting location"),
    text("hs_meeting_external_url", "External URL"),
    choice("hs_meeting_outcome", "Meeting outcome", _OUTCOMES),
)
EMAILS = _activity(
    "emails",
    "0-49",
    ("hs_email_subject",),
    text("hs_email_subject", "Email subject"),
    text("hs_email_text", "Text body", control="textarea"),
    text("hs_email_html", "HTML body", control="html"),
    choice("hs_email_direction", "Email direction", ("EMAIL", "INCOMING_EMAIL", "FORWARDED_EMAIL")),
    choice("hs_email_status", "Email send status", ("BOUNCED", "FAILED", "SCHEDULED", "SENDING", "SENT")),
    text("hs_email_headers", "Email headers", control="textarea", special="headers"),
    fixed("hs_email_from_email", "Email from address"),
    fixed("hs_email_to_email", "Email to address"),
)

ACTIVITY_TYPES = (NOTES, TASKS, CALLS, MEETINGS, EMAILS)
"""Every object type of the time line."""

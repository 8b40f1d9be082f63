"""Notes, tasks, calls, meetings and e-mails: an object of HubSpot for each kind, one entity for us."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.hubspot import EXTERNAL_ID
from crmbridge.connectors.hubspot.mapping.rules import ObjectRule, PropertyRule
from crmbridge.domain.records import Fields

TIMESTAMP = "hs_timestamp"
HEADERS = "hs_email_headers"
_STARTS = "hs_meeting_start_time"
_OWNER = PropertyRule("owner", "hubspot_owner_id", "owner")
_LINKED = {"company": "companies", "contacts": "contacts", "deal": "deals"}

_TASK_STATUS = (
    ("NOT_STARTED", "open"),
    ("COMPLETED", "completed"),
    ("IN_PROGRESS", "open"),
    ("WAITING", "open"),
    ("DEFERRED", "open"),
)
_PRIORITY = (("LOW", "low"), ("MEDIUM", "normal"), ("HIGH", "high"))
_CALL_STATUS = (
    ("QUEUED", "open"),
    ("COMPLETED", "completed"),
    ("CANCELED", "cancelled"),
    ("CALLING_CRM_USER", "open"),
    ("CONNECTING", "open"),
    ("IN_PROGRESS", "open"),
    ("RINGING", "open"),
    ("BUSY", "cancelled"),
    ("FAILED", "cancelled"),
    ("NO_ANSWER", "cancelled"),
)
_OUTCOME = (
    ("SCHEDULED", "open"),
    ("COMPLETED", "completed"),
    ("CANCELED", "cancelled"),
    ("RESCHEDULED", "open"),
    ("NO_SHOW", "cancelled"),
)
_EMAIL_STATUS = (
    ("SCHEDULED", "open"),
    ("SENT", "completed"),
    ("FAILED", "cancelled"),
    ("SENDING", "open"),
    ("BOUNCED", "completed"),
)
_CALL_DIRECTION = (("INBOUND", "inbound"), ("OUTBOUND", "outbound"))
_EMAIL_DIRECTION = (("EMAIL", "outbound"), ("INCOMING_EMAIL", "inbound"), ("FORWARDED_EMAIL", "outbound"))


def _rule(kind: str, *properties: PropertyRule, extra: tuple[str, ...] = ()) -> ObjectRule:
    return ObjectRule(
        entity="activity",
        path=f"{kind}s",
        singular=kind,
        modified="hs_lastmodifieddate",
        linked=_LINKED,
        properties=(*properties, _OWNER),
        extra=(TIMESTAMP, *extra),
        kind=kind,
    )


ACTIVITY_RULES: Mapping[str, ObjectRule] = {
    "note": _rule(
        "note",
        PropertyRule("description", "hs_note_body", "html"),
        PropertyRule("starts_at", TIMESTAMP, "stamp"),
    ),
    "task": _rule(
        "task",
        PropertyRule("subject", "hs_task_subject"),
        PropertyRule("description", "hs_task_body", "html"),
        PropertyRule("due_at", TIMESTAMP, "moment"),
        PropertyRule("status", "hs_task_status", "word", words=_TASK_STATUS),
        PropertyRule("priority", "hs_task_priority", "word", words=_PRIORITY),
    ),
    "call": _rule(
        "call",
        PropertyRule("subject", "hs_call_title"),
        PropertyRule("description", "hs_call_body", "html"),
        PropertyRule("starts_at", TIMESTAMP, "stamp"),
        PropertyRule("duration_s", "hs_call_duration", "milliseconds"),
        PropertyRule("status", "hs_call_status", "word", words=_CALL_STATUS),
        PropertyRule("direction", "hs_call_direction", "word", words=_CALL_DIRECTION),
    ),
    "meeting": _rule(
        "meeting",
        PropertyRule("subject", "hs_meeting_title"),
        PropertyRule("description", "hs_meeting_body", "html"),
        PropertyRule("starts_at", _STARTS, "stamp"),
        PropertyRule("ends_at", "hs_meeting_end_time", "moment"),
        PropertyRule("status", "hs_meeting_outcome", "word", words=_OUTCOME),
    ),
    "email": _rule(
        "email",
        PropertyRule("subject", "hs_email_subject"),
        PropertyRule("description", "hs_email_text", "multiline"),
        PropertyRule("starts_at", TIMESTAMP, "stamp"),
        PropertyRule("status", "hs_email_status", "word", words=_EMAIL_STATUS),
        PropertyRule("direction", "hs_email_direction", "word", words=_EMAIL_DIRECTION),
        PropertyRule("email_from", "hs_email_from_email", "sender"),
        PropertyRule("email_to", "hs_email_to_email", "receivers"),
        extra=(HEADERS,),
    ),
}
"""One rule per kind; the plural of a kind is the object's name in paths and the first part of an external id."""


def completed(rule: ObjectRule, properties: Mapping[str, str], record_id: str) -> dict[str, str]:
    """Return the properties of a new activity with the time that HubSpot wants of each.

    One without a time of its own gets the moment its record id was made, which is read back as no time.
    """
    found = dict(properties)
    if rule.kind:
        found.setdefault(TIMESTAMP, values.moment_text(born_at(record_id)))
    return found


def also_written(rule: ObjectRule, properties: Mapping[str, str]) -> dict[str, str]:
    """Return properties with those that follow from them: a meeting's start is its place on the time line, too."""
    if rule.kind == "meeting" and properties.get(_STARTS):
        return {**properties, TIMESTAMP: properties[_STARTS]}
    return dict(properties)


def told_times(rule: ObjectRule, told: Mapping[str, str | None]) -> Mapping[str, str | None]:
    """Return what a row says, with times as they are meant: a stand-in is none, a meeting begins on the time line."""
    if not rule.kind:
        return told
    stamp = told.get(TIMESTAMP)
    record_id = told.get(EXTERNAL_ID) or ""
    if stamp and record_id and _is_same_second(stamp, born_at(record_id)):
        stamp = None
    meant = {**told, TIMESTAMP: stamp} if TIMESTAMP in told else dict(told)
    if _STARTS in told and not told[_STARTS]:
        meant[_STARTS] = stamp
    return meant


def _is_same_second(raw: str, at: datetime) -> bool:
    try:
        found = values.moment(raw)
    except ValueError:
        return False
    return found is not None and values.moment_text(found) == values.moment_text(at)


def born_at(record_id: str) -> datetime:
    """Return when one of our record ids was made: its first ten characters are that time.

    Example:
        >>> born_at("act_01J00000000000000000000000").year
        2024
    """
    milliseconds = 0
    for letter in record_id.partition("_")[2][:10]:
        milliseconds = milliseconds * 32 + max("0123456789ABCDEFGHJKMNPQRSTVWXYZ".find(letter), 0)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds % 2**47)


def headers_to_write(fields: Fields, held: str | None) -> str:
    """Return the headers that name an e-mail's sender and receivers.

    Args:
        fields: those to change.
        held: the headers as they are, of an e-mail that is there already.
    """
    try:
        found: object = json.loads(held) if held else {}
    except ValueError:
        found = {}
    headers: dict[str, Any] = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    if "email_from" in fields:
        sender = addresses(fields["email_from"])
        headers["from"] = {"email": sender[0]} if sender else {}
    if "email_to" in fields:
        headers["to"] = [{"email": each} for each in addresses(fields["email_to"])]
    return json.dumps({"from": {}, "to": [], "cc": [], "bcc": [], **headers}, separators=(",", ":"))


def addresses(value: object) -> tuple[str, ...]:
    """Return the well-formed addresses of a value, ascending."""
    given = cast("tuple[object, ...]", value) if isinstance(value, tuple) else str(value or "").split(";")
    return tuple(sorted({each for one in given if (each := values.ascii_email(str(one).strip()))}))

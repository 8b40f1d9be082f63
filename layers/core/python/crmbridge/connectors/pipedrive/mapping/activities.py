"""Activities of API v2 as observations and bodies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.pipedrive.mapping.moments import DUE, LENGTH, read_times, write_times
from crmbridge.connectors.pipedrive.mapping.observing import ids_of
from crmbridge.connectors.pipedrive.mapping.rules import NAME_MAX
from crmbridge.connectors.pipedrive.mapping.texts import mark, marked, plain, to_html, to_text
from crmbridge.domain.records import REFERENCES, Fields, Observation, Value

ACTIVITIES, NOTES = "activities:", "notes:"
"""First part of an external id: which of the two objects holds the activity."""

KINDS: Mapping[str, str] = {
    "task": "task",
    "call": "call",
    "meeting": "meeting",
    "email": "email",
    "deadline": "task",
    "lunch": "meeting",
}
"""Canonical kind by Pipedrive's own types; a company's own types are tasks."""

_NOT_OF_NOTES = frozenset({"subject", "status", "starts_at", "due_at", "ends_at", "duration_s"})


@dataclass(frozen=True, slots=True)
class People:
    """Who can own activities: e-mail address by user id, and user id by address."""

    emails: Mapping[int, str] = field(default_factory=dict[int, str])
    ids: Mapping[str, int] = field(default_factory=dict[str, int])


def kind_of(row: Mapping[str, Any]) -> str:
    """Return the canonical kind of an activity."""
    return KINDS.get(str(row.get("type") or ""), "task")


def observe_activity(row: Mapping[str, Any], people: People) -> Observation:
    """Return what an activity says.

    Raises:
        ValueError: a value cannot be understood.
    """
    kind = kind_of(row)
    fields: dict[str, Value] = {
        "kind": kind,
        "subject": values.text(row.get("subject")),
        "description": values.text(to_text(row.get("note")), multiline=True),
        "status": "completed" if row.get("done") else "open",
        **read_times(row, kind),
    }
    owner = people.emails.get(row.get("owner_id") or 0)
    if owner is not None:
        fields["owner"] = owner
    return _observed(f"{ACTIVITIES}{row['id']}", row, fields, _refs(row), marked(row.get("public_description"))[1])


def observe_note(row: Mapping[str, Any], people: People) -> Observation:
    """Return what a note says.

    Raises:
        ValueError: a value cannot be understood.
    """
    text, ours = marked(to_text(row.get("content")))
    fields: dict[str, Value] = {"kind": "note", "description": values.text(text, multiline=True)}
    owner = people.emails.get(row.get("user_id") or 0)
    if owner is not None:
        fields["owner"] = owner
    refs = {
        "company": ids_of(row.get("org_id")),
        "contacts": ids_of(row.get("person_id")),
        "deal": ids_of(row.get("deal_id")),
    }
    return _observed(f"{NOTES}{row['id']}", row, fields, refs, ours)


def _observed(
    external_id: str,
    row: Mapping[str, Any],
    fields: Fields,
    refs: Mapping[str, tuple[str, ...]],
    correlation_id: str,
) -> Observation:
    modified_at = values.moment(row.get("update_time") or row.get("add_time"))
    version = "" if modified_at is None else values.moment_text(modified_at)
    return Observation(external_id, fields, refs, version, modified_at, correlation_id=correlation_id)


def _refs(row: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    people = {str(each["person_id"]) for each in row.get("participants") or () if each.get("person_id") is not None}
    people |= set(ids_of(row.get("person_id")))
    return {
        "company": ids_of(row.get("org_id")),
        "contacts": tuple(sorted(people)),
        "deal": ids_of(row.get("deal_id")),
    }


def project_activity(fields: Fields, people: People) -> dict[str, Any]:
    """Return canonical values as Pipedrive would say them; those it cannot hold are left out. Idempotent."""
    kind = fields.get("kind")
    said: dict[str, Any] = {name: fields[name] for name in REFERENCES["activity"] if name in fields}
    if kind in (*DUE, "note"):
        said["kind"] = kind
    for name, value in fields.items():
        if name in _SAID and not (kind == "note" and name in _NOT_OF_NOTES):
            said |= _said(name, value)
    owner = values.text(fields.get("owner"))
    if owner is not None and owner.lower() in people.ids:
        said["owner"] = owner.lower()
    times = {name: fields[name] for name in ("starts_at", "due_at", "ends_at", "duration_s") if name in fields}
    return said | _said_times(times, str(kind))


def _said_times(times: Fields, kind: str) -> dict[str, Value]:
    """Return times as they come back: to the minute, and only those that an activity of this kind has."""
    if kind not in DUE or not times:
        return {}
    try:
        told = read_times(write_times(times, kind, {}), kind)
    except (OverflowError, ValueError):
        return {}
    held = {DUE[kind], LENGTH.get(kind, "")} & set(times)
    return {name: told[name] for name in held}


def _said(name: str, value: Value) -> dict[str, Value]:
    if name == "status":
        return {"status": value} if value in ("open", "completed") else {}
    try:
        return {name: plain(value) if name == "description" else values.text(value, max_length=NAME_MAX)}
    except ValueError:
        return {}


_SAID = frozenset({"subject", "description", "status"})


def activity_body(
    fields: Fields, refs: Mapping[str, tuple[str, ...]], people: People, *, current: Mapping[str, Any], record_id: str
) -> dict[str, Any]:
    """Return the body of an activity to send.

    Args:
        current: the row as it is now; empty for a new one.
        record_id: ours, to mark a new one with; empty for one that is there.

    Raises:
        ValueError: a value is no time.
    """
    kind = kind_of(current) if current else str(fields.get("kind") or "task")
    said = project_activity({**fields, "kind": kind}, people)
    body: dict[str, Any] = {} if current else {"type": kind}
    if "subject" in said:
        body["subject"] = said["subject"]
    if "description" in said:
        body["note"] = None if said["description"] is None else to_html(said["description"])
    if "status" in said:
        body["done"] = said["status"] == "completed"
    if "owner" in said:
        body["owner_id"] = people.ids[said["owner"]]
    body |= write_times(fields, kind, current)
    body |= {key: _one(refs[name]) for name, key in (("company", "org_id"), ("deal", "deal_id")) if name in refs}
    if "contacts" in refs:
        body["participants"] = [
            {"person_id": int(each), "primary": place == 0} for place, each in enumerate(refs["contacts"])
        ]
    if record_id:
        body["public_description"] = mark(record_id)
    return body if current else {key: value for key, value in body.items() if value not in (None, [])}


def note_body(
    fields: Fields, refs: Mapping[str, tuple[str, ...]], people: People, *, current: Mapping[str, Any], record_id: str
) -> dict[str, Any]:
    """Return the body of a note to send; it hangs on one person at most.

    Args:
        current: the row as it is now, whose mark is kept; empty for a new one.
        record_id: ours, to mark a new one with; empty for one that is there.
    """
    said = project_activity({**fields, "kind": "note"}, people)
    body: dict[str, Any] = {}
    if "description" in said or not current:
        ours = record_id or marked(to_text(current.get("content")))[1]
        lines = [to_html(said.get("description") or ""), mark(ours) if ours else ""]
        body["content"] = "<br>".join(each for each in lines if each) or "<br>"
    if "owner" in said:
        body["user_id"] = people.ids[said["owner"]]
    keys = (("company", "org_id"), ("contacts", "person_id"), ("deal", "deal_id"))
    body |= {key: _one(refs[name]) for name, key in keys if name in refs}
    return body if current else {key: value for key, value in body.items() if value is not None}


def _one(ids: tuple[str, ...]) -> int | None:
    return int(ids[0]) if ids and ids[0].isdigit() else None

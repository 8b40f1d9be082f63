"""Which fields each object has, of which kind, and who may write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """One built-in field.

    Attributes:
        kind: a key of ``values.CHECKS``.
        refers_to: the object whose id it holds, or empty.
        writable: programs may set it.
        nullable: programs may clear it by ``null``.
        contact_sync: exists only where the company has set contact sync up.
    """

    kind: str
    refers_to: str = ""
    writable: bool = True
    nullable: bool = True
    contact_sync: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectSpec:
    """One object of API v2.

    Attributes:
        name: as webhooks say it.
        path: as addresses say it.
        required: the field without which nothing can be created, or empty.
        scope: prefix of the scopes that read and write it.
        fields_path: where its field definitions live, or empty where it has no custom fields.
        sorted_by: what lists can be sorted by.
    """

    name: str
    path: str
    required: str
    scope: str
    fields_path: str
    fields: Mapping[str, FieldSpec]
    sorted_by: tuple[str, ...] = ("id", "update_time", "add_time")


_OWNER = FieldSpec(kind="id", refers_to="user", nullable=False)
_LABELS = FieldSpec(kind="labels")
_VISIBLE = FieldSpec(kind="visible_to", nullable=False)
_TEXT = FieldSpec(kind="text")
_READ_ONLY_TEXT = FieldSpec(kind="text", writable=False)

PERSON = ObjectSpec(
    name="person",
    path="persons",
    required="name",
    scope="contacts",
    fields_path="personFields",
    fields={
        "name": FieldSpec(kind="text", nullable=False),
        "first_name": _READ_ONLY_TEXT,
        "last_name": _READ_ONLY_TEXT,
        "owner_id": _OWNER,
        "org_id": FieldSpec(kind="id", refers_to="organization"),
        "emails": FieldSpec(kind="contact_points"),
        "phones": FieldSpec(kind="contact_points"),
        "visible_to": _VISIBLE,
        "label_ids": _LABELS,
        "picture_id": FieldSpec(kind="id", writable=False),
        "notes": FieldSpec(kind="text", contact_sync=True),
        "birthday": FieldSpec(kind="date", contact_sync=True),
        "job_title": FieldSpec(kind="text", contact_sync=True),
        "postal_address": FieldSpec(kind="address", contact_sync=True),
    },
)
ORGANIZATION = ObjectSpec(
    name="organization",
    path="organizations",
    required="name",
    scope="contacts",
    fields_path="organizationFields",
    fields={
        "name": FieldSpec(kind="text", nullable=False),
        "owner_id": _OWNER,
        "visible_to": _VISIBLE,
        "label_ids": _LABELS,
        "address": FieldSpec(kind="address"),
        "website": _TEXT,
        "linkedin": _TEXT,
        "industry": FieldSpec(kind="option"),
        "annual_revenue": FieldSpec(kind="integer"),
        "employee_count": FieldSpec(kind="integer"),
    },
)
_TIME = FieldSpec(kind="time")
DEAL = ObjectSpec(
    name="deal",
    path="deals",
    required="title",
    scope="deals",
    fields_path="dealFields",
    fields={
        "title": FieldSpec(kind="text", nullable=False),
        "owner_id": _OWNER,
        "person_id": FieldSpec(kind="id", refers_to="person"),
        "org_id": FieldSpec(kind="id", refers_to="organization"),
        "pipeline_id": FieldSpec(kind="id", refers_to="pipeline", nullable=False),
        "stage_id": FieldSpec(kind="id", refers_to="stage", nullable=False),
        "value": FieldSpec(kind="number"),
        "currency": FieldSpec(kind="currency", nullable=False),
        "status": FieldSpec(kind="status", nullable=False),
        "is_archived": FieldSpec(kind="boolean", nullable=False),
        "probability": FieldSpec(kind="percent"),
        "lost_reason": _TEXT,
        "visible_to": _VISIBLE,
        "close_time": _TIME,
        "won_time": _TIME,
        "lost_time": _TIME,
        "expected_close_date": FieldSpec(kind="date"),
        "label_ids": _LABELS,
    },
)
ACTIVITY = ObjectSpec(
    name="activity",
    path="activities",
    required="",
    scope="activities",
    fields_path="",
    sorted_by=("id", "update_time", "add_time", "due_date"),
    fields={
        "subject": _TEXT,
        "type": FieldSpec(kind="activity_type", nullable=False),
        "owner_id": _OWNER,
        "deal_id": FieldSpec(kind="id", refers_to="deal"),
        "lead_id": FieldSpec(kind="uuid", refers_to="lead"),
        "person_id": FieldSpec(kind="id", writable=False),
        "org_id": FieldSpec(kind="id", refers_to="organization"),
        "due_date": FieldSpec(kind="date"),
        "due_time": FieldSpec(kind="hour"),
        "duration": FieldSpec(kind="hour"),
        "busy": FieldSpec(kind="boolean"),
        "done": FieldSpec(kind="boolean", nullable=False),
        "location": FieldSpec(kind="address"),
        "participants": FieldSpec(kind="participants"),
        "attendees": FieldSpec(kind="attendees"),
        "public_description": _TEXT,
        "priority": FieldSpec(kind="option"),
        "note": _TEXT,
    },
)
OBJECTS: Mapping[str, ObjectSpec] = {each.name: each for each in (PERSON, ORGANIZATION, DEAL, ACTIVITY)}
BY_PATH: Mapping[str, ObjectSpec] = {each.path: each for each in OBJECTS.values()}
BY_FIELDS_PATH: Mapping[str, ObjectSpec] = {each.fields_path: each for each in OBJECTS.values() if each.fields_path}

"""Tasks and notes as activities. Neither has custom fields, so our own id is the last line of their text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.kommo.mapping.definitions import Lexicon
from crmbridge.connectors.kommo.mapping.observing import Row, moment_of
from crmbridge.domain.records import REFERENCES, Fields, Observation, Value

MEETING, FOLLOW_UP = 2, 1
"""Kommo's own types of task; those that an account adds are read as tasks."""

NOTE = "common"
NOTE_PATHS = {"leads": "deal", "contacts": "contacts", "companies": "company"}
"""What a task or note can be on, and the reference field that says so; one thing only."""

TIMES = {"task": "due_at", "meeting": "starts_at"}
"""What the one time of a task means: of a meeting, when it begins."""

_MARK = re.compile(r"\n*CRM Bridge (act_[0-9A-Za-z]{1,40})\s*\Z")


def external_id(path: str, row: Row) -> str:
    """Return an activity's id: Kommo keeps notes apart by what they are on."""
    return f"tasks:{row['id']}" if path == "tasks" else f"notes:{path.partition('/')[0]}.{row['id']}"


def place_of(external: str) -> tuple[str, str]:
    """Return (path, Kommo's id) of an activity; empty for what is no id of ours.

    Example:
        >>> place_of("tasks:15"), place_of("notes:leads.16"), place_of("notes:16")
        (('tasks', '15'), ('leads/notes', '16'), ('', ''))
    """
    place, _, rest = external.partition(":")
    parent, _, number = rest.rpartition(".")
    if place == "tasks" and rest.isascii() and rest.isdigit():
        return "tasks", rest
    if place == "notes" and parent in NOTE_PATHS and number.isascii() and number.isdigit():
        return f"{parent}/notes", number
    return "", ""


def observe_activity(path: str, row: Row, lexicon: Lexicon) -> Observation:
    """Return what a task or a note says.

    Raises:
        ValueError: a value cannot be understood.
    """
    params: Mapping[str, Any] = row.get("params") or {}
    raw = row.get("text") if path == "tasks" else params.get("text")
    text, op_id = unmarked(values.text(raw, multiline=True) or "")
    fields: dict[str, Value]
    if path == "tasks":
        due_at = moment_of(row.get("complete_till"))
        subject, _, rest = text.partition("\n")
        kind = kind_of_task(row)
        fields = {
            "kind": kind,
            "subject": values.text(subject),
            "description": values.text(rest, multiline=True),
            TIMES[kind]: None if due_at is None else values.moment_text(due_at),
            "status": "completed" if row.get("is_completed") else "open",
        }
        email = lexicon.owner_emails.get(int(row.get("responsible_user_id") or 0))
        fields.update({"owner": email} if email else {})
        parent = str(row.get("entity_type") or "")
    else:
        fields = {"kind": "note", "description": values.text(text, multiline=True)}
        parent = path.partition("/")[0]
    modified_at = moment_of(row.get("updated_at"))
    return Observation(
        external_id=external_id(path, row),
        fields=fields,
        refs=_refs(parent, row.get("entity_id")),
        version="" if modified_at is None else str(values.epoch_ms(modified_at)),
        modified_at=modified_at,
        correlation_id=op_id,
    )


def kind_of_task(row: Row) -> str:
    """Return what a task is: Kommo's meetings, or everything else."""
    return "meeting" if row.get("task_type_id") == MEETING else "task"


def _refs(parent: str, entity_id: object) -> dict[str, tuple[str, ...]]:
    """Return the one reference that Kommo knows; of the others it says nothing."""
    name = NOTE_PATHS.get(parent)
    return {name: (str(entity_id),)} if name and entity_id else {}


def project_activity(fields: Fields, lexicon: Lexicon) -> dict[str, Any]:
    """Return an activity as Kommo would say it; what it cannot hold is left out. Idempotent."""
    said: dict[str, Any] = {name: fields[name] for name in REFERENCES["activity"] if name in fields}
    kind = fields.get("kind")
    if "kind" in fields and kind in ("note", "task", "meeting"):
        said["kind"] = kind
    if "description" in fields:
        said["description"] = values.text(fields["description"], multiline=True)
    if kind == "note":
        return said
    if "subject" in fields and (subject := values.text(fields["subject"])) is not None:
        said["subject"] = subject
    name = TIMES.get(str(kind), "due_at")
    if fields.get(name) and (moment := _time(fields[name])):
        said[name] = moment
    if fields.get("status") in ("open", "completed"):
        said["status"] = fields["status"]
    owner = str(fields.get("owner") or "").strip().lower()
    if owner in lexicon.owner_ids:
        said["owner"] = owner
    return said


def task_body(fields: Fields, lexicon: Lexicon, *, before: Row | None, op_id: str) -> dict[str, Any]:
    """Return the columns of a task.

    Args:
        before: the task as Kommo shows it; ``None`` for a new one.
        op_id: marks a new task as ours.
    """
    kind = str(fields.get("kind", "task")) if before is None else kind_of_task(before)
    said = project_activity({**fields, "kind": kind}, lexicon)
    body: dict[str, Any] = {}
    if before is None:
        body["task_type_id"] = MEETING if kind == "meeting" else FOLLOW_UP
    if before is None or {"subject", "description"} & said.keys():
        held: Fields = {} if before is None else observe_activity("tasks", before, lexicon).fields
        told = {name: said[name] if name in said else held.get(name) for name in ("subject", "description")}
        lines = [str(each) for each in (told["subject"] or "-", told["description"]) if each]
        body["text"] = marked("\n".join(lines), op_id if before is None else _mark_of(before.get("text")))
    moment = values.moment(said.get(TIMES.get(kind, "due_at")))
    if moment is not None:
        body["complete_till"] = int(moment.timestamp())
    if "status" in said:
        body["is_completed"] = said["status"] == "completed"
    if "owner" in said:
        body["responsible_user_id"] = lexicon.owner_ids[said["owner"]]
    return body


def note_body(fields: Fields, *, before: Row | None, op_id: str) -> dict[str, Any]:
    """Return the columns of a note; one without a text says ``-``, for Kommo wants one."""
    text = values.text(fields.get("description"), multiline=True) or values.text(fields.get("subject")) or "-"
    if before is None:
        return {"note_type": NOTE, "params": {"text": marked(text, op_id)}}
    if "description" not in fields:
        return {}
    params: Mapping[str, Any] = before.get("params") or {}
    return {"note_type": NOTE, "params": {"text": marked(text, _mark_of(params.get("text")))}}


def parent_of(refs: Mapping[str, tuple[str, ...]]) -> tuple[str, str]:
    """Return what an activity goes onto: its deal, else its first contact, else its company; empty for nothing."""
    for path, name in NOTE_PATHS.items():
        if refs.get(name):
            return path, refs[name][0]
    return "", ""


def marked(text: str, op_id: str) -> str:
    """Return a text with our id as its last line."""
    return f"{text}\n\nCRM Bridge {op_id}" if op_id else text


def unmarked(text: str) -> tuple[str, str]:
    """Return a text without our id, and the id.

    Example:
        >>> unmarked(marked("Call Ana", "act_1")), unmarked("Call Ana")
        (('Call Ana', 'act_1'), ('Call Ana', ''))
    """
    found = _MARK.search(text)
    return (text[: found.start()], found[1]) if found else (text, "")


def _mark_of(text: object) -> str:
    return unmarked(str(text or ""))[1]


def _time(value: Value) -> str | None:
    try:
        moment = values.moment(value)
    except ValueError:
        return None
    return None if moment is None else values.moment_text(moment)

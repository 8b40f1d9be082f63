"""Tasks, meetings, calls and internal notes as activities, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesflare import PLACES
from crmbridge.connectors.salesflare.mapping.observing import Row, id_of, parts
from crmbridge.domain.records import Fields, Observation, Value

SUBJECT_MAX = 200
"""Characters of a meeting's subject. Source: Salesflare's Swagger file."""

HELD: Mapping[str, tuple[str, ...]] = {
    "note": ("kind", "description", "starts_at", "company"),
    "task": ("kind", "subject", "description", "due_at", "status", "owner", "company"),
    "call": ("kind", "subject", "description", "starts_at", "ends_at", "contacts"),
    "meeting": ("kind", "subject", "description", "starts_at", "ends_at", "contacts"),
}
"""What each kind holds. A task is one text: its first line is the subject."""

KINDS: Mapping[str, str] = {place: kind for kind, place in PLACES.items()}
_FEED = {"meeting-phone": "call", "meeting-live": "meeting"}
_MARK = re.compile(r"\s*#(act_[0-9A-Z]{26})\s*$")
_STATUS = ("open", "completed")


def marked(text: str | None, op_id: str) -> str:
    """Return a text with our own id behind it: nothing else of an activity could hold it."""
    return f"{text}\n\n#{op_id}" if text else f"#{op_id}"


def unmarked(raw: object) -> tuple[str | None, str]:
    r"""Return a text as people wrote it, and our own id behind it; empty when there is none.

    Example:
        >>> unmarked("Call Ana\n\n#act_01JD000000000000000000000A"), unmarked("Call Ana #3")
        (('Call Ana', 'act_01JD000000000000000000000A'), ('Call Ana #3', ''))
    """
    text = values.text(raw, multiline=True) or ""
    found = _MARK.search(text)
    own = text[: found.start()] if found else text
    return own.strip() or None, found.group(1) if found else ""


def remarked(text: str | None, raw: object) -> str | None:
    """Return a new text with the mark that the old one has."""
    mark = unmarked(raw)[1]
    return marked(text, mark) if mark else text


def task_text(subject: Value, description: Value) -> str | None:
    """Return the one text of a task."""
    said = [values.text(subject), values.text(description, multiline=True)]
    return "\n".join(each for each in said if each) or None


def task_parts(text: str | None) -> tuple[str | None, str | None]:
    """Return subject and description of a task's text."""
    first, _, rest = (text or "").partition("\n")
    return values.text(first), values.text(rest, multiline=True)


def project_activity(fields: Fields, owner_ids: Mapping[str, int]) -> dict[str, Any]:
    """Return canonical values as Salesflare would say them; what a kind cannot hold is left out. Idempotent."""
    kind = fields.get("kind")
    held = HELD.get(str(kind), tuple({name: None for names in HELD.values() for name in names}))
    said: dict[str, Any] = {}
    for name in fields:
        if name not in held or (name == "kind" and kind not in HELD):
            continue
        can, value = _projected(name, fields[name], owner_ids)
        if can:
            said[name] = value
    if kind == "task" and {"subject", "description"} <= said.keys():
        said["subject"], said["description"] = task_parts(task_text(said["subject"], said["description"]))
    if kind == "note" and said.get("description") is None:
        said.pop("description", None)
    return said


def _projected(name: str, value: Value, owner_ids: Mapping[str, int]) -> tuple[bool, Value]:
    if name in ("kind", "company", "contacts"):
        return True, value
    if name in ("starts_at", "due_at", "ends_at"):
        moment = _moment(value)
        return moment is not None or name == "ends_at", moment
    if name == "status":
        return value in _STATUS, value
    if name == "owner":
        return isinstance(value, str) and value.lower() in owner_ids, value.lower() if isinstance(value, str) else None
    text = values.text(value, multiline=name == "description", max_length=SUBJECT_MAX if name == "subject" else 32_000)
    return True, text


def _moment(value: object) -> str | None:
    try:
        found = values.moment(value)
    except ValueError:
        return None
    return None if found is None else values.moment_text(found)


# ------------------------------------------------------------------------------------- rows


def observe_task(row: Row, owner_emails: Mapping[int, str]) -> Observation:
    """Return what a task says.

    Raises:
        ValueError: a value cannot be understood.
    """
    text, mark = unmarked(row.get("description"))
    subject, description = task_parts(text)
    people = [id_of(each) for each in parts(row, "assignees")]
    owner = owner_emails.get(people[0] or 0) if people else None
    fields: dict[str, Value] = {
        "kind": "task",
        "subject": subject,
        "description": description,
        "due_at": _moment(row.get("reminder_date")),
        "status": "completed" if row.get("completed") else "open",
    }
    if owner is not None or not people:
        fields["owner"] = owner
    account = id_of(row.get("account"))
    refs = {"company": () if account is None else (str(account),)}
    return _observed(f"task:{row['id']}", fields, refs, row, mark)


def observe_meeting(row: Row, user_ids: frozenset[int]) -> Observation:
    """Return what a meeting or a call says; of its participants, those who are not of the team.

    Raises:
        ValueError: a value cannot be understood.
    """
    kind = _FEED.get(str(row.get("type")), "meeting")
    text, mark = unmarked(row.get("notes") if row.get("notes") is not None else row.get("minutes"))
    fields: dict[str, Value] = {
        "kind": kind,
        "subject": values.text(row.get("subject")),
        "description": text,
        "starts_at": _moment(row.get("date")),
        "ends_at": _moment(row.get("end_date")),
    }
    raw = row.get("participants")
    people = {id_of(each) for each in (raw if isinstance(raw, list) else [])}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON
    contacts = tuple(sorted(str(each) for each in people if each is not None and each not in user_ids))
    return _observed(f"{PLACES[kind]}:{row['id']}", fields, {"contacts": contacts}, row, mark)


def observe_message(row: Row, account_id: str) -> Observation:
    """Return what an internal note says; its id names its account, under which alone it can be read.

    Raises:
        ValueError: a value cannot be understood.
    """
    text, mark = unmarked(row.get("body"))
    fields: dict[str, Value] = {"kind": "note", "description": text, "starts_at": _moment(row.get("date"))}
    return _observed(f"message:{account_id}-{row['id']}", fields, {"company": (account_id,)}, row, mark)


def _observed(
    external_id: str, fields: dict[str, Value], refs: Mapping[str, tuple[str, ...]], row: Row, mark: str
) -> Observation:
    stamp = row.get("modification_date") or row.get("creation_date") or row.get("date")
    modified_at = values.moment(stamp)
    version = "" if modified_at is None else str(values.epoch_ms(modified_at))
    return Observation(
        external_id=external_id,
        fields=fields,
        refs=refs,
        version=version,
        modified_at=modified_at,
        correlation_id=mark,
    )


def stamp(value: Value) -> str | None:
    """Return a moment as Salesflare takes it."""
    moment = _moment(value)
    return None if moment is None else moment.replace("Z", ".000Z")

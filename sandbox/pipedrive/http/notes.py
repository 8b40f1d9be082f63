"""Notes, of API v1.

Source: Pipedrive, OpenAPI file of v1 (notes) and recorded answers.
"""

from __future__ import annotations

import re
from typing import Any

from werkzeug.wrappers import Response

from sandbox.pipedrive import values
from sandbox.pipedrive.errors import error, invalid, not_found
from sandbox.pipedrive.hook_rows import hook_row
from sandbox.pipedrive.http.calls import ApiCall, offset_page, success
from sandbox.pipedrive.records import Record
from sandbox.pipedrive.times import parse_v2, v1_time

JsonObject = dict[str, Any]
_LINKS = {"deal_id": "deal", "person_id": "person", "org_id": "organization", "lead_id": "lead"}
_PINS = ("pinned_to_lead_flag", "pinned_to_deal_flag", "pinned_to_organization_flag", "pinned_to_person_flag")
_UNSAFE = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->|<span[^>]*>|</span>|\son\w+=\"[^\"]*\"", re.S | re.I)


def empty_note(user_id: int) -> JsonObject:
    """Return what a note holds of which nothing was said."""
    links: JsonObject = dict.fromkeys((*_LINKS, "project_id", "task_id"))
    return {**links, **dict.fromkeys(_PINS, False), "user_id": user_id}


def list_notes(call: ApiCall) -> Response:
    """Answer one page of notes."""
    rows = [each for each in call.company.tables["note"].rows.values() if each.deleted_ms is None]
    if call.text("updated_since"):
        since = parse_v2("updated_since", call.text("updated_since"))
        rows = [each for each in rows if each.update_ms >= since]
    for name in ("user_id", *_LINKS):
        if call.text(name):
            rows = [each for each in rows if str(each.values.get(name)) == call.text(name)]
    page, more = offset_page(call, _sorted(call, rows))
    return success([note_row(call, each) for each in page], additional_data=more)


def read_note(call: ApiCall) -> Response:
    """Answer one note, a deleted one too until it is purged."""
    call.count(1)
    return success(note_row(call, _known(call)))


def create_note(call: ApiCall) -> Response:
    """Make a note that hangs on at least one other thing."""
    taken = _checked(call, is_new=True)
    if not any(taken.get(name) for name in _LINKS):
        raise error(400, "Note must be associated with at least one of: deal_id, person_id, org_id, lead_id")
    now_ms = call.company.clock.now_ms() // 1000 * 1000
    note = Record(
        record_id=call.company.tables["note"].take_id(),
        values={**empty_note(call.actor.user_id), **taken},
        add_ms=now_ms,
        update_ms=now_ms,
        creator_id=call.actor.user_id,
    )
    call.company.tables["note"].add(note)
    call.portal.writer.tell("note", "create", note, call.actor, None)
    call.count(1)
    return success(note_row(call, note), status=201)


def update_note(call: ApiCall) -> Response:
    """Change some fields of a note."""
    note = _known(call)
    if note.deleted_ms is not None:
        raise not_found("Note")
    fresh = {**note.values, **_checked(call, is_new=False)}
    if not any(fresh.get(name) for name in _LINKS):
        raise error(400, "Note must be associated with at least one of: deal_id, person_id, org_id, lead_id")
    call.count(1)
    if fresh == note.values:
        call.unchanged()
    else:
        before = hook_row(call.company, "note", note)
        note.values = fresh
        call.portal.writer.touch(note)
        call.portal.writer.tell("note", "change", note, call.actor, before)
    return success(note_row(call, note))


def delete_note(call: ApiCall) -> Response:
    """Delete a note."""
    note = _known(call)
    if note.deleted_ms is not None:
        return success(True, status=410)
    call.portal.writer.delete("note", note, call.actor)
    return success(True)


def note_row(call: ApiCall, note: Record) -> JsonObject:
    """Return a note as v1 shows it."""
    user = call.company.users[note.values["user_id"]]
    return {
        "id": note.record_id,
        **note.values,
        "active_flag": note.deleted_ms is None,
        "add_time": v1_time(note.add_ms),
        "update_time": v1_time(note.update_ms),
        "last_update_user_id": None if note.add_ms == note.update_ms else note.creator_id,
        "organization": _named(call, "organization", note.values["org_id"], "name"),
        "person": _named(call, "person", note.values["person_id"], "name"),
        "deal": _named(call, "deal", note.values["deal_id"], "title"),
        "lead": _named(call, "lead", note.values["lead_id"], "title"),
        "user": {name: user[name] for name in ("email", "name", "icon_url", "is_you")},
    }


def _named(call: ApiCall, table: str, record_id: object, name: str) -> JsonObject | None:
    found = call.company.tables[table].known(record_id)
    return None if found is None else {name: found.values[name]}


def _known(call: ApiCall) -> Record:
    found = call.company.tables["note"].known(call.record_id())
    if found is None:
        raise not_found("Note")
    return found


def _checked(call: ApiCall, *, is_new: bool) -> JsonObject:
    taken = {name: _taken(call, name, value) for name, value in call.body().items()}
    if is_new and not taken.get("content"):
        raise error(400, "Content is required")
    return taken


def _taken(call: ApiCall, name: str, value: Any) -> object:
    if name == "content":
        return _UNSAFE.sub("", values.text(name, value))
    if name in _PINS:
        if isinstance(value, bool) or value not in (0, 1):
            raise invalid(f"{name} must be 0 or 1")
        return bool(value)
    if name == "user_id":
        if value not in call.company.users:
            raise error(404, "User not found")
        return value
    if name not in _LINKS:
        raise invalid(f"{name} is not allowed")
    if value is not None and not call.company.exists(_LINKS[name], value):
        raise error(404, f"{_LINKS[name].capitalize()} not found")
    return value


def _sorted(call: ApiCall, rows: list[Record]) -> list[Record]:
    field, _, direction = call.text("sort").partition(" ")
    if field not in ("", "id", "add_time", "update_time") or direction not in ("", "ASC", "DESC"):
        raise invalid("sort is invalid")
    return sorted(rows, key=lambda each: _sort_key(each, field), reverse=direction == "DESC")


def _sort_key(note: Record, field: str) -> tuple[int, int]:
    times = {"update_time": note.update_ms, "add_time": note.add_ms}
    return times.get(field, 0), int(note.record_id)

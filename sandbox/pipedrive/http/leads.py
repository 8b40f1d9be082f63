"""Leads and their labels, of API v1."""

from __future__ import annotations

import re
from typing import Any

from werkzeug.wrappers import Response

from sandbox.pipedrive.errors import error, invalid
from sandbox.pipedrive.hook_rows import hook_row
from sandbox.pipedrive.http.calls import ApiCall, offset_page, success
from sandbox.pipedrive.lead_rules import COLORS, checked_lead, empty_lead, lead_row, new_uuid
from sandbox.pipedrive.records import Record
from sandbox.pipedrive.times import lead_time, parse_v2

JsonObject = dict[str, Any]
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SORTED = ("id", "title", "owner_id", "creator_id", "was_seen", "expected_close_date", "add_time", "update_time")


def list_leads(call: ApiCall) -> Response:
    """Answer one page of leads, archived ones apart, oldest first unless sorted otherwise."""
    archived = call.request.path.endswith("/archived")
    rows = [each for each in _live(call) if bool(each.values["is_archived"]) == archived]
    if call.text("updated_since"):
        since = parse_v2("updated_since", call.text("updated_since"))
        rows = [each for each in rows if each.update_ms >= since]
    for name in ("owner_id", "person_id", "organization_id"):
        if call.text(name):
            rows = [each for each in rows if str(each.values.get(name)) == call.text(name)]
    page, more = offset_page(call, _sorted(call, rows))
    return success([lead_row(call.company, each) for each in page], additional_data=more)


def read_lead(call: ApiCall) -> Response:
    """Answer one lead."""
    call.count(1)
    return success(lead_row(call.company, _find(call)))


def create_lead(call: ApiCall) -> Response:
    """Make a lead for a person, an organization or both."""
    values, custom = checked_lead(call.company, call.body(), is_new=True)
    if values.get("person_id") is None and values.get("organization_id") is None:
        raise error(400, "A person or organization id not provided.")
    now_ms = call.company.clock.now_ms()
    lead = Record(
        record_id=new_uuid(call.company.rng),
        values={**empty_lead(call.actor.user_id), **values},
        custom={code: value for code, value in custom.items() if value is not None},
        add_ms=now_ms,
        update_ms=now_ms,
        creator_id=call.actor.user_id,
        indexed_ms=now_ms + int(1000 * call.company.options.index_lag_s),
    )
    call.company.tables["lead"].add(lead)
    call.portal.writer.tell("lead", "create", lead, call.actor, None)
    call.count(1)
    return success(lead_row(call.company, lead))


def update_lead(call: ApiCall) -> Response:
    """Change some fields of a lead."""
    lead, body = _find(call), call.body()
    values, custom = checked_lead(call.company, body, is_new=False)
    fresh = {**lead.values, **values}
    if fresh.get("person_id") is None and fresh.get("organization_id") is None:
        raise error(400, "A person or organization id not provided.")
    held = {code: value for code, value in {**lead.custom, **custom}.items() if value is not None}
    call.count(1)
    if (fresh, held) == (lead.values, lead.custom):
        call.unchanged()
        return success(lead_row(call.company, lead))
    before = hook_row(call.company, "lead", lead)
    call.portal.writer.remember_index(lead)
    lead.values, lead.custom = fresh, held
    call.portal.writer.touch(lead)
    lead.update_ms = call.company.clock.now_ms()
    call.portal.writer.tell("lead", "change", lead, call.actor, before)
    return success(lead_row(call.company, lead))


def delete_lead(call: ApiCall) -> Response:
    """Delete a lead; nothing of it can be read afterwards."""
    lead = _find(call)
    call.portal.writer.delete("lead", lead, call.actor)
    return success({"id": lead.record_id})


def list_labels(call: ApiCall) -> Response:
    """Answer all lead labels at once."""
    return success(list(call.company.lead_labels.values()))


def create_label(call: ApiCall) -> Response:
    """Make a lead label."""
    body = call.body()
    if set(body) != {"name", "color"} or not isinstance(body["name"], str) or not body["name"]:
        raise invalid('"name" and "color" are required')
    if body["color"] not in COLORS:
        raise invalid(f'"color" must be one of [{", ".join(COLORS)}]')
    now = lead_time(call.company.clock.now_ms())
    row = {"id": new_uuid(call.company.rng), **body, "add_time": now, "update_time": now}
    call.company.lead_labels[row["id"]] = row
    return success(row)


def _live(call: ApiCall) -> list[Record]:
    return [each for each in call.company.tables["lead"].rows.values() if each.deleted_ms is None]


def _find(call: ApiCall) -> Record:
    lead_id = str(call.params["id"])
    if not _UUID.fullmatch(lead_id):
        raise invalid('"id" must be a valid GUID')
    found = call.company.tables["lead"].live(lead_id)
    if found is None:
        raise error(404, "requested lead not found", error_info="Object was not found.")
    return found


def _sorted(call: ApiCall, rows: list[Record]) -> list[Record]:
    field, _, direction = call.text("sort").partition(" ")
    if not field:
        return sorted(rows, key=lambda each: each.add_ms)
    if field not in _SORTED or direction not in ("", "ASC", "DESC"):
        raise invalid('"sort" must be a field and ASC or DESC')
    return sorted(rows, key=lambda each: _sort_key(each, field), reverse=direction == "DESC")


def _sort_key(lead: Record, field: str) -> str:
    times = {"update_time": lead.update_ms, "add_time": lead.add_ms}
    return f"{times[field]:020d}" if field in times else str(lead.values.get(field, lead.record_id))

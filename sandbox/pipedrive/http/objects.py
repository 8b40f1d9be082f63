"""Persons, organizations, deals and activities of API v2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response

from sandbox.pipedrive.errors import invalid, not_found
from sandbox.pipedrive.http.calls import PAGE, PAGE_MAX, ApiCall, cursor_of, position_of, success
from sandbox.pipedrive.http.showing import v2_row
from sandbox.pipedrive.records import Record
from sandbox.pipedrive.schema import BY_PATH, ObjectSpec
from sandbox.pipedrive.times import parse_v2, v2_time

JsonObject = dict[str, Any]
IDS_MAX = 100
CODES_MAX = 15
_STATUSES = {"open", "won", "lost", "deleted"}
_FILTERS = ("owner_id", "org_id", "person_id", "deal_id", "stage_id", "pipeline_id")


def list_records(call: ApiCall) -> Response:
    """Answer one page; no total is told, and the cursor is null on the last one."""
    spec = _spec(call)
    sort_by, descending = _order(call, spec)
    limit = call.number("limit", PAGE, most=PAGE_MAX)
    asked = _asked(call, spec)
    rows = [each for each in call.company.tables[spec.name].rows.values() if asked.wants(each)]
    keyed = sorted(((_key(each, sort_by), each) for each in rows), key=lambda pair: pair[0], reverse=descending)
    if call.text("cursor"):
        position = position_of(call.text("cursor"))
        if position.get("field") != sort_by:
            raise invalid("cursor does not belong to this sorting")
        after = (position.get("fieldValue"), position.get("id"))
        keyed = [pair for pair in keyed if (pair[0] < after if descending else pair[0] > after)]  # type: ignore[operator]  # ids and times compare
    page = keyed[:limit]
    call.count(len(page))
    cursor = None
    if len(keyed) > limit:
        cursor = cursor_of({"field": sort_by, "fieldValue": page[-1][0][0], "id": page[-1][0][1]})
    data = [_shown(call, spec, each) for _, each in page]
    return success(data, additional_data={"next_cursor": cursor})


def read_record(call: ApiCall) -> Response:
    """Answer one record, a deleted one too until it is purged."""
    spec = _spec(call)
    record = call.company.tables[spec.name].known(call.record_id())
    if record is None:
        raise not_found(spec.name.capitalize())
    call.count(1)
    return success(_shown(call, spec, record))


def create_record(call: ApiCall) -> Response:
    """Make a record."""
    spec = _spec(call)
    record = call.portal.writer.create(spec, call.body(), call.actor)
    call.count(1)
    return success(_shown(call, spec, record))


def update_record(call: ApiCall) -> Response:
    """Change some fields of a record."""
    spec = _spec(call)
    record = call.company.live(spec.name, call.record_id())
    if not call.portal.writer.update(spec, record, call.body(), call.actor):
        call.unchanged()
    call.count(1)
    return success(_shown(call, spec, record))


def delete_record(call: ApiCall) -> Response:
    """Delete a record; one that is deleted already is gone, successfully."""
    spec = _spec(call)
    record = call.company.tables[spec.name].known(call.record_id())
    if record is None:
        raise not_found(spec.name.capitalize())
    if record.deleted_ms is not None:
        return success({"id": record.record_id}, status=410)
    call.portal.writer.delete(spec.name, record, call.actor)
    return success({"id": record.record_id})


def _spec(call: ApiCall) -> ObjectSpec:
    return BY_PATH[call.params.get("kind", "deals")]


def _order(call: ApiCall, spec: ObjectSpec) -> tuple[str, bool]:
    sort_by, direction = call.text("sort_by") or "id", call.text("sort_direction") or "asc"
    if sort_by not in spec.sorted_by:
        raise invalid(f"sort_by must be one of: {', '.join(spec.sorted_by)}")
    if direction not in ("asc", "desc"):
        raise invalid("sort_direction must be one of: asc, desc")
    return sort_by, direction == "desc"


def _key(record: Record, sort_by: str) -> tuple[Any, Any]:
    if sort_by == "id":
        return record.record_id, record.record_id
    if sort_by == "due_date":
        return record.values.get("due_date") or "", record.record_id
    return v2_time(record.update_ms if sort_by == "update_time" else record.add_ms), record.record_id


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which records a list is to hold; everything is checked before the first is looked at.

    Attributes:
        statuses: of deals; ``None`` for other objects, empty for all that are not deleted.
    """

    ids: frozenset[int] | None
    since_ms: int
    until_ms: int | None
    filters: Mapping[str, str]
    statuses: frozenset[str] | None
    archived: bool

    def wants(self, record: Record) -> bool:
        """Tell whether a record is to be in the list."""
        if self.ids is not None and record.record_id not in self.ids:
            return False
        if record.update_ms < self.since_ms or (self.until_ms is not None and record.update_ms >= self.until_ms):
            return False
        if any(str(record.values.get(name)) != value for name, value in self.filters.items()):
            return False
        if self.statuses is None:
            return record.deleted_ms is None
        if bool(record.values.get("is_archived")) != self.archived:
            return False
        status = "deleted" if record.deleted_ms is not None else record.values["status"]
        return status in self.statuses if self.statuses else status != "deleted"


def _asked(call: ApiCall, spec: ObjectSpec) -> _Asked:
    statuses = frozenset(filter(None, call.text("status").split(",")))
    if not statuses <= _STATUSES:
        raise invalid("status must be one of: open, won, lost, deleted")
    since, until = call.text("updated_since"), call.text("updated_until")
    return _Asked(
        ids=_ids(call.text("ids")) if call.text("ids") else None,
        since_ms=parse_v2("updated_since", since) if since else 0,
        until_ms=parse_v2("updated_until", until) if until else None,
        filters={name: call.text(name) for name in _FILTERS if call.text(name)},
        statuses=statuses if spec.name == "deal" else None,
        archived=call.request.path.endswith("/archived"),
    )


def _ids(text: str) -> frozenset[int]:
    parts = text.split(",")
    if len(parts) > IDS_MAX or not all(each.strip().isdigit() for each in parts):
        raise invalid(f"ids must hold at most {IDS_MAX} integers")
    return frozenset(int(each) for each in parts)


def _shown(call: ApiCall, spec: ObjectSpec, record: Record) -> JsonObject:
    codes = call.text("custom_fields").split(",") if call.text("custom_fields") else None
    if codes is not None and len(codes) > CODES_MAX:
        raise invalid(f"custom_fields must hold at most {CODES_MAX} keys")
    counted = spec.name == "deal" and "participants_count" in call.text("include_fields").split(",")
    return v2_row(call.company, spec, record, codes=codes, counted=counted)

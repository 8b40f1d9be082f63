"""Participants of deals, merges, recents and webhooks: what only API v1 has."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from sandbox.pipedrive.account import COMPANY_ID
from sandbox.pipedrive.deal_rules import add_participant, participants_of
from sandbox.pipedrive.errors import error, hook_error, invalid, not_found
from sandbox.pipedrive.http.calls import ApiCall, answer, offset_page, success
from sandbox.pipedrive.merging import merge
from sandbox.pipedrive.records import Record
from sandbox.pipedrive.schema import BY_PATH
from sandbox.pipedrive.times import parse_v1, v1_time

JsonObject = dict[str, Any]
RECENT_ITEMS = ("activity", "deal", "note", "person", "organization")
RECENT_MS = 31 * 86_400_000


def list_participants(call: ApiCall) -> Response:
    """Answer a deal's persons, its main one among them."""
    deal = call.company.live("deal", call.record_id())
    rows = [_participant(call, deal, *each) for each in participants_of(call.company, deal.record_id).items()]
    page, more = offset_page(call, rows)
    return success(page, additional_data=more)


def create_participant(call: ApiCall) -> Response:
    """Let a person take part in a deal; one that does already stays as it is."""
    deal = call.company.live("deal", call.record_id())
    person_id = call.body().get("person_id")
    if not call.company.exists("person", person_id):
        raise error(404, "Person not found")
    participant_id = add_participant(call.company, deal, int(str(person_id)))
    return success(_participant(call, deal, participant_id, int(str(person_id))))


def delete_participant(call: ApiCall) -> Response:
    """End a participation; a deal whose main person goes has none."""
    deal = call.company.live("deal", call.record_id())
    rows = participants_of(call.company, deal.record_id)
    participant_id = int(str(call.params["participant"]))
    if participant_id not in rows:
        raise not_found("Participant")
    if rows.pop(participant_id) == deal.values.get("person_id"):
        deal.values["person_id"] = None
        call.portal.writer.touch(deal)
    return success({"id": participant_id})


def _participant(call: ApiCall, deal: Record, participant_id: int, person_id: int) -> JsonObject:
    person = call.company.tables["person"].rows[person_id]
    brief = {
        "active_flag": person.deleted_ms is None,
        "name": person.values["name"],
        "email": person.values["emails"],
        "phone": person.values["phones"],
        "owner_id": person.values["owner_id"],
        "company_id": COMPANY_ID,
        "value": person_id,
    }
    return {
        "id": participant_id,
        "person_id": brief,
        "add_time": v1_time(deal.update_ms),
        "active_flag": True,
        "related_item_data": {"deal_id": deal.record_id, "title": deal.values["title"]},
    }


def merge_records(call: ApiCall) -> Response:
    """Merge the record in the path into the one in the body; that one is answered."""
    name = BY_PATH[call.params["kind"]].name
    body = call.body()
    if set(body) != {"merge_with_id"}:
        raise invalid("merge_with_id is required")
    loser = call.company.live(name, call.record_id())
    winner = call.company.live(name, body["merge_with_id"])
    merge(call.portal.writer, name, loser, winner, call.actor)
    return success(v1_row(name, winner) | {"merge_what_id": loser.record_id}, additional_data=None)


def list_recents(call: ApiCall) -> Response:
    """Answer what changed lately, deletions among it; nothing older than a month, and no leads."""
    since = parse_v1("since_timestamp", call.text("since_timestamp"))
    since = max(since, call.company.clock.now_ms() - RECENT_MS)
    wanted = set(filter(None, call.text("items").split(","))) or set(RECENT_ITEMS)
    if not wanted <= {*RECENT_ITEMS, "activityType", "file", "filter", "pipeline", "product", "stage", "user"}:
        raise invalid("items holds an unknown type")
    rows = [
        (record.update_ms, name, record)
        for name in RECENT_ITEMS
        if name in wanted
        for record in call.company.tables[name].rows.values()
        if record.update_ms >= since
    ]
    rows.sort(key=lambda each: (each[0], each[1], str(each[2].record_id)))
    page, more = offset_page(call, rows)
    last = v1_time(page[-1][0]) if page else call.text("since_timestamp")
    data = [{"item": name, "id": record.record_id, "data": _recent(name, record)} for _, name, record in page]
    return success(data, additional_data={"since_timestamp": call.text("since_timestamp"),
                                          "last_timestamp_on_page": last, **more})  # fmt: skip


def _recent(name: str, record: Record) -> JsonObject | None:
    """Return a row of recents; of every other deletion there is nothing but the id."""
    if record.deleted_ms is not None and int(record.record_id) % 2 == 0:
        return None
    return v1_row(name, record)


def v1_row(name: str, record: Record) -> JsonObject:
    """Return a record as v1 shows it, as far as anybody here needs it."""
    flag = {"deal": "active"}.get(name, "active_flag")
    deleted = None if record.deleted_ms is None else v1_time(record.deleted_ms)
    row: JsonObject = {"id": record.record_id, **record.values, "company_id": COMPANY_ID}
    row |= {"add_time": v1_time(record.add_ms), "update_time": v1_time(record.update_ms), "delete_time": deleted}
    for old, new in (("email", "emails"), ("phone", "phones")):
        if new in row:
            row[old] = row.pop(new) or [{"value": "", "primary": True}]
    if "visible_to" in row:
        row["visible_to"] = str(row["visible_to"])
    if isinstance(row.get("address"), dict):
        row["address"] = row["address"]["value"]
    return {**row, flag: record.deleted_ms is None, **record.custom}


def list_hooks(call: ApiCall) -> Response:
    """Answer all webhooks of the company, whoever made them."""
    hooks = call.portal.hooks
    return answer({"status": "ok", "success": True, "data": [hooks.row(each) for each in hooks.live()]})


def create_hook(call: ApiCall) -> Response:
    """Make a webhook."""
    made = call.portal.hooks.create(call.body())
    return answer({"status": "ok", "success": True, "data": call.portal.hooks.row(made)}, 201)


def delete_hook(call: ApiCall) -> Response:
    """Remove a webhook."""
    if call.portal.hooks.items.pop(call.record_id(), None) is None:
        raise hook_error("id", "not found", 404)
    return answer({"status": "ok", "success": True})

"""What follows from a deal's or an activity's new values: pipeline, times, participants."""

from __future__ import annotations

from typing import Any

from sandbox.pipedrive.account import CURRENCY
from sandbox.pipedrive.company import Company, Participants
from sandbox.pipedrive.errors import invalid
from sandbox.pipedrive.records import Record
from sandbox.pipedrive.times import v2_time

JsonObject = dict[str, Any]


def complete_deal(company: Company, values: JsonObject, before: Record | None) -> None:
    """Fill in and check what belongs together in a deal.

    Raises:
        VendorError: 400, a stage of another pipeline.
    """
    old = before.values if before else {}
    if before is None:
        values.setdefault("status", "open")
        values.setdefault("value", 0)
        values.setdefault("currency", CURRENCY)
        values.setdefault("is_archived", False)
    _place(company, values, old)
    if "value" in values and values["value"] is None:
        values["value"] = 0
    now = v2_time(company.clock.now_ms())
    if before is not None and values.get("stage_id", old.get("stage_id")) != old.get("stage_id"):
        values["stage_change_time"] = now
    status = values.get("status", old.get("status"))
    if status != old.get("status", "open" if before is None else None):
        values.setdefault("won_time", now if status == "won" else None)
        values.setdefault("lost_time", now if status == "lost" else None)
        values.setdefault("close_time", None if status == "open" else now)
        if status != "lost":
            values["lost_reason"] = None


def _place(company: Company, values: JsonObject, old: JsonObject) -> None:
    stage_id, pipeline_id = values.get("stage_id"), values.get("pipeline_id")
    if stage_id is None and pipeline_id is None and old:
        return
    if stage_id is None:
        pipeline_id = pipeline_id or next(iter(company.tables["pipeline"].rows))
        if pipeline_id == old.get("pipeline_id"):
            return
        stage_id = company.stages_of(pipeline_id)[0].record_id
    owned_by = company.live("stage", stage_id).values["pipeline_id"]
    if pipeline_id is not None and owned_by != pipeline_id:
        raise invalid("stage_id does not belong to pipeline_id")
    values["stage_id"], values["pipeline_id"] = stage_id, owned_by


def follow_person(company: Company, deal: Record) -> None:
    """Make a deal's person a participant too; the one before stays one."""
    person_id = deal.values.get("person_id")
    if person_id is not None:
        add_participant(company, deal, person_id)


def add_participant(company: Company, deal: Record, person_id: int) -> int:
    """Make a person take part in a deal; returns the participation's id, an old one if there is."""
    rows = company.participants.setdefault(int(deal.record_id), Participants()).rows
    for participant_id, present in rows.items():
        if present == person_id:
            return participant_id
    company.next_participant += 1
    rows[company.next_participant] = person_id
    return company.next_participant


def participants_of(company: Company, deal_id: object) -> dict[int, int]:
    """Return a deal's persons by the id of their participation."""
    found = company.participants.get(deal_id) if isinstance(deal_id, int) else None
    return found.rows if found else {}


def complete_activity(values: JsonObject, before: Record | None, now: str) -> None:
    """Fill in what belongs together in an activity."""
    if before is None:
        values.setdefault("type", "call")
        values.setdefault("subject", values["type"].capitalize())
        values.setdefault("done", False)
    if "participants" in values:
        rows = values["participants"]
        values["person_id"] = next((row["person_id"] for row in rows if row.get("primary")), None)
        values["participants"] = [{"person_id": row["person_id"], "primary": bool(row.get("primary"))} for row in rows]
    if values.get("done") and not (before and before.values.get("done")):
        values["marked_as_done_time"] = now

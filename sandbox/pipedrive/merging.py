"""Two records made one: the one addressed goes, the other one stays and its values win."""

from __future__ import annotations

from typing import Any

from sandbox.pipedrive.company import Actor
from sandbox.pipedrive.errors import invalid
from sandbox.pipedrive.hook_rows import hook_row
from sandbox.pipedrive.records import Record
from sandbox.pipedrive.writing import Writer

JsonObject = dict[str, Any]
MERGED = ("person", "organization", "deal")
_LINKS = {
    "person": (("deal", "person_id"), ("lead", "person_id"), ("note", "person_id"), ("activity", "person_id")),
    "organization": (
        ("person", "org_id"),
        ("deal", "org_id"),
        ("lead", "organization_id"),
        ("note", "org_id"),
        ("activity", "org_id"),
    ),
    "deal": (("note", "deal_id"), ("activity", "deal_id")),
}


def merge(writer: Writer, name: str, loser: Record, winner: Record, actor: Actor) -> None:
    """Merge ``loser`` into ``winner``.

    Raises:
        VendorError: 400, a record merged with itself.
    """
    if loser is winner:
        raise invalid("a record cannot be merged with itself")
    company = writer.company
    before = hook_row(company, name, winner)
    for field, value in loser.values.items():
        if winner.values.get(field) in (None, [], ""):
            winner.values[field] = value
        elif field in ("emails", "phones"):
            known = {each["value"] for each in winner.values[field]}
            winner.values[field] += [{**each, "primary": False} for each in value if each["value"] not in known]
    winner.custom = {**loser.custom, **winner.custom}
    _move_links(writer, name, loser, winner)
    writer.touch(winner)
    writer.delete(name, loser, actor, merged_to_id=str(winner.record_id))
    writer.tell(name, "change", winner, actor, before, merged_from_id=str(loser.record_id))


def _move_links(writer: Writer, name: str, loser: Record, winner: Record) -> None:
    for table, field in _LINKS[name]:
        for row in writer.company.tables[table].rows.values():
            row.values |= {field: winner.record_id} if row.values.get(field) == loser.record_id else {}
    if name != "person":
        return
    for taking_part in writer.company.participants.values():
        taking_part.replace(loser.record_id, int(winner.record_id))
    for row in writer.company.tables["activity"].rows.values():
        participants: list[JsonObject] = row.values.get("participants") or []
        for each in participants:
            if each["person_id"] == loser.record_id:
                each["person_id"] = winner.record_id

"""What people do in the simulated Freshsales, one operation at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.freshsales.account import PERSON_ID
from sandbox.freshsales.modules import MODULES
from sandbox.freshsales.office import Office
from sandbox.freshsales.places import PLACES

JsonObject = dict[str, Any]


def operate(office: Office, each: Mapping[str, Any]) -> None:
    """Do one thing that a person asks for.

    Raises:
        ValueError: there is no such record, or no such operation.
    """
    plural, wanted, values = str(each["module"]), int(each["id"]), dict(each.get("values", {}))
    if plural in PLACES:
        _operate_activity(office, plural, wanted, str(each["op"]), values)
        return
    module = next((one for one in MODULES if one.plural == plural), None)
    record = office.account.tables[module.plural].get(wanted) if module else None
    if module is None or record is None:
        message = f"there is no {plural} {wanted}"
        raise ValueError(message)
    op = each["op"]
    if op == "update":
        office.writer.update(module, record, values, actor_id=PERSON_ID, include={"contact_status"})
    elif op == "delete":
        office.writer.delete(module, record, actor_id=PERSON_ID)
    elif op == "restore":
        before = record.copied()
        record.deleted_ms = None
        office.account.touch(record, before=before)
        office.tell_record(module, record, "updated")
    elif op == "forget":
        office.writer.forget(module, record)
    else:
        message = f"unknown operation {op!r}; known: update, delete, restore, forget"
        raise ValueError(message)


def _operate_activity(office: Office, plural: str, wanted: int, op: str, values: JsonObject) -> None:
    place = PLACES[plural]
    activity = office.activities.find(place, wanted)
    if op == "update":
        office.activities.update(place, activity, values)
        office.tell_activity(place, office.activities.find(place, wanted), "updated")
    elif op == "delete":
        office.activities.delete(place, activity)
        office.tell_activity(place, activity, "deleted")
    else:
        message = f"unknown operation {op!r}; known for activities: update, delete"
        raise ValueError(message)

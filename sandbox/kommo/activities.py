"""Tasks and notes."""

from __future__ import annotations

from typing import Any, cast

from sandbox.kommo.errors import choice, missing, unexpected, wrong_type
from sandbox.kommo.fields import ENTITIES
from sandbox.kommo.records import Account
from sandbox.kommo.writing import Actor, Tell

JsonObject = dict[str, Any]
TASK_TYPES = ({"id": 1, "name": "Follow-up", "code": "FOLLOW_UP"}, {"id": 2, "name": "Meeting", "code": "MEETING"})
NOTE_PARAMS = {
    "common": ("text",),
    "call_in": ("uniq", "duration", "source", "link", "phone"),
    "call_out": ("uniq", "duration", "source", "link", "phone"),
    "service_message": ("service", "text"),
    "extended_service_message": ("service", "text"),
    "sms_in": ("text", "phone"),
    "sms_out": ("text", "phone"),
}
_TASK_TYPES = {
    "text": str, "complete_till": int, "task_type_id": int, "entity_id": int, "entity_type": str,
    "responsible_user_id": int, "is_completed": bool, "duration": int, "result": dict, "created_by": int,
    "updated_by": int, "created_at": int, "updated_at": int, "request_id": str, "id": int,
}  # fmt: skip
_NOTE_KEYS = frozenset(
    {
        "id", "entity_id", "note_type", "params", "request_id", "created_by", "updated_by", "created_at", "updated_at",
        "responsible_user_id", "is_need_to_trigger_digital_pipeline",
    }
)  # fmt: skip
_NAMES = {int: "int", str: "string", bool: "bool", dict: "array"}


class TaskBook:
    """Checks and stores tasks."""

    def __init__(self, account: Account, tell: Tell) -> None:
        """Store in ``account``."""
        self._account, self._tell = account, tell

    def check(self, row: JsonObject, before: JsonObject | None) -> list[JsonObject]:
        """Return what is wrong with a task as sent."""
        misplaced = "id" if before is None else "request_id"
        wrong = [unexpected(key) for key in row if key not in _TASK_TYPES or key == misplaced]
        for key, kind in _TASK_TYPES.items():
            value = row.get(key)
            if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
                wrong.append(wrong_type(key, _NAMES[kind]))
        if wrong:
            return wrong
        if before is None:
            wrong += [missing(key) for key in ("text", "complete_till") if not row.get(key)]
        elif "text" in row and not row["text"]:
            wrong.append(wrong_type("text", "string"))
        if row.get("task_type_id") not in {None, *(each["id"] for each in TASK_TYPES)}:
            wrong.append(choice("task_type_id"))
        if row.get("responsible_user_id") and not self._account.users.can_own(row["responsible_user_id"]):
            wrong.append(choice("responsible_user_id"))
        return wrong + self._entity(row)

    def _entity(self, row: JsonObject) -> list[JsonObject]:
        if row.get("entity_id") is None and row.get("entity_type") is None:
            return []
        if row.get("entity_type") not in ENTITIES:
            return [choice("entity_type")]
        return [] if row.get("entity_id") in self._account.tables[row["entity_type"]] else [choice("entity_id")]

    def create(self, sent: JsonObject, actor: Actor) -> JsonObject:
        """Store a checked task."""
        account, now_s = self._account, self._account.now_s()
        row: JsonObject = {
            "id": account.new_id(),
            "created_by": actor.by,
            "updated_by": actor.by,
            "created_at": now_s,
            "updated_at": now_s,
            "responsible_user_id": actor.by,
            "group_id": 0,
            "entity_id": None,
            "entity_type": None,
            "duration": 0,
            "is_completed": False,
            "task_type_id": 1,
            "text": "",
            "result": None,
            "complete_till": 0,
            "indexed_at_ms": account.clock.now_ms(),
        }
        row.update({key: value for key, value in sent.items() if key in row and key != "id" and value is not None})
        account.tables["tasks"][row["id"]] = row
        account.log("task_added", "tasks", row["id"], by=actor.by)
        self._tell("tasks", "add", "add_task", row)
        return row

    def update(self, row: JsonObject, sent: JsonObject, actor: Actor) -> bool:
        """Change a task; tells whether anything became different."""
        before = dict(row)
        row.update({key: value for key, value in sent.items() if key in row and key != "id" and value is not None})
        changed = row != before
        row["updated_at"], row["updated_by"] = self._account.now_s(), actor.by
        action_close = row["is_completed"] and not before["is_completed"]
        kind = "task_completed" if action_close else "task_text_changed"
        self._account.log(kind, "tasks", row["id"], by=actor.by)
        extra = {"old_text": before["text"], "action_close": action_close}
        code = "responsible_task" if row["responsible_user_id"] != before["responsible_user_id"] else "update_task"
        self._tell("tasks", "update", code, {**row, **extra})
        return changed

    def delete(self, row: JsonObject, actor: Actor) -> None:
        """Delete a task, as people can and calls cannot."""
        del self._account.tables["tasks"][row["id"]]
        self._account.trash["tasks"][row["id"]] = row
        self._account.log("task_deleted", "tasks", row["id"], by=actor.by)
        self._tell("tasks", "delete", "delete_task", row)


class NoteBook:
    """Checks and stores notes."""

    def __init__(self, account: Account, tell: Tell) -> None:
        """Store in ``account``."""
        self._account, self._tell = account, tell

    def check(self, entity: str, row: JsonObject, before: JsonObject | None) -> list[JsonObject]:
        """Return what is wrong with a note as sent."""
        misplaced = "id" if before is None else "request_id"
        wrong = [unexpected(key) for key in row if key not in _NOTE_KEYS or key == misplaced]
        kind = row.get("note_type") or (before or {}).get("note_type")
        if kind not in NOTE_PARAMS:
            return [*wrong, missing("note_type") if kind is None else choice("note_type")]
        entity_id = row.get("entity_id")
        if entity_id not in self._account.tables[entity] or (before and before["entity_id"] != entity_id):
            wrong.append(missing("entity_id") if entity_id is None else choice("entity_id"))
        params = row.get("params")
        if params is None and before is not None:
            return wrong
        if not isinstance(params, dict):
            return [*wrong, missing("params") if params is None else wrong_type("params", "array")]
        return wrong + _params(kind, cast("JsonObject", params))

    def create(self, entity: str, sent: JsonObject, actor: Actor) -> JsonObject:
        """Store a checked note."""
        account, now_s = self._account, self._account.now_s()
        row: JsonObject = {
            "id": account.new_id(),
            "entity_id": sent["entity_id"],
            "created_by": actor.by,
            "updated_by": actor.by,
            "created_at": now_s,
            "updated_at": now_s,
            "responsible_user_id": sent.get("responsible_user_id") or actor.by,
            "group_id": 0,
            "note_type": sent["note_type"],
            "params": dict(sent["params"]),
            "entity_type": entity,
            "indexed_at_ms": account.clock.now_ms(),
        }
        row["created_at"] = sent.get("created_at") or now_s
        account.tables["notes"][row["id"]] = row
        account.log("common_note_added", entity, row["entity_id"], by=actor.by, after=[{"note": {"id": row["id"]}}])
        self._tell("notes", "note", f"note_{_SINGULAR[entity]}", row)
        return row

    def update(self, row: JsonObject, sent: JsonObject, actor: Actor) -> bool:
        """Change a note; Kommo sends no webhook for that."""
        before = dict(row["params"])
        row["params"] = {**row["params"], **(sent.get("params") or {})}
        row["updated_at"], row["updated_by"] = self._account.now_s(), actor.by
        return row["params"] != before

    def delete(self, row: JsonObject, actor: Actor) -> None:
        """Delete a note, as people can and calls cannot."""
        account, entity = self._account, row["entity_type"]
        del account.tables["notes"][row["id"]]
        account.trash["notes"][row["id"]] = row
        before = [{"note": {"id": row["id"]}}]
        account.log("common_note_deleted", entity, row["entity_id"], by=actor.by, before=before)


_SINGULAR = {"leads": "lead", "contacts": "contact", "companies": "company"}


def _params(kind: str, params: JsonObject) -> list[JsonObject]:
    wrong = [unexpected(f"params.{key}") for key in params if key not in NOTE_PARAMS[kind]]
    for key in NOTE_PARAMS[kind]:
        wanted = int if key == "duration" else str
        if key not in params:
            wrong += [] if key in {"link", "uniq"} else [missing(f"params.{key}")]
        elif not isinstance(params[key], wanted) or (key in {"text", "phone"} and not params[key]):
            wrong.append(wrong_type(f"params.{key}", _NAMES[wanted]))
    return wrong

"""Leads, contacts and companies are stored, changed, deleted and restored here, whoever does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.kommo.payloads import Plan
from sandbox.kommo.pipelines import LOST, WON
from sandbox.kommo.records import SINGULAR, Account
from sandbox.kommo.setup import ACCOUNT_ID, ADMIN_ID

JsonObject = dict[str, Any]
Tell = Callable[[str, str, str, JsonObject], None]
"""(table, action, settings code, row): hand a change to the webhooks."""

_NEW: dict[str, JsonObject] = {
    "leads": {
        "price": 0,
        "status_id": 0,
        "pipeline_id": 0,
        "loss_reason_id": None,
        "closed_at": None,
        "score": None,
        "labor_cost": None,
    },
    "contacts": {"first_name": "", "last_name": "", "is_unsorted": False},
    "companies": {},
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it: ``by`` is a user's id; a silent one is the past, of which nobody is told."""

    by: int = ADMIN_ID
    silent: bool = False


class Writer:
    """Changes one account and tells of it."""

    def __init__(self, account: Account, tell: Tell) -> None:
        """Change ``account``."""
        self._account, self._tell = account, tell

    def create(self, entity: str, plan: Plan, actor: Actor) -> JsonObject:
        """Store a new record."""
        account, now_s = self._account, self._account.now_s()
        row: JsonObject = {
            "id": account.new_id(),
            "name": "",
            "responsible_user_id": actor.by,
            "group_id": 0,
            "created_by": actor.by,
            "updated_by": actor.by,
            "created_at": now_s,
            "updated_at": now_s,
            "closest_task_at": None,
            "is_deleted": False,
            "account_id": ACCOUNT_ID,
            "custom": {},
            "tags": [],
            "company_id": 0,
            "indexed_at_ms": account.clock.now_ms(),
            **_NEW[entity],
        }
        if entity == "leads":
            row["contacts"] = {}
        account.tables[entity][row["id"]] = row
        self._take(entity, row, plan)
        if entity == "leads":
            main = next((each["id"] for each in plan.contacts if each.get("is_main")), None)
            main = main or next((each["id"] for each in plan.contacts), None)
            row["contacts"] = {each["id"]: each["id"] == main for each in plan.contacts}
            row["name"] = row["name"] or f"Lead #{row['id']}"
        row["company_id"] = plan.company_id
        account.log(f"{SINGULAR[entity]}_added", entity, row["id"], by=actor.by)
        self._told(entity, "add", f"add_{SINGULAR[entity]}", row, actor)
        return row

    def update(self, entity: str, row: JsonObject, plan: Plan, actor: Actor) -> bool:
        """Change a record; tells whether anything became different."""
        before = {**row, "custom": dict(row["custom"]), "tags": list(row["tags"])}
        self._take(entity, row, plan)
        changed = {key: value for key, value in row.items() if before[key] != value}
        row["updated_at"] = max(self._account.now_s(), row["updated_at"])
        row["updated_by"] = actor.by
        row["indexed_at_ms"] = self._account.clock.now_ms()
        self._say(entity, row, before, changed, actor)
        return bool(changed)

    def delete(self, entity: str, row: JsonObject, actor: Actor) -> None:
        """Put a record into the trash, as people can and calls cannot."""
        account = self._account
        del account.tables[entity][row["id"]]
        row["updated_at"], row["updated_by"] = account.now_s(), actor.by
        account.trash[entity][row["id"]] = row
        account.log(f"{SINGULAR[entity]}_deleted", entity, row["id"], by=actor.by)
        self._told(entity, "delete", f"delete_{SINGULAR[entity]}", row, actor)

    def restore(self, entity: str, row: JsonObject, actor: Actor) -> None:
        """Take a record out of the trash."""
        account = self._account
        del account.trash[entity][row["id"]]
        row["updated_at"], row["updated_by"] = account.now_s(), actor.by
        account.tables[entity][row["id"]] = row
        account.log(f"{SINGULAR[entity]}_restored", entity, row["id"], by=actor.by)
        self._told(entity, "restore", f"restore_{SINGULAR[entity]}", row, actor)

    def _take(self, entity: str, row: JsonObject, plan: Plan) -> None:
        values = dict(plan.values)
        if entity == "contacts":
            _name(row, values)
        values["name"] = values["name"] or "" if "name" in values else row["name"]
        row.update({key: value for key, value in values.items() if key in row})
        for field_id, kept in plan.custom.items():
            if kept:
                row["custom"][field_id] = kept
            else:
                row["custom"].pop(field_id, None)
        if plan.tags is not None:
            row["tags"] = list(plan.tags)
            for name in plan.tags:
                self._account.tag_id(entity, name)
        if entity == "leads" and "status_id" in values:
            is_closed = row["status_id"] in {WON, LOST}
            row["closed_at"] = (row["closed_at"] or self._account.now_s()) if is_closed else None

    def _say(self, entity: str, row: JsonObject, before: JsonObject, changed: JsonObject, actor: Actor) -> None:
        word = SINGULAR[entity]
        if "status_id" in changed or "pipeline_id" in changed:
            after, was = (
                [{"lead_status": {"id": each["status_id"], "pipeline_id": each["pipeline_id"]}}]
                for each in (row, before)
            )
            self._account.log("lead_status_changed", entity, row["id"], by=actor.by, after=after, before=was)
            old = {"old_status_id": before["status_id"], "old_pipeline_id": before["pipeline_id"]}
            self._told(entity, "status", "status_lead", {**row, **old}, actor)
        if "responsible_user_id" in changed:
            old = {"old_responsible_user_id": before["responsible_user_id"]}
            action = "responsible" if entity == "leads" else "update"
            self._told(entity, action, f"responsible_{word}", {**row, **old}, actor)
        self._told(entity, "update", f"update_{word}", row, actor)

    def _told(self, entity: str, action: str, code: str, row: JsonObject, actor: Actor) -> None:
        if actor.silent:
            row["indexed_at_ms"] = 0
        else:
            self._tell(entity, action, code, row)


def _name(row: JsonObject, values: JsonObject) -> None:
    """Let a contact's whole name and its parts follow each other."""
    if "first_name" in values or "last_name" in values:
        first = values.get("first_name", row["first_name"]) or ""
        last = values.get("last_name", row["last_name"]) or ""
        values.update(first_name=first, last_name=last, name=f"{first} {last}".strip())
    elif values.get("name") and not row["first_name"] and not row["last_name"]:
        values["first_name"] = values["name"]

"""What a call may send for leads, contacts and companies, checked before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from sandbox.kommo.errors import choice, missing, unexpected, wrong_type
from sandbox.kommo.records import Account
from sandbox.kommo.values import Kept, checked

JsonObject = dict[str, Any]

_SHARED = {
    "name", "responsible_user_id", "created_by", "updated_by", "created_at", "updated_at", "custom_fields_values",
    "_embedded", "tags_to_add", "tags_to_delete",
}  # fmt: skip
_KEYS = {
    "leads": _SHARED | {"price", "status_id", "pipeline_id", "closed_at", "loss_reason_id", "visitor_uid"},
    "contacts": _SHARED | {"first_name", "last_name", "is_main"},
    "companies": _SHARED,
}
_EMBEDDED = {
    "leads": {"tags", "contacts", "companies", "source", "metadata"},
    "contacts": {"tags"},
    "companies": {"tags"},
}
_INTEGERS = ("price", "status_id", "pipeline_id", "responsible_user_id", "created_at", "updated_at", "closed_at")
_TEXTS = ("name", "first_name", "last_name", "request_id")


@dataclass(slots=True)
class Plan:
    """One row that may be stored.

    Attributes:
        values: plain columns.
        custom: values by field id; ``None`` clears.
        tags: all tags from now on, as names; ``None`` to leave them.
    """

    values: JsonObject = field(default_factory=dict[str, Any])
    custom: dict[int, Kept | None] = field(default_factory=dict[int, "Kept | None"])
    tags: list[str] | None = None
    contacts: list[JsonObject] = field(default_factory=list[JsonObject])
    company_id: int = 0
    wrong: list[JsonObject] = field(default_factory=list[JsonObject])


class Reader:
    """Reads rows of calls for one entity."""

    def __init__(self, account: Account, entity: str) -> None:
        """Read for ``entity``."""
        self._account, self._entity = account, entity

    def plan(self, row: JsonObject, before: JsonObject | None) -> Plan:
        """Check one row against what is stored.

        Args:
            row: as sent.
            before: the record to change, or ``None`` for a new one.
        """
        plan = Plan()
        known = _KEYS[self._entity] | {"request_id" if before is None else "id"}
        plan.wrong += [unexpected(key) for key in row if key not in known]
        for key in _INTEGERS:
            if row.get(key) is not None and (isinstance(row[key], bool) or not isinstance(row[key], int)):
                plan.wrong.append(wrong_type(key, "int"))
        for key in _TEXTS:
            if row.get(key) is not None and not isinstance(row[key], str):
                plan.wrong.append(wrong_type(key, "string"))
        if plan.wrong:
            return plan
        plain = {key for key in known if key not in {"custom_fields_values", "_embedded", "id", "request_id"}}
        plan.values = {key: row[key] for key in row if key in plain and not key.startswith("tags_")}
        if row.get("responsible_user_id") is not None and not self._account.users.can_own(row["responsible_user_id"]):
            plan.wrong.append(choice("responsible_user_id"))
        if self._entity == "leads":
            self._stage(plan, before)
        self._custom(plan, row.get("custom_fields_values"))
        self._embedded(plan, row, before)
        return plan

    def _stage(self, plan: Plan, before: JsonObject | None) -> None:
        book, values = self._account.pipelines, plan.values
        pipeline_id = values.get("pipeline_id") or (before or {}).get("pipeline_id") or book.main["id"]
        if pipeline_id not in book.pipelines:
            plan.wrong.append(choice("pipeline_id"))
            return
        moved = before is None or before["pipeline_id"] != pipeline_id
        status_id = values.get("status_id") or (book.first_status(pipeline_id) if moved else None)
        if status_id is not None and not book.has(pipeline_id, status_id):
            plan.wrong.append(choice("status_id"))
        values["pipeline_id"] = pipeline_id
        if status_id is not None:
            values["status_id"] = status_id

    def _custom(self, plan: Plan, rows: object) -> None:
        if rows is None:
            return
        if not isinstance(rows, list):
            plan.wrong.append(wrong_type("custom_fields_values", "array"))
            return
        for place, row in enumerate(cast("list[JsonObject]", rows)):
            path = f"custom_fields_values.{place}"
            fields = self._account.fields
            by_id = fields.fields[self._entity].get(row["field_id"]) if isinstance(row.get("field_id"), int) else None
            definition = by_id or fields.by_code(self._entity, row.get("field_code"))
            if definition is None:
                named = "field_id" if "field_id" in row else "field_code"
                plan.wrong.append(choice(f"{path}.{named}"))
            elif "values" not in row:
                plan.wrong.append(missing(f"{path}.values"))
            else:
                kept, wrong = checked(definition, row["values"], f"{path}.values")
                plan.custom[definition["id"]] = kept
                plan.wrong += wrong

    def _embedded(self, plan: Plan, row: JsonObject, before: JsonObject | None) -> None:
        embedded: object = row.get("_embedded") or {}
        if not isinstance(embedded, dict):
            plan.wrong.append(wrong_type("_embedded", "array"))
            return
        parts = cast("JsonObject", embedded)
        allowed = _EMBEDDED[self._entity] if before is None else {"tags"}
        plan.wrong += [unexpected(f"_embedded.{key}") for key in parts if key not in allowed]
        held = list((before or {}).get("tags", ()))
        if "tags" in parts:
            held = []
            plan.tags = self._names(plan, parts["tags"] or [], "_embedded.tags")
        for key in ("tags_to_add", "tags_to_delete"):
            if key in row:
                named = self._names(plan, row[key] or [], key)
                now = plan.tags if plan.tags is not None else held
                plan.tags = [*now, *named] if key == "tags_to_add" else [each for each in now if each not in named]
        if plan.tags is not None:
            plan.tags = list(dict.fromkeys(plan.tags))
        self._linked(plan, parts)

    def _names(self, plan: Plan, given: object, path: str) -> list[str]:
        names: list[str] = []
        for place, each in enumerate(cast("list[JsonObject]", given)):
            name = each.get("name") or self._account.tags[self._entity].get(each.get("id") or 0)
            if not isinstance(name, str) or not name.strip():
                plan.wrong.append(choice(f"{path}.{place}"))
                continue
            names.append(name.strip())
        return names

    def _linked(self, plan: Plan, parts: JsonObject) -> None:
        if self._entity != "leads":
            return
        for place, each in enumerate(parts.get("contacts") or ()):
            if each.get("id") not in self._account.tables["contacts"]:
                plan.wrong.append(choice(f"_embedded.contacts.{place}.id"))
            else:
                plan.contacts.append(each)
        companies: list[JsonObject] = parts.get("companies") or []
        if len(companies) > 1:
            plan.wrong.append(wrong_type("_embedded.companies", "array of one"))
        elif companies and companies[0].get("id") not in self._account.tables["companies"]:
            plan.wrong.append(choice("_embedded.companies.0.id"))
        elif companies:
            plan.company_id = companies[0]["id"]

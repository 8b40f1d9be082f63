"""Records as calls show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.kommo.records import Account
from sandbox.kommo.setup import ACCOUNT_ID
from sandbox.kommo.values import shown

JsonObject = dict[str, Any]
_COLUMNS = {
    "leads": (
        "id", "name", "price", "responsible_user_id", "group_id", "status_id", "pipeline_id", "loss_reason_id",
        "created_by", "updated_by", "created_at", "updated_at", "closed_at", "closest_task_at", "is_deleted",
    ),
    "contacts": (
        "id", "name", "first_name", "last_name", "responsible_user_id", "group_id", "created_by", "updated_by",
        "created_at", "updated_at", "closest_task_at", "is_deleted", "is_unsorted",
    ),
    "companies": (
        "id", "name", "responsible_user_id", "group_id", "created_by", "updated_by", "created_at", "updated_at",
        "closest_task_at", "is_deleted",
    ),
}  # fmt: skip


class View:
    """Shows one account's records under one address."""

    def __init__(self, account: Account, base_url: str) -> None:
        """Show ``account`` as it is reached at ``base_url``."""
        self._account, self._base_url = account, base_url

    def link(self, path: str) -> JsonObject:
        """Return ``_links`` of something."""
        return {"self": {"href": f"{self._base_url}/api/v4/{path}"}}

    def record(self, entity: str, row: JsonObject, wanted: Iterable[str] = ()) -> JsonObject:
        """Return a lead, contact or company; ``wanted`` is what ``with`` names."""
        account = self._account
        told: JsonObject = {name: row[name] for name in _COLUMNS[entity]}
        told["custom_fields_values"] = shown(account.fields.of(entity), row["custom"])
        if entity == "leads":
            told |= {"score": row["score"], "labor_cost": row["labor_cost"], "is_price_computed": False}
            if account.options.minor_units:
                told["price_with_minor_units"] = float(row["price"] or 0)
        tags = [{"id": account.tag_id(entity, name), "name": name, "color": None} for name in row["tags"]]
        embedded: JsonObject = {"tags": tags}
        if entity != "companies":
            alive = row["company_id"] in account.tables["companies"]
            embedded["companies"] = [self._ref("companies", row["company_id"])] if alive else []
        if "contacts" in wanted:
            embedded["contacts"] = self._people(entity, row)
        if "leads" in wanted and entity != "leads":
            embedded["leads"] = [self._ref("leads", each) for each in self._leads(entity, row["id"])]
        if "loss_reason" in wanted and entity == "leads":
            embedded["loss_reason"] = []
        told |= {"account_id": ACCOUNT_ID, "_links": self.link(f"{entity}/{row['id']}"), "_embedded": embedded}
        return told

    def trashed(self, row: JsonObject) -> JsonObject:
        """Return a deleted lead: nearly everything is empty."""
        told: JsonObject = dict.fromkeys((*_COLUMNS["leads"], "custom_fields_values", "score", "labor_cost"))
        kept = {name: row[name] for name in ("id", "updated_by", "updated_at")}
        links: JsonObject = {"_links": self.link(f"leads/{row['id']}"), "_embedded": {"tags": [], "companies": []}}
        return told | kept | {"is_deleted": True, "account_id": ACCOUNT_ID} | links

    def task(self, row: JsonObject) -> JsonObject:
        """Return a task: the result is a list when there is none, and an object when there is."""
        told = {name: row[name] for name in row if not name.startswith("indexed")}
        result = row["result"]
        return told | {"result": result or [], "account_id": ACCOUNT_ID, "_links": self.link(f"tasks/{row['id']}")}

    def note(self, row: JsonObject) -> JsonObject:
        """Return a note."""
        told = {name: row[name] for name in row if name not in {"indexed_at_ms", "entity_type"}}
        return told | {"account_id": ACCOUNT_ID, "_links": self.link(f"{row['entity_type']}/notes/{row['id']}")}

    def event(self, row: JsonObject) -> JsonObject:
        """Return a line of the account's history."""
        embedded = {"entity": {"id": row["entity_id"]}}
        return row | {"account_id": ACCOUNT_ID, "_links": self.link(f"events/{row['id']}"), "_embedded": embedded}

    def pipeline(self, row: JsonObject) -> JsonObject:
        """Return a pipeline with its statuses."""
        told = {name: row[name] for name in row if name != "statuses"}
        statuses = [
            each | {"_links": self.link(f"leads/pipelines/{row['id']}/statuses/{each['id']}")}
            for each in row["statuses"]
        ]
        return told | {"_links": self.link(f"leads/pipelines/{row['id']}"), "_embedded": {"statuses": statuses}}

    def _ref(self, entity: str, record_id: int) -> JsonObject:
        return {"id": record_id, "_links": self.link(f"{entity}/{record_id}")}

    def _people(self, entity: str, row: JsonObject) -> list[JsonObject]:
        people = self._account.tables["contacts"]
        if entity == "leads":
            return [
                {"id": each, "is_main": is_main, "_links": self.link(f"contacts/{each}")}
                for each, is_main in row["contacts"].items()
                if each in people
            ]
        return [self._ref("contacts", each["id"]) for each in people.values() if each["company_id"] == row["id"]]

    def _leads(self, entity: str, record_id: int) -> list[int]:
        leads = self._account.tables["leads"].values()
        if entity == "companies":
            return [each["id"] for each in leads if each["company_id"] == record_id]
        return [each["id"] for each in leads if record_id in each["contacts"]]

"""Seeds: records stored in bulk, and what a person does in the screens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from sandbox.salesforce.actors import Actor
from sandbox.salesforce.api import Api
from sandbox.salesforce.custom_fields import create_custom_field, delete_custom_field
from sandbox.salesforce.deleting import delete, undelete
from sandbox.salesforce.given import Writer
from sandbox.salesforce.ids import normalised
from sandbox.salesforce.merging import convert, merge
from sandbox.salesforce.saving import create, update
from sandbox.salesforce.schema import SObject

JsonObject = dict[str, Any]


class PeopleAtWork:
    """Applies the body of ``POST /_sandbox/seed``; see COVERAGE.md for its shape."""

    def __init__(self, api: Api) -> None:
        """Work in one org."""
        self._api = api

    def store(self, records: Mapping[str, Any], *, by: str) -> dict[str, list[str]]:
        """Store new records, object by object; return their ids in order.

        Raises:
            ValueError: an unknown object or person.
            SalesforceError: the org refuses a record.
        """
        writer = self._writer({"as": by})
        ids: dict[str, list[str]] = {}
        for name, rows in records.items():
            sobject = self._object(name)
            ids[name] = [create(writer, sobject, row) for row in cast("list[JsonObject]", rows)]
        return ids

    def add_field(self, wanted: JsonObject) -> str:
        """Create a custom field as an administrator does: visible to all unless told otherwise.

        Raises:
            SalesforceError: the field is refused.
        """
        full_name, metadata = str(wanted["full_name"]), cast("JsonObject", wanted["metadata"])
        row = create_custom_field(self._api.org, full_name, metadata)
        if wanted.get("visible", True):
            object_name, _, name = full_name.partition(".")
            targets = ("Task", "Event") if object_name == "Activity" else (object_name,)
            for target in targets:
                self._grant(target, name)
        return str(row["Id"])

    def drop_fields(self, ids: list[str]) -> None:
        """Take back custom fields that were just created."""
        for row_id in ids:
            row = self._api.org.tables["CustomField"].get(row_id)
            if row is not None:
                delete_custom_field(self._api.org, row)

    def act(self, action: JsonObject) -> Any:
        """Do one thing a person can do.

        Raises:
            ValueError: an unknown action, object or person.
            SalesforceError: the org refuses.
        """
        verb = str(action.get("action"))
        if verb not in _ACTIONS:
            message = f"unknown action {verb!r}; known: {sorted(_ACTIONS)}"
            raise ValueError(message)
        return _ACTIONS[verb](self, action)

    def create(self, action: JsonObject) -> str:
        """Store a new record."""
        return create(self._writer(action), self._object(action["object"]), _fields(action))

    def update(self, action: JsonObject) -> str:
        """Change a record; ``automated`` as a process of the org does."""
        record_id, sobject = self._record(action)
        automated = bool(action.get("automated", False))
        update(self._writer(action), sobject, record_id, _fields(action), automated=automated)
        return record_id

    def delete(self, action: JsonObject) -> str:
        """Put a record into the recycle bin."""
        record_id, sobject = self._record(action)
        delete(self._api.org, sobject, record_id, self._writer(action).actor)
        return record_id

    def undelete(self, action: JsonObject) -> str:
        """Take a record out of the recycle bin."""
        record_id, sobject = self._record(action)
        undelete(self._api.org, sobject, record_id, self._writer(action).actor)
        return record_id

    def merge(self, action: JsonObject) -> str:
        """Merge ``losers`` into a record."""
        record_id, sobject = self._record(action)
        losers = [_id(each) for each in cast("list[object]", action.get("losers") or [])]
        merge(self._api.org, sobject, record_id, losers, self._writer(action).actor)
        return record_id

    def convert(self, action: JsonObject) -> dict[str, str | None]:
        """Convert a lead."""
        return convert(
            self._writer(action),
            _id(action.get("id")),
            account_id=_id(action["account_id"]) if action.get("account_id") else None,
            opportunity_name=action.get("opportunity_name"),
        )

    def _writer(self, action: Mapping[str, Any]) -> Writer:
        name = str(action.get("as") or "rep")
        user_id = self._api.org.users.get(name)
        if user_id is None:
            message = f"nobody called {name!r}; there are {sorted(self._api.org.users)}"
            raise ValueError(message)
        actor = Actor(user_id=user_id, by_api=False)
        return self._api.writer_for(replace(actor, began_s_ago=float(action.get("began_s_ago") or 0)))

    def _object(self, name: object) -> SObject:
        found = self._api.org.object_named(str(name))
        if found is None or found.tooling:
            message = f"no object called {name!r}"
            raise ValueError(message)
        return found

    def _record(self, action: JsonObject) -> tuple[str, SObject]:
        record_id = _id(action.get("id"))
        sobject = self._api.org.object_of(record_id)
        if sobject is None:
            message = f"{record_id} is no id of this org"
            raise ValueError(message)
        return record_id, sobject

    def _grant(self, object_name: str, name: str) -> None:
        org = self._api.org
        made = org.objects[object_name].fields[name]
        if not made.grantable:
            return
        for granted in list(org.tables["PermissionSet"]):
            if granted.get("IsOwnedByProfile"):
                row = {"ParentId": granted["Id"], "SobjectType": object_name, "Field": f"{object_name}.{name}"}
                org.store_quietly("FieldPermissions", {**row, "PermissionsRead": True, "PermissionsEdit": True})


_ACTIONS: dict[str, Callable[[PeopleAtWork, JsonObject], Any]] = {
    "create": PeopleAtWork.create,
    "update": PeopleAtWork.update,
    "delete": PeopleAtWork.delete,
    "undelete": PeopleAtWork.undelete,
    "merge": PeopleAtWork.merge,
    "convert": PeopleAtWork.convert,
}


def _fields(action: JsonObject) -> JsonObject:
    return cast("JsonObject", action.get("fields") or {})


def _id(value: object) -> str:
    record_id = normalised(value)
    if record_id is None:
        message = f"{value!r} is no id"
        raise ValueError(message)
    return record_id

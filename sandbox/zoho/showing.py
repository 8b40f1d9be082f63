"""Records on their way out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.zoho.account import User
from sandbox.zoho.fields import Field
from sandbox.zoho.modules import Module
from sandbox.zoho.org import Org
from sandbox.zoho.records import Record, Table
from sandbox.zoho.times import shown

JsonObject = dict[str, Any]
_RICH_MAX = 500


class Shower:
    """Shows records as one person sees them."""

    def __init__(self, org: Org, viewer: User) -> None:
        """Show to ``viewer``, whose time zone counts."""
        self._org, self._zone = org, viewer.time_zone

    def row(self, table: Table, record: Record, names: Iterable[str], *, whole: bool = False) -> JsonObject:
        """Return a record with some fields, those that do not exist passed over.

        Args:
            table: where the record is.
            record: live.
            names: API names.
            whole: rich text is not cut off.
        """
        row: JsonObject = {}
        for name in names:
            found, value = self.value(table, record, name)
            if found:
                field = table.module.fields.get(name)
                is_rich = field is not None and field.textarea == "rich_text"
                row[name] = value[:_RICH_MAX] if is_rich and value and not whole else value
        return row | {"id": record.record_id}

    def value(self, table: Table, record: Record, name: str) -> tuple[bool, Any]:
        """Return whether a record has a field, and what it holds."""
        if name in _SYSTEM:
            return True, _SYSTEM[name](self, table, record)
        field = table.module.fields.get(name)
        if field is None:
            return False, None
        value = record.values.get(name)
        if value is None:
            return True, [] if field.data_type == "multiselectpicklist" else _nothing(field)
        return True, self._shown(field, value, record)

    def _shown(self, field: Field, value: Any, record: Record) -> Any:
        if field.data_type == "datetime":
            return shown(value, self._zone)
        if field.data_type == "ownerlookup":
            user = self._org.user(value)
            return user.as_lookup(email=True) if user else None
        if field.data_type == "lookup":
            return self.lookup(field.lookup, value)
        if field.data_type == "multi_module_lookup":
            module = str(record.values.get("$se_module"))
            link = self.lookup(module, value)
            if field.api_name == "Parent_Id":
                link["module"] = {"api_name": module, "id": self._org.tables[module].module.module_id}
            return link
        return value

    def lookup(self, module: str, record_id: str) -> JsonObject:
        """Return a reference with the name of what it points to."""
        record = self._org.tables[module].live.get(record_id)
        return {"name": self._org.title(module, record) if record else None, "id": record_id}

    def by(self, user_id: str) -> JsonObject | None:
        """Return a person as creator or modifier."""
        user = self._org.user(user_id)
        return user.as_lookup(email=True) if user else None

    def moment(self, at_s: int) -> str:
        """Return a moment in the viewer's time zone."""
        return shown(at_s, self._zone)

    def tags(self, table: Table, record: Record) -> list[JsonObject]:
        """Return a record's tags."""
        known = self._org.tags[table.module.name]
        return [{"name": each, "id": known[each], "color_code": None} for each in record.tags]

    def title(self, table: Table, record: Record) -> str:
        """Return what a record is called."""
        return self._org.title(table.module.name, record)


def _nothing(field: Field) -> Any:
    return False if field.data_type == "boolean" else None


def all_names(module: Module) -> list[str]:
    """Return every field of a module, with the keys that stand for no field."""
    more = ["$se_module"] if "What_Id" in module.fields else []
    return [*module.fields, *more, "$approval_state"]


_SYSTEM: dict[str, Callable[[Shower, Table, Record], Any]] = {
    "id": lambda _self, _table, record: record.record_id,
    "Created_Time": lambda self, _table, record: self.moment(record.created_s),
    "Modified_Time": lambda self, _table, record: self.moment(record.modified_s),
    "Created_By": lambda self, _table, record: self.by(record.created_by),
    "Modified_By": lambda self, _table, record: self.by(record.modified_by),
    "Tag": lambda self, table, record: self.tags(table, record),
    "Full_Name": lambda self, table, record: self.title(table, record),
    "$se_module": lambda _self, _table, record: record.values.get("$se_module"),
    "$approval_state": lambda _self, _table, _record: "approved",
    "Record_Status__s": lambda _self, _table, _record: "Available",
}
"""Keys that stand for no stored value."""

"""Tags added to and taken from records, many at once."""

from __future__ import annotations

from typing import Any, cast

from sandbox.zoho.account import User
from sandbox.zoho.errors import ZohoError, invalid_data, invalid_value, limit_exceeded, mandatory
from sandbox.zoho.records import Record, Table
from sandbox.zoho.showing import Shower
from sandbox.zoho.writing import Writer

JsonObject = dict[str, Any]
IDS_MAX = 500
NAME_MAX = 25
TAGS_MAX = 10


class Tagger:
    """Changes the tags of records."""

    def __init__(self, writer: Writer, shower: Shower, by: User, *, touches: bool) -> None:
        """Act for ``by``; ``touches`` says whether tagging moves modified times."""
        self._writer, self._shower, self._by, self._touches = writer, shower, by, touches

    def change(self, table: Table, ids: object, body: JsonObject, *, adds: bool) -> list[JsonObject]:
        """Add or remove tags, each record answered by itself.

        Raises:
            ZohoError: no tags or ids, too many, or a module that cannot have them.
        """
        if table.module.name == "Notes":
            raise ZohoError(code="INVALID_MODULE", message="The given module is not supported in API")
        names = _names(body)
        if not isinstance(ids, list) or not ids:
            raise mandatory("ids", "$.ids")
        if len(cast("list[object]", ids)) > IDS_MAX:
            raise limit_exceeded("only 500 records can be tagged at a time", limit=IDS_MAX, api_name="ids")
        over = bool(body.get("over_write")) and adds
        return [self._one(table, str(each), names, adds=adds, over=over) for each in cast("list[object]", ids)]

    def _one(self, table: Table, record_id: str, names: list[str], *, adds: bool, over: bool) -> JsonObject:
        record = table.live.get(record_id)
        if record is None:
            return invalid_data("the id given seems to be invalid", id=record_id).as_json()
        wanted = _wanted(record, names, adds=adds, over=over)
        if len(wanted) > TAGS_MAX:
            return limit_exceeded("a record can have 10 tags", limit=TAGS_MAX, id=record_id).as_json()
        org = self._writer.org
        for each in wanted:
            org.tag_id(table.module.name, each)
        changed = record.tags != wanted
        record.tags = wanted
        if self._touches:
            self._writer.touch(table, record, self._by)
        if changed:
            self._writer.tell(table.module.name, "update", [record_id], {record_id: record.values})
        details: JsonObject = {"id": record_id, "tags": self._shower.tags(table, record)}
        return {"code": "SUCCESS", "details": details, "message": "tags updated successfully", "status": "success"}


def _wanted(record: Record, names: list[str], *, adds: bool, over: bool) -> list[str]:
    if over:
        return list(dict.fromkeys(names))
    if adds:
        return list(dict.fromkeys([*record.tags, *names]))
    return [each for each in record.tags if each not in names]


def _names(body: JsonObject) -> list[str]:
    tags = body.get("tags")
    if not isinstance(tags, list) or not tags:
        raise mandatory("tags", "$.tags")
    names: list[str] = []
    for place, each in enumerate(cast("list[object]", tags)):
        name = cast("JsonObject", each).get("name") if isinstance(each, dict) else None
        if not isinstance(name, str) or not name.strip():
            raise mandatory("name", f"$.tags[{place}].name")
        if len(name) > NAME_MAX:
            raise invalid_value("name", f"$.tags[{place}].name", maximum_length=NAME_MAX)
        names.append(name.strip())
    return names

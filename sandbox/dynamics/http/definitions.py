"""``EntityDefinitions`` over HTTP."""

from __future__ import annotations

import re
from typing import Any

from sandbox.dynamics import metadata
from sandbox.dynamics.alternate_keys import change_table, key_bodies, make_key
from sandbox.dynamics.errors import DataverseError, no_segment
from sandbox.dynamics.http.calls import Answer, Call
from sandbox.dynamics.new_columns import make_column
from sandbox.dynamics.org import Org
from sandbox.dynamics.schema import TableDef
from sandbox.dynamics.switches import Switches

_TAIL = re.compile(r"(?P<part>Attributes|Keys)(?:\((?P<key>[^)]*)\))?(?:/(?P<cast>[\w.]+))?")


def definitions(org: Org, switches: Switches, call: Call, key: str | None, rest: str | None) -> Answer:
    """Answer a call for definitions.

    Raises:
        DataverseError: refused.
    """
    if key is None:
        if call.method != "GET":
            raise _no_method()
        bodies = [metadata.entity_body(each) for each in org.tables.values()]
        return Answer(status=200, body={"value": metadata.narrowed(bodies, call.args)})
    table = metadata.find_table(org, key)
    if rest is None:
        return _table(table, call)
    match = _TAIL.fullmatch(rest)
    if match is None:
        raise no_segment(rest)
    if match["part"] == "Keys":
        return _keys(org, switches, table, match["key"], call)
    return _columns(org, table, match, call)


def _table(table: TableDef, call: Call) -> Answer:
    if call.method == "PUT":
        change_table(table, call.json(), call.headers)
        return Answer()
    if call.method != "GET":
        raise _no_method()
    return Answer(status=200, body=metadata.narrowed([metadata.entity_body(table)], call.args)[0])


def _keys(org: Org, switches: Switches, table: TableDef, key: str | None, call: Call) -> Answer:
    if call.method == "POST":
        made = make_key(org, table, call.json())
        return Answer(headers=_entity_id(call, table, f"Keys({made})"))
    if call.method == "DELETE" and key:
        found = [each for each in table.keys.values() if each.key_id == key]
        if not found:
            raise no_segment("Keys")
        del table.keys[found[0].name]
        return Answer()
    if call.method != "GET":
        raise _no_method()
    bodies = key_bodies(org, table, build_s=switches.key_build_s)
    return Answer(status=200, body={"value": metadata.narrowed(bodies, call.args)})


def _columns(org: Org, table: TableDef, match: re.Match[str], call: Call) -> Answer:
    key, wanted = match["key"], match["cast"] or ""
    if call.method == "POST" and key is None:
        made = make_column(table, call.json())
        return Answer(headers=_entity_id(call, table, f"Attributes({made})"))
    if call.method == "DELETE" and key:
        return _drop_column(org, table, _one(table, key, {}))
    if call.method != "GET":
        raise _no_method()
    if key is None:
        return Answer(status=200, body={"value": metadata.attributes(table, cast=wanted, args=call.args)})
    return Answer(status=200, body=_one(table, key, call.args, wanted))


def _one(table: TableDef, key: str, args: Any, wanted: str = "") -> dict[str, Any]:
    name = key.partition("=")[2].strip("'") if key.startswith("LogicalName=") else ""
    for body in metadata.attributes(table, cast=wanted, args={**args, "$select": ""}):
        if name == body["LogicalName"] or key == body["MetadataId"]:
            return metadata.narrowed([body], args)[0]
    message = f"Could not find an attribute with the name {name or key} for entity {table.name}."
    raise DataverseError("0x80060888", message, status=404)


def _drop_column(org: Org, table: TableDef, body: dict[str, Any]) -> Answer:
    name = str(body["LogicalName"])
    if not table.columns[name].is_custom or any(name in key.columns for key in table.keys.values()):
        raise DataverseError("0x8004f01f", "The column cannot be deleted: the system or a key needs it.")
    del table.columns[name]
    for row in org.rows[table.name].values():
        row.pop(name, None)
    return Answer()


def _entity_id(call: Call, table: TableDef, tail: str) -> dict[str, str]:
    return {"OData-EntityId": f"{call.root}EntityDefinitions({metadata.metadata_id(table.name)})/{tail}"}


def _no_method() -> DataverseError:
    return DataverseError("0x80060888", "The requested resource does not support that http method.", status=405)

"""Rows of a table: lists, creates, and single rows by id or key.

Source: Dataverse developer guide, perform operations using the Web API; perform conditional operations.
"""

from __future__ import annotations

from sandbox.dynamics.actions import upsert
from sandbox.dynamics.deleting import delete
from sandbox.dynamics.errors import DataverseError, no_such_key_value, not_found
from sandbox.dynamics.http.calls import Answer, Call
from sandbox.dynamics.key_pairs import key_pairs
from sandbox.dynamics.keys import as_guid, find_by_key, find_row
from sandbox.dynamics.odata.filters import compiled
from sandbox.dynamics.odata.listing import Listing
from sandbox.dynamics.odata.rendering import context, selected, shown
from sandbox.dynamics.org import Org, Row
from sandbox.dynamics.saving import create, update
from sandbox.dynamics.schema import TableDef
from sandbox.dynamics.switches import Switches
from sandbox.dynamics.times import parsed

_COUNT_MAX = 5000
_SYSTEM = frozenset({"modifiedon", "modifiedby", "versionnumber"})


def collection(org: Org, switches: Switches, table: TableDef, call: Call) -> Answer:
    """List rows, or store a new one.

    Raises:
        DataverseError: refused.
    """
    if call.method == "GET":
        now = parsed(org.now)
        listing = Listing(org=org, table=table, args=call.args, prefer=call.prefer, base=call.root, now=now)
        body = listing.answer()
        return Answer(status=200, body=body, table=table.set_name, records=len(body["value"]))
    if call.method != "POST":
        raise _no_method()
    body = call.json()
    switches.detect(org, table, body, call.headers)
    return _written(org, table, create(org, table, body, by=call.by), call, is_new=True)


def count(org: Org, table: TableDef, call: Call) -> Answer:
    """Count rows, up to 5,000."""
    test = compiled(org, table, call.args["$filter"]) if call.args.get("$filter") else None
    rows = org.rows[table.name].values()
    found = sum(1 for row in rows if test is None or test(row))
    return Answer(status=200, body=min(found, _COUNT_MAX), table=table.set_name)


def single(org: Org, switches: Switches, table: TableDef, key: str, call: Call) -> Answer:
    """Read, change, store or delete the row that a key names.

    Raises:
        DataverseError: refused.
    """
    if call.method == "GET":
        return _read(org, table, find_row(org, table, key), call)
    if call.method == "DELETE":
        row = find_row(org, table, key)
        _check_version(row, call.headers.get("if-match"))
        delete(org, table, row, by=call.by)
        return Answer(table=table.set_name, records=1)
    if call.method == "PATCH":
        return _patch(org, switches, table, key, call)
    raise _no_method()


def _read(org: Org, table: TableDef, row: Row, call: Call) -> Answer:
    if call.headers.get("if-none-match") == f'W/"{row["versionnumber"]}"':
        return Answer(status=304, table=table.set_name)
    text = call.args.get("$select")
    columns = selected(table, text)
    where = context(call.root, table, columns, text, tail="/$entity")
    body = {"@odata.context": where, **shown(org, row, columns, annotates=call.prefer.annotates)}
    return Answer(status=200, body=body, table=table.set_name, records=1)


def _patch(org: Org, switches: Switches, table: TableDef, key: str, call: Call) -> Answer:
    """Change a row; where there is none, store it, unless ``If-Match`` forbids."""
    body = call.json()
    row_id = as_guid(key)
    held = org.rows[table.name].get(row_id) if row_id else find_by_key(org, table, key_pairs(table, key))
    if call.headers.get("if-none-match") == "*" and held is not None:
        raise DataverseError("0x80040237", "A record with matching key values already exists.", status=412)
    match = call.headers.get("if-match")
    if held is None:
        if match is not None:
            raise not_found(table.name, row_id) if row_id else no_such_key_value(table.name)
        switches.detect(org, table, body, call.headers)
        saved, is_new = upsert(org, table, key, body, by=call.by)
        return _written(org, table, saved, call, is_new=is_new)
    _check_version(held, match)
    saved = update(org, table, held, body, by=call.by)
    answer = _written(org, table, saved, call, is_new=False)
    answer.unchanged = int({**saved, **dict.fromkeys(_SYSTEM)} == {**held, **dict.fromkeys(_SYSTEM)})
    return answer


def _check_version(row: Row, match: str | None) -> None:
    if match not in (None, "*", f'W/"{row["versionnumber"]}"'):
        message = "The version of the existing record doesn't match the RowVersion property provided."
        raise DataverseError("0x80060882", message, status=412)


def _written(org: Org, table: TableDef, saved: Row, call: Call, *, is_new: bool) -> Answer:
    row_id = saved[table.primary]
    row = org.row(table.name, row_id)
    where = f"{call.root}{table.set_name}({row_id})"
    if not call.prefer.represents:
        return Answer(headers={"OData-EntityId": where, "Location": where}, table=table.set_name, records=1)
    answer = _read(org, table, row, call)
    answer.status = 201 if is_new else 200
    if is_new:
        answer.headers |= {"Location": where, "OData-EntityId": where}
    return answer


def _no_method() -> DataverseError:
    return DataverseError("0x80060888", "The requested resource does not support that http method.", status=405)

"""Bodies of creates and updates as rows.

Source: Dataverse developer guide, create, update, upsert and associate table rows using the Web API.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from sandbox.dynamics.errors import DataverseError, bad_payload, bad_state, key_violated
from sandbox.dynamics.keys import find_row
from sandbox.dynamics.org import Org, Row
from sandbox.dynamics.rules import after_create, completed
from sandbox.dynamics.schema import Column, TableDef
from sandbox.dynamics.values import guid, stored

_BIND = "@odata.bind"
_REFERENCE = re.compile(r"(?:https?://[^/]+)?(?:/api/data/v9\.\d)?/?(?P<set>\w+)\((?P<key>.*)\)\Z")


def create(org: Org, table: TableDef, body: Mapping[str, Any], *, by: str, fire: str = "Create") -> Row:
    """Store a new row.

    Raises:
        DataverseError: the body does not fit, or a key is taken.
    """
    sent = columns_of(org, table, body, is_new=True)
    row: Row = {name: column.default for name, column in table.columns.items() if not column.is_secret}
    row_id = str(sent.get(table.primary) or org.new_id())
    if row_id in org.rows[table.name]:
        raise DataverseError("0x80040237", "Operation failed due to a SQL integrity violation.", status=412)
    now = org.now
    row |= {"createdon": sent.pop("overriddencreatedon", None) or now, "modifiedon": now}
    row |= {"createdby": ("systemuser", by), "modifiedby": ("systemuser", by), table.primary: row_id}
    if "ownerid" in table.columns:
        row["ownerid"] = ("systemuser", by)
    row |= {name: value for name, value in sent.items() if name not in ("statecode", table.primary)}
    _check_state(table, row, {}, sent)
    row = completed(org, table, row, sent)
    _check_keys(org, table, row)
    saved = org.put(table.name, row, by=by, message=fire, sent=sent)
    after_create(org, table, saved, by=by)
    return saved


def update(org: Org, table: TableDef, row: Row, body: Mapping[str, Any], *, by: str, fire: str = "Update") -> Row:
    """Store a new version of a row.

    Raises:
        DataverseError: the body does not fit, or a key is taken.
    """
    sent = columns_of(org, table, body, is_new=False)
    sent.pop(table.primary, None)
    fresh = {**row, **sent, "modifiedon": org.now, "modifiedby": ("systemuser", by)}
    _check_state(table, fresh, row, sent)
    fresh = completed(org, table, fresh, sent)
    _check_keys(org, table, fresh)
    return org.put(table.name, fresh, by=by, message=fire, sent=sent)


def columns_of(org: Org, table: TableDef, body: Mapping[str, Any], *, is_new: bool) -> dict[str, Any]:
    """Return the columns a body names, with stored values; those that only the system writes are passed over.

    Raises:
        DataverseError: an unknown or read-only property, or a value that its column does not take.
    """
    found: dict[str, Any] = {}
    for name, value in body.items():
        if name.endswith(_BIND):
            column, target = _bound(org, table, name.removesuffix(_BIND), value)
            if target is not None or column.name not in found:
                found[column.name] = target
        elif "@" not in name:
            column = _plain(table, name)
            if column.can_create if is_new else column.can_update:
                found[column.name] = stored(column, value)
    return found


def _plain(table: TableDef, name: str) -> Column:
    column = table.columns.get(name)
    if column is None or column.kind == "lookup":
        raise bad_payload(
            f"The property '{name}' does not exist on type 'Microsoft.Dynamics.CRM.{table.name}'. Make sure to only "
            "use property names that are defined by the type."
        )
    return column


def _bound(org: Org, table: TableDef, nav: str, value: object) -> tuple[Column, tuple[str, str] | None]:
    found = table.nav(nav)
    if found is None:
        raise bad_payload(
            f"An undeclared property '{nav}' which only has property annotations in the payload but no property "
            "value was found in the payload."
        )
    column, target = found
    if value is None:
        return column, None
    return column, reference(org, str(value), target)


def reference(org: Org, text: str, target: str) -> tuple[str, str]:
    """Return the row that a reference such as ``/accounts(…)`` names.

    Raises:
        DataverseError: it is no reference, names another table than wanted, or no row.
    """
    match = _REFERENCE.match(text)
    if match is None:
        raise bad_payload(f"'{text}' is no reference to a row.")
    table = org.by_set(match["set"])
    if table.name != target and not (target == "systemuser" and table.name == "team"):
        raise bad_payload(f"A reference to {target} was expected, found one to {table.name}.")
    row = find_row(org, table, unquote(match["key"]))
    return table.name, str(row[table.primary])


def _check_state(table: TableDef, row: Row, before: Mapping[str, Any], sent: Mapping[str, Any]) -> None:
    """Make state and status fit each other; the default status of a state where only that was named.

    Raises:
        DataverseError: they do not fit, or the table closes by an action only.
    """
    status = table.columns.get("statuscode")
    if status is None:
        return
    moves = sent.get("statecode") is not None and sent["statecode"] != before.get("statecode")
    if moves and (table.name, sent["statecode"]) in {("opportunity", 1), ("opportunity", 2), ("lead", 1)}:
        raise DataverseError("0x80040233", "The object is not in a valid state to perform this operation.")
    belongs = {each.value: each.state for each in status.options}
    if moves and "statuscode" not in sent:
        row["statuscode"] = next(each.value for each in status.options if each.state == row["statecode"])
    if row["statuscode"] is None or belongs[row["statuscode"]] != row["statecode"]:
        raise bad_state()


def _check_keys(org: Org, table: TableDef, row: Row) -> None:
    for key in table.keys.values():
        holder = org.id_by_key(table.name, key.name, row)
        if holder is not None and holder != row[table.primary]:
            label = ", ".join(table.columns[name].label or name for name in key.columns)
            raise key_violated(key.schema_name, label)


def id_in(text: str) -> str:
    """Return an id of a body's property.

    Raises:
        DataverseError: it is none.
    """
    try:
        return guid(text)
    except ValueError as problem:
        raise bad_payload(str(problem)) from None

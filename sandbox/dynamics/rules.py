"""What the platform fills in or carries along by itself when a row is saved.

Source: Dataverse developer guide; Dynamics 365 Sales documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.dynamics.endpoints import check_endpoint, check_step
from sandbox.dynamics.org import Org, Row
from sandbox.dynamics.schema import TableDef
from sandbox.dynamics.times import parsed


def completed(org: Org, table: TableDef, row: Row, sent: Mapping[str, Any]) -> Row:
    """Return a row with what the platform computes of it."""
    rule = _RULES.get(table.name) or (_activity if table.is_activity else None)
    if "transactioncurrencyid" in table.columns and row.get("transactioncurrencyid") is None:
        row["transactioncurrencyid"] = next(iter(org.rows["organization"].values()))["basecurrencyid"]
    if rule is not None:
        rule(org, table, row, sent)
    return row


def _person(_org: Org, _table: TableDef, row: Row, _sent: Mapping[str, Any]) -> None:
    name = " ".join(part for part in (row.get("firstname"), row.get("lastname")) if part)
    row["fullname"] = name[:160] or None


def _opportunity(_org: Org, _table: TableDef, row: Row, sent: Mapping[str, Any]) -> None:
    if row.get("isrevenuesystemcalculated"):
        row["estimatedvalue"] = row.get("totalamount") or 0.0
    if "customerid" not in sent and ({"parentaccountid", "parentcontactid"} & sent.keys()):
        row["customerid"] = row.get("parentaccountid") or row.get("parentcontactid")


def _activity(org: Org, table: TableDef, row: Row, sent: Mapping[str, Any]) -> None:
    row["activitytypecode"] = table.name
    if row.get("statecode") == 1 and row.get("actualend") is None:
        row["actualend"] = org.now
    start, end = row.get("scheduledstart"), row.get("scheduledend")
    if {"scheduledstart", "scheduledend"} & sent.keys() and start and end:
        row["scheduleddurationminutes"] = max(0, int((parsed(end) - parsed(start)).total_seconds() // 60))


def _connection(org: Org, _table: TableDef, row: Row, _sent: Mapping[str, Any]) -> None:
    second = row.get("record2id")
    if second is not None:
        row["name"] = title_of(org, second)
    if row.get("ismaster") is None:
        row["ismaster"] = row.get("relatedconnectionid") is None


_RULES: Mapping[str, Callable[[Org, TableDef, Row, Mapping[str, Any]], None]] = {
    "contact": _person,
    "lead": _person,
    "opportunity": _opportunity,
    "connection": _connection,
    "serviceendpoint": lambda _org, _table, row, _sent: check_endpoint(row),
    "sdkmessageprocessingstep": lambda _org, _table, row, _sent: check_step(row),
}


def title_of(org: Org, reference: tuple[str, str]) -> str | None:
    """Return what is shown for a row that a lookup names."""
    table, row_id = reference
    definition = org.tables.get(table)
    row = org.rows.get(table, {}).get(row_id)
    return None if row is None or definition is None else row.get(definition.title)


def after_create(org: Org, table: TableDef, row: Row, *, by: str) -> None:
    """Make what comes with a new row: the other direction of a connection."""
    if table.name != "connection" or row.get("relatedconnectionid") is not None:
        return
    twin = {
        **row,
        "connectionid": org.new_id(),
        "record1id": row["record2id"],
        "record2id": row["record1id"],
        "record1roleid": row["record2roleid"],
        "record2roleid": row["record1roleid"],
        "relatedconnectionid": ("connection", row["connectionid"]),
        "ismaster": False,
    }
    _connection(org, table, twin, {})
    org.put("connection", twin, by=by, message="")
    org.put("connection", {**row, "relatedconnectionid": ("connection", twin["connectionid"])}, by=by, message="")

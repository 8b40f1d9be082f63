"""What stands behind a row in a path: single properties, lookups, and bound actions.

Source: Dataverse developer guide, associate and disassociate table rows; lead, QualifyLead.
"""

from __future__ import annotations

from sandbox.dynamics.actions import qualify
from sandbox.dynamics.errors import DataverseError, no_segment
from sandbox.dynamics.http.calls import Answer, Call
from sandbox.dynamics.keys import find_row
from sandbox.dynamics.org import Org, Row
from sandbox.dynamics.saving import update
from sandbox.dynamics.schema import TableDef

_QUALIFY = "Microsoft.Dynamics.CRM.QualifyLead"


def tail(org: Org, table: TableDef, key: str, rest: str, call: Call) -> Answer:
    """Answer a call for a part of a row.

    Raises:
        DataverseError: there is no such part, or it is refused.
    """
    row = find_row(org, table, key)
    if rest == _QUALIFY and table.name == "lead" and call.method == "POST":
        return Answer(status=200, body=qualify(org, row, call.json(), by=call.by), table=table.set_name, records=1)
    if rest.endswith("/$ref"):
        return _reference(org, table, row, rest.removesuffix("/$ref"), call)
    column = table.columns.get(rest)
    if column is None or column.kind == "lookup":
        raise no_segment(rest)
    if call.method == "GET":
        return Answer(status=200, body={"value": row.get(rest)}, table=table.set_name)
    if call.method not in ("PUT", "DELETE"):
        raise DataverseError("0x80060888", "The requested resource does not support that http method.", status=405)
    value = call.json().get("value") if call.method == "PUT" else None
    update(org, table, row, {rest: value}, by=call.by)
    return Answer(table=table.set_name, records=1)


def _reference(org: Org, table: TableDef, row: Row, nav: str, call: Call) -> Answer:
    found = table.nav(nav)
    if found is None:
        plain = table.columns.get(nav)
        if plain is None or plain.kind != "lookup":
            raise no_segment(nav)
        nav = next(iter(plain.targets))
    if call.method == "DELETE":
        update(org, table, row, {f"{nav}@odata.bind": None}, by=call.by)
    elif call.method == "PUT":
        update(org, table, row, {f"{nav}@odata.bind": call.json().get("@odata.id")}, by=call.by)
    else:
        raise DataverseError("0x80060888", "The requested resource does not support that http method.", status=405)
    return Answer(table=table.set_name, records=1)

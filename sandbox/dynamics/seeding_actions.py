"""What people do in the simulated Dynamics 365, one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.dynamics import actions
from sandbox.dynamics.deleting import delete
from sandbox.dynamics.org import Org
from sandbox.dynamics.saving import create, update

JsonObject = dict[str, Any]
_TYPE = "Microsoft.Dynamics.CRM."


def _create(org: Org, action: JsonObject, by: str) -> str:
    table = org.table(str(action["table"]))
    return str(create(org, table, action["fields"], by=by)[table.primary])


def _update(org: Org, action: JsonObject, by: str) -> str:
    table = org.table(str(action["table"]))
    row = org.row(table.name, str(action["id"]))
    return str(update(org, table, row, action["fields"], by=by)[table.primary])


def _delete(org: Org, action: JsonObject, by: str) -> str:
    table = org.table(str(action["table"]))
    delete(org, table, org.row(table.name, str(action["id"])), by=by)
    return str(action["id"])


def _merge(org: Org, action: JsonObject, by: str) -> str:
    table = org.table(str(action["table"]))
    kind = {"@odata.type": f"{_TYPE}{table.name}"}
    target, loser = ({**kind, table.primary: str(action[name])} for name in ("id", "with"))
    actions.merge(org, {"Target": target, "Subordinate": loser}, by=by)
    return str(action["id"])


def _qualify(org: Org, action: JsonObject, by: str) -> str:
    body = {f"Create{name.capitalize()}": bool(action.get(name)) for name in ("account", "contact", "opportunity")}
    actions.qualify(org, org.row("lead", str(action["id"])), {**body, "Status": 3}, by=by)
    return str(action["id"])


def _close(org: Org, action: JsonObject, by: str) -> str:
    reference = f"/opportunities({action['id']})"
    body = {"OpportunityClose": {"opportunityid@odata.bind": reference}, "Status": -1}
    actions.close(org, body, by=by, state=1 if action.get("won") else 2)
    return str(action["id"])


def _disable_steps(org: Org, _action: JsonObject, by: str) -> str:
    table = org.table("sdkmessageprocessingstep")
    for row in list(org.rows[table.name].values()):
        update(org, table, row, {"statecode": 1, "statuscode": 2}, by=by)
    return ""


ACTIONS: Mapping[str, Callable[[Org, JsonObject, str], str]] = {
    "create": _create,
    "update": _update,
    "delete": _delete,
    "merge": _merge,
    "qualify": _qualify,
    "close": _close,
    "disable_steps": _disable_steps,
}

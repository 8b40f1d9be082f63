"""Rows stored in bulk, and people at work in the vendor's screens.

``POST /_sandbox/seed``::

    {"rows": {"contacts": [{"firstname": "Ana"}]},                        stored as they stand, fires no webhooks
     "actions": [{"action": "create", "table": "contact", "fields": {}},
                 {"action": "update", "table": "contact", "id": "…", "fields": {}},
                 {"action": "delete", "table": "contact", "id": "…"},
                 {"action": "merge", "table": "contact", "id": "…", "with": "…"},
                 {"action": "qualify", "id": "…", "account": true, "contact": true, "opportunity": false},
                 {"action": "close", "id": "…", "won": true},
                 {"action": "disable_steps"}],                               every webhook step, as a person does
     "as": "ada.admin@contoso.example"}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from sandbox.dynamics import actions
from sandbox.dynamics.account import ADMIN_USER
from sandbox.dynamics.errors import DataverseError
from sandbox.dynamics.org import Change, Org
from sandbox.dynamics.rules import delete
from sandbox.dynamics.saving import create, update

JsonObject = dict[str, Any]
_TYPE = "Microsoft.Dynamics.CRM."


def seed(org: Org, body: JsonObject) -> tuple[JsonObject, list[Change]]:
    """Do what a body says, all of it or nothing; returns what to answer and the changes to tell of.

    Raises:
        ValueError: the body is not what is described above.
    """
    unknown = set(body) - {"rows", "actions", "as"}
    if unknown:
        raise ValueError(f"unknown keys in seed: {sorted(unknown)}")
    by = _person(org, str(body.get("as") or ""))
    try:
        ids = _stored(org, body.get("rows") or {}, by=by)
        org.commit()
        wanted: list[JsonObject] = body.get("actions") or []
        done = [_ACTIONS[str(each["action"])](org, each, by) for each in wanted]
    except (DataverseError, KeyError, TypeError) as problem:
        org.roll_back(0)
        raise ValueError(f"{type(problem).__name__}: {problem}") from problem
    return {"ids": ids, "actions": done}, org.commit()


def _person(org: Org, email: str) -> str:
    if not email:
        return ADMIN_USER
    found = org.where("systemuser", lambda row: row.get("internalemailaddress") == email)
    if not found:
        raise ValueError(f"nobody has the address {email!r}")
    return str(found[0]["systemuserid"])


def _stored(org: Org, rows: Mapping[str, Any], *, by: str) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for set_name, bodies in rows.items():
        table = org.by_set(set_name)
        made = [create(org, table, each, by=by, fire="") for each in cast("list[JsonObject]", bodies)]
        ids[set_name] = [str(row[table.primary]) for row in made]
    return ids


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


_ACTIONS: Mapping[str, Callable[[Org, JsonObject, str], str]] = {
    "create": _create,
    "update": _update,
    "delete": _delete,
    "merge": _merge,
    "qualify": _qualify,
    "close": _close,
    "disable_steps": _disable_steps,
}

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

from collections.abc import Mapping
from typing import Any, cast

from sandbox.dynamics.account import ADMIN_USER
from sandbox.dynamics.errors import DataverseError
from sandbox.dynamics.org import Change, Org
from sandbox.dynamics.saving import create
from sandbox.dynamics.seeding_actions import ACTIONS

JsonObject = dict[str, Any]


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
        done = [ACTIONS[str(each["action"])](org, each, by) for each in wanted]
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

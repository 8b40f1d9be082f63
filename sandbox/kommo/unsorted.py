"""Incoming leads: there, but nobody's, until a person accepts or declines them."""

from __future__ import annotations

from typing import Any

from sandbox.kommo.payloads import Plan
from sandbox.kommo.portal import Portal
from sandbox.kommo.setup import ACCOUNT_ID, ADMIN_ID
from sandbox.kommo.writing import Actor

JsonObject = dict[str, Any]


def incoming(portal: Portal, raw: JsonObject) -> str:
    """Take in a lead from a form: it exists at once, in the status that calls cannot put it into."""
    account, pipeline_id = portal.account, portal.account.pipelines.main["id"]
    plan = Plan(values={"name": str(raw.get("name") or "Site request"), "pipeline_id": pipeline_id})
    row = portal.writer.create("leads", plan, Actor(by=0, silent=True))
    row["status_id"] = account.pipelines.incoming_status(pipeline_id)
    row["indexed_at_ms"] = account.clock.now_ms()
    uid = f"{account.rng.getrandbits(240):060x}"
    account.unsorted[uid] = {"uid": uid, "lead_id": row["id"], "created_at": account.now_s()}
    item = {
        "uid": uid,
        "category": "forms",
        "pipeline_id": pipeline_id,
        "account_id": ACCOUNT_ID,
        "lead_id": row["id"],
        "data": {"leads": [{"name": row["name"], "pipeline_id": pipeline_id}]},
        "created_at": account.now_s(),
    }
    portal.tell("unsorted", "add", "unsorted", item)
    return uid


def accept(portal: Portal, uid: str) -> int:
    """Make an incoming lead an ordinary one; webhooks tell it as the end of the incoming one."""
    row = _taken(portal, uid)
    row["status_id"] = portal.account.pipelines.first_status(row["pipeline_id"])
    row["updated_at"] = portal.account.now_s()
    _ended(portal, uid, "accept", row["id"])
    return int(row["id"])


def decline(portal: Portal, uid: str) -> int:
    """Throw an incoming lead away."""
    row = _taken(portal, uid)
    portal.account.trash["leads"][row["id"]] = portal.account.tables["leads"].pop(row["id"])
    row["updated_at"] = portal.account.now_s()
    _ended(portal, uid, "decline", row["id"])
    return int(row["id"])


def _taken(portal: Portal, uid: str) -> JsonObject:
    held = portal.account.unsorted.pop(uid, None)
    if held is None:
        message = f"no incoming lead {uid}"
        raise ValueError(message)
    return portal.account.tables["leads"][held["lead_id"]]


def _ended(portal: Portal, uid: str, action: str, lead_id: int) -> None:
    item = {
        "action": action,
        "uid": uid,
        f"{action}_result": {"leads": [lead_id]},
        "category": "forms",
        "created_at": portal.account.now_s(),
        "modified_user_id": ADMIN_ID,
    }
    portal.tell("unsorted", "delete", "unsorted", item)

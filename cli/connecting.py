"""``integrations`` and ``connect``."""

from __future__ import annotations

import argparse
from typing import Any

from cli.desk import BAD, OK, WRONG, Desk

ALL = "/api/crm/integrations"


def integrations(desk: Desk, asked: argparse.Namespace) -> int:
    """List the workspace's integrations, or show how one is doing."""
    if asked.validate and not asked.integration:
        desk.tell("crmbridge: name the integration to validate")
        return WRONG
    if asked.validate:
        return _validate(desk, asked.integration)
    if asked.integration:
        shown = desk.api.get(f"{ALL}/{asked.integration}/status")
        desk.show(
            [shown],
            status="status",
            health="health",
            lastSync="last sync",
            circuit="circuit",
            quotaUsedPercent="quota used %",
            errorRatePercent="failed runs %",
            blockedUntil="waits until",
        )
        absent = [{"entity": entity, "why": why} for entity, why in shown["unavailable"].items()]
        if absent and not desk.as_json:
            desk.show(absent, entity="not in this account", why="why")
        due = [{"entity": entity, "due": count} for entity, count in shown["due"].items() if count]
        if due and not desk.as_json:
            desk.show(due, entity="entity", due="writes due")
        return OK
    rows = list(desk.api.items(ALL, provider=asked.provider, status=asked.status))
    desk.show(rows, id="id", provider="CRM", name="name", status="status", accountId="account", isPrimary="primary")
    return OK


def _validate(desk: Desk, integration_id: str) -> int:
    shown = desk.api.post(f"{ALL}/{integration_id}/validate")
    desk.show(shown["steps"], name="step", outcome="outcome", words="found", nextStep="next step")
    return OK if shown["ok"] else BAD


def connect(desk: Desk, asked: argparse.Namespace) -> int:
    """Connect a CRM: by its consent page, with a static token, or as a user whom the deployment signs for."""
    token = ""
    if asked.token:
        token = _line(desk, "token or API key: ")
        if not token:
            return WRONG
    made = {"id": asked.integration} if asked.integration else _created(desk, asked, token)
    if token:
        return _connected(desk, made)
    body: dict[str, Any] = {"integrationId": made["id"]}
    if asked.username:
        body["credentials"] = {"username": asked.username}
        return _connected(desk, desk.api.post(f"/auth/{asked.crm}/login", body)["integration"])
    begun = desk.api.post(f"/auth/{asked.crm}/login", body)
    desk.tell(f"open this page, and let CRM Bridge in:\n\n  {begun['url']}\n")
    code = _line(desk, "code of the last page: ")
    if not code:
        desk.tell(f"crmbridge: no code; go on with: crmbridge connect {asked.crm} --integration {made['id']}")
        return WRONG
    return _connected(desk, desk.api.post(f"/auth/{asked.crm}/complete", {**body, "code": code}))


def _created(desk: Desk, asked: argparse.Namespace, token: str) -> dict[str, Any]:
    wanted = {"name": asked.name, "domain": asked.domain, "environment": asked.environment}
    body: dict[str, Any] = {"provider": asked.crm, **{name: value for name, value in wanted.items() if value}}
    if token:
        body["credentials"] = {"accessToken": token}
    return desk.api.post(ALL, body)


def _connected(desk: Desk, shown: dict[str, Any]) -> int:
    desk.show([shown], id="id", provider="CRM", status="status", accountId="account", webhookUrl="webhooks go to")
    return OK if shown["status"] == "active" else BAD


def _line(desk: Desk, prompt: str) -> str:
    """Read one line that somebody types or another program sends."""
    desk.tell(prompt)
    return desk.read.readline().strip()

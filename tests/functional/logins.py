"""How a test connects a CRM step by step, as a person with two browser windows does."""

from __future__ import annotations

import re
from typing import Any

from tests.functional.rehearsal import Context, Rehearsal
from tests.functional.watching import everything

CRMS = ("hubspot", "salesforce")
ALL = "/api/crm/integrations"
RIVAL = {"workspace": "rival", "role": "admin"}


def made(rehearsal: Rehearsal, crm: str, **more: Any) -> str:
    """Create an integration; returns its id."""
    status, shown = rehearsal.call("POST", ALL, {"provider": crm}, **more)
    assert status == 201, shown
    return shown["id"]


def login(rehearsal: Rehearsal, crm: str, integration_id: str, **more: Any) -> str:
    """Begin a login; returns the consent page's URL."""
    status, begun = rehearsal.call("POST", f"/auth/{crm}/login", {"integrationId": integration_id}, **more)
    assert status == 200, begun
    return begun["url"]


def complete(rehearsal: Rehearsal, crm: str, integration_id: str, code: str, **more: Any) -> tuple[int, dict[str, Any]]:
    return rehearsal.call("POST", f"/auth/{crm}/complete", {"integrationId": integration_id, "code": code}, **more)


def code_of(page: dict[str, Any]) -> str:
    found = re.search(r'<code id="code">([^<]+)</code>', page["body"])
    assert found is not None, page
    return found[1]


def callback(rehearsal: Rehearsal, crm: str, query: str) -> dict[str, Any]:
    event = rehearsal.event("GET", f"/auth/{crm}/callback?{query}", pathParameters={"crm": crm})
    return rehearsal.handlers["finish_oauth"](event, Context())


def grants(rehearsal: Rehearsal, integration_id: str) -> list[str]:
    """Return the keys of the tokens that are stored for an integration, pending ones included."""
    return [key for key in everything(rehearsal)["documents"] if "#GRANT" in key and integration_id in key]

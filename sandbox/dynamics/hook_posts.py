"""What is posted to a webhook, and which answers end the trying."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from sandbox._webhook_post import Outgoing, Reply
from sandbox.dynamics.account import HOST
from sandbox.dynamics.endpoints import settings_of

BODY_MAX = 262_144
RETRIED = (502, 503, 504)
_HEAVY = ("ParentContext", "InputParameters", "PreEntityImages", "PostEntityImages")


def rendered(event: Mapping[str, Any]) -> Outgoing:
    """Return the call that an event makes."""
    endpoint, context = event["endpoint"], event["context"]
    headers = {
        "Content-Type": "application/json",
        "x-ms-dynamics-organization": HOST,
        "x-ms-dynamics-entity-name": str(context["PrimaryEntityName"]),
        "x-ms-dynamics-request-name": str(context["MessageName"]),
        "x-ms-correlation-request-id": str(context["CorrelationId"]),
    }
    body = _body(context)
    if len(body) > BODY_MAX:
        body = _body({name: value for name, value in context.items() if name not in _HEAVY})
        headers["x-ms-dynamics-msg-size-exceeded"] = "true"
    url, proof = str(endpoint["url"]), str(endpoint["authvalue"])
    if endpoint["authtype"] == 5:
        return Outgoing(url=url, headers={**headers, **settings_of(proof)}, body=body)
    query = urlencode({"code": proof} if endpoint["authtype"] == 4 else settings_of(proof))
    return Outgoing(url=f"{url}{'&' if urlsplit(url).query else '?'}{query}", headers=headers, body=body)


def _body(context: Mapping[str, Any]) -> bytes:
    return json.dumps(context, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/").encode()


def is_final(reply: Reply) -> bool:
    """Tell whether an answer ends a delivery: all but three statuses do, refusals too."""
    return reply.status not in RETRIED

"""How long the webhook handler takes over a call that it accepts, AWS excepted."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import importlib.util
import io
import json
import os
import statistics
import time
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from bench.cold import APP, ENVIRONMENT

SECRET = "bench-client-secret"  # noqa: S105 - of an application that does not exist
ACCOUNT = 4_711
HOST, PATH = "bridge.example.com", "/webhooks/hubspot"


def measure_here(*, events: int, calls: int) -> dict[str, Any]:
    """Answer signed HubSpot calls through the deployed handler, with memory where AWS would be.

    Args:
        events: in each call, 1..100.
        calls: how many, beside a tenth that warms up.

    Returns:
        ``p50_ms`` and ``p99_ms`` by the wall clock, and ``accepted``, how many were answered 200 and queued.
    """
    os.environ.update(ENVIRONMENT)
    handler, queues = _handler()
    taken: list[float] = []
    accepted = 0
    with contextlib.redirect_stdout(io.StringIO()):  # metrics and logs are written, as in Lambda, but not shown
        for number in range(calls + calls // 10):
            event = _event(number, events)
            began = time.perf_counter()
            answer = handler(event, None)
            spent = (time.perf_counter() - began) * 1000
            waiting = queues.messages
            if number >= calls // 10:
                taken.append(spent)
                accepted += answer["statusCode"] == 200 and len(waiting) == 1
            for message in waiting:
                queues.acknowledge(message)
    cuts = statistics.quantiles(taken, n=100)
    return {"p50_ms": cuts[49], "p99_ms": cuts[98], "accepted": accepted}


def _handler() -> tuple[Any, Any]:
    """Return the function's own handler, its desk over memory, and the queues it fills."""
    from crmbridge.adapters.memory.documents import MemoryDocuments  # noqa: PLC0415 - measured in a fresh process
    from crmbridge.adapters.memory.queues import MemoryQueues  # noqa: PLC0415
    from crmbridge.adapters.memory.secrets import MemoryAppSecrets  # noqa: PLC0415
    from crmbridge.domain.tokens import AppSecret  # noqa: PLC0415
    from crmbridge.ports import Document  # noqa: PLC0415
    from crmbridge.runtime import doors  # noqa: PLC0415
    from crmbridge.runtime._reception import Desk, Doors  # noqa: PLC0415

    def now() -> datetime:
        return datetime.now(UTC)

    documents, queues = MemoryDocuments(now=now), MemoryQueues(now=now)
    owner = {"workspace_id": "bench", "integration_id": "int_bench"}
    documents.put(Document(f"ACCOUNT#hubspot#{ACCOUNT}", "owner", owner))
    secrets = MemoryAppSecrets({"hubspot": AppSecret("bench", SECRET)})
    desk = Desk(documents=documents, queues=queues, connectors=Doors(), secrets=secrets, now=now)
    patch.object(doors, "reception", lambda: desk).start()
    spec = importlib.util.spec_from_file_location("app", APP)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"no handler at {APP}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler, queues


def _event(number: int, events: int) -> dict[str, Any]:
    """Return a call as API Gateway hands it over, signed as HubSpot signs (v3)."""
    stamp = str(int(time.time() * 1000))
    body = json.dumps([_told(number * events + each) for each in range(events)])
    message = f"POSThttps://{HOST}{PATH}{body}{stamp}".encode()
    mac = base64.b64encode(hmac.new(SECRET.encode(), message, hashlib.sha256).digest()).decode()
    return {
        "version": "2.0",
        "rawPath": PATH,
        "rawQueryString": "",
        "headers": {
            "host": HOST,
            "x-forwarded-proto": "https",
            "content-type": "application/json",
            "x-hubspot-signature-v3": mac,
            "x-hubspot-request-timestamp": stamp,
        },
        "requestContext": {"domainName": HOST, "http": {"method": "POST", "path": PATH}, "requestId": str(number)},
        "pathParameters": None,
        "body": body,
        "isBase64Encoded": False,
    }


def _told(number: int) -> dict[str, Any]:
    return {
        "eventId": number,
        "subscriptionId": 1,
        "portalId": ACCOUNT,
        "occurredAt": 1_795_262_400_000 + number,
        "subscriptionType": "contact.propertyChange",
        "objectId": 500_000 + number,
        "propertyName": "lastname",
        "propertyValue": "Prado",
    }

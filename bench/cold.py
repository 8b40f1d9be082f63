"""What the webhook function costs at a cold start: imports, clients and first wiring."""

from __future__ import annotations

import importlib
import importlib.util
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from bench.peak import peak_mb

APP = Path(__file__).resolve().parents[1] / "functions/receive_webhook/app.py"
ENVIRONMENT = {
    "CRM": "hubspot",
    "STAGE": "bench",
    "RECORDS_TABLE": "records",
    "CONTROL_TABLE": "control",
    "CHANGES_QUEUE_URL": "http://127.0.0.1:1/changes",
    "SYNC_QUEUE_URL": "http://127.0.0.1:1/sync",
    "PUSH_QUEUE_URL": "http://127.0.0.1:1/push.fifo",
    "WAKE_QUEUE_URL": "http://127.0.0.1:1/wake",
    "TOKEN_KEY_ID": "alias/bench",
    "APP_SECRET_PREFIX": "bench",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_EC2_METADATA_DISABLED": "true",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "POWERTOOLS_METRICS_NAMESPACE": "bench",
}


def measure_here(*, stack: str) -> dict[str, Any]:
    """Import one stack in this process, ready for its first event; processor time, since others work here too."""
    before = set(sys.modules)
    began = time.process_time()
    {"webhook": _webhook, "usual": _usual, "boto3": _boto3}[stack]()
    seconds = time.process_time() - began
    return {
        "ms": seconds * 1000,
        "rss_mb": peak_mb(),
        "modules": len(set(sys.modules) - before),
        "loaded": sorted(set(sys.modules) - before),
    }


def _webhook() -> None:
    """Do what Lambda does before and within the first call, up to the first request to AWS."""
    spec = importlib.util.spec_from_file_location("app", APP)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"no handler at {APP}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    runtime = importlib.import_module("crmbridge.runtime")
    desk = runtime.reception()
    desk.connectors.declaration("hubspot")
    desk.connectors.webhooks("hubspot")


def _usual() -> None:
    """Do what a handler commonly begins with: two clients, an HTTP client, one model, a resolver."""
    import boto3  # noqa: PLC0415 - measured
    import httpx  # noqa: PLC0415
    import pydantic  # noqa: PLC0415
    from aws_lambda_powertools import Logger, Metrics  # noqa: PLC0415
    from aws_lambda_powertools.event_handler import APIGatewayHttpResolver  # noqa: PLC0415

    session = boto3.session.Session()
    session.client("dynamodb")  # pyright: ignore[reportUnknownMemberType] - overloads of every service
    session.client("sqs")  # pyright: ignore[reportUnknownMemberType]
    httpx.Client()
    pydantic.create_model("Event", **{name: (str, "") for name in ("object_id", "portal_id", "kind")})  # pyright: ignore[reportCallIssue, reportArgumentType, reportUnknownMemberType] - made at run time
    Logger()
    Metrics()
    APIGatewayHttpResolver()


def _boto3() -> None:
    """Do the least that can reach AWS by boto3: two clients."""
    import boto3  # noqa: PLC0415 - measured

    session = boto3.session.Session()
    session.client("dynamodb")  # pyright: ignore[reportUnknownMemberType] - overloads of every service
    session.client("sqs")  # pyright: ignore[reportUnknownMemberType]


def medians(results: list[dict[str, Any]]) -> dict[str, float]:
    """Return the median of each value over several processes."""
    return {name: statistics.median(each[name] for each in results) for name in ("ms", "rss_mb", "modules")}

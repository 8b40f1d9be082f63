"""How the platform that is up is doing."""

from __future__ import annotations

from typing import Any

import httpx

from local.cloud import STACK, Cloud
from local.run_file import Run

_WAITING = "ApproximateNumberOfMessages"
_IN_HAND = "ApproximateNumberOfMessagesNotVisible"
_DELAYED = "ApproximateNumberOfMessagesDelayed"


def read_status(run: Run) -> dict[str, Any]:
    """Return addresses, what waits in each queue, and whether each part answers."""
    return {
        "pid": run.pid,
        "api": run.api,
        "api_answers": _answers(f"{run.api}/health/crm"),
        "workspace": run.workspace,
        "sandboxes": {
            crm: {**where, "answers": _answers(f"{where['control']}/clock")} for crm, where in run.sandboxes.items()
        },
        "integrations": run.integrations,
        "queues": queue_depths(Cloud(run.gateway_port)),
    }


def queue_depths(cloud: Cloud) -> dict[str, dict[str, int]]:
    """Return per queue how many messages wait, are in hand and are delayed."""
    depths: dict[str, dict[str, int]] = {}
    for page in cloud.queues.get_paginator("list_queues").paginate(QueueNamePrefix=f"{STACK}-"):
        for url in page.get("QueueUrls", []):
            found = cloud.queues.get_queue_attributes(QueueUrl=url, AttributeNames=[_WAITING, _IN_HAND, _DELAYED])[
                "Attributes"
            ]
            depths[url.rpartition("/")[2].removeprefix(f"{STACK}-")] = {
                "waiting": int(found.get(_WAITING, "0")),
                "in_hand": int(found.get(_IN_HAND, "0")),
                "delayed": int(found.get(_DELAYED, "0")),
            }
    return dict(sorted(depths.items()))


def status_lines(status: dict[str, Any]) -> list[str]:
    """Say a status in lines for a person."""
    lines = [f"api         {status['api']}  {_word(status['api_answers'])}", f"workspace   {status['workspace']}"]
    for crm, where in status["sandboxes"].items():
        integration_id = status["integrations"].get(crm, "not connected")
        lines.append(f"{crm:<11} {where['url']}  {_word(where['answers'])}  {integration_id}")
    for name, depth in status["queues"].items():
        numbers = "  ".join(f"{what.replace('_', ' ')} {number}" for what, number in depth.items())
        lines.append(f"  {name:<18} {numbers}")
    return lines


def _word(answers: bool) -> str:
    return "answers" if answers else "DOES NOT ANSWER"


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5.0, trust_env=False).status_code != 502
    except httpx.HTTPError:
        return False

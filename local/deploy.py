"""Build and deploy the real template with the SAM CLI, then mend what the emulator leaves out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.children import end_with_parent
from local.cloud import BUCKET, STACK, Cloud
from local.errors import LocalError
from local.gateway import open_routes
from local.paths import ROOT, STATE

WHOLE_BATCHES = frozenset({"hubspot", "salesforce"})
"""CRMs that take whole batches, many of them a second: no work in hand lasts for long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many workers work, and for how long.

    Attributes:
        timeout_s: how long one may run; a killed one's message comes back after as long.
        concurrency: batches of one queue in flight at once.
    """

    timeout_s: int
    concurrency: int


QUICK = Pace(timeout_s=10, concurrency=3)
PATIENT = Pace(timeout_s=60, concurrency=2)
"""Where a CRM takes one row a call, or few calls a second: a worker needs the time for as many single calls as a batch
has rows, and one call too many closes Kommo for minutes."""

TOKEN_MINUTES = 1440


def build_for_host() -> None:
    """Build functions and layers for the Python that runs this.

    Raises:
        LocalError: SAM could not build; the message has its words.
    """
    _sam(["build", "--config-env", "local"], env=dict(os.environ) | _build_environment("host"))


def build_for_lambda(destination: Path) -> None:
    """Build functions and layers for python3.13 on arm64, whatever machine this is.

    Raises:
        LocalError: SAM could not build; the message has its words.
    """
    _sam(["build", "--build-dir", str(destination)], env=dict(os.environ) | _build_environment("lambda"))


def deploy(cloud: Cloud, *, crm_base_urls: Mapping[str, str]) -> str:
    """Deploy what was built, and make the API and the mappings what the template says.

    Args:
        cloud: where to.
        crm_base_urls: address of each simulated CRM.

    Returns:
        The id of the HTTP API.

    Raises:
        LocalError: SAM could not deploy; the message has its words.
    """
    if BUCKET not in {bucket.get("Name") for bucket in cloud.buckets.list_buckets()["Buckets"]}:
        cloud.buckets.create_bucket(Bucket=BUCKET)
    pace = QUICK if set(crm_base_urls) <= WHOLE_BATCHES else PATIENT
    parameters = {
        "Stage": "local",
        "WorkerTimeout": str(pace.timeout_s),
        "QueueVisibility": str(pace.timeout_s),
        "MaximumConcurrency": str(pace.concurrency),
        "TokenMinutes": str(TOKEN_MINUTES),
        "CrmBaseUrls": json.dumps(crm_base_urls, separators=(",", ":")) if crm_base_urls else "",
    }
    overrides = [f"{name}={_quoted(value)}" for name, value in parameters.items() if value]
    _sam(["deploy", "--config-env", "local", "--parameter-overrides", *overrides], env=cloud.environment())
    mend_mappings(cloud, concurrency=pace.concurrency)
    return open_routes(cloud)


def mend_mappings(cloud: Cloud, *, concurrency: int) -> None:
    """Give every queue mapping its concurrency as a number.

    CloudFormation hands parameters over as text, which AWS turns into numbers and the emulator does not; its
    poller then stops for all queues.
    """
    for page in cloud.functions.get_paginator("list_event_source_mappings").paginate():
        for mapping in page["EventSourceMappings"]:
            if ":sqs:" in mapping.get("EventSourceArn", ""):
                cloud.functions.update_event_source_mapping(
                    UUID=mapping.get("UUID", ""), ScalingConfig={"MaximumConcurrency": concurrency}
                )


def outputs(cloud: Cloud) -> dict[str, str]:
    """Return the stack's outputs by name."""
    stack = cloud.stacks.describe_stacks(StackName=STACK)["Stacks"][0]
    return {item.get("OutputKey", ""): item.get("OutputValue", "") for item in stack.get("Outputs", [])}


def _quoted(value: str) -> str:
    """Write a parameter so that SAM CLI, which takes quotes for its own, sees it unchanged."""
    escaped = value.replace('"', '\\"')
    return f'"{escaped}"'


def _build_environment(target: str) -> dict[str, str]:
    return {"WHEELS_FOR": target, "PYTHON": sys.executable, "AWS_DEFAULT_REGION": "us-east-1"}


def _sam(arguments: list[str], *, env: Mapping[str, str]) -> None:
    sam = Path(sys.executable).with_name("sam")
    command = [str(sam) if sam.exists() else "sam", *arguments]
    STATE.mkdir(exist_ok=True)
    settings = {
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.3",  # seconds between two looks at the change set; 5 without
        "__SAM_CLI_APP_DIR": str(STATE / "sam"),
    }
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=dict(env) | settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        preexec_fn=end_with_parent(),
    )
    if done.returncode:
        raise LocalError(f"sam {arguments[0]} failed:\n{done.stdout.strip()[-4000:]}")

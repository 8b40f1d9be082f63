"""Build and deploy the real template with the SAM CLI, then mend what the emulator leaves out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local.children import end_with_parent
from local.cloud import BUCKET, STACK, Cloud
from local.errors import LocalError
from local.gateway import open_routes
from local.paths import ROOT, STATE

WORKER_TIMEOUT_S = 10
QUEUE_VISIBILITY_S = 10
"""A killed worker's message comes back after this; the work in hand is far shorter than ``WORKER_TIMEOUT_S``."""

CONCURRENCY = 3
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
    parameters = {
        "Stage": "local",
        "WorkerTimeout": str(WORKER_TIMEOUT_S),
        "QueueVisibility": str(QUEUE_VISIBILITY_S),
        "MaximumConcurrency": str(CONCURRENCY),
        "WorkersPerAccount": "1",
        "TokenMinutes": str(TOKEN_MINUTES),
        "CrmBaseUrls": json.dumps(crm_base_urls, separators=(",", ":")) if crm_base_urls else "",
    }
    overrides = [f"{name}={_quoted(value)}" for name, value in parameters.items() if value]
    _sam(["deploy", "--config-env", "local", "--parameter-overrides", *overrides], env=cloud.environment())
    mend_mappings(cloud)
    return open_routes(cloud)


def mend_mappings(cloud: Cloud) -> None:
    """Give every queue mapping its concurrency as a number.

    CloudFormation hands parameters over as text, which AWS turns into numbers and the emulator does not; its
    poller then stops for all queues.
    """
    for page in cloud.functions.get_paginator("list_event_source_mappings").paginate():
        for mapping in page["EventSourceMappings"]:
            if ":sqs:" in mapping.get("EventSourceArn", ""):
                cloud.functions.update_event_source_mapping(
                    UUID=mapping.get("UUID", ""), ScalingConfig={"MaximumConcurrency": CONCURRENCY}
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

"""One botocore client per service and process, made when it is first needed.

The clients are the ones boto3 gives; without it, a fresh process is ready a tenth sooner.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

CONFIG = Config(
    connect_timeout=2,
    read_timeout=8,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=16,
    tcp_keepalive=True,
)
"""Short timeouts: a function that hangs on AWS is paid for, and its message comes back anyway."""

_making = threading.Lock()  # a session must not make clients in two threads at once
_made: dict[str, object] = {}


def dynamodb() -> DynamoDBClient:
    """Return the process's DynamoDB client."""
    return cast("DynamoDBClient", _client("dynamodb"))


def sqs() -> SQSClient:
    """Return the process's SQS client."""
    return cast("SQSClient", _client("sqs"))


def kms() -> KMSClient:
    """Return the process's KMS client."""
    return cast("KMSClient", _client("kms"))


def events() -> EventBridgeClient:
    """Return the process's EventBridge client."""
    return cast("EventBridgeClient", _client("events"))


def sns() -> Any:  # noqa: ANN401 - there are no stubs for it among the requirements
    """Return the process's SNS client."""
    return _client("sns")


def s3() -> S3Client:
    """Return the process's S3 client."""
    return cast("S3Client", _client("s3"))


def secretsmanager() -> SecretsManagerClient:
    """Return the process's Secrets Manager client."""
    return cast("SecretsManagerClient", _client("secretsmanager"))


def _client(service: str) -> object:
    """Return a service's client; ``AWS_ENDPOINT_URL`` and the region are botocore's own business."""
    with _making:
        if service not in _made:
            # the stubs type each service's name apart
            make = cast("Callable[..., object]", _session().create_client)
            _made[service] = make(service, config=CONFIG)
        return _made[service]


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()

"""The local AWS account, as boto3 sees it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

ACCOUNT = "000000000000"
REGION = "us-east-1"
STACK = "crm-bridge-local"
BUCKET = "crm-bridge-local-artefacts"

_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 3}, read_timeout=60)


@dataclass(frozen=True)
class Cloud:
    """One running emulator.

    Attributes:
        port: where it listens on 127.0.0.1.
    """

    port: int

    @property
    def endpoint(self) -> str:
        """Return the URL every AWS call goes to."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return this process's environment, with the AWS settings replaced by the emulator's."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return kept | {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def _client(self, service: str) -> Any:
        session: Any = boto3.Session(aws_access_key_id=ACCOUNT, aws_secret_access_key="local", region_name=REGION)
        return session.client(service, endpoint_url=self.endpoint, config=_CONFIG)

    @cached_property
    def apis(self) -> ApiGatewayV2Client:
        """HTTP APIs."""
        return self._client("apigatewayv2")

    @cached_property
    def stacks(self) -> CloudFormationClient:
        """CloudFormation."""
        return self._client("cloudformation")

    @cached_property
    def users(self) -> CognitoIdentityProviderClient:
        """Cognito user pools."""
        return self._client("cognito-idp")

    @cached_property
    def functions(self) -> LambdaClient:
        """Lambda."""
        return self._client("lambda")

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        """CloudWatch Logs."""
        return self._client("logs")

    @cached_property
    def buckets(self) -> S3Client:
        """S3."""
        return self._client("s3")

    @cached_property
    def secrets(self) -> SecretsManagerClient:
        """Secrets Manager."""
        return self._client("secretsmanager")

    @cached_property
    def schedules(self) -> Any:
        """EventBridge Scheduler; there are no stubs for it among the requirements."""
        return self._client("scheduler")

    @cached_property
    def queues(self) -> SQSClient:
        """SQS."""
        return self._client("sqs")

    @cached_property
    def bus(self) -> Any:
        """EventBridge; there are no stubs for it among the requirements."""
        return self._client("events")

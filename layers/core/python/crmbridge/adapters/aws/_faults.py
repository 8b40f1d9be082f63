"""Which of AWS's errors a person must repair, and how long to wait for the others."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from crmbridge.errors import ConfigurationError

if TYPE_CHECKING:
    from crmbridge.ports import Sleep

REPAIR = frozenset({
    "AccessDenied",
    "AccessDeniedException",
    "AWS.SimpleQueueService.NonExistentQueue",
    "DisabledException",
    "InvalidAddress",
    "InvalidKeyUsageException",
    "KMSInvalidStateException",
    "KmsAccessDenied",
    "KmsDisabled",
    "KmsInvalidState",
    "KmsNotFound",
    "NotFoundException",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
    "UnrecognizedClientException",
})  # fmt: skip
"""Error codes of DynamoDB, SQS, KMS and Secrets Manager that no waiting heals."""

BUSY = frozenset({
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingError",
    "ThrottlingException",
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
})  # fmt: skip
"""DynamoDB's error and cancellation codes that go away by themselves."""


def code_of(error: ClientError) -> str:
    """Return AWS's own code of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def repairable(what: str) -> Generator[None]:
    """Turn errors that a person must repair into ``ConfigurationError``; all others pass.

    Args:
        what: the thing that is called, by kind and name, such as ``table crm-records``.

    Raises:
        ConfigurationError: the thing does not exist, or may not be used; AWS's own words are in the message.
    """
    try:
        yield
    except ClientError as error:
        if code_of(error) in REPAIR:
            raise ConfigurationError(f"{what} cannot be used: {error}") from error
        raise


@dataclass(frozen=True, slots=True)
class Backoff:
    """How often and how long to wait for AWS: exponential, with full jitter.

    Attributes:
        sleep: waits that many seconds.
        jitter: gives a number from 0.0 up to 1.0.
        attempts: calls in all, beside the two retries botocore makes of each.
        first_s: longest wait before the second call; doubles from there.
        most_s: longest wait of all.
    """

    sleep: Sleep
    jitter: Callable[[], float]
    attempts: int = 6
    first_s: float = 0.05
    most_s: float = 1.0

    def waits(self) -> Iterator[bool]:
        """Wait, longer each time, before each ``True`` that is asked for; end when no more calls are due."""
        for attempt in range(self.attempts - 1):
            self.sleep(self.jitter() * min(self.most_s, self.first_s * 2**attempt))
            yield True

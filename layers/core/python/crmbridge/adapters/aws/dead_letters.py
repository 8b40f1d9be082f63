"""Dead-letter queues of SQS: received, sent to where they came from, and only then deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from crmbridge.adapters.aws._faults import repairable
from crmbridge.adapters.aws.queues import QueueName
from crmbridge.ports.dead_letters import DeadLetter

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

HELD_S = 30
"""Seconds for which a message that is looked at is hidden from others."""

_AT_ONCE = 10
_LOOKS = 2
"""Empty answers in a row after which a queue counts as empty: SQS asks only some of its servers each time."""


class SqsDeadLetters:
    """Looks into dead-letter queues.

    SQS itself can move messages back, but only all of a queue, whosever they are.

    Args:
        urls: of the dead-letter queues, by name.
        source_url: the URL of the queue that messages came from, by the same name.
    """

    def __init__(self, client: SQSClient, urls: Mapping[str, str], *, source_url: Callable[[QueueName], str]) -> None:
        self._client = client
        self._urls = urls
        self._source_url = source_url

    def names(self) -> tuple[str, ...]:
        """Return the queues that can be looked into, ascending."""
        return tuple(sorted(self._urls))

    def take(self, queue: str, *, most: int) -> list[DeadLetter]:
        """Take messages; see ``DeadLetters``.

        Raises:
            ConfigurationError: the queue does not exist or may not be read.
        """
        found: dict[str, DeadLetter] = {}
        looks = 0
        while len(found) < most and looks < _LOOKS:
            with repairable(f"dead-letter queue {queue}"):
                answer = self._client.receive_message(
                    QueueUrl=self._urls[queue],
                    MaxNumberOfMessages=min(_AT_ONCE, most - len(found)),
                    VisibilityTimeout=HELD_S,
                    WaitTimeSeconds=0,
                    MessageSystemAttributeNames=["SentTimestamp", "MessageGroupId"],
                )
            messages = answer.get("Messages", [])
            looks = 0 if messages else looks + 1
            found.update({each.message_id: each for each in map(_letter, messages)})
        return list(found.values())

    def give_back(self, queue: str, letters: Sequence[DeadLetter]) -> None:
        """Let others see taken messages again at once.

        Raises:
            ConfigurationError: the queue does not exist or may not be changed.
        """
        for chunk in _chunks(letters):
            entries: Any = [{**each, "VisibilityTimeout": 0} for each in _receipts(chunk)]
            with repairable(f"dead-letter queue {queue}"):
                self._client.change_message_visibility_batch(QueueUrl=self._urls[queue], Entries=entries)

    def send_back(self, queue: str, letters: Sequence[DeadLetter]) -> None:
        """Send messages to where they came from, then remove them; see ``DeadLetters``.

        Raises:
            ConfigurationError: a queue does not exist or may not be written to.
        """
        for chunk in _chunks(letters):
            entries = [_entry(number, each) for number, each in enumerate(chunk)]
            with repairable(f"queue {queue}"):
                answer = self._client.send_message_batch(
                    QueueUrl=self._source_url(cast("QueueName", queue)), Entries=cast("Any", entries)
                )
            failed = {each["Id"] for each in answer.get("Failed", [])}
            self.remove(queue, [each for number, each in enumerate(chunk) if str(number) not in failed])

    def remove(self, queue: str, letters: Sequence[DeadLetter]) -> None:
        """Remove messages for good.

        Raises:
            ConfigurationError: the queue does not exist or may not be changed.
        """
        for chunk in _chunks(letters):
            with repairable(f"dead-letter queue {queue}"):
                self._client.delete_message_batch(QueueUrl=self._urls[queue], Entries=cast("Any", _receipts(chunk)))


def _letter(message: Mapping[str, Any]) -> DeadLetter:
    said: Mapping[str, str] = message.get("Attributes", {})
    sent_at = datetime.fromtimestamp(int(said.get("SentTimestamp", "0")) / 1000, UTC)
    group = said.get("MessageGroupId", "")
    return DeadLetter(message["MessageId"], message["ReceiptHandle"], message["Body"], sent_at, group)


def _entry(number: int, letter: DeadLetter) -> dict[str, str]:
    entry = {"Id": str(number), "MessageBody": letter.body}
    if not letter.group:
        return entry
    unique = hashlib.sha256(f"{letter.message_id} {letter.receipt}".encode()).hexdigest()
    return {**entry, "MessageGroupId": letter.group, "MessageDeduplicationId": unique}


def _receipts(letters: Sequence[DeadLetter]) -> list[dict[str, str]]:
    return [{"Id": str(number), "ReceiptHandle": each.receipt} for number, each in enumerate(letters)]


def _chunks(letters: Sequence[DeadLetter]) -> Iterator[Sequence[DeadLetter]]:
    for start in range(0, len(letters), _AT_ONCE):
        yield letters[start : start + _AT_ONCE]

"""Work sent to the SQS queues."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from botocore.exceptions import ClientError

from crmbridge.adapters.aws._faults import Backoff, repairable
from crmbridge.domain.messages import ChangeHint, SyncStep, Ticket, Wake
from crmbridge.errors import ConfigurationError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

QueueName: TypeAlias = Literal["changes", "sync", "push", "wake", "outbox"]

_MOST_ENTRIES = 10
_MOST_BYTES = 250_000  # of 256 KiB, the smallest limit SQS has had for a whole call

Entry: TypeAlias = dict[str, Any]


class SqsQueues:
    """Sends in batches of ten, and again what SQS says it failed to take.

    An entry that SQS calls our fault is a ``ConfigurationError`` at once; one that it fails to take for long is
    botocore's ``ClientError``, as every other trouble of AWS. Entries sent before that stay sent.

    Args:
        url_of: the URL of a queue, asked for when something is sent to it.
        backoff: how to wait for entries that SQS fails to take.
    """

    def __init__(self, client: SQSClient, url_of: Callable[[QueueName], str], *, backoff: Backoff) -> None:
        self._client = client
        self._url_of = url_of
        self._backoff = backoff

    def send_changes(self, hints: Sequence[ChangeHint], *, delay_s: int = 0) -> None:
        """Queue hints; see ``Queues``.

        Raises:
            ConfigurationError: the queue does not exist, may not be written to, or refuses a message.
        """
        self._send("changes", _delayed(hints, delay_s))

    def send_steps(self, steps: Sequence[SyncStep], *, delay_s: int = 0) -> None:
        """Queue reading steps; see ``Queues``.

        Raises:
            ConfigurationError: the queue does not exist, may not be written to, or refuses a message.
        """
        self._send("sync", _delayed(steps, delay_s))

    def send_tickets(self, tickets: Sequence[Ticket], *, cause: str) -> None:
        """Queue tickets in the group of their integration and entity; see ``Queues``.

        Raises:
            ConfigurationError: the queue does not exist, may not be written to, or refuses a message.
        """
        entries: list[Entry] = []
        for ticket in tickets:
            text = _text(ticket)
            entries.append(
                {
                    "MessageBody": text,
                    "MessageGroupId": f"{ticket.integration_id}#{ticket.entity}",
                    "MessageDeduplicationId": hashlib.sha256(f"{cause}\n{text}".encode()).hexdigest(),
                }
            )
        self._send("push", entries)

    def send_wakes(self, wakes: Sequence[Wake], *, delay_s: int) -> None:
        """Queue a later look; see ``Queues``.

        Raises:
            ConfigurationError: the queue does not exist, may not be written to, or refuses a message.
        """
        self._send("wake", _delayed(wakes, delay_s))

    def send_outbox(self, texts: Sequence[str]) -> None:
        """Queue events for which the bus has no room just now, as JSON texts of at most 240,000 bytes.

        Raises:
            ConfigurationError: the queue does not exist, may not be written to, or refuses a message.
        """
        self._send("outbox", [{"MessageBody": text} for text in texts])

    def _send(self, queue: QueueName, entries: Sequence[Entry]) -> None:
        for batch in _batches(entries):
            pending, waits = batch, self._backoff.waits()
            while pending:
                failed = self._send_batch(queue, pending)
                pending = [entry for entry in pending if entry["Id"] in failed]
                if pending and not next(waits, False):
                    raise _untaken(queue, failed)

    def _send_batch(self, queue: QueueName, entries: Sequence[Entry]) -> dict[str, str]:
        """Send up to ten entries and return, by id, what SQS said of those it failed to take."""
        with repairable(f"queue {queue}"):
            answer = self._client.send_message_batch(QueueUrl=self._url_of(queue), Entries=list[Any](entries))
        failures = answer.get("Failed", [])
        for failure in failures:
            if failure["SenderFault"]:
                said = f"{failure['Code']} {failure.get('Message', '')}".rstrip()
                raise ConfigurationError(f"queue {queue} refuses a message: {said}")
        return {failure["Id"]: failure["Code"] for failure in failures}


def _text(message: ChangeHint | SyncStep | Ticket | Wake) -> str:
    return json.dumps(message.to_json(), ensure_ascii=False, separators=(",", ":"))


def _delayed(messages: Iterable[ChangeHint | SyncStep | Wake], delay_s: int) -> list[Entry]:
    """Return entries of a standard queue, grouped by workspace: SQS then serves quiet workspaces before a noisy one."""
    if not 0 <= delay_s <= 900:
        raise ValueError(f"a delay of {delay_s} s is not within 0..900")
    return [
        {"MessageBody": _text(each), "DelaySeconds": delay_s, "MessageGroupId": _group(each.workspace_id)}
        for each in messages
    ]


def _group(workspace_id: str) -> str:
    """Return a workspace's message group, of characters that SQS takes."""
    return hashlib.sha256(workspace_id.encode()).hexdigest()[:32]


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Yield entries in order, with ids, in groups that SQS takes in one call."""
    batch, size = list[Entry](), 0
    for entry in entries:
        length = len(entry["MessageBody"].encode())
        if batch and (len(batch) == _MOST_ENTRIES or size + length > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append({**entry, "Id": str(len(batch))})
        size += length
    if batch:
        yield batch


def _untaken(queue: QueueName, failed: dict[str, str]) -> ClientError:
    code = next(iter(failed.values()), "InternalError")
    details: Any = {"Error": {"Code": code, "Message": f"queue {queue} keeps failing to take {len(failed)} messages"}}
    return ClientError(details, "SendMessageBatch")

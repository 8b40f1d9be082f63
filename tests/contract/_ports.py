"""The ports as one set, in memory and on AWS, for the suite that holds both to the same promises."""

from __future__ import annotations

import json
import os
import random
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Protocol

import boto3
from moto import mock_aws

from crmbridge.adapters.aws._faults import Backoff
from crmbridge.adapters.aws.cipher import KmsCipher
from crmbridge.adapters.aws.documents import DynamoDocuments
from crmbridge.adapters.aws.queues import SqsQueues
from crmbridge.adapters.aws.records import DynamoRecords
from crmbridge.adapters.aws.secrets import SecretsManagerAppSecrets
from crmbridge.adapters.memory.cipher import MemoryCipher
from crmbridge.adapters.memory.documents import MemoryDocuments
from crmbridge.adapters.memory.queues import MemoryQueues
from crmbridge.adapters.memory.records import MemoryRecords
from crmbridge.adapters.memory.secrets import MemoryAppSecrets
from crmbridge.domain.tokens import AppSecret
from crmbridge.ports import AppSecrets, Cipher, Documents, Queues, RecordStore
from tests.house.template import resources

ENDPOINT = os.environ.get("CRMBRIDGE_TEST_ENDPOINT", "")
"""A local AWS to judge the adapters by as well, such as http://127.0.0.1:4566; without one, moto alone."""

QUEUES = {"changes": "ChangesQueue", "sync": "SyncQueue", "push": "PushQueue", "wake": "WakeQueue"}
"""Logical ids in template.yaml."""

SERVICES = ("dynamodb", "sqs", "kms", "secretsmanager")


class Clock:
    """A clock that a test moves."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Ports(Protocol):
    """Everything the suite asks of one room of adapters."""

    clock: Clock
    records: RecordStore
    documents: Documents
    queues: Queues
    cipher: Cipher

    def secrets(self, values: Mapping[str, Mapping[str, str]]) -> AppSecrets:
        """Return the port over secrets that hold these values, by connector."""
        ...

    def delivered(self, queue: str) -> list[dict[str, Any]]:
        """Take everything that a queue delivers now, as JSON."""
        ...


class MemoryPorts:
    def __init__(self) -> None:
        self.clock = Clock(datetime.now(UTC))
        self.records: RecordStore = MemoryRecords()
        self.documents: Documents = MemoryDocuments(now=self.clock)
        self.messages = MemoryQueues(now=self.clock)
        self.queues: Queues = self.messages
        self.cipher: Cipher = MemoryCipher()

    def secrets(self, values: Mapping[str, Mapping[str, str]]) -> AppSecrets:
        return MemoryAppSecrets(
            {crm: AppSecret(each.get("client_id", ""), each.get("client_secret", "")) for crm, each in values.items()}
        )

    def delivered(self, queue: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while pending := self.messages.pending(queue):
            for message in pending:
                found.append(json.loads(json.dumps(message.content.to_json())))
                self.messages.acknowledge(message)
        return found


@dataclass
class Names:
    """What was created for one test."""

    tables: dict[str, str]
    queues: dict[str, str]
    key_id: str
    prefix: str


class AwsPorts:
    def __init__(self, clients: Mapping[str, Any]) -> None:
        self.clients = clients
        self.names = create(clients)
        self.clock = Clock(datetime.now(UTC))
        self.units: list[tuple[str, float]] = []
        backoff = Backoff(sleep=lambda _: None, jitter=random.Random(1).random)
        self.records: RecordStore = DynamoRecords(
            clients["dynamodb"],
            self.names.tables["RecordsTable"],
            backoff=backoff,
            on_capacity=lambda kind, units: self.units.append((kind, units)),
        )
        self.documents: Documents = DynamoDocuments(
            clients["dynamodb"], self.names.tables["ControlTable"], now=self.clock, backoff=backoff
        )
        self.queues: Queues = SqsQueues(clients["sqs"], lambda name: self.names.queues[name], backoff=backoff)
        self.cipher: Cipher = KmsCipher(clients["kms"], self.names.key_id, remembered=2)

    def secrets(self, values: Mapping[str, Mapping[str, str]]) -> AppSecrets:
        client = self.clients["secretsmanager"]
        for crm, each in values.items():
            client.create_secret(Name=f"{self.names.prefix}/apps/{crm}", SecretString=json.dumps(each))
        return SecretsManagerAppSecrets(client, self.names.prefix, now=self.clock)

    def delivered(self, queue: str) -> list[dict[str, Any]]:
        sqs, url, found = self.clients["sqs"], self.names.queues[queue], []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def remove(self) -> None:
        for name in self.names.tables.values():
            self.clients["dynamodb"].delete_table(TableName=name)
        for url in self.names.queues.values():
            self.clients["sqs"].delete_queue(QueueUrl=url)


def create(clients: Mapping[str, Any]) -> Names:
    """Create tables and queues as template.yaml describes them, under names of their own."""
    run = f"t{uuid.uuid4().hex[:12]}"
    tables = {name: f"{run}-{name}" for name in resources("AWS::DynamoDB::Table")}
    for name, table in tables.items():
        properties = resources()[name]["Properties"]
        kept = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
        clients["dynamodb"].create_table(
            TableName=table, **{each: properties[each] for each in kept if each in properties}
        )
    queues: dict[str, str] = {}
    for queue, name in QUEUES.items():
        properties = resources()[name]["Properties"]
        is_fifo = properties.get("FifoQueue", False)
        kept = ("FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
        attributes = {each: str(properties[each]) for each in kept if each in properties}
        attributes = {each: text.lower() if text in {"True", "False"} else text for each, text in attributes.items()}
        answer = clients["sqs"].create_queue(
            QueueName=f"{run}-{queue}{'.fifo' if is_fifo else ''}", Attributes=attributes
        )
        queues[queue] = answer["QueueUrl"]
    key_id = clients["kms"].create_key()["KeyMetadata"]["KeyId"]
    return Names(tables, queues, key_id, run)


@cache
def clients(endpoint: str) -> dict[str, Any]:
    """Return clients for moto, or for a local AWS when an endpoint is given; a client costs 70 ms."""
    session = boto3.session.Session(
        aws_access_key_id="testing", aws_secret_access_key="testing", region_name="eu-central-1"
    )
    return {name: session.client(name, endpoint_url=endpoint or None) for name in SERVICES}


@contextmanager
def opened(room: str) -> Generator[Ports]:
    """Open one room of adapters on empty stores: ``memory``, ``moto`` or ``endpoint``."""
    if room == "memory":
        yield MemoryPorts()
    elif room == "moto":
        with mock_aws():
            yield AwsPorts(clients(""))
    else:
        ports = AwsPorts(clients(ENDPOINT))
        try:
            yield ports
        finally:
            ports.remove()


ROOMS = ("memory", "moto", "endpoint") if ENDPOINT else ("memory", "moto")
"""What the suite is run over."""

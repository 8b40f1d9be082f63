"""DynamoDB units per record: of a first sync, of a comparison without changes, and of a change."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, cast

import boto3.session
from moto import mock_aws

from bench.crms import Crm, fill, running
from bench.figures import Figure
from bench.house import House
from bench.metering import MeteredDynamo
from crmbridge.adapters.aws._faults import Backoff
from crmbridge.adapters.aws.documents import DynamoDocuments
from crmbridge.adapters.aws.records import DynamoRecords
from crmbridge.adapters.memory.records import OnChange
from crmbridge.domain.codec import to_text
from crmbridge.ports import Save

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

RECORDS, CONTROL = "records", "control"
ALONE = 10
"""Edits of the last part, which have whole deliveries to themselves."""

PER_RECORD = "units per record"
RUN_WIDE = frozenset(
    {
        "run and its checkpoints",
        "reports",
        "reading position",
        "mark of a reading under way",
        "leases",
        "what is still to be told",
    }
)
"""What a comparison writes for itself, and not for each of its records."""

DOLLARS_PER_WRITE, DOLLARS_PER_READ = 0.625e-6, 0.125e-6
"""On demand, us-east-1, list price of November 2024 and since."""


class StreamedRecords(DynamoRecords):
    """A table whose stream reaches the house: each stored save is told, as a stream mapping would.

    Args:
        told: hears of each stored save.

    Attributes:
        longest: bytes of the longest record's JSON, before it was compressed.
    """

    def __init__(self, client: DynamoDBClient, *, backoff: Backoff, told: OnChange) -> None:
        super().__init__(client, RECORDS, backoff=backoff)
        self._told = told
        self.longest = 0

    def save_many(self, saves: Sequence[Save]) -> tuple[bool, ...]:
        """Store records; see ``RecordStore``."""
        self.longest = max([self.longest, *(len(to_text(save.after).encode()) for save in saves)])
        stored = super().save_many(saves)
        for save, ok in zip(saves, stored, strict=True):
            if ok:
                self._told(save.before, save.after)
        return stored


def measure(*, contacts: int) -> tuple[list[Figure], list[str]]:
    """Measure with this many contacts that go from HubSpot to Salesforce, on an imitation of DynamoDB.

    Returns:
        The figures, and how they came about.
    """
    with running("hubspot") as hubspot, running("salesforce") as salesforce, _tables() as client:
        fill(hubspot, contacts)
        metered = MeteredDynamo(client)
        with closing(_house(metered, {"hubspot": hubspot, "salesforce": salesforce})) as house:
            figures = _lived_through(house, metered, hubspot, salesforce, contacts)
        longest = cast("StreamedRecords", house.hub.records).longest
    notes = [
        f"records of up to {longest:,} bytes of JSON, {metered.largest[RECORDS]:,} as stored, with two links, in "
        f"batches of {contacts}: the larger the batch, the less of reads by partition and of control units falls on "
        "each record",
        "computed from item sizes of every call as AWS documents them, since local imitations of DynamoDB do not "
        "account by size; inside a transaction everything counts twice, the index included",
        "list prices on demand, us-east-1: $0.625 a million writes, $0.125 a million reads; storage, streams to "
        "Lambda (free) and backups are not in it",
    ]
    return figures, notes


def _lived_through(house: House, metered: MeteredDynamo, hubspot: Crm, salesforce: Crm, contacts: int) -> list[Figure]:
    """Return what each of a record's occasions costs, one after the other."""
    source = house.connect(hubspot, entities=("contact",))
    house.connect(salesforce, entities=("contact",))
    ids = tuple(row["id"] for row in hubspot.control("state?entity=contacts")["contacts"])
    alone = ids[:ALONE]
    metered.forget()
    house.sync()
    figures = _figures("first sync, made in Salesforce", metered, contacts)
    metered.forget()
    house.compare(source)
    figures += _figures("comparison without a change", metered, contacts, whole=RUN_WIDE)
    _edit(hubspot, ids, city="Olinda")
    metered.forget()
    house.hint(source, "contact", ids)
    figures += _figures("one field changed in a burst, written to Salesforce", metered, contacts)
    _edit(hubspot, alone, city="Natal")
    metered.forget()
    for each in alone:
        house.hint(source, "contact", (each,))
    return figures + _figures("one field changed, each alone", metered, len(alone))


def _edit(hubspot: Crm, ids: tuple[str, ...], *, city: str) -> None:
    """Let somebody change one field of some contacts."""
    operations = [{"op": "update", "entity": "contacts", "id": each, "properties": {"city": city}} for each in ids]
    hubspot.control("seed", {"operations": operations})


def _figures(what: str, metered: MeteredDynamo, contacts: int, *, whole: frozenset[str] = frozenset()) -> list[Figure]:
    """Return what was spent per record, and what was spent once, however many records there are."""
    writes, reads = (_spent(metered, kind, contacts, leave_out=whole) for kind in ("write", "read"))
    written, read = sum(writes.values()), sum(reads.values())
    dollars = (written * DOLLARS_PER_WRITE + read * DOLLARS_PER_READ) * 1e6
    once = [(name, units) for (kind, name), units in metered.spent.most_common() if kind == "write" and name in whole]
    return [
        Figure(f"{what}: writes", written, PER_RECORD),
        *(Figure(f"  {name}", value, PER_RECORD) for name, value in writes.items()),
        *(Figure(f"  besides, once: {name}", units, "units for all") for name, units in once if units),
        Figure(f"{what}: reads", read, PER_RECORD),
        *(Figure(f"  {name}", value, PER_RECORD) for name, value in reads.items()),
        Figure(f"{what}: at list price", dollars, "dollars per million"),
    ]


def _spent(metered: MeteredDynamo, kind: str, contacts: int, *, leave_out: frozenset[str]) -> dict[str, float]:
    """Return units per record by what they were spent on, the most first."""
    spent = ((name, units) for (of, name), units in metered.spent.most_common() if of == kind and units)
    return {name: units / contacts for name, units in spent if kind == "read" or name not in leave_out}


def _house(metered: MeteredDynamo, crms: dict[str, Crm]) -> House:
    client = cast("DynamoDBClient", metered)
    backoff = Backoff(sleep=lambda _: None, jitter=lambda: 0.0)
    return House(
        crms,
        records=lambda house: StreamedRecords(client, backoff=backoff, told=house.streamed),
        documents=lambda house: DynamoDocuments(client, CONTROL, now=house.now, backoff=backoff),
        paces=True,
    )


@contextmanager
def _tables() -> Generator[Any]:
    """Make both tables as the template does, in an imitation inside this process."""
    with mock_aws(config={"core": {"mock_credentials": True, "passthrough": {"urls": ["http://127.0.0.1.*"]}}}):
        session = boto3.session.Session(region_name="us-east-1")
        client = session.client("dynamodb")  # pyright: ignore[reportUnknownMemberType] - overloads of every service
        keys: Any = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        texts: Any = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
        due: Any = {
            "IndexName": "due",
            "KeySchema": [
                {"AttributeName": "due_pk", "KeyType": "HASH"},
                {"AttributeName": "due_at", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["due_for"]},
        }
        index: Any = [
            {"AttributeName": "due_pk", "AttributeType": "S"},
            {"AttributeName": "due_at", "AttributeType": "N"},
        ]
        client.create_table(
            TableName=CONTROL, KeySchema=keys, AttributeDefinitions=texts, BillingMode="PAY_PER_REQUEST"
        )
        client.create_table(
            TableName=RECORDS,
            KeySchema=keys,
            AttributeDefinitions=[*texts, *index],
            GlobalSecondaryIndexes=[due],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client

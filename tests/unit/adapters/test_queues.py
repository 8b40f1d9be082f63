from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from crmbridge.adapters.aws.queues import SqsQueues
from crmbridge.adapters.memory.queues import MemoryQueues
from crmbridge.domain.messages import ChangeHint, SyncStep, Ticket, Wake
from crmbridge.errors import ConfigurationError
from tests.unit.adapters.fake_aws import FakeClient, Waits, failure

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DEAL = Ticket("acme", "int_1", "deal")


def some_queues(client: FakeClient, waits: Waits | None = None) -> SqsQueues:
    sqs: Any = client
    return SqsQueues(sqs, lambda name: f"https://sqs.test/{name}", backoff=(waits or Waits()).backoff())


def hints(count: int, *, bytes_each: int = 10) -> list[ChangeHint]:
    return [ChangeHint("acme", "int_1", "contact", (str(n) * bytes_each,)) for n in range(count)]


def failed(*ids: str, is_ours: bool = False) -> dict[str, Any]:
    return {"Failed": [{"Id": each, "SenderFault": is_ours, "Code": "InternalError"} for each in ids]}


def sent(client: FakeClient) -> list[list[str]]:
    """The external id of each hint in each call."""
    return [
        [json.loads(entry["MessageBody"])["external_ids"][0][0] for entry in call["Entries"]]
        for _, call in client.calls
    ]


def test_ten_messages_go_in_one_call_to_their_own_queue():
    client = FakeClient({})
    some_queues(client).send_changes(hints(23))
    assert [len(call["Entries"]) for _, call in client.calls] == [10, 10, 3]
    assert {call["QueueUrl"] for _, call in client.calls} == {"https://sqs.test/changes"}
    assert all(len({entry["Id"] for entry in call["Entries"]}) == len(call["Entries"]) for _, call in client.calls)


def test_nothing_to_send_is_no_call():
    client = FakeClient({})
    some_queues(client).send_changes([])
    some_queues(client).send_tickets([], cause="evt_1")
    assert client.calls == []


def test_no_call_is_larger_than_256_kib():
    client = FakeClient({})
    some_queues(client).send_changes(hints(7, bytes_each=100_000))
    assert [len(call["Entries"]) for _, call in client.calls] == [2, 2, 2, 1]


def test_messages_of_standard_queues_are_grouped_by_workspace():
    client = FakeClient({})
    queues = some_queues(client)
    queues.send_wakes([Wake("acme", "int_1"), Wake("acme", "int_2"), Wake("a b#\n" * 99, "int_3")], delay_s=1)
    groups = [entry["MessageGroupId"] for _, call in client.calls for entry in call["Entries"]]
    assert groups[0] == groups[1] != groups[2]
    assert all(each.isalnum() and len(each) <= 128 for each in groups)


def test_a_ticket_stands_in_the_group_of_its_integration_and_entity():
    client = FakeClient({})
    queues = some_queues(client)
    queues.send_tickets([DEAL], cause="evt_1")
    queues.send_tickets([DEAL], cause="evt_1")
    queues.send_tickets([DEAL, Ticket("other", "int_1", "deal")], cause="evt_2")
    entries = [entry for _, call in client.calls for entry in call["Entries"]]
    assert {entry["MessageGroupId"] for entry in entries} == {"int_1#deal"}
    ids = [entry["MessageDeduplicationId"] for entry in entries]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert all(len(each) == 64 for each in ids)


def test_a_delay_is_set_on_each_message():
    client = FakeClient({})
    some_queues(client).send_wakes([Wake("acme", "int_1")] * 2, delay_s=900)
    some_queues(client).send_steps([SyncStep("acme", "int_1", "run_1")], delay_s=5)
    assert [entry["DelaySeconds"] for _, call in client.calls for entry in call["Entries"]] == [900, 900, 5]


def test_what_sqs_fails_to_take_is_sent_again_in_order():
    client, waits = FakeClient(failed("1", "3"), failed("3"), {}), Waits()
    some_queues(client, waits).send_changes(hints(4))
    assert sent(client) == [["0", "1", "2", "3"], ["1", "3"], ["3"]]
    assert waits.slept == [0.05, 0.1]


def test_what_sqs_fails_to_take_for_long_is_botocores_own_error():
    client = FakeClient(failed("1"))
    with pytest.raises(ClientError, match="queue changes keeps failing to take 1"):
        some_queues(client).send_changes(hints(2))
    assert len(client.calls) == 4


def test_a_message_that_sqs_calls_our_fault_is_not_sent_again():
    client = FakeClient(failed("1", is_ours=True))
    with pytest.raises(ConfigurationError, match="queue changes refuses a message: InternalError"):
        some_queues(client).send_changes(hints(2))
    assert len(client.calls) == 1


@pytest.mark.parametrize("code", ["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "AccessDenied"])
def test_a_queue_that_cannot_be_written_to_is_a_fault_of_the_deployment(code):
    with pytest.raises(ConfigurationError, match="queue sync"):
        some_queues(FakeClient(failure(code))).send_steps([SyncStep("acme", "int_1", "run_1")])


class TestMemoryQueues:
    def setup_method(self):
        self.now = NOON
        self.queues = MemoryQueues(now=lambda: self.now)

    def test_messages_stay_until_they_are_acknowledged(self):
        self.queues.send_changes(hints(2))
        first, second = self.queues.pending("changes")
        self.queues.acknowledge(first)
        self.queues.acknowledge(first)
        assert self.queues.messages == self.queues.pending("changes") == [second]
        assert self.queues.pending("sync") == []

    def test_a_delayed_message_appears_when_its_time_has_come(self):
        self.queues.send_wakes([Wake("acme", "int_1")], delay_s=60)
        assert self.queues.pending("wake") == []
        self.now += timedelta(seconds=60)
        assert [each.content for each in self.queues.pending("wake")] == [Wake("acme", "int_1")]

    def test_a_group_delivers_its_oldest_message_only(self):
        self.queues.send_tickets([DEAL], cause="evt_1")
        self.queues.send_tickets([DEAL, Ticket("acme", "int_1", "contact")], cause="evt_2")
        first, other = self.queues.pending("push")
        assert (first.message_id, other.content) == (1, Ticket("acme", "int_1", "contact"))
        self.queues.acknowledge(first)
        assert [each.message_id for each in self.queues.pending("push")] == [2, 3]

    def test_a_repeat_is_dropped_for_five_minutes_even_after_delivery(self):
        self.queues.send_tickets([DEAL], cause="evt_1")
        self.queues.acknowledge(self.queues.messages[0])
        self.now += timedelta(seconds=299)
        self.queues.send_tickets([DEAL], cause="evt_1")
        assert self.queues.messages == []
        self.now += timedelta(seconds=1)
        self.queues.send_tickets([DEAL], cause="evt_1")
        assert len(self.queues.messages) == 1

    def test_causes_are_forgotten_when_they_no_longer_matter(self):
        for number in range(3000):
            self.now += timedelta(seconds=1)
            self.queues.send_tickets([DEAL], cause=f"evt_{number}")
        assert len(self.queues.messages) == 3000
        assert len(self.queues._causes) < 1500

"""Events on EventBridge: in calls that it takes, each for itself, and held in a queue where it takes none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from crmbridge.adapters.aws.bus import EventBridgeBus
from crmbridge.adapters.aws.notifier import SnsNotifier
from crmbridge.adapters.aws.queues import SqsQueues
from crmbridge.domain.events.envelope import Event
from crmbridge.domain.events.notices import notice_of
from tests.unit.adapters.fake_aws import FakeClient, Waits, failure

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def event(number: int, *, text: str = "") -> Event:
    values = {"new": {"description": text}} if text else {}
    return Event(
        event_id=f"evt_{number}",
        kind="contact_updated",
        workspace_id="acme",
        at=NOON,
        correlation_id="run_1",
        data={"recordId": f"con_{number}"},
        values=values,
    )


def taken(**parameters: Any) -> dict[str, Any]:
    return {"FailedEntryCount": 0, "Entries": [{"EventId": "x"} for _ in parameters["Entries"]]}


def refusing(*numbers: int, code: str = "ThrottlingException"):
    """Answer a call in which events of some numbers fail, and no others."""

    def answer(**parameters: Any) -> dict[str, Any]:
        ids = [json.loads(each["Detail"])["id"] for each in parameters["Entries"]]
        failed = {f"evt_{number}" for number in numbers}
        entries = [{"ErrorCode": code, "ErrorMessage": "no"} if each in failed else {"EventId": "x"} for each in ids]
        return {"FailedEntryCount": len(failed), "Entries": entries}

    return answer


def bus(client: FakeClient, waits: Waits | None = None, kept: list[str] | None = None) -> EventBridgeBus:
    events: Any = client
    held = kept if kept is not None else []
    return EventBridgeBus(events, "crm-bridge", keep=held.extend, backoff=(waits or Waits()).backoff())


def sent(client: FakeClient) -> list[list[str]]:
    return [[json.loads(entry["Detail"])["id"] for entry in call["Entries"]] for _, call in client.calls]


def test_ten_events_go_in_one_call_with_source_kind_and_time():
    client = FakeClient(taken)
    assert bus(client).publish([event(number) for number in range(23)]) == ()
    assert [len(ids) for ids in sent(client)] == [10, 10, 3]
    entry = client.calls[0][1]["Entries"][0]
    assert (entry["Source"], entry["DetailType"], entry["EventBusName"]) == (
        "crm-bridge",
        "contact_updated",
        "crm-bridge",
    )
    assert entry["Time"] == NOON


def test_nothing_to_tell_is_no_call():
    client = FakeClient(taken)
    assert bus(client).publish([]) == ()
    assert client.calls == []


def test_no_call_is_larger_than_256_kib():
    client = FakeClient(taken)
    bus(client).publish([event(number, text="x" * 100_000) for number in range(5)])
    assert [len(ids) for ids in sent(client)] == [2, 2, 1]


def test_an_event_larger_than_the_bus_takes_goes_without_what_may_be_personal():
    client = FakeClient(taken)
    assert bus(client).publish([event(1, text="x" * 250_000)]) == ()
    detail = json.loads(client.calls[0][1]["Entries"][0]["Detail"])
    assert (detail["payload"], "values" in detail) == ("ids", False)


def test_only_the_entries_that_failed_are_sent_again():
    client, waits = FakeClient(refusing(1, 3), refusing(3), taken), Waits()
    assert bus(client, waits).publish([event(number) for number in range(5)]) == ()
    assert sent(client) == [[f"evt_{number}" for number in range(5)], ["evt_1", "evt_3"], ["evt_3"]]
    assert len(waits.slept) == 2


def test_what_fails_for_long_is_given_back_and_the_others_are_told():
    client = FakeClient(refusing(1))
    refused = bus(client).publish([event(number) for number in range(12)])
    assert [each.event_id for each in refused] == ["evt_1"]
    assert sent(client)[-1] == ["evt_10", "evt_11"]


def test_a_call_without_an_answer_is_made_again_with_the_same_ids():
    client = FakeClient(EndpointConnectionError(endpoint_url="https://x"), failure("InternalException"), taken)
    assert bus(client).publish([event(1)]) == ()
    assert sent(client) == [["evt_1"]] * 3


def test_one_bad_entry_does_not_take_the_others_with_it():
    def picky(**parameters: Any) -> dict[str, Any]:
        if any('"evt_2"' in each["Detail"] for each in parameters["Entries"]):
            raise failure("ValidationException")
        return taken(**parameters)

    client = FakeClient(picky)
    refused = bus(client).publish([event(number) for number in range(4)])
    assert [each.event_id for each in refused] == ["evt_2"]
    assert ["evt_3"] in sent(client)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_what_a_person_must_repair_is_not_waited_for(code):
    client, waits = FakeClient(failure(code)), Waits()
    assert len(bus(client, waits).publish([event(1), event(2)])) == 2
    assert (len(client.calls), waits.slept) == (1, [])


def test_held_events_are_texts_that_a_queue_takes_and_come_back_the_same():
    kept: list[str] = []
    events = [event(number, text="x" * 30_000) for number in range(20)]
    bus(FakeClient(taken), kept=kept).hold(events)
    assert all(len(text.encode()) < 250_000 for text in kept)
    back = [Event.from_json(each) for text in kept for each in json.loads(text)["events"]]
    assert back == events


def test_held_events_go_to_the_outbox():
    client: Any = FakeClient({})
    queues = SqsQueues(client, lambda name: f"https://sqs.test/{name}", backoff=Waits().backoff())
    events: Any = FakeClient(taken)
    EventBridgeBus(events, "b", keep=queues.send_outbox, backoff=Waits().backoff()).hold([event(1)])
    ((_, call),) = client.calls
    assert call["QueueUrl"] == "https://sqs.test/outbox"


def test_a_message_to_people_names_workspace_and_kind_for_their_filters():
    client: Any = FakeClient({"MessageId": "1"})
    notice = notice_of("circuit_opened", "acme", integration_id="int_1", crm="HubSpot")
    assert SnsNotifier(client, "arn:topic").notify(notice)
    ((operation, call),) = client.calls
    assert (operation, call["TopicArn"], call["Subject"]) == ("publish", "arn:topic", notice.subject)
    told = {name: each["StringValue"] for name, each in call["MessageAttributes"].items()}
    assert told == {"workspace": "acme", "kind": "circuitOpened", "integration": "int_1"}


def test_a_message_of_the_workspace_as_a_whole_names_no_integration():
    client: Any = FakeClient({"MessageId": "1"})
    SnsNotifier(client, "arn:topic").notify(notice_of("conflict_detected", "acme", number=2))
    assert "integration" not in client.calls[0][1]["MessageAttributes"]


def test_a_topic_that_takes_nothing_is_told_of():
    client: Any = FakeClient(failure("ThrottlingException"))
    assert not SnsNotifier(client, "arn:topic").notify(notice_of("conflict_detected", "acme", number=2))

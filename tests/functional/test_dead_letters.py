"""Messages that nobody could process are looked at, given back, or discarded for a reason, by an admin."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from crmbridge.adapters.aws.dead_letters import SqsDeadLetters
from crmbridge.adapters.memory.dead_letters import MemoryDeadLetters
from crmbridge.domain.messages import Ticket
from crmbridge.ports.dead_letters import DeadLetter, DeadLetters
from crmbridge.runtime import dead_letters, messages
from crmbridge.services.dead_letters import LOOKED_AT
from tests.functional.rehearsal import Rehearsal
from tests.functional.test_command_line import Terminal
from tests.house import template

ALL = "/api/crm/dead-letters"
SENT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def letter(number: int, workspace: str = "acme") -> DeadLetter:
    body = {"workspace_id": workspace, "integration_id": "int_1", "entity": "contact", "external_ids": ["1", "2"]}
    sent_at = SENT + timedelta(minutes=number)
    return DeadLetter(f"m{number}", f"r{number}", json.dumps(body), sent_at, "int_1#contact")


class Post:
    """Dead letters of two workspaces, and what was sent back."""

    def __init__(self, rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rehearsal = rehearsal
        self.sent_back: list[tuple[str, str]] = []
        self.letters = MemoryDeadLetters(
            ("changes", "push"), sent_back=lambda queue, each: self.sent_back.append((queue, each.message_id))
        )
        self.letters.held["changes"] = [letter(1), letter(2), letter(3, "rival"), DeadLetter("m4", "r4", "{", SENT)]
        monkeypatch.setattr(dead_letters, "letters", lambda: self.letters)

    def left(self) -> list[str]:
        return [each.message_id for each in self.letters.held["changes"]]

    def call(self, method: str, path: str = "", body=None, **claims: str):
        return self.rehearsal.call(
            method, f"{ALL}{path}", body, claims={"workspace": "acme", "role": "admin", "sub": "person-1", **claims}
        )


@pytest.fixture
def post(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> Post:
    return Post(rehearsal, monkeypatch)


def test_each_queue_is_listed_with_the_workspaces_own_depth_and_age(post):
    items = post.call("GET")[1]["items"]
    assert items == [
        {"queue": "changes", "depth": 2, "oldest": "2026-11-21T09:01:00+00:00"},
        {"queue": "push", "depth": 0},
    ]


def test_a_message_is_shown_by_what_it_asked_for_and_why_it_failed_and_by_no_id_of_a_row(post):
    event = {
        "Records": [
            {
                "messageId": "m1",
                "body": json.dumps(Ticket("acme", "int_1", "contact").to_json()),
                "attributes": {"ApproximateReceiveCount": str(messages.TRIES)},
            }
        ]
    }

    def fails(ticket: Ticket) -> None:
        raise RuntimeError("ana@example.com")

    messages.work_off(event, read=Ticket.from_json, work=fails)
    first, second = post.call("GET", "/changes")[1]["items"]
    assert (first["error"], first["records"], first["facts"]["entity"]) == ("RuntimeError", 2, "contact")
    assert "test_dead_letters.py" in first["where"]
    assert "error" not in second
    assert "ana@example.com" not in json.dumps([first, second])


def test_the_last_try_is_the_templates():
    queues = template.resources("AWS::SQS::Queue")
    told = template.functions()["CrmApiFunction"]["Environment"]["Variables"]["DEAD_LETTER_QUEUES"]
    sources = [name.replace("Dlq", "Queue") for name in template.referred(told)]
    assert len(sources) == 4
    policies = [queues[name]["Properties"]["RedrivePolicy"] for name in sources]
    assert {each["maxReceiveCount"] for each in policies} == {messages.TRIES}


def test_all_or_some_of_the_workspaces_messages_are_given_back(post):
    assert post.call("POST", "/changes/redrive", {"messageIds": ["m2", "m3"]})[1] == {"redriven": 1}
    assert post.call("POST", "/changes/redrive", {})[1] == {"redriven": 1}
    assert post.sent_back == [("changes", "m2"), ("changes", "m1")]
    assert post.left() == ["m3", "m4"]
    assert post.call("POST", "/changes/redrive", {})[0] == 404


def test_discarding_needs_a_reason_and_keeps_it(post):
    assert post.call("POST", "/changes/discard", {"messageIds": ["m1"]})[0] == 400
    assert post.call("POST", "/changes/discard", {"messageIds": [], "reason": "x"})[0] == 400
    shown = post.call("POST", "/changes/discard", {"messageIds": ["m1"], "reason": "the integration is gone"})[1]
    assert shown == {"discarded": 1}
    assert post.sent_back == []
    (kept,) = post.rehearsal.documents.query("acme#DISCARDED")
    assert (kept.body["reason"], kept.body["by"], kept.body["queue"]) == (
        "the integration is gone",
        "person-1",
        "changes",
    )


def test_another_workspaces_messages_are_neither_seen_nor_touched(post):
    rival = post.call("GET", "/changes", workspace="rival")[1]["items"]
    assert [each["messageId"] for each in rival] == ["m3"]
    assert post.call("POST", "/changes/redrive", {"messageIds": ["m1"]}, workspace="rival")[0] == 404
    assert post.call("POST", "/changes/discard", {"messageIds": ["m1"], "reason": "x"}, workspace="rival")[0] == 404
    assert post.left() == ["m1", "m2", "m3", "m4"]


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_only_an_admin_may_look(post, role):
    assert post.call("GET", role=role)[0] == 403
    assert post.call("POST", "/changes/redrive", {}, role=role)[0] == 403


def test_an_unknown_queue_is_not_found(post):
    status, shown = post.call("GET", "/nonsense")
    assert (status, shown["field"]) == (404, "queue")


def test_the_command_line_lists_shows_gives_back_and_discards(post, monkeypatch):
    monkeypatch.setenv("CRMBRIDGE_URL", "https://bridge.test")
    monkeypatch.setenv("CRMBRIDGE_TOKEN", "a-token")
    terminal = Terminal(post.rehearsal)
    assert "changes" in terminal.run("dead-letters", "list")
    assert "entity=contact" in terminal.run("dead-letters", "show", "changes")
    assert "1" in terminal.run("dead-letters", "redrive", "changes", "m1")
    terminal.run("dead-letters", "discard", "changes", "m2", code=2)
    terminal.run("dead-letters", "discard", "changes", "m2", "--reason", "gone")
    terminal.run("dead-letters", "show", code=2)
    assert post.left() == ["m3", "m4"]


@pytest.fixture
def sqs():
    with mock_aws():
        client = boto3.session.Session(region_name="eu-central-1").client("sqs")
        fifo: Any = {"FifoQueue": "true"}
        urls = {
            "changes": client.create_queue(QueueName="changes-dlq")["QueueUrl"],
            "push": client.create_queue(QueueName="push-dlq.fifo", Attributes=fifo)["QueueUrl"],
        }
        sources = {
            "changes": client.create_queue(QueueName="changes")["QueueUrl"],
            "push": client.create_queue(QueueName="push.fifo", Attributes=fifo)["QueueUrl"],
        }
        yield client, urls, sources


def test_on_sqs_messages_go_back_to_the_queue_they_came_from(sqs):
    client, urls, sources = sqs
    for number in range(12):
        client.send_message(QueueUrl=urls["changes"], MessageBody=f"m{number}")
    letters: DeadLetters = SqsDeadLetters(client, urls, source_url=lambda name: sources[name])
    taken = letters.take("changes", most=LOOKED_AT)
    assert sorted(each.body for each in taken) == sorted(f"m{number}" for number in range(12))
    assert letters.take("changes", most=1) == []
    letters.give_back("changes", taken[:1])
    letters.send_back("changes", taken[1:])
    assert [each.body for each in letters.take("changes", most=LOOKED_AT)] == [taken[0].body]
    assert client.get_queue_attributes(QueueUrl=sources["changes"], AttributeNames=["All"])["Attributes"][
        "ApproximateNumberOfMessages"
    ] == str(11)


def test_on_sqs_a_ticket_keeps_its_group(sqs):
    client, urls, sources = sqs
    client.send_message(
        QueueUrl=urls["push"], MessageBody="t", MessageGroupId="int_1#contact", MessageDeduplicationId="d"
    )
    letters = SqsDeadLetters(client, urls, source_url=lambda name: sources[name])
    letters.send_back("push", letters.take("push", most=10))
    (back,) = client.receive_message(QueueUrl=sources["push"], AttributeNames=["All"])["Messages"]
    assert (back["Body"], back["Attributes"]["MessageGroupId"]) == ("t", "int_1#contact")
    assert letters.take("push", most=10) == []

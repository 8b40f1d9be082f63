"""A role lets a function send to exactly the queues that its code sends to: emulators check no role, AWS does."""

from __future__ import annotations

import pytest

from tests.house import template
from tests.unit.template import reached
from tests.unit.template.test_template_policies import _queues_of

QUEUES = {
    ("queues", "send_changes"): "ChangesQueue",
    ("queues", "send_steps"): "SyncQueue",
    ("queues", "send_tickets"): "PushQueue",
    ("queues", "send_wakes"): "WakeQueue",
    ("queues", "send_outbox"): "OutboxQueue",
    ("bus", "hold"): "OutboxQueue",
}
"""By port and method; ``reached`` tells which of them a function's code can call."""


def test_every_way_of_sending_has_its_queue():
    assert reached.methods_of("queues") == {method for port, method in QUEUES if port == "queues"}
    assert set(QUEUES.values()) <= template.resources("AWS::SQS::Queue").keys()


@pytest.mark.parametrize("name", sorted(template.functions()))
def test_a_role_may_send_where_the_code_sends_and_nowhere_else(name: str):
    folder = template.folder_of(template.functions()[name])
    sends = {QUEUES[each] for each in reached.calls_of(folder) & QUEUES.keys()}
    allowed = _queues_of(name, "sqs:SendMessage") & set(QUEUES.values())
    given_back = set(QUEUES.values()) - {"OutboxQueue"} if name == "CrmApiFunction" else set()
    assert allowed == sends | given_back


def test_what_the_code_sends_is_found_at_all():
    assert ("queues", "send_tickets") in reached.calls_of("fan_out_changes")
    assert ("queues", "send_wakes") in reached.calls_of("push_changes")
    assert reached.calls_of("add_claims") == set()


@pytest.mark.parametrize(
    ("action", "resource", "by"),
    [
        ("events:PutEvents", "EventBus", {"AnnounceFunction", "FanOutChangesFunction"}),
        ("sns:Publish", "NoticeTopic", {"AnnounceFunction"}),
    ],
)
def test_only_those_who_announce_may_and_only_there(action: str, resource: str, by: set[str]):
    found = {name: _queues_of(name, action) for name in template.functions()}
    assert {name: where for name, where in found.items() if where} == {key: {resource} for key in by}

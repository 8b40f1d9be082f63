"""Events from the bus and from the queue: who sent them is what AWS says, and the workspace has to know the sender."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest

from crmbridge import runtime
from crmbridge.settings import Settings
from tests.functional.rehearsal import Context, Rehearsal
from tests.functional.watching import assert_problem, nothing_changes

QUEUE, BUS = (f"arn:aws:sqs:eu-central-1:123456789012:crm-bridge-{each}" for each in ("events", "bus-events"))
ACCOUNT, SOURCE, ROLE = "210987654321", "shop.bookings", "AROAEXAMPLEID00000002"
SOURCES = "/api/crm/event-sources"
ON_BUS, AT_QUEUE = {"door": "bus", "account": ACCOUNT, "source": SOURCE}, {"door": "queue", "principal": ROLE}
VISIT = {"id": "v1", "type": "website_visit", "workspaceId": "acme", "data": {"email": "ana@example.com"}}


class Doors:
    """The deployed function behind both queues."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.rehearsal, self._numbers = rehearsal, count(1)

    def take(self, *messages: dict[str, Any], context: Context | None = None) -> list[str]:
        """Hand over one batch; returns the messages that come back."""
        answer = self.rehearsal.handlers["take_events"]({"Records": list(messages)}, context or Context())
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    def message(self, body: Any, *, arn: str = QUEUE, sender: str = f"{ROLE}:payments") -> dict[str, Any]:
        return {
            "messageId": f"m{next(self._numbers)}",
            "body": body if isinstance(body, str) else json.dumps(body),
            "attributes": {"SenderId": sender, "SentTimestamp": "1795255200000", "ApproximateReceiveCount": "1"},
            "eventSource": "aws:sqs",
            "eventSourceARN": arn,
        }

    def put(self, detail: dict[str, Any], type_: str = "website_visit", **more: Any) -> dict[str, Any]:
        """Return an event of the bus, as its rule hands it to its queue."""
        envelope = {
            "version": "0",
            "id": "17793124-05d4-b198-2fde-7ededc63b103",
            "detail-type": type_,
            "source": SOURCE,
            "account": ACCOUNT,
            "time": "2026-11-21T10:00:00Z",
            "region": "eu-central-1",
            "resources": [],
            "detail": detail,
        }
        return self.message({**envelope, **more}, arn=BUS, sender="AIDAEVENTBRIDGE")

    def contacts(self, workspace_id: str = "acme") -> list[Any]:
        return list(self.rehearsal.records.list_records(workspace_id, "contact", cursor=None, limit=10).items)

    def refused(self) -> list[dict[str, Any]]:
        return self.rehearsal.call("GET", "/api/crm/refused-events")[1]["items"]


@pytest.fixture
def doors(rehearsal, monkeypatch) -> Doors:
    monkeypatch.setattr(runtime, "settings", lambda: Settings({"BUS_EVENTS_QUEUE_ARN": BUS}))
    return Doors(rehearsal)


@pytest.fixture
def known(doors) -> Doors:
    """A workspace that has registered a sender at each door."""
    for body in (ON_BUS, AT_QUEUE):
        assert doors.rehearsal.call("POST", SOURCES, body)[0] == 201
    return doors


def test_an_event_at_the_queue_is_taken_for_the_workspace_that_knows_its_sender(known):
    assert known.take(known.message(VISIT)) == []
    (contact,) = known.contacts()
    assert contact.fields["email"] == "ana@example.com"
    assert contact.last.by == f"queue:{ROLE}"
    (shown,) = known.rehearsal.records.list_records("acme", "activity", cursor=None, limit=9).items
    assert shown.fields["due_at"] == "2026-11-21T10:00:00Z", "when it was sent, since it does not say when it happened"


def test_an_event_on_the_bus_is_taken_by_its_type_and_its_own_id(known):
    detail = {"id": "v1", "workspaceId": "acme", "occurredAt": "2026-11-20T08:00:00Z", "data": VISIT["data"]}
    assert known.take(known.put(detail), known.put(detail, id="another-envelope")) == []
    assert len(known.contacts()) == 1
    assert known.rehearsal.call("GET", "/api/crm/events/v1")[1]["result"] == "taken"
    assert len(known.rehearsal.records.list_records("acme", "activity", cursor=None, limit=9).items) == 1


def test_an_event_on_the_bus_without_an_id_has_that_of_its_envelope(known):
    detail = {"workspaceId": "acme", "data": VISIT["data"]}
    assert known.take(known.put(detail), known.put(detail)) == []
    assert len(known.rehearsal.records.list_records("acme", "activity", cursor=None, limit=9).items) == 1


@pytest.mark.parametrize(
    ("door", "body"),
    [
        ("an unregistered role", lambda doors: doors.message(VISIT, sender="AROASOMEBODYELSE00001:x")),
        ("a workspace that did not register it", lambda doors: doors.message({**VISIT, "workspaceId": "rival"})),
        ("no workspace", lambda doors: doors.message({key: VISIT[key] for key in ("id", "type", "data")})),
        ("a workspace that is none", lambda doors: doors.message({**VISIT, "workspaceId": "acme#SOURCE"})),
        ("a workspace that is no text", lambda doors: doors.message({**VISIT, "workspaceId": ["acme"]})),
        ("another account", lambda doors: doors.put({**VISIT}, account="999999999999")),
        ("another source", lambda doors: doors.put({**VISIT}, source="shop.payments")),
        ("another door", lambda doors: doors.message(VISIT, sender=f"{ACCOUNT}/{SOURCE}:x")),
        ("an envelope of one's own", lambda doors: doors.message(json.loads(doors.put(VISIT)["body"]))),
        (
            "an envelope and a role of one's own",
            lambda doors: doors.message({**VISIT, "workspaceId": "rival", "source": SOURCE, "account": ACCOUNT}),
        ),
    ],
)
def test_nobody_speaks_for_a_workspace_by_just_naming_it(known, door, body):
    message = body(known)
    with nothing_changes(known.rehearsal):
        assert known.take(message) == [message["messageId"]], door
    assert known.contacts() == known.contacts("rival") == []


def test_a_sender_may_serve_many_workspaces_and_each_admits_it_by_itself(known):
    rival = {"workspace": "rival", "role": "admin"}
    assert known.rehearsal.call("POST", SOURCES, AT_QUEUE, claims=rival)[0] == 201
    assert known.take(known.message(VISIT), known.message({**VISIT, "workspaceId": "rival"})) == []
    assert len(known.contacts()) == len(known.contacts("rival")) == 1


def test_a_bad_event_comes_back_is_listed_and_hinders_no_other(known):
    bad = known.message({**VISIT, "id": "v2", "data": {"email": "nobody"}})
    unknown = known.put({"id": "v3", "workspaceId": "acme", "data": {}}, "booking.made")
    assert known.take(bad, known.message(VISIT), unknown) == [bad["messageId"], unknown["messageId"]]
    assert {each["id"]: each["field"] for each in known.refused()} == {"v2": "data.email", "v3": "type"}
    assert all(each["nextStep"] for each in known.refused())
    assert "nobody" not in json.dumps([each for each in known.refused() if each.pop("detail")])
    assert len(known.contacts()) == 1


@pytest.mark.parametrize("body", ["", "[]", "{", '"x"', "null"])
def test_what_is_no_event_at_all_comes_back(known, body):
    message = known.message(body)
    assert known.take(message, known.message(VISIT)) == [message["messageId"]]
    assert len(known.contacts()) == 1


def test_a_message_of_its_batch_may_stand_before_its_conversation(known):
    told: dict[str, object] = {"id": "x1", "type": "message.received", "workspaceId": "acme"}
    message = {**told, "data": {"id": "m", "conversationId": "c", "platform": "twitter", "text": "Hi"}}
    talk = {**told, "id": "x2", "type": "conversation.created"}
    talk["data"] = {"id": "c", "platform": "twitter", "participant": {"email": "ana@example.com"}}
    assert known.take(known.message(message), known.message(talk)) == []
    assert known.refused() == []


def test_when_time_is_short_the_rest_comes_back_untouched(known):
    messages = [known.message({**VISIT, "id": f"v{number}"}) for number in range(5)]
    back = known.take(*messages, context=Context(pages=2))
    assert back == [each["messageId"] for each in messages[-len(back) :]]
    assert 0 < len(back) < 5


def test_what_one_is_at_another_leaves_for_later(known, monkeypatch):
    from crmbridge.errors import LeaseHeldError
    from crmbridge.runtime import event_messages

    def held(*_: Any, **__: Any) -> None:
        raise LeaseHeldError("somebody else is at it", retry_after_s=5)

    monkeypatch.setattr(event_messages, "take_event", held)
    message = known.message(VISIT)
    assert known.take(message) == [message["messageId"]]
    assert known.refused() == []


# ------------------------------------------------------------------------------------------------ senders


def test_senders_are_registered_listed_and_removed(known):
    listed = known.rehearsal.call("GET", SOURCES)[1]["items"]
    assert {each["identity"] for each in listed} == {f"{ACCOUNT}/{SOURCE}", ROLE}
    (role,) = [each for each in listed if each["identity"] == ROLE]
    assert known.rehearsal.call("DELETE", f"{SOURCES}/{role['id']}")[0] == 204
    message = known.message(VISIT)
    assert known.take(message) == [message["messageId"]]
    assert_problem(known.rehearsal.call("DELETE", f"{SOURCES}/{role['id']}"), 404, field="source_id")


def test_registering_again_changes_the_name_and_nothing_else(known):
    known.rehearsal.call("POST", SOURCES, {**AT_QUEUE, "name": "Payments"})
    listed = known.rehearsal.call("GET", SOURCES)[1]["items"]
    assert [each["name"] for each in listed if each["identity"] == ROLE] == ["Payments"]
    assert len(listed) == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "door"),
        ({"door": "window"}, "door"),
        ({"door": "bus", "account": "123", "source": "x"}, "account"),
        ({"door": "bus", "account": ACCOUNT}, "source"),
        ({"door": "bus", "account": ACCOUNT, "source": "a b"}, "source"),
        ({"door": "queue"}, "principal"),
        ({"door": "queue", "principal": "arn:aws:iam::1:role/x"}, "principal"),
    ],
)
def test_what_tells_no_sender_is_refused_by_name(doors, body, field):
    with nothing_changes(doors.rehearsal):
        assert_problem(doors.rehearsal.call("POST", SOURCES, body), 400, field=field)


def test_only_an_admin_registers_senders(doors):
    with nothing_changes(doors.rehearsal):
        answer = doors.rehearsal.call("POST", SOURCES, AT_QUEUE, claims={"workspace": "acme", "role": "operator"})
        assert_problem(answer, 403, field=None)

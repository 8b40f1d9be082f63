"""Events are taken once, in any order, and refused with the field that is wrong; a worker may end anywhere."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.domain.workflows.events import EVENT_TYPES, KEPT_S
from tests.functional.rehearsal import Rehearsal
from tests.functional.shop import BOOKING, OPERATOR, Shop
from tests.functional.watching import assert_problem, nothing_changes

PERSON = {"email": "ana@example.com", "name": "Ana Prado"}
ONE_OF_EACH: dict[str, dict[str, Any]] = {
    "conversation.created": {"id": "c1", "platform": "twitter", "participant": PERSON},
    "message.sent": {"id": "m1", "conversationId": "c1", "platform": "twitter", "text": "Hello"},
    "message.received": {"id": "m2", "conversationId": "c1", "platform": "twitter", "text": "Hi"},
    "post.engaged": {"postId": "p1", "platform": "twitter", "engagement": "comment", "user": PERSON},
    "booking.created": BOOKING,
    "booking.updated": {"id": "booking-123", "status": "diagnosed"},
    "repair.updated": {"id": "r1", "bookingId": "booking-123", "status": "in_progress"},
    "repair.completed": {"id": "r1", "bookingId": "booking-123", "warrantyPeriod": 6},
    "payment.received": {"id": "pay1", "bookingId": "booking-123", "amount": 299.99},
    "review.submitted": {"id": "rev1", "customerId": "customer-7", "rating": 5, "text": "Quick!"},
    "customer.updated": {"id": "customer-7", "totalSpent": "1200.50", "bookingCount": 4, "averageRating": 4.8},
    "lead.updated": {"id": "l1", "email": "bo@example.com", "lastName": "Lund", "status": "open"},
    "meeting.scheduled": {"id": "meet1", **PERSON, "startsAt": "2026-12-01T10:00:00Z", "title": "Demo"},
    "email_sent": {**PERSON, "subject": "Offer", "text": "Dear Ana", "emailTo": ["ana@example.com"]},
    "email_opened": PERSON,
    "link_clicked": {**PERSON, "url": "https://example.com/offer"},
    "form_submitted": {**PERSON, "source": "landing page"},
    "website_visit": {**PERSON, "url": "https://example.com/prices"},
    "social_engagement": {**PERSON, "platform": "instagram"},
    "message": {**PERSON, "text": "Hello", "direction": "inbound"},
    "call": {**PERSON, "durationS": 120, "direction": "outbound"},
    "meeting": {**PERSON, "subject": "Coffee"},
}


@pytest.fixture
def shop(rehearsal: Rehearsal) -> Shop:
    return Shop(rehearsal)


def told(number: int, type_: str, data: dict[str, Any], minute: int = 0, **more: Any) -> dict[str, Any]:
    at = f"2026-11-21T10:{minute:02}:00Z"
    return {"id": f"e{number}", "type": type_, "occurredAt": at, "data": data, **more}


EVERYTHING = [told(number, name, data, number) for number, (name, data) in enumerate(ONE_OF_EACH.items())]


def test_every_type_of_event_is_taken(shop):
    assert ONE_OF_EACH.keys() == set(EVENT_TYPES)
    results = shop.send_all(*EVERYTHING)
    assert [each["result"] for each in results] == ["taken"] * len(EVERYTHING), results
    assert all(each["records"] for each in results)


def test_sent_again_an_event_is_the_same_and_nothing_is_done(shop):
    first = shop.send_all(*EVERYTHING)
    with nothing_changes(shop.rehearsal):
        again = shop.send_all(*EVERYTHING)
    assert {each["result"] for each in again} == {"repeated"}
    assert [each["records"] for each in again] == [each["records"] for each in first]


def test_an_id_is_known_for_seven_days(shop):
    event = told(1, "email_opened", PERSON)
    shop.send_all(event)
    shop.rehearsal.advance(KEPT_S - 60)
    assert shop.send_all(event)[0]["result"] == "repeated"
    shop.rehearsal.advance(120)
    assert shop.send_all(event)[0]["result"] == "taken"


def test_an_id_that_stands_for_another_event_is_refused(shop):
    shop.send_all(told(1, "email_opened", PERSON))
    with nothing_changes(shop.rehearsal):
        (item,) = shop.send_all(told(1, "email_opened", {"email": "bo@example.com"}))
    assert (item["result"], item["problem"]["field"]) == ("refused", "id")


def test_an_event_without_a_time_may_be_sent_again(shop):
    event = {"id": "e1", "type": "email_opened", "data": PERSON}
    shop.send_all(event)
    shop.rehearsal.advance(3600)
    assert shop.send_all(event)[0]["result"] == "repeated"


def test_another_workspace_has_its_own_events_and_people(shop):
    shop.send_all(*EVERYTHING)
    rival = {"workspace": "rival", "role": "operator"}
    body = {"events": [told(1, "email_opened", PERSON)]}
    (item,) = shop.rehearsal.call("POST", "/api/crm/events", body, claims=rival)[1]["items"]
    assert item["result"] == "taken"
    assert shop.rehearsal.records.get_many("acme", item["records"]) == {}
    assert_problem(shop.rehearsal.call("GET", "/api/crm/events/e5", claims=rival), 404, field="event_id")


# ------------------------------------------------------------------------------------------------ refusals

WRONG = [
    ({}, "id"),
    ({"id": "e", "type": "email_opened"}, "data"),
    ({"id": "e", "type": "booking.made", "data": {}}, "type"),
    ({"id": "a b", "type": "email_opened", "data": PERSON}, "id"),
    ({"id": "e", "type": "email_opened", "data": {"email": "nobody"}}, "data.email"),
    ({"id": "e", "type": "email_opened", "data": {}}, "data"),
    ({"id": "e", "type": "email_opened", "data": PERSON, "occurredAt": "yesterday"}, "occurredAt"),
    ({"id": "e", "type": "email_opened", "data": PERSON, "occurredAt": "2099-01-01T00:00:00Z"}, "occurredAt"),
    ({"id": "e", "type": "email_opened", "data": PERSON, "workspaceId": "rival"}, "workspaceId"),
    ({"id": "e", "type": "email_opened", "data": {"recordId": "con_nobody"}}, "data.recordId"),
    ({"id": "e", "type": "booking.created", "data": {"id": " "}}, "data.id"),
    ({"id": "e", "type": "booking.created", "data": {"id": "1"}}, "data"),
    ({"id": "e", "type": "booking.created", "data": {**BOOKING, "estimatedCost": "-1"}}, "data.estimatedCost"),
    ({"id": "e", "type": "booking.created", "data": {**BOOKING, "estimatedCost": "NaN"}}, "data.estimatedCost"),
    ({"id": "e", "type": "booking.created", "data": {**BOOKING, "bookingDate": "soon"}}, "data.bookingDate"),
    ({"id": "e", "type": "payment.received", "data": {"id": "p", "amount": 0, **PERSON}}, "data.amount"),
    (
        {
            "id": "e",
            "type": "payment.received",
            "data": {"id": "p", "amount": 5, "currency": "EUR", "customerEmail": "a@example.com"},
        },
        "data.currency",
    ),
    ({"id": "e", "type": "payment.received", "data": {"id": "p", "amount": 5, "customerId": "x"}}, "data.customerId"),
    ({"id": "e", "type": "payment.received", "data": {"id": "p", "amount": 5, "bookingId": "x"}}, "data.bookingId"),
    ({"id": "e", "type": "review.submitted", "data": {"id": "r", "rating": 6}}, "data.rating"),
    ({"id": "e", "type": "post.engaged", "data": {"postId": "p", "platform": "x", "engagement": "stare"}}, "data.user"),
    (
        {"id": "e", "type": "message.sent", "data": {"id": "m", "conversationId": "c", "platform": "x"}},
        "data.conversationId",
    ),
    ({"id": "e", "type": "meeting.scheduled", "data": {"id": "m", **PERSON, "startsAt": ""}}, "data.startsAt"),
    ("booking", "body"),
]


@pytest.mark.parametrize(("event", "field"), WRONG, ids=[f"{field}-{n}" for n, (_, field) in enumerate(WRONG)])
def test_a_bad_event_is_told_its_field_and_the_next_step_and_hinders_no_other(shop, event, field):
    refused, fine = shop.send_all(event, told(2, "email_opened", PERSON))
    assert (refused["result"], refused["problem"].get("field")) == ("refused", field), refused
    assert refused["problem"]["nextStep"]
    assert fine["result"] == "taken"


def test_what_was_refused_is_listed_until_it_is_taken(shop):
    early = told(1, "payment.received", {"id": "p", "amount": 5, "customerId": "customer-7"})
    assert shop.send_all(early)[0]["result"] == "refused"
    (listed,) = shop.rehearsal.call("GET", "/api/crm/refused-events")[1]["items"]
    assert (listed["id"], listed["type"], listed["field"]) == ("e1", "payment.received", "data.customerId")
    assert shop.rehearsal.call("GET", "/api/crm/events/e1")[1]["result"] == "refused"
    shop.send_all(told(2, "booking.created", BOOKING))
    assert shop.send_all(early)[0]["result"] == "taken"
    assert shop.rehearsal.call("GET", "/api/crm/refused-events")[1]["items"] == []
    shown = shop.rehearsal.call("GET", "/api/crm/events/e1")[1]
    assert (shown["result"], shown["type"]) == ("taken", "payment.received")


def test_what_was_refused_may_be_corrected_under_its_id(shop):
    shop.send_all(told(1, "payment.received", {"id": "p", "amount": 5, "customerId": "customer-7"}))
    data = {"id": "p", "amount": 5, "customerId": "customer-7", "customerEmail": "jana@example.com"}
    assert shop.send_all(told(1, "payment.received", data))[0]["result"] == "taken"


def test_in_one_call_an_event_may_stand_before_what_it_speaks_of(shop):
    message = told(1, "message.received", ONE_OF_EACH["message.received"])
    results = shop.send_all(message, told(2, "conversation.created", ONE_OF_EACH["conversation.created"]))
    assert [each["result"] for each in results] == ["taken", "taken"]


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "events"), ({"events": []}, "events"), ({"events": [{}] * 26}, "events"), ({"events": "e"}, "events")],
)
def test_a_call_holds_one_to_25_events(shop, body, field):
    with nothing_changes(shop.rehearsal):
        assert_problem(shop.rehearsal.call("POST", "/api/crm/events", body, claims=OPERATOR), 400, field=field)


def test_a_viewer_may_not_send_events(shop):
    answer = shop.rehearsal.call(
        "POST", "/api/crm/events", {"events": [{}]}, claims={"workspace": "acme", "role": "viewer"}
    )
    assert_problem(answer, 403, field=None)


def test_who_is_meant_is_not_guessed(shop):
    from crmbridge.domain.records import Record
    from crmbridge.ports import Save

    for number in (1, 2):
        record = Record(
            "acme", f"con_{number}", "contact", fields={"email": "two@example.com", "last_name": "X"}, rev=1
        )
        assert shop.rehearsal.records.save_many([Save(None, record)]) == (True,)
    item = shop.send("email_opened", {"email": "two@example.com"})
    assert (item["result"], item["problem"]["field"]) == ("refused", "email")
    assert "con_1, con_2" in item["problem"]["nextStep"]

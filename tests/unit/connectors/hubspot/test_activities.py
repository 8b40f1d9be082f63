"""Activities in HubSpot: five objects, times that stand in, HTML, headers, and calls about many at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmbridge.connectors.hubspot.mapping import ACTIVITY_RULES, Row, completed, observe, project, properties_to_write
from crmbridge.connectors.hubspot.mapping.markup import HTML_MAX, to_html, to_text
from crmbridge.connectors.hubspot.webhooks import DOOR
from crmbridge.domain.webhook import WebhookCall
from crmbridge.ports import WriteOp
from tests.unit.connectors.hubspot.conftest import Portal, lexicon

LEXICON = lexicon()
OURS = "act_01J00000000000000000000007"
BORN = "2024-06-10T02:35:18Z"


def create(portal: Portal, kind: str, op_id: str = OURS, **fields: Any) -> str:
    (result,) = portal.client.write("activity", [WriteOp("create", op_id, fields={"kind": kind, **fields})])
    assert result.error is None
    return result.external_id


def properties(portal: Portal, external_id: str) -> dict[str, str]:
    table, _, record_id = external_id.partition(":")
    rows = portal.http.get(f"http://sandbox.test/_sandbox/state?entity={table}&id={record_id}").json()[table]
    return rows[0]["properties"]


@pytest.mark.parametrize("kind", sorted(ACTIVITY_RULES))
def test_an_activity_without_a_time_gets_one_that_reads_back_as_none(portal: Portal, kind: str):
    external_id = create(portal, kind)
    assert properties(portal, external_id)["hs_timestamp"] == BORN
    fields = portal.client.read("activity", [external_id]).found[external_id].fields
    assert fields["kind"] == kind
    assert fields["due_at" if kind == "task" else "starts_at"] is None


def test_a_time_that_people_chose_is_no_stand_in():
    row = Row(id="1", properties={"hs_timestamp": BORN, "crmbridge_id": None})
    assert observe(ACTIVITY_RULES["task"], row, LEXICON).fields["due_at"] == BORN
    row = Row(id="1", properties={"hs_timestamp": "2026-11-20T14:00:00Z", "crmbridge_id": OURS})
    assert observe(ACTIVITY_RULES["task"], row, LEXICON).fields["due_at"] == "2026-11-20T14:00:00Z"


def test_only_a_task_can_lose_its_time(portal: Portal):
    task = create(portal, "task", due_at="2027-03-30T15:00:00Z")
    assert portal.client.project("activity", {"kind": "task", "due_at": None}) == {"kind": "task", "due_at": None}
    (result,) = portal.client.write("activity", [WriteOp("update", "x", task, fields={"due_at": None})])
    assert result.error is None
    assert portal.client.read("activity", [task]).found[task].fields["due_at"] is None
    assert portal.client.project("activity", {"kind": "call", "starts_at": None}) == {"kind": "call"}


def test_a_meeting_stands_on_the_time_line_where_it_begins(portal: Portal):
    meeting = create(portal, "meeting", starts_at="2026-11-20T14:00:00Z", ends_at="2026-11-20T15:00:00Z")
    held = properties(portal, meeting)
    assert held["hs_timestamp"] == held["hs_meeting_start_time"] == "2026-11-20T14:00:00Z"
    moved = WriteOp("update", "x", meeting, fields={"starts_at": "2026-11-21T14:00:00Z"})
    portal.client.write("activity", [moved])
    held = properties(portal, meeting)
    assert held["hs_timestamp"] == held["hs_meeting_start_time"] == "2026-11-21T14:00:00Z"


def test_a_meeting_that_a_program_logged_without_a_start_begins_at_its_time():
    told = {"hs_timestamp": "2026-11-20T14:00:00Z", "hs_meeting_start_time": None}
    assert observe(ACTIVITY_RULES["meeting"], Row(id="1", properties=told), LEXICON).fields["starts_at"] == (
        "2026-11-20T14:00:00Z"
    )


@pytest.mark.parametrize(
    ("kind", "field", "value", "canonical"),
    [
        ("task", "hs_task_status", "WAITING", ("status", "open")),
        ("task", "hs_task_priority", "NONE", ("priority", None)),
        ("call", "hs_call_status", "NO_ANSWER", ("status", "cancelled")),
        ("call", "hs_call_duration", "90500", ("duration_s", 90)),
        ("meeting", "hs_meeting_outcome", "NO_SHOW", ("status", "cancelled")),
        ("email", "hs_email_status", "BOUNCED", ("status", "completed")),
        ("email", "hs_email_direction", "FORWARDED_EMAIL", ("direction", "outbound")),
    ],
)
def test_hubspots_own_words_are_understood(kind, field, value, canonical):
    name, meant = canonical
    fields = observe(ACTIVITY_RULES[kind], Row(id="1", properties={field: value}), LEXICON).fields
    assert fields == {"kind": kind, name: meant}


def test_a_word_that_hubspot_made_up_since_is_left_out_rather_than_guessed():
    row = Row(id="1", properties={"hs_task_status": "SNOOZED"})
    assert observe(ACTIVITY_RULES["task"], row, LEXICON).fields == {"kind": "task"}


def test_a_task_cannot_be_cancelled():
    assert project(ACTIVITY_RULES["task"], {"kind": "task", "status": "cancelled"}, LEXICON) == {"kind": "task"}


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ('<div dir="auto">Called <b>Ana</b>.<br>She &lt;likes&gt; it</div>', "Called Ana.\nShe <likes> it"),
        ("<p>One</p>\n<p>Two&nbsp;three</p>", "One\nTwo three"),
        ("<style>p {color: red}</style><ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("plain\ntext, 1 < 2 & 3 > 2", "plain\ntext, 1 < 2 & 3 > 2"),
        ("", None),
        (None, None),
    ],
)
def test_html_is_read_as_the_text_that_people_see(raw, text):
    assert (to_text(raw) or None) == text


def test_text_comes_back_through_html_and_is_cut_where_it_must_be():
    text = 'Second offer\n<b>not bold</b> & "quoted" ☀️'
    assert to_text(to_html(text)) == text
    made = to_html("<&>\n" * 20_000)
    assert HTML_MAX - 40 < len(made) <= HTML_MAX
    assert (to_text(made) or "").startswith("<&>\n<&>")


def test_an_emails_people_are_written_as_headers_and_kept_when_one_changes(portal: Portal):
    email = create(portal, "email", email_from="mia@example.com", email_to=("ana@example.com", "bo@example.com"))
    fields = portal.client.read("activity", [email]).found[email].fields
    assert (fields["email_from"], fields["email_to"]) == ("mia@example.com", ("ana@example.com", "bo@example.com"))
    op = WriteOp("update", "x", email, fields={"email_to": ("cy@example.com",)})
    assert portal.client.write("activity", [op])[0].error is None
    fields = portal.client.read("activity", [email]).found[email].fields
    assert (fields["email_from"], fields["email_to"]) == ("mia@example.com", ("cy@example.com",))


def test_copies_in_an_emails_headers_are_not_lost():
    held = json.dumps(
        {"from": {"email": "a@example.com", "firstName": "A"}, "to": [], "cc": [{"email": "c@example.com"}]}
    )
    sent = properties_to_write(ACTIVITY_RULES["email"], {"email_to": "b@example.com"}, LEXICON, headers=held)
    assert json.loads(sent["hs_email_headers"]) == {
        "from": {"email": "a@example.com", "firstName": "A"},
        "to": [{"email": "b@example.com"}],
        "cc": [{"email": "c@example.com"}],
        "bcc": [],
    }


def test_a_time_of_its_own_is_not_replaced():
    given = {"hs_timestamp": "2026-11-20T14:00:00Z"}
    assert completed(ACTIVITY_RULES["note"], given, OURS) == given


def test_an_id_without_a_place_is_missing_and_cannot_be_written(portal: Portal):
    told = portal.client.read("activity", ["12", "letters:12", "tasks:"])
    assert told.missing == {"12", "letters:12", "tasks:"}
    (result,) = portal.client.write("activity", [WriteOp("update", "x", "letters:12", fields={"subject": "x"})])
    assert result.error is not None
    assert result.error.code == "NO_PLACE"


def test_a_listing_passes_over_objects_that_hold_nothing(portal: Portal):
    made = create(portal, "meeting", starts_at="2026-11-20T14:00:00Z")
    portal.settle()
    page = portal.client.list_all("activity", cursor=None)
    assert [each.external_id for each in page.items] == [made]
    assert page.next_cursor is not None
    assert portal.client.list_all("activity", cursor=page.next_cursor).items == ()
    since = datetime.now(UTC) - timedelta(hours=1)
    assert [each.external_id for each in portal.client.list_changed("activity", since=since, cursor=None).items] == [
        made
    ]


def test_events_of_activities_name_the_object_that_holds_them():
    common = {"portalId": 1, "appId": 2, "occurredAt": 1_795_170_600_188}
    rows = [
        {**common, "subscriptionType": "object.creation", "objectTypeId": "0-46", "objectId": 5},
        {**common, "subscriptionType": "object.deletion", "objectTypeId": "0-27", "objectId": 6},
        {
            **common,
            "subscriptionType": "object.associationChange",
            "objectTypeId": "0-48",
            "fromObjectTypeId": "0-48",
            "toObjectTypeId": "0-1",
            "fromObjectId": 7,
            "toObjectId": 8,
        },
    ]
    events = DOOR.parse(WebhookCall("POST", "https://x.test", {}, json.dumps(rows).encode()))
    assert [(each.kind, each.entity, each.external_id) for each in events] == [
        ("changed", "activity", "notes:5"),
        ("gone", "activity", "tasks:6"),
        ("changed", "activity", "calls:7"),
        ("changed", "contact", "8"),
    ]

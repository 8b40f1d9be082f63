"""Conversations, messages, posts, forms and other interactions, and what every CRM then shows."""

from __future__ import annotations

import pytest

from crmbridge.services.touchpoints import touchpoints_of
from tests.functional.people import HubSpotPerson, SalesforcePerson
from tests.functional.rehearsal import Rehearsal
from tests.functional.shop import Shop

ANA = "ana@example.com"
PROFILE = {
    "name": "Ana Prado",
    "email": ANA,
    "username": "anaprado",
    "url": "https://twitter.com/anaprado",
    "followers": 1500,
}
CONVERSATION = {"id": "conv-1", "platform": "twitter", "participant": PROFILE, "sentiment": "positive"}
STRANGER = {"username": "somebody", "name": "Some Body"}


@pytest.fixture
def social(monkeypatch) -> Shop:
    """A social platform with HubSpot and Salesforce that have its fields."""
    return Shop(Rehearsal(monkeypatch), "hubspot", "salesforce", kits=("social",))


@pytest.fixture
def hub(rehearsal) -> Shop:
    return Shop(rehearsal)


def tasks(shop: Shop) -> list[str]:
    return sorted(each["hs_task_subject"] for each in HubSpotPerson(shop.rehearsal).rows("tasks"))


def test_a_conversation_makes_a_contact_with_a_profile_in_every_crm(social):
    (contact_id,) = social.take("conversation.created", CONVERSATION)
    (there,) = HubSpotPerson(social.rehearsal).rows("contacts")
    assert (there["firstname"], there["lastname"], there["email"]) == ("Ana", "Prado", ANA)
    assert (there["twitter_username"], there["twitter_followers"]) == ("anaprado", "1500")
    assert (there["social_platform"], there["social_sentiment"]) == ("twitter", "positive")
    there = SalesforcePerson(social.rehearsal).contact(ANA)
    assert (there["twitter_username__c"], there["twitter_followers__c"]) == ("anaprado", 1500)
    assert social.fields(contact_id)["x_social_conversation_id"] == "conv-1"


def test_a_contact_that_a_crm_has_is_found_and_keeps_what_people_wrote(monkeypatch):
    rehearsal = Rehearsal(monkeypatch, ("hubspot",))
    HubSpotPerson(rehearsal).fill(contacts=[{"email": ANA, "firstname": "Aninha", "lastname": "do Prado"}])
    social = Shop(rehearsal, "hubspot", kits=("social",))
    social.take("conversation.created", CONVERSATION)
    (there,) = HubSpotPerson(rehearsal).rows("contacts")
    assert (there["firstname"], there["lastname"], there["twitter_username"]) == ("Aninha", "do Prado", "anaprado")


def test_messages_show_on_the_timeline_and_what_came_in_makes_the_score(social):
    social.take("conversation.created", CONVERSATION)
    told = {"conversationId": "conv-1", "platform": "twitter"}
    contact_id, _ = social.take("message.received", {**told, "id": "m1", "text": "Do you open on Sunday?"})
    social.take("message.sent", {**told, "id": "m2", "text": "We do."})
    assert tasks(social) == ["Message received (twitter)", "Message sent (twitter)"]
    assert {each["Subject"] for each in SalesforcePerson(social.rehearsal).rows("Task")} == set(tasks(social))
    assert HubSpotPerson(social.rehearsal).contact(ANA)["social_engagement_score"] == "8"
    assert SalesforcePerson(social.rehearsal).contact(ANA)["social_engagement_score__c"] == 8
    assert social.fields(contact_id)["x_social_touchpoints"] == "1"
    (shown,) = [each for each in social.records("activity") if "received" in each.fields["subject"]]
    assert shown.fields["contacts"] == (contact_id,)
    assert shown.fields["description"] == "Do you open on Sunday?"


def test_a_message_that_says_whose_it_is_needs_no_conversation_before_it(hub):
    told = {"id": "m1", "conversationId": "conv-9", "platform": "twitter", "participant": PROFILE}
    (contact_id, _) = hub.take("message.received", told)
    assert hub.fields(contact_id)["email"] == ANA


def test_somebody_without_an_address_is_known_by_the_platforms_id_and_named_later(hub):
    told = {"id": "c", "platform": "instagram", "participant": {"userId": "17841", "username": "ana.p"}}
    (contact_id,) = hub.take("conversation.created", told)
    assert hub.fields(contact_id)["last_name"] == "ana.p"
    named = {"id": "c2", "platform": "instagram", "participant": {"userId": "17841", **PROFILE}}
    assert hub.take("conversation.created", named) == (contact_id,)
    fields = hub.fields(contact_id)
    assert (fields["first_name"], fields["last_name"], fields["email"]) == ("Ana", "Prado", ANA)


@pytest.mark.parametrize(
    ("engagement", "kind", "shows"),
    [
        ("view", "view", False),
        ("click", "click", False),
        ("like", "like", False),
        ("comment", "comment", True),
        ("share", "share", True),
        ("follow", "follow", False),
        ("dm", "message", True),
    ],
)
def test_what_a_contact_does_with_a_post_is_a_touchpoint(hub, engagement, kind, shows):
    (contact_id,) = hub.take("conversation.created", CONVERSATION)
    post = {"postId": "p1", "platform": "twitter", "engagement": engagement, "user": {"username": "AnaPrado"}}
    hub.take("post.engaged", {**post, "campaign": "summer-sale", "text": "Nice"}, occurredAt="2026-11-20T10:00:00Z")
    (touch,) = touchpoints_of(hub.rehearsal.hub, "acme", contact_id)
    assert (touch.kind, touch.channel, touch.campaign, touch.post_id) == (kind, "twitter", "summer-sale", "p1")
    assert touch.at.isoformat() == "2026-11-20T10:00:00+00:00"
    assert bool(hub.records("activity")) == shows


def test_a_lead_that_engages_has_the_touchpoint(social):
    (lead_id,) = social.take("lead.updated", {"email": ANA, "lastName": "Prado", "company": "Prado", "status": "new"})
    assert lead_id.startswith("lea_")
    post = {"postId": "p1", "platform": "twitter", "engagement": "click", "user": {"email": ANA}}
    assert social.take("post.engaged", post) == (lead_id,)
    assert [each.kind for each in touchpoints_of(social.rehearsal.hub, "acme", lead_id)] == ["click"]
    (there,) = SalesforcePerson(social.rehearsal).rows("Lead")
    assert there["social_engagement_score__c"] == 3


def test_somebody_unknown_who_saw_a_post_is_passed_over_and_one_who_writes_is_not(hub):
    post = {"postId": "p1", "platform": "twitter", "engagement": "view", "user": STRANGER}
    item = hub.send("post.engaged", post)
    assert (item["result"], item["records"]) == ("passed_over", [])
    assert item["words"]
    (contact_id, _) = hub.take("post.engaged", {**post, "engagement": "dm"})
    assert hub.fields(contact_id)["last_name"] == "Body"


def test_a_form_is_a_lead_where_a_crm_knows_leads_and_the_second_one_completes_it(social):
    form = {"email": ANA, "name": "Ana Prado", "company": "Prado Ltda", "source": "landing page"}
    (lead_id,) = social.take("form_submitted", form)
    assert lead_id.startswith("lea_")
    (there,) = SalesforcePerson(social.rehearsal).rows("Lead")
    assert (there["Email"], there["Company"], there["LeadSource"]) == (ANA, "Prado Ltda", "landing page")
    assert social.take("form_submitted", {"email": ANA, "jobTitle": "CTO", "name": "A. P."}) == (lead_id,)
    (there,) = SalesforcePerson(social.rehearsal).rows("Lead")
    assert (there["Title"], there["LastName"]) == ("CTO", "Prado")
    assert social.fields(lead_id)["x_social_engagement_score"] == "20"


def test_a_form_of_somebody_who_is_a_contact_already_makes_no_lead(hub):
    (contact_id,) = hub.take("conversation.created", CONVERSATION)
    assert hub.take("form_submitted", {"email": ANA, "phone": "+5581999990000"}) == (contact_id,)
    assert hub.fields(contact_id)["phone"] == "+5581999990000"
    assert hub.records("lead") == []


@pytest.mark.parametrize(("setting", "prefix"), [("contact", "con_"), ("lead", "lea_"), ("auto", "con_")])
def test_what_a_form_makes_is_a_setting(hub, setting, prefix):
    hub.rehearsal.call("PATCH", "/api/crm/settings", {"interactions": {"formSubmitted": setting}})
    (record_id,) = hub.take("form_submitted", {"email": ANA, "name": "Ana Prado"})
    assert record_id.startswith(prefix)


def test_a_lead_is_kept_up_to_date_by_the_latest_word(social):
    lead = {
        "id": "l1",
        "email": ANA,
        "firstName": "Ana",
        "lastName": "Prado",
        "company": "Prado Ltda",
        "status": "open",
    }
    (lead_id,) = social.take("lead.updated", lead, occurredAt="2026-11-20T10:00:00Z")
    social.take("lead.updated", {**lead, "status": "qualified"}, occurredAt="2026-11-20T12:00:00Z")
    social.take("lead.updated", {**lead, "status": "in_progress"}, occurredAt="2026-11-20T11:00:00Z")
    assert social.fields(lead_id)["lead_status"] == "qualified"
    assert len(SalesforcePerson(social.rehearsal).rows("Lead")) == 1


def test_a_lead_keeps_its_number_where_it_is_a_contact(hub):
    (contact_id,) = hub.take("lead.updated", {"id": "l1", "email": ANA, "lastName": "Prado"})
    assert hub.take("lead.updated", {"id": "l1", "status": "qualified"}) == (contact_id,)
    assert hub.fields(contact_id)["lead_status"] == "qualified"


def test_a_meeting_is_made_moved_and_cancelled_as_one(social):
    meeting = {"id": "meet-1", "email": ANA, "name": "Ana Prado", "title": "Demo", "startsAt": "2026-12-01T10:00:00Z"}
    _, activity_id = social.take("meeting.scheduled", {**meeting, "endsAt": "2026-12-01T11:00:00Z"})
    (there,) = HubSpotPerson(social.rehearsal).rows("meetings")
    assert there["hs_meeting_title"] == "Demo"
    (event,) = SalesforcePerson(social.rehearsal).rows("Event")
    assert event["StartDateTime"].startswith("2026-12-01T10:00:00")
    moved = {**meeting, "startsAt": "2026-12-02T15:00:00Z", "endsAt": "2026-12-02T16:00:00Z"}
    assert social.take("meeting.scheduled", moved)[1] == activity_id
    (event,) = SalesforcePerson(social.rehearsal).rows("Event")
    assert event["StartDateTime"].startswith("2026-12-02T15:00:00")
    social.take("meeting.scheduled", {**moved, "status": "cancelled"})
    assert social.fields(activity_id)["status"] == "cancelled"


def test_the_weights_are_the_workspaces_own(hub):
    body = {"engagement": {"weights": {"comment": 42}, "timeline": []}}
    assert hub.rehearsal.call("PATCH", "/api/crm/settings", body)[0] == 200
    (contact_id,) = hub.take("conversation.created", CONVERSATION)
    post = {"postId": "p1", "platform": "twitter", "engagement": "comment", "user": {"email": ANA}}
    hub.take("post.engaged", post)
    assert hub.fields(contact_id)["x_social_engagement_score"] == "42"
    assert hub.records("activity") == []
    wrong = hub.rehearsal.call("PATCH", "/api/crm/settings", {"engagement": {"weights": {"stare": 1}}})
    assert (wrong[0], wrong[1]["field"]) == (400, "engagement.weights.stare")


def test_a_platform_is_the_same_however_it_is_spelt(hub):
    (contact_id,) = hub.take("conversation.created", CONVERSATION)
    told = {"id": "m1", "conversationId": "conv-1", "platform": "Twitter", "text": "Hi"}
    assert hub.take("message.received", told)[0] == contact_id

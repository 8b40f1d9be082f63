"""Enrichment and attribution through the API, and what of it comes to stand in the CRMs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crmbridge.domain.social.attribution import MODELS
from tests.functional.office import ANA, OPERATOR, RIVAL, VIEWER, Office
from tests.functional.people import write_rows
from tests.functional.rehearsal import Rehearsal
from tests.functional.watching import assert_problem, nothing_changes

FIELDS = [
    {"entity": "contact", "name": "x_social_touchpoints", "label": "Touchpoints", "kind": "number"},
    {"entity": "contact", "name": "x_attribution_first", "label": "First touch", "kind": "text"},
    {"entity": "contact", "name": "x_inferred_company", "label": "Likely company", "kind": "text"},
    {"entity": "contact", "name": "x_instagram_followers", "label": "Followers", "kind": "number"},
]
SEEN = {"id": "p1", "at": "2026-03-01T09:00:00Z", "platform": "Instagram", "kind": "view", "campaign": "Spring"}
CLICKED = {"id": "p2", "at": "2026-03-05T09:00:00Z", "channel": "mail", "kind": "click", "sentiment": "positive"}


@pytest.fixture
def office(rehearsal: Rehearsal) -> Office:
    office = Office(rehearsal)
    admin = {"workspace": "acme", "role": "admin"}
    status, shown = rehearsal.call(
        "PATCH", f"/api/crm/integrations/{office.hub}", {"customFields": FIELDS}, claims=admin
    )
    assert status == 200, shown
    return office


def contact(office: Office, email: str = ANA, **more: Any) -> str:
    return office.post("contacts", {"email": email, "lastName": "Prado", **more})["recordId"]


def attribute(office: Office, lead: str, *touchpoints: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"leadId": lead, "touchpoints": list(touchpoints), **more}
    return office.post(f"integrations/{office.hub}/leads/attribution", body)


def enrich(office: Office, record_id: str, **more: Any) -> dict[str, Any]:
    return office.post(f"integrations/{office.hub}/contacts/enrich", {"contactId": record_id, **more})


# ------------------------------------------------------------------------------------------------ attribution


def test_touchpoints_are_noted_once_credited_by_every_model_and_shown_in_the_crm(office):
    record_id = contact(office)
    first = attribute(office, record_id, SEEN, CLICKED, source="Ads")
    again = attribute(office, record_id, SEEN, CLICKED)
    assert (first["recorded"], first["known"], again["recorded"], again["known"]) == (2, 0, 0, 2)
    assert [each["channel"] for each in first["touchpoints"]] == ["instagram", "mail"]
    assert first["shares"].keys() == set(MODELS)
    assert all(sum(map(Decimal, shares)) == 100 for shares in first["shares"].values())
    office.rehearsal.settle()
    there = office.hubspot.contact(ANA)
    assert (there["x_social_touchpoints"], there["x_attribution_first"]) == ("2", "instagram / Spring")
    assert first["noteId"] == ""
    assert "x_social_platform" in first["ignored"]


def test_a_lead_is_found_by_the_crms_own_id_and_its_source_is_kept_where_nobody_has_said_one(office):
    record_id = contact(office)
    there = office.hubspot.contact(ANA)["id"]
    assert attribute(office, there, SEEN, source="Ads")["recordId"] == record_id
    assert office.record(record_id).fields["lead_source"] == "Ads"
    attribute(office, there, CLICKED, source="Fair")
    assert office.record(record_id).fields["lead_source"] == "Ads"


def test_a_crm_without_fields_for_it_gets_one_note_that_is_kept_up_to_date(rehearsal):
    office = Office(rehearsal)
    record_id = contact(office)
    first = attribute(office, record_id, SEEN)
    second = attribute(office, record_id, CLICKED)
    office.rehearsal.settle()
    assert first["noteId"] == second["noteId"] != ""
    (note,) = office.hubspot.rows("notes")
    assert "Touchpoints (2)" in note["hs_note_body"]


def test_what_is_said_of_a_lead_alone_is_one_touchpoint(office):
    record_id = contact(office)
    shown = attribute(office, record_id, source="whatsapp", campaign="Spring", conversationId="c1")
    again = attribute(office, record_id, source="whatsapp", campaign="Spring", conversationId="c1")
    assert (shown["recorded"], again["recorded"], len(again["touchpoints"])) == (1, 0, 1)
    assert (shown["touchpoints"][0]["channel"], shown["touchpoints"][0]["campaign"]) == ("whatsapp", "Spring")


def test_what_was_won_is_divided_exactly_among_channels_and_campaigns(office):
    ana, bo = contact(office), contact(office, "bo@example.com")
    attribute(office, ana, SEEN, CLICKED)
    attribute(office, bo, {**CLICKED, "channel": "web"})
    contact(office, "cy@example.com")
    for title, value, people in (("A", "100.01", [ana]), ("B", "50", [ana, bo]), ("C", "7", ["cy@example.com"])):
        office.post("deals", {"title": title, "value": value, "stage": "won", "contacts": people})
    office.post("deals", {"title": "D", "value": "1000", "stage": "decision", "contacts": [ana]})
    for model in MODELS:
        status, shown = office.rehearsal.call("GET", f"/api/crm/attribution?model={model}", claims=VIEWER)
        assert status == 200, shown
        assert (shown["value"], shown["unattributed"], shown["isWhole"]) == ("150.01", "7", True)
        for group in (shown["channels"], shown["campaigns"]):
            assert sum(Decimal(each["amount"]) for each in group) == Decimal("150.01")
        for each in shown["conversions"]:
            assert sum(Decimal(credit["amount"]) for credit in each["credits"]) == Decimal(each["value"])
    _, first = office.rehearsal.call("GET", "/api/crm/attribution?model=first", claims=VIEWER)
    assert [(each["name"], each["amount"]) for each in first["channels"]][:1] == [("instagram", "150.01")]
    _, none = office.rehearsal.call("GET", "/api/crm/attribution?to=2020-01-01T00:00:00Z", claims=VIEWER)
    assert (none["value"], none["conversions"]) == ("0", [])


def test_touchpoints_are_listed_page_by_page_newest_first(office):
    record_id = contact(office)
    attribute(office, record_id, SEEN, CLICKED)
    path = f"/api/crm/records/{record_id}/touchpoints?limit=1"
    _, first = office.rehearsal.call("GET", path, claims=VIEWER)
    _, second = office.rehearsal.call("GET", f"{path}&cursor={first['nextCursor']}", claims=VIEWER)
    assert [each["kind"] for each in (*first["items"], *second["items"])] == ["click", "view"]
    assert "nextCursor" not in second


@pytest.mark.parametrize(
    ("touchpoint", "field"),
    [({**SEEN, "at": "yesterday"}, "touchpoints[0].at"), ({**SEEN, "at": "2026-03-01T09:00:00"}, "touchpoints[0].at")],
)
def test_a_touchpoint_without_a_time_that_means_something_is_refused(office, touchpoint, field):
    record_id = contact(office)
    path = f"/api/crm/integrations/{office.hub}/leads/attribution"
    with nothing_changes(office.rehearsal, crms=False):
        answer = office.rehearsal.call(
            "POST", path, {"leadId": record_id, "touchpoints": [touchpoint]}, claims=OPERATOR
        )
        assert_problem(answer, 400, field=field)


def test_nobody_attributes_or_enriches_in_another_workspace(office):
    record_id = contact(office)
    rival = {**RIVAL, "sub": "r"}
    for path, name in (("leads/attribution", "leadId"), ("contacts/enrich", "contactId")):
        url = f"/api/crm/integrations/{office.hub}/{path}"
        assert_problem(office.rehearsal.call("POST", url, {name: record_id}, claims=rival), 404, field="integration_id")
        assert_problem(office.rehearsal.call("POST", url, {name: "con_nobody"}, claims=OPERATOR), 404, field=name)
        assert_problem(office.rehearsal.call("POST", url, {name: record_id}, claims=VIEWER), 403, field=None)
    answer = office.rehearsal.call("GET", f"/api/crm/records/{record_id}/touchpoints", claims=rival)
    assert_problem(answer, 404, field="recordId")


# ------------------------------------------------------------------------------------------------ enrichment


def test_what_is_likely_stands_in_fields_of_its_own_and_what_people_said_stays(office):
    office.post("companies", {"name": "Sol", "domain": "example.com", "industry": "Energy"})
    record_id = contact(office, jobTitle="Chair")
    before = dict(office.record(record_id).fields)
    shown = enrich(office, record_id)
    assert [(each["field"], each["value"], each["confidence"]) for each in shown["inferred"]] == [
        ("company", "Sol", 95),
        ("industry", "Energy", 95),
    ]
    office.rehearsal.settle()
    after = office.record(record_id).fields
    assert {name: after.get(name) for name in before} == before
    assert after["x_inferred_company"] == "Sol (95 %, inferred)"
    assert office.hubspot.contact(ANA)["x_inferred_company"] == "Sol (95 %, inferred)"
    assert "x_inferred_industry" in shown["ignored"]


def test_profiles_and_engagement_come_from_what_touched_them(office):
    record_id = contact(office)
    attribute(office, record_id, SEEN, CLICKED)
    shown = enrich(office, record_id)
    assert (shown["engagement"]["touchpoints"], shown["engagement"]["sentiment"]) == (2, "positive")
    assert shown["engagement"]["lastInteraction"].startswith("2026-03-05T09:00:00")
    less = enrich(office, record_id, includeSocialData=False, includeEngagementHistory=False)
    assert not {"profiles", "engagement"} & less.keys()


def test_a_look_at_what_is_likely_changes_nothing(office):
    office.post("companies", {"name": "Sol", "domain": "example.com"})
    record_id = contact(office)
    writes = write_rows(office.rehearsal, "hubspot")
    with nothing_changes(office.rehearsal, crms=False):
        shown = enrich(office, record_id, apply=False)
    assert shown["inferred"]
    assert shown["changed"] == []
    assert write_rows(office.rehearsal, "hubspot") == writes


def test_data_of_others_cannot_be_asked_for(office):
    record_id = contact(office)
    url = f"/api/crm/integrations/{office.hub}/contacts/enrich"
    body = {"contactId": record_id, "provider": "somebody"}
    assert_problem(office.rehearsal.call("POST", url, body, claims=OPERATOR), 400, field="provider")

"""Overrides of a mapping through the API: checked, stored, turned to, and then in every read and write of one CRM."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crmbridge.services.change_mappings import REST_S
from tests.functional.people import HubSpotPerson, SalesforcePerson, write_rows
from tests.functional.rehearsal import Context, Rehearsal
from tests.functional.rehearsing import ADMIN, OPERATOR, digests, overheard, pushes_held, rehearse, rows, told
from tests.functional.watching import assert_problem, nothing_changes

ANA = "ana.prado@example.com"
CUSTOM = [
    {"entity": "contact", "name": "x_origin", "label": "Origin", "kind": "text"},
    {"entity": "deal", "name": "x_cents", "label": "Cents", "kind": "number"},
]
SOURCE = {"entity": "contact", "field": "lead_source", "heldIn": "x_origin", "values": {"Web": "Site"}}
LOUD = {"entity": "contact", "field": "job_title", "transform": {"op": "upper"}}


class Desk:
    """Both CRMs connected, HubSpot with custom fields, Ana in both."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.rehearsal = rehearsal
        self.hubspot, self.salesforce = HubSpotPerson(rehearsal), SalesforcePerson(rehearsal)
        self.salesforce.fill(
            Contact=[{"LastName": "Prado", "FirstName": "Ana", "Email": ANA, "Title": "Cto", "LeadSource": "Web"}]
        )
        self.key = rehearsal.connect("hubspot", customFields=CUSTOM)
        self.sf = rehearsal.connect("salesforce")
        rehearsal.sync()

    @property
    def path(self) -> str:
        return f"/api/crm/integrations/{self.key}/mappings"

    def get(self) -> dict[str, Any]:
        status, shown = self.rehearsal.call("GET", self.path, claims=OPERATOR)
        assert status == 200, shown
        return shown

    def change(self, *overrides: dict[str, Any], status: int = 202, **more: Any) -> dict[str, Any]:
        got, shown = self.rehearsal.call("PATCH", self.path, {"fields": list(overrides), **more}, claims=ADMIN)
        assert got == status, shown
        return shown

    def in_force(self, *overrides: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Change the mapping and let everything come to rest."""
        got, shown = self.rehearsal.call("PATCH", self.path, {"fields": list(overrides), **more}, claims=ADMIN)
        assert got in (200, 202), shown
        self.rehearsal.settle()
        shown = self.get()
        assert shown["state"] == "in_force"
        return shown

    def ana(self) -> dict[str, Any]:
        return self.hubspot.contact(ANA)

    def record(self) -> Any:
        (record_id,) = self.rehearsal.records.find_key("acme", "contact", "email", [ANA])[ANA]
        return self.rehearsal.records.get_many("acme", [record_id])[record_id]


@pytest.fixture
def desk(rehearsal: Rehearsal) -> Desk:
    return Desk(rehearsal)


# ------------------------------------------------------------------------------------------------ acting


def test_a_field_that_a_crm_lacks_goes_into_a_custom_field_in_its_words_and_comes_back(desk):
    assert not desk.ana().get("x_origin")
    desk.in_force(SOURCE)
    assert desk.ana()["x_origin"] == "Site"
    desk.hubspot.act("update", "contacts", desk.ana()["id"], properties={"x_origin": "Fair"})
    desk.rehearsal.settle()
    assert desk.salesforce.contact(ANA)["LeadSource"] == "Fair"
    desk.hubspot.act("update", "contacts", desk.ana()["id"], properties={"x_origin": "Site"})
    desk.rehearsal.settle()
    assert desk.salesforce.contact(ANA)["LeadSource"] == "Web"


def test_a_changed_form_is_written_anew_and_edits_nothing_in_the_hub_or_elsewhere(desk):
    before, sf_writes = desk.record().fields, write_rows(desk.rehearsal, "salesforce")
    desk.in_force(LOUD, accepts=["contact.job_title"])
    assert desk.ana()["jobtitle"] == "CTO"
    assert desk.record().fields == before
    assert desk.salesforce.contact(ANA)["Title"] == "Cto"
    assert write_rows(desk.rehearsal, "salesforce") == sf_writes
    desk.rehearsal.sync()
    desk.rehearsal.sync()
    assert desk.record().fields == before


def test_taken_back_the_crm_gets_the_hubs_own_form_again(desk):
    desk.in_force(LOUD, SOURCE, accepts=["contact.job_title"])
    shown = desk.in_force()
    assert (shown["version"], shown["fields"]) == (2, [])
    assert desk.ana()["jobtitle"] == "Cto"
    assert desk.record().fields["lead_source"] == "Web"


def test_edits_after_the_change_go_both_ways(desk):
    desk.in_force(LOUD, accepts=["contact.job_title"])
    desk.salesforce.act("update", desk.salesforce.contact(ANA)["Id"], fields={"Title": "Board member"})
    desk.rehearsal.settle()
    assert desk.ana()["jobtitle"] == "BOARD MEMBER"
    desk.hubspot.act("update", "contacts", desk.ana()["id"], properties={"jobtitle": "Chair"})
    desk.rehearsal.settle()
    assert desk.salesforce.contact(ANA)["Title"] == "Chair"


def test_a_record_without_a_required_field_is_not_written_and_says_why_until_it_has_one(desk):
    desk.in_force({"entity": "contact", "field": "job_title", "required": True})
    desk.salesforce.fill(Contact=[{"LastName": "Lima", "Email": "bia@example.com"}])
    desk.rehearsal.sync()
    assert [row["email"] for row in desk.hubspot.rows("contacts")] == [ANA]
    (record_id,) = desk.rehearsal.records.find_key("acme", "contact", "email", ["bia@example.com"])["bia@example.com"]
    _, shown = desk.rehearsal.call("GET", f"/api/crm/records/{record_id}/crms", claims=OPERATOR)
    (place,) = [each for each in shown["items"] if each["provider"] == "hubspot"]
    assert place["result"] == "refused"
    assert place["words"] == "the mapping of this integration requires job_title, which is empty"
    desk.salesforce.act("update", desk.salesforce.contact("bia@example.com")["Id"], fields={"Title": "CFO"})
    desk.rehearsal.settle()
    assert desk.hubspot.contact("bia@example.com")["jobtitle"] == "CFO"


# ------------------------------------------------------------------------------------------------ changing


def test_while_records_are_turned_the_crm_is_left_alone_and_nothing_said_meanwhile_is_lost(desk):
    shown = desk.change(SOURCE)
    assert (shown["state"], shown["version"]) == ("changing", 1)
    writes = write_rows(desk.rehearsal, "hubspot")
    desk.hubspot.act("update", "contacts", desk.ana()["id"], properties={"city": "Recife"})
    desk.salesforce.act("update", desk.salesforce.contact(ANA)["Id"], fields={"FirstName": "Anna"})
    desk.rehearsal.flush()
    desk.rehearsal.plan()
    assert write_rows(desk.rehearsal, "hubspot") == writes
    assert_problem(desk.rehearsal.call("PATCH", desk.path, {"fields": []}, claims=ADMIN), 409, field=None)
    answer = desk.rehearsal.call("POST", f"{desk.path}/dry-run", {}, claims=OPERATOR)
    assert_problem(answer, 409, field=None, says="being changed")
    desk.rehearsal.settle()
    desk.rehearsal.sync()
    assert desk.get()["state"] == "in_force"
    assert (desk.ana()["firstname"], desk.ana()["x_origin"]) == ("Anna", "Site")
    assert desk.salesforce.contact(ANA)["MailingCity"] == "Recife"


def test_a_change_whose_worker_died_is_gone_on_with_and_no_record_is_turned_twice(desk):
    cents = {"entity": "contact", "field": "job_title", "transform": {"op": "prefix", "text": "> "}}
    desk.change(cents)
    desk.rehearsal.advance(REST_S + 1)
    (message,) = desk.rehearsal.queues.pending("sync")
    step = {
        "messageId": "1",
        "body": '{"workspace_id": "acme", "integration_id": "%s", "run_id": "%s", "task": "mapping"}',
    }
    step["body"] %= (desk.key, message.content.run_id)
    desk.rehearsal.queues.acknowledge(message)
    held = desk.rehearsal.documents.get("acme#REMAPPING", desk.key)
    desk.rehearsal.handlers["run_sync_batch"]({"Records": [step]}, Context())
    base = desk.record().links[desk.key].base
    integration = desk.rehearsal.documents.get("acme#INTEGRATION", desk.key)
    desk.rehearsal.documents.put(replace(integration, body={**integration.body, "remapping": message.content.run_id}))
    desk.rehearsal.documents.put(held, unconditionally=True)
    desk.rehearsal.advance(700)
    desk.rehearsal.plan()
    desk.rehearsal.settle()
    assert base["job_title"].overruled
    assert desk.ana()["jobtitle"] == "> Cto"
    assert desk.record().fields["job_title"] == "Cto"


def test_an_integration_that_is_removed_meanwhile_ends_the_change_quietly(desk):
    desk.change(SOURCE)
    status, _ = desk.rehearsal.call("DELETE", f"/api/crm/integrations/{desk.key}", claims=ADMIN)
    assert status in (200, 204)
    desk.rehearsal.settle()
    assert desk.rehearsal.queues.messages == []
    assert "x_origin" not in desk.ana()


def test_a_crm_that_does_not_answer_keeps_the_change_until_it_does(desk):
    desk.rehearsal.advance(400)  # what was read of the account is forgotten by then
    desk.rehearsal.control("hubspot", "faults", [{"match": {"path": "/crm/.*"}, "kind": "html", "count": 4}])
    desk.change(SOURCE)
    desk.rehearsal.advance(REST_S + 1)
    desk.rehearsal._deliver()
    assert desk.get() == {**desk.get(), "state": "changing", "turned": 0}
    desk.rehearsal.settle()
    assert desk.get()["state"] == "in_force"
    assert desk.ana()["x_origin"] == "Site"


def test_a_mapping_of_an_integration_that_is_not_connected_yet_is_in_force_at_once(rehearsal):
    _, made = rehearsal.call("POST", "/api/crm/integrations", {"provider": "hubspot", "customFields": CUSTOM})
    path = f"/api/crm/integrations/{made['id']}/mappings"
    status, shown = rehearsal.call("PATCH", path, {"fields": [SOURCE]}, claims=ADMIN)
    assert (status, shown["state"], shown["version"]) == (200, "in_force", 1)
    assert shown["fields"] == [{**SOURCE, "required": False}]


def test_the_same_mapping_again_is_no_new_version(desk):
    desk.in_force(SOURCE)
    assert desk.change(SOURCE, status=200)["version"] == 1


def test_every_version_is_kept_with_who_made_it(desk):
    desk.in_force(SOURCE)
    desk.in_force(SOURCE, LOUD, accepts=["contact.job_title"])
    _, listed = desk.rehearsal.call("GET", f"{desk.path}/versions", claims=OPERATOR)
    assert [(each["version"], each["by"], len(each["fields"])) for each in listed["items"]] == [
        (2, "person-2", 2),
        (1, "person-2", 1),
    ]


def test_a_change_of_something_that_has_moved_since_is_refused(desk):
    desk.in_force(SOURCE)
    answer = desk.rehearsal.call("PATCH", desk.path, {"fields": [], "version": 0}, claims=ADMIN)
    assert_problem(answer, 409, field=None, says="at version 1")


def test_a_custom_field_that_the_mapping_uses_cannot_be_taken_away(desk):
    desk.in_force(SOURCE)
    path = f"/api/crm/integrations/{desk.key}"
    answer = desk.rehearsal.call("PATCH", path, {"customFields": CUSTOM[1:]}, claims=ADMIN)
    assert_problem(answer, 400, field="customFields", says="contact.x_origin")
    status, shown = desk.rehearsal.call("PATCH", path, {"name": "Ours"}, claims=ADMIN)
    assert status == 200
    assert "lead_source" in shown["syncConfig"]["entities"]["contact"]["fields"]


# ------------------------------------------------------------------------------------------------ checking


def test_what_is_wrong_is_told_for_every_field_with_the_next_step_and_nothing_changes(desk):
    body = {
        "fields": [
            {"entity": "contact", "field": "email", "heldIn": "x_origin"},
            {"entity": "contact", "field": "lead_source"},
            {"entity": "deal", "field": "amount", "heldIn": "title"},
        ]
    }
    with nothing_changes(desk.rehearsal):
        status, shown = desk.rehearsal.call("POST", f"{desk.path}/validate", body, claims=OPERATOR)
        assert status == 200
        assert not shown["ok"]
        assert [each["field"] for each in shown["problems"]] == [
            "fields[0].field",
            "fields[1].heldIn",
            "fields[2].heldIn",
        ]
        assert all(each["reason"] and each["nextStep"] for each in shown["problems"])
        answer = desk.rehearsal.call("PATCH", desk.path, body, claims=ADMIN)
        assert_problem(answer, 400, field="fields[0].field", says="2 more")


def test_what_would_not_come_back_is_told_and_must_be_accepted(desk):
    status, shown = desk.rehearsal.call("POST", f"{desk.path}/validate", {"fields": [LOUD]}, claims=OPERATOR)
    assert (status, shown["ok"]) == (200, True)
    assert shown["rewrites"] == [{"field": "contact.job_title", "reason": "upper loses which letters were small"}]
    answer = desk.rehearsal.call("PATCH", desk.path, {"fields": [LOUD]}, claims=ADMIN)
    assert_problem(answer, 400, field="accepts", says="contact.job_title would not make the round trip")


@pytest.mark.parametrize(
    ("override", "field"),
    [
        ({"entity": "contact", "field": "job_title", "transform": {"op": "shout"}}, "fields[0].transform.op"),
        ({"entity": "contact", "field": "job_title", "values": {"a": 1}}, "fields[0].values.a"),
        ({"entity": "contact", "field": "job_title", "held_in": "x"}, "fields[0].held_in"),
        ({"entity": "contact", "field": ""}, "fields[0].field"),
        ({"entity": "invoice", "field": "job_title"}, "fields[0].entity"),
        (
            {"entity": "contact", "field": "job_title", "transform": {"op": "cut", "length": 3}},
            "fields[0].transform.length",
        ),
        ({"entity": "contact", "field": "job_title", "required": "yes"}, "fields[0].required"),
    ],
)
def test_what_is_no_override_is_refused_by_its_part(desk, override, field):
    answer = desk.rehearsal.call("POST", f"{desk.path}/validate", {"fields": [override]}, claims=OPERATOR)
    assert_problem(answer, 400, field=field)


def test_a_standard_field_that_would_lose_its_place_must_be_accepted_too(desk):
    moved = {"entity": "contact", "field": "x_origin", "heldIn": "job_title"}
    answer = desk.rehearsal.call("PATCH", desk.path, {"fields": [moved]}, claims=ADMIN)
    assert_problem(
        answer, 400, field="accepts", says="contact.job_title would not make the round trip: its place holds"
    )
    shown = desk.in_force(moved, accepts=["contact.job_title"])
    assert [each["field"] for each in shown["displaced"]] == ["contact.job_title"]


def test_only_an_admin_changes_a_mapping_and_only_of_their_own_workspace(desk):
    assert_problem(desk.rehearsal.call("PATCH", desk.path, {"fields": []}, claims=OPERATOR), 403, field=None)
    rival = {**ADMIN, "workspace": "rival"}
    for method, path, body in (
        ("GET", desk.path, None),
        ("PATCH", desk.path, {"fields": []}),
        ("GET", f"{desk.path}/versions", None),
        ("POST", f"{desk.path}/validate", {"fields": []}),
    ):
        assert_problem(desk.rehearsal.call(method, path, body, claims=rival), 404, field="integration_id")


# ------------------------------------------------------------------------------------------------ rehearsing


def test_a_mapping_that_is_not_stored_is_rehearsed_and_then_writes_just_that(desk):
    more = [
        {"LastName": f"Lima {n}", "Email": f"b{n}@example.com", "Title": "Eng", "LeadSource": "Web"} for n in range(30)
    ]
    desk.salesforce.fill(Contact=more)
    desk.rehearsal.sync()
    with nothing_changes(desk.rehearsal, crms=False):
        pages = rehearse(desk.rehearsal, desk.key, fields=[SOURCE, LOUD])
    announced = {row["recordId"]: row for row in rows(pages)}
    assert len(announced) == 31
    ana = announced[desk.record().record_id]
    assert ana["changes"] == [
        {"field": "job_title", "before": "Cto", "after": "CTO"},
        {"field": "lead_source", "heldIn": "x_origin", "before": None, "after": "Site"},
    ]
    with overheard(desk.rehearsal, desk.key) as batches:
        desk.in_force(SOURCE, LOUD, accepts=["contact.job_title"])
    assert digests(batches) == told(pages)


def test_a_stored_mapping_is_rehearsed_as_it_then_writes(desk):
    desk.in_force(SOURCE, LOUD, accepts=["contact.job_title"])
    with pushes_held(desk.rehearsal):
        desk.salesforce.act("update", desk.salesforce.contact(ANA)["Id"], fields={"Title": "Ceo", "LeadSource": "Fair"})
        desk.rehearsal.sync()
        pages = rehearse(desk.rehearsal, desk.key)
    (row,) = rows(pages)
    assert row["payload"]["fields"] == {"job_title": "CEO", "x_origin": "Fair"}
    with overheard(desk.rehearsal, desk.key) as batches:
        desk.rehearsal.settle()
    assert digests(batches) == told(pages)

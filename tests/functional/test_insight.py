"""Looking into integrations, their CRMs and the records; and checking an integration step by step."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.services import want_subscriptions
from crmbridge.services.hub import load_integration
from tests.functional.people import HubSpotPerson
from tests.functional.rehearsal import Rehearsal
from tests.functional.watching import assert_problem, calls, nothing_changes

ALL = "/api/crm/integrations"
ANA = "ana.prado@example.com"
RIVAL = {"workspace": "rival", "role": "admin"}
VIEWER = {"workspace": "acme", "role": "viewer"}
STEPS = ["credentials", "access", "custom_fields", "owners", "pipelines", "webhooks", "read"]

OF_ONE = ["status", "mapping", "quotas", "owners", "pipelines", "fields/contact", f"contacts?email={ANA}"]


@pytest.fixture
def connected(rehearsal: Rehearsal):
    HubSpotPerson(rehearsal).fill(
        contacts=[
            {"email": ANA, "lastname": "Prado", "phone": "+5581999990000"},
            {"email": "bo@example.com", "lastname": "Lund"},
        ],
        companies=[{"name": "Prado Ltda", "domain": "prado.example.com"}],
    )
    key = rehearsal.connect("hubspot")
    rehearsal.sync()
    return rehearsal, key


# ------------------------------------------------------------------------------------------------ validation


def steps_of(rehearsal: Rehearsal, key: str) -> dict[str, dict]:
    status, shown = rehearsal.call("POST", f"{ALL}/{key}/validate")
    assert status == 200
    assert [each["name"] for each in shown["steps"]] == STEPS
    assert shown["ok"] == all(each["outcome"] != "failed" for each in shown["steps"])
    return {each["name"]: each for each in shown["steps"]}


def test_an_integration_is_checked_step_by_step(connected):
    rehearsal, key = connected
    with nothing_changes(rehearsal, crms=False):
        steps = steps_of(rehearsal, key)
    assert {each["outcome"] for name, each in steps.items() if name != "webhooks"} == {"ok"}
    assert (steps["webhooks"]["outcome"], steps["pipelines"]["found"]) == ("skipped", 1)
    assert steps["access"]["found"] == steps["access"]["of"] > 2
    assert steps["custom_fields"]["found"] == steps["custom_fields"]["of"]
    assert steps["read"]["found"] == 2


def test_a_dead_grant_fails_the_first_step_and_skips_the_rest(connected):
    rehearsal, key = connected
    rehearsal.control("hubspot", "tokens", {"action": "revoke"})
    rehearsal.advance(7200)
    steps = steps_of(rehearsal, key)
    assert steps["credentials"]["outcome"] == "failed"
    assert steps["credentials"]["nextStep"] == "connect it again: POST /auth/hubspot/login"
    assert {each["outcome"] for name, each in steps.items() if name != "credentials"} == {"skipped"}


def test_what_is_not_connected_is_told_so_without_a_call(rehearsal):
    _, made = rehearsal.call("POST", ALL, {"provider": "hubspot"})
    before = calls(rehearsal, "hubspot")
    assert steps_of(rehearsal, made["id"])["credentials"]["words"] == "the integration is not connected"
    assert calls(rehearsal, "hubspot") == before


def test_a_step_that_fails_says_so_in_the_vendors_words_and_the_others_go_on(connected):
    rehearsal, key = connected
    refusal = {"status": 403, "kind": "status", "count": 30, "match": {"path": "/crm/owners.*"}}
    rehearsal.control("hubspot", "faults", [refusal])
    steps = steps_of(rehearsal, key)
    assert (steps["owners"]["outcome"], steps["read"]["outcome"]) == ("failed", "ok")
    assert steps["owners"]["words"]
    assert steps["owners"]["nextStep"] == "let our application read the CRM's users"


@pytest.mark.parametrize("crm", ["pipedrive", "zoho"])
def test_subscriptions_that_point_to_us_are_counted(monkeypatch, crm):
    rehearsal = Rehearsal(monkeypatch, (crm,))
    key = rehearsal.connect(crm)
    rehearsal.sync()
    rehearsal.advance(60)
    webhooks = steps_of(rehearsal, key)["webhooks"]
    assert (webhooks["outcome"], webhooks["found"] > 0) == ("ok", True)
    integration = load_integration(rehearsal.hub, "acme", key)
    client: Any = rehearsal.hub.connectors.client(integration)
    client.unsubscribe(want_subscriptions.address_of(rehearsal.hub, integration))
    rehearsal.advance(60)
    webhooks = steps_of(rehearsal, key)["webhooks"]
    assert (webhooks["outcome"], webhooks["words"], webhooks["found"]) == ("failed", "none points to us", 0)


@pytest.mark.parametrize("crm", ["pipedrive", "zoho"])
def test_webhooks_that_no_worker_has_made_yet_are_pending_rather_than_failed(monkeypatch, crm):
    rehearsal = Rehearsal(monkeypatch, (crm,))
    key = rehearsal.connect(crm)
    webhooks = steps_of(rehearsal, key)["webhooks"]
    assert (webhooks["outcome"], webhooks["found"]) == ("pending", 0)
    assert webhooks["words"] == "a worker is about to set them up; until then it is read at every interval"
    assert webhooks["nextStep"] == "validate again in a minute"
    rehearsal.sync()
    assert steps_of(rehearsal, key)["webhooks"]["outcome"] == "ok"


# ------------------------------------------------------------------------------------------------ looking


def test_the_status_tells_health_last_sync_counts_and_due_work(connected):
    rehearsal, key = connected
    rehearsal.call("POST", f"{ALL}/{key}/sync", {"mode": "compare", "budget": 0})
    rehearsal.settle()
    status, shown = rehearsal.call("GET", f"{ALL}/{key}/status")
    assert (status, shown["health"], shown["errorRatePercent"], shown["failures"]) == (200, "healthy", 0, 0)
    assert shown["lastSync"] is not None
    assert (shown["counts"]["contact"]["there"], shown["counts"]["contact"]["equal"]) == (2, 2)
    assert set(shown["due"].values()) == {0}


def test_an_outage_shows_in_the_status(connected):
    rehearsal, key = connected
    rehearsal.control(
        "hubspot", "faults", [{"match": {"path": "/crm/.*"}, "kind": "status", "status": 503, "count": 99}]
    )
    rehearsal.advance(1000)
    rehearsal.plan()
    rehearsal._deliver()
    shown = rehearsal.call("GET", f"{ALL}/{key}/status")[1]
    assert (shown["health"], shown["failures"] > 0, shown["blockedUntil"] is not None) == ("degraded", True, True)


def test_the_mapping_shows_what_takes_part_and_who_wins(connected):
    rehearsal, key = connected
    change = {"syncConfig": {"entities": {"contact": {"fields": ["email", "city"], "policies": {"city": "manual"}}}}}
    rehearsal.call("PATCH", f"{ALL}/{key}", change)
    fields = {
        each["name"]: each for each in rehearsal.call("GET", f"{ALL}/{key}/mapping")[1]["entities"]["contact"]["fields"]
    }
    assert {name for name, each in fields.items() if each["takesPart"]} == {"email", "city"}
    assert (fields["city"]["policy"], fields["email"]["policy"]) == ("manual", "last_modified_wins")


def test_the_crm_tells_its_owners_stages_and_fields(connected):
    rehearsal, key = connected
    assert rehearsal.call("GET", f"{ALL}/{key}/owners")[1]["items"]
    stages = rehearsal.call("GET", f"{ALL}/{key}/pipelines")[1]["items"]
    assert {each["isWon"] for each in stages} == {True, False}
    names = {each["name"] for each in rehearsal.call("GET", f"{ALL}/{key}/fields/contact")[1]["items"]}
    assert {"email", "firstname"} <= names
    assert_problem(rehearsal.call("GET", f"{ALL}/{key}/fields/invoice"), 400, field="entity")


def test_limits_are_shown_as_declared(connected):
    rehearsal, key = connected
    shown = rehearsal.call("GET", f"{ALL}/{key}/quotas")[1]
    declared = rehearsal.hub.connectors.declaration("hubspot").limits
    assert [each["calls"] for each in shown["rates"]] == [each.calls for each in declared.rates]
    assert shown["batches"]["write"] == declared.write_batch


def test_every_crm_is_listed_with_what_it_can_do(rehearsal):
    listed = {each["name"]: each for each in rehearsal.call("GET", "/api/crm/crms", claims=VIEWER)[1]["items"]}
    assert list(listed) == list(rehearsal.hub.connectors.names())
    assert (listed["salesflare"]["webhooks"], listed["kommo"]["subscribes"]) == (False, True)


@pytest.mark.parametrize("path", OF_ONE)
def test_an_integration_is_looked_into_by_its_own_workspace_only(connected, path):
    rehearsal, key = connected
    assert rehearsal.call("GET", f"{ALL}/{key}/{path}", claims=VIEWER)[0] == 200
    assert_problem(rehearsal.call("GET", f"{ALL}/{key}/{path}", claims=RIVAL), 404, field="integration_id")


@pytest.mark.parametrize("path", ["validate", "sync-from-crm"])
def test_what_sets_something_in_motion_needs_an_operator_of_the_workspace(connected, path):
    rehearsal, key = connected
    with nothing_changes(rehearsal):
        assert_problem(rehearsal.call("POST", f"{ALL}/{key}/{path}", claims=VIEWER), 403, field=None)
        assert_problem(rehearsal.call("POST", f"{ALL}/{key}/{path}", claims=RIVAL), 404, field="integration_id")
        assert_problem(rehearsal.call("POST", "/api/crm/sync", claims=VIEWER), 403, field=None)


# ------------------------------------------------------------------------------------------------ records


def test_records_are_listed_page_by_page_and_found_by_their_keys(connected):
    rehearsal, _ = connected
    found, cursor = [], ""
    while True:
        page = rehearsal.call("GET", f"/api/crm/records?entity=contact&limit=1{cursor}")[1]
        found += [each["fields"]["email"] for each in page["items"]]
        if "nextCursor" not in page:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert sorted(found) == [ANA, "bo@example.com"]
    for query in ("entity=contact&email=Ana.Prado@Example.com", "entity=contact&phone=%2B5581999990000"):
        (one,) = rehearsal.call("GET", f"/api/crm/records?{query}")[1]["items"]
        assert one["fields"]["email"] == ANA
    (one,) = rehearsal.call("GET", "/api/crm/records?entity=company&domain=prado.example.com")[1]["items"]
    assert one["fields"]["name"] == "Prado Ltda"
    both = f"entity=contact&email={ANA}&phone=%2B100"
    assert rehearsal.call("GET", f"/api/crm/records?{both}") == (200, {"items": []})
    assert rehearsal.call("GET", "/api/crm/records?entity=contact", claims=RIVAL) == (200, {"items": []})


@pytest.mark.parametrize(
    ("query", "field"), [("", "entity"), ("?entity=invoice", "entity"), ("?entity=deal&cursor=AAAA", "cursor")]
)
def test_a_wrong_question_for_records_is_refused(connected, query, field):
    assert_problem(connected[0].call("GET", f"/api/crm/records{query}"), 400, field=field)


def test_a_contact_is_found_in_its_crm_by_address(connected):
    rehearsal, key = connected
    (shown,) = rehearsal.call("GET", f"{ALL}/{key}/contacts?email={ANA}")[1]["items"]
    assert shown["links"][key]["external_id"] == HubSpotPerson(rehearsal).contact(ANA)["id"]
    assert_problem(rehearsal.call("GET", f"{ALL}/{key}/contacts?email=no@example.com"), 404, field="email")
    assert_problem(rehearsal.call("GET", f"{ALL}/{key}/contacts"), 400, field="email")
    other = rehearsal.call("POST", ALL, {"provider": "salesforce"})[1]["id"]
    assert_problem(rehearsal.call("GET", f"{ALL}/{other}/contacts?email={ANA}"), 404, field="email")


# ------------------------------------------------------------------------------------------------ reading now


def test_everything_is_read_now_when_asked_to(connected):
    rehearsal, key = connected
    other = rehearsal.connect("salesforce")
    rehearsal.call("POST", ALL, {"provider": "hubspot", "name": "never connected"})
    status, begun = rehearsal.call("POST", "/api/crm/sync", {})
    assert status == 202
    assert {each["integration_id"] for each in begun["items"]} == {key, other}
    rehearsal.settle()
    assert rehearsal.call("POST", f"{ALL}/{key}/sync-from-crm")[1]["mode"] == "incremental"
    rehearsal.settle()
    assert_problem(rehearsal.call("POST", "/api/crm/sync", {"mode": "some"}), 400, field="mode")


def test_what_is_paused_is_not_read_when_asked_to(connected):
    rehearsal, key = connected
    rehearsal.call("PATCH", f"{ALL}/{key}", {"paused": True})
    assert rehearsal.call("POST", "/api/crm/sync") == (202, {"items": []})
    assert_problem(rehearsal.call("POST", f"{ALL}/{key}/sync-from-crm"), 400, field="integrationId")

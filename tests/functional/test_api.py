"""The signed-in API: what a workspace's people and machines can do with their integrations."""

from __future__ import annotations

import pytest

from tests.functional.people import HubSpotPerson
from tests.functional.rehearsal import Rehearsal
from tests.functional.watching import assert_problem, calls, everything, nothing_changes

ALL = "/api/crm/integrations"
TOKEN = "private_app_token"


def with_token(rehearsal: Rehearsal, token: str, **more):
    body = {"provider": "hubspot", "name": "By token", "credentials": {"accessToken": token}}
    return rehearsal.call("POST", ALL, body, **more)


def kept(rehearsal: Rehearsal) -> set[str]:
    """Return the keys of all documents."""
    return set(everything(rehearsal)["documents"])


# ------------------------------------------------------------------------------------------------ a token brought along


def test_a_private_app_token_connects_at_once_and_reads(rehearsal):
    HubSpotPerson(rehearsal).fill(contacts=[{"email": "ana.prado@example.com", "lastname": "Prado"}])
    status, shown = with_token(rehearsal, rehearsal.credentials["hubspot"][TOKEN])
    assert (status, shown["status"]) == (201, "active")
    assert shown["accountId"] == str(rehearsal.credentials["hubspot"]["portal_id"])
    assert shown["webhookUrl"] == "https://bridge.test/webhooks/hubspot"
    assert rehearsal.credentials["hubspot"][TOKEN] not in str(shown)
    rehearsal.settle()
    (record,) = rehearsal.records.list_records("acme", "contact", cursor=None, limit=10).items
    assert record.fields["email"] == "ana.prado@example.com"


def test_a_token_that_hubspot_refuses_leaves_no_integration(rehearsal):
    answer = with_token(rehearsal, "pat-na1-wrong")
    assert_problem(answer, 400, field="credentials.accessToken", says="the CRM refused the token")
    assert "pat-na1-wrong" not in str(answer)
    assert rehearsal.call("GET", ALL) == (200, {"items": []})
    assert not [key for key in kept(rehearsal) if "GRANT" in key or "ACCOUNT#" in key or "INTEGRATION" in key]
    assert rehearsal.queues.messages == []


def test_a_refused_token_hinders_no_second_try(rehearsal):
    assert with_token(rehearsal, "pat-na1-wrong")[0] == 400
    assert with_token(rehearsal, rehearsal.credentials["hubspot"][TOKEN])[0] == 201


def test_salesforce_knows_no_static_tokens(rehearsal):
    rehearsal.call("POST", ALL, {"provider": "salesforce"})
    with nothing_changes(rehearsal):
        body = {"provider": "salesforce", "credentials": {"accessToken": "00D!x"}}
        assert_problem(rehearsal.call("POST", ALL, body), 400, field="credentials.accessToken")


def test_hubspot_being_down_leaves_no_integration(rehearsal):
    rehearsal.call("POST", ALL, {"provider": "hubspot"})
    rehearsal.control("hubspot", "faults", [{"match": {"path": "/account-info.*"}, "kind": "html", "count": 9}])
    with nothing_changes(rehearsal, crms=False):
        status, body = with_token(rehearsal, rehearsal.credentials["hubspot"][TOKEN])
        assert (status, body["title"]) == (503, "CRM unavailable")


def test_hubspot_failing_half_way_leaves_nothing_that_hinders_the_next_try(rehearsal):
    rehearsal.call("POST", ALL, {"provider": "hubspot"})
    fault = {"match": {"path": "/crm/properties.*"}, "kind": "status", "status": 503, "count": 30}
    rehearsal.control("hubspot", "faults", [fault])
    with nothing_changes(rehearsal, crms=False):
        assert with_token(rehearsal, rehearsal.credentials["hubspot"][TOKEN])[0] == 503
    rehearsal.http["hubspot"].delete("/_sandbox/faults")
    assert with_token(rehearsal, rehearsal.credentials["hubspot"][TOKEN])[0] == 201


def test_the_account_of_a_token_belongs_to_one_integration(rehearsal):
    with_token(rehearsal, rehearsal.credentials["hubspot"][TOKEN])
    rehearsal.settle()
    with nothing_changes(rehearsal, crms=False):
        assert_problem(with_token(rehearsal, rehearsal.credentials["hubspot"][TOKEN]), 400, field=None)


def test_a_static_token_cannot_be_refreshed(rehearsal):
    _, shown = with_token(rehearsal, rehearsal.credentials["hubspot"][TOKEN])
    with nothing_changes(rehearsal):
        status, body = rehearsal.call("POST", "/auth/hubspot/refresh", {"integrationId": shown["id"]})
        assert (status, body["title"]) == (409, "CRM must be reconnected")


def test_a_static_token_that_was_withdrawn_asks_for_people(rehearsal):
    _, shown = with_token(rehearsal, rehearsal.credentials["hubspot"][TOKEN])
    rehearsal.settle()
    rehearsal.control("hubspot", "tokens", {"action": "revoke", "private_app": True})
    rehearsal.sync()
    assert rehearsal.call("GET", f"{ALL}/{shown['id']}")[1]["status"] == "reauth_required"


# ------------------------------------------------------------------------------------------------ a life


def test_an_integration_is_created_with_defaults_that_are_shown(rehearsal):
    status, shown = rehearsal.call("POST", ALL, {"provider": "hubspot"})
    assert status == 201
    assert (shown["name"], shown["status"], shown["environment"]) == ("HubSpot", "pending", "production")
    assert (shown["isPrimary"], shown["onDelete"], shown["policy"]) == (False, "keep", "default")
    assert shown["syncConfig"]["syncInterval"] == 15
    assert shown["syncConfig"]["entities"]["contact"]["direction"] == "bidirectional"
    assert rehearsal.call("GET", f"{ALL}/{shown['id']}") == (200, shown)
    assert rehearsal.call("GET", ALL) == (200, {"items": [shown]})


def test_what_is_asked_for_is_what_is_kept(rehearsal):
    body = {
        "provider": "salesforce",
        "name": "  Vendas  ",
        "environment": "sandbox",
        "isPrimary": True,
        "policy": "primary_wins",
        "onDelete": "propagate",
        "syncConfig": {
            "syncInterval": 5,
            "direction": "from_crm",
            "entities": {"deal": {"enabled": False}, "contact": {"direction": "to_crm", "fields": ["email"]}},
        },
        "settings": {"stages": {"Negotiation/Review": "decision"}},
    }
    _, shown = rehearsal.call("POST", ALL, body)
    assert (shown["name"], shown["environment"], shown["isPrimary"]) == ("Vendas", "sandbox", True)
    assert (shown["policy"], shown["onDelete"]) == ("primary_wins", "propagate")
    entities = shown["syncConfig"]["entities"]
    assert shown["syncConfig"]["syncInterval"] == 5
    assert (entities["contact"]["direction"], entities["contact"]["fields"]) == ("to_crm", ["email"])
    assert (entities["deal"]["enabled"], entities["company"]["direction"]) == (False, "from_crm")


def test_a_change_of_one_thing_leaves_the_others(rehearsal):
    _, made = rehearsal.call("POST", ALL, {"provider": "hubspot", "syncConfig": {"direction": "from_crm"}})
    status, changed = rehearsal.call("PATCH", f"{ALL}/{made['id']}", {"name": "Sales"})
    assert status == 200
    assert changed == {**made, "name": "Sales"}


def test_a_change_to_nothing_new_writes_nothing(rehearsal):
    _, made = rehearsal.call("POST", ALL, {"provider": "hubspot"})
    with nothing_changes(rehearsal):
        for body in ({}, {"name": made["name"]}, {"syncConfig": made["syncConfig"]}, {"paused": False}):
            assert rehearsal.call("PATCH", f"{ALL}/{made['id']}", body) == (200, made)


def test_a_paused_integration_is_neither_read_nor_written_until_it_is_resumed(rehearsal):
    people = HubSpotPerson(rehearsal)
    hub = rehearsal.connect("hubspot")
    rehearsal.connect("salesforce")
    rehearsal.sync()
    assert rehearsal.call("PATCH", f"{ALL}/{hub}", {"paused": True})[1]["status"] == "paused"
    people.act("create", "contacts", properties={"email": "late@example.com", "lastname": "Late"})
    before = calls(rehearsal, "hubspot")
    rehearsal.settle()
    rehearsal.sync()
    assert calls(rehearsal, "hubspot") == before
    assert rehearsal.call("PATCH", f"{ALL}/{hub}", {"paused": False})[1]["status"] == "active"
    rehearsal.sync()
    (record,) = rehearsal.records.list_records("acme", "contact", cursor=None, limit=10).items
    assert record.fields["email"] == "late@example.com"


def test_pausing_what_is_not_connected_does_not_make_it_look_connected(rehearsal):
    _, made = rehearsal.call("POST", ALL, {"provider": "hubspot"})
    for paused in (True, False):
        assert rehearsal.call("PATCH", f"{ALL}/{made['id']}", {"paused": paused})[1]["status"] == "pending"


@pytest.mark.parametrize("crm", ["hubspot", "salesforce"])
def test_a_deleted_integration_is_gone_with_its_tokens_account_and_webhook(rehearsal, crm):
    key = rehearsal.connect(crm)
    rehearsal.settle()
    assert rehearsal.call("DELETE", f"{ALL}/{key}")[0] == 204
    assert rehearsal.call("GET", f"{ALL}/{key}")[0] == 404
    gone = ("#GRANT", "ACCOUNT#", "HOOK#", "#INTEGRATION")
    assert not [each for each in kept(rehearsal) if any(name in each for name in gone)]
    assert rehearsal.connect(crm) != key


def test_records_outlive_the_integration_they_came_from(rehearsal):
    HubSpotPerson(rehearsal).fill(contacts=[{"email": "ana.prado@example.com", "lastname": "Prado"}])
    key = rehearsal.connect("hubspot")
    rehearsal.settle()
    (record,) = rehearsal.records.list_records("acme", "contact", cursor=None, limit=10).items
    rehearsal.call("DELETE", f"{ALL}/{key}")
    status, shown = rehearsal.call("GET", f"/api/crm/records/{record.record_id}")
    assert (status, shown["fields"]["email"]) == (200, "ana.prado@example.com")


# ------------------------------------------------------------------------------------------------ runs and records


def test_a_run_is_begun_reported_and_not_begun_twice(rehearsal):
    key = rehearsal.connect("hubspot")
    rehearsal.sync()
    status, begun = rehearsal.call("POST", f"{ALL}/{key}/sync", {"mode": "full"})
    assert (status, begun["status"], begun["mode"]) == (202, "running", "comparison")
    again = rehearsal.call("POST", f"{ALL}/{key}/sync", {"mode": "compare", "budget": 5})
    assert again[1]["run_id"] == begun["run_id"]
    assert "cursor" not in begun
    rehearsal.settle()
    runs = rehearsal.call("GET", f"{ALL}/{key}/runs")[1]["items"]
    assert (runs[0]["run_id"], runs[0]["status"]) == (begun["run_id"], "done")


def test_a_comparison_is_reported_per_entity(rehearsal):
    HubSpotPerson(rehearsal).fill(contacts=[{"email": "ana.prado@example.com", "lastname": "Prado"}])
    key = rehearsal.connect("hubspot")
    rehearsal.sync()
    assert rehearsal.call("GET", f"{ALL}/{key}/reports") == (200, {"items": []})
    status, begun = rehearsal.call("POST", f"{ALL}/{key}/sync", {"mode": "compare", "budget": 5})
    assert (status, begun["mode"], begun["budget"]) == (202, "comparison", 5)
    rehearsal.settle()
    reports = {each["entity"]: each for each in rehearsal.call("GET", f"{ALL}/{key}/reports")[1]["items"]}
    assert reports.keys() >= {"company", "contact", "deal"}
    shown = reports["contact"]
    assert {name: shown[name] for name in ("there", "here", "equal", "status", "parity_percent")} == {
        "there": 1, "here": 1, "equal": 1, "status": "done", "parity_percent": "100.00",
    }  # fmt: skip
    assert rehearsal.call("GET", f"{ALL}/{key}/reports/{shown['report_id']}") == (200, shown)
    status, problem = rehearsal.call("GET", f"{ALL}/{key}/reports/nothing")
    assert (status, problem["field"]) == (404, "report_id")
    rival = {"workspace": "rival", "role": "admin"}
    assert rehearsal.call("GET", f"{ALL}/{key}/reports", claims=rival)[0] == 404
    assert rehearsal.call("GET", f"{ALL}/{key}/reports/{shown['report_id']}", claims=rival)[0] == 404


def test_how_often_and_how_much_is_compared_can_be_set(rehearsal):
    key = rehearsal.connect("hubspot")
    shown = rehearsal.call("GET", f"{ALL}/{key}")[1]
    assert (shown["syncConfig"]["compareInterval"], shown["syncConfig"]["repairBudget"]) == (240, 10_000)
    wanted = {"compareInterval": 0, "repairBudget": 50}
    assert rehearsal.call("PATCH", f"{ALL}/{key}", {"syncConfig": wanted})[0] == 200
    shown = rehearsal.call("GET", f"{ALL}/{key}")[1]
    assert {name: shown["syncConfig"][name] for name in wanted} == wanted


def test_a_record_is_found_by_its_own_id_and_by_the_crms(rehearsal):
    HubSpotPerson(rehearsal).fill(contacts=[{"email": "ana.prado@example.com", "lastname": "Prado"}])
    key = rehearsal.connect("hubspot")
    rehearsal.settle()
    external_id = HubSpotPerson(rehearsal).contact("ana.prado@example.com")["id"]
    status, shown = rehearsal.call("GET", f"{ALL}/{key}/records/contact/{external_id}")
    assert (status, shown["fields"]["email"]) == (200, "ana.prado@example.com")
    assert rehearsal.call("GET", f"/api/crm/records/{shown['record_id']}") == (200, shown)


def test_health_is_open_and_tells_what_works(rehearsal):
    assert rehearsal.call("GET", "/health/crm", claims={}) == (
        200,
        {"status": "healthy", "integrations": 0, "healthy": 0, "lastSync": None},
    )
    rehearsal.connect("hubspot")
    rehearsal.sync()
    shown = rehearsal.call("GET", "/health/crm", claims={})[1]
    assert (shown["healthy"], shown["lastSync"] is not None) == (1, True)
    rehearsal.control("hubspot", "tokens", {"action": "revoke"})
    rehearsal.sync()
    assert rehearsal.call("GET", "/health/crm", claims={})[0] == 503

"""An account whose edition has no leads: everything else is kept in step, and people are told what is missing."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.functional.people import HubSpotPerson
from tests.functional.rehearsal import Rehearsal
from tests.functional.test_command_line import Terminal
from tests.functional.test_insight import ALL, steps_of

WHY = "HubSpot's leads need Sales Hub Professional or Enterprise"
LEAD = {"email": "bea@example.com", "firstName": "Bea", "lastName": "Lund", "company": "Lund Marine"}


def edition(rehearsal: Rehearsal, name: str) -> None:
    rehearsal.control("hubspot", "options", {"sales_hub": name})


def there(rehearsal: Rehearsal, crm: str, table: str) -> list[dict[str, Any]]:
    return rehearsal.control(crm, f"state?entity={table}")[table]


def connect_again(rehearsal: Rehearsal, key: str) -> None:
    """Sign in anew: what an account has bought since shows in the scopes of a new token only."""
    _, begun = rehearsal.call("POST", "/auth/hubspot/login", {"integrationId": key})
    page = rehearsal.finish("hubspot", rehearsal.consent("hubspot", begun["url"]))
    code = re.search(r'<code id="code">([^<]+)</code>', page["body"])
    assert code is not None
    status, shown = rehearsal.call("POST", "/auth/hubspot/complete", {"integrationId": key, "code": code[1]})
    assert status == 200, shown


@pytest.fixture
def smaller(rehearsal: Rehearsal):
    edition(rehearsal, "starter")
    HubSpotPerson(rehearsal).fill(contacts=[{"email": "ana@example.com", "lastname": "Prado"}])
    hubspot, salesforce = rehearsal.connect("hubspot"), rehearsal.connect("salesforce")
    rehearsal.sync()
    return rehearsal, hubspot, salesforce


def test_what_the_edition_has_not_is_told_when_it_is_connected(smaller):
    rehearsal, key, _ = smaller
    shown = rehearsal.call("GET", f"{ALL}/{key}")[1]
    assert shown["status"] == "active"
    assert shown["unavailable"].keys() == {"lead"}
    assert shown["unavailable"]["lead"].startswith(WHY)
    mapping = rehearsal.call("GET", f"{ALL}/{key}/mapping")[1]["entities"]
    assert (mapping["lead"]["enabled"], mapping["contact"]["enabled"]) == (False, True)
    assert mapping["lead"]["unavailable"].startswith(WHY)
    assert shown["syncConfig"]["entities"]["lead"]["enabled"], "the workspace's own choice rests"


def test_everything_else_is_kept_in_step_and_no_run_fails(smaller):
    rehearsal, key, salesforce = smaller
    status, made = rehearsal.call("POST", f"{ALL}/{salesforce}/leads/sync", LEAD)
    assert status == 202, made
    rehearsal.settle()
    rehearsal.advance(1000)
    rehearsal.sync()
    runs = rehearsal.call("GET", f"{ALL}/{key}/runs")[1]["items"]
    assert {each["status"] for each in runs} == {"done"}
    assert all("lead" not in each["counts"] for each in runs)
    assert len(there(rehearsal, "salesforce", "Contact")) == 1
    assert len(there(rehearsal, "salesforce", "Lead")) == 1
    told = rehearsal.call("GET", f"{ALL}/{key}/status")[1]
    assert (told["health"], told["unavailable"].keys()) == ("healthy", {"lead"})


def test_the_validation_says_so_and_nothing_has_failed(smaller):
    rehearsal, key, _ = smaller
    steps = steps_of(rehearsal, key)
    assert {each["outcome"] for each in steps.values()} == {"ok", "skipped"}
    assert f"lead records are not available for this account: {WHY}" in steps["access"]["words"]
    assert steps["access"]["found"] == steps["access"]["of"] == 4


def test_the_command_line_says_what_the_account_has_not(smaller, monkeypatch):
    rehearsal, key, _ = smaller
    monkeypatch.setenv("CRMBRIDGE_URL", "https://bridge.test")
    monkeypatch.setenv("CRMBRIDGE_TOKEN", "a-token")
    shown = Terminal(rehearsal).run("integrations", key)
    assert "not in this account" in shown
    assert "lead" in shown
    assert WHY[:40] in shown


def test_an_account_that_has_bought_the_edition_takes_leads_once_it_is_connected_again(smaller):
    rehearsal, key, salesforce = smaller
    rehearsal.call("POST", f"{ALL}/{salesforce}/leads/sync", LEAD)
    rehearsal.settle()
    edition(rehearsal, "professional")
    connect_again(rehearsal, key)
    assert rehearsal.call("GET", f"{ALL}/{key}")[1]["unavailable"] == {}
    rehearsal.sync()
    assert len(there(rehearsal, "hubspot", "leads")) == 1


def test_an_account_that_loses_the_edition_goes_on_without_leads(rehearsal):
    key = rehearsal.connect("hubspot")
    salesforce = rehearsal.connect("salesforce")
    rehearsal.sync()
    assert rehearsal.call("GET", f"{ALL}/{key}")[1]["unavailable"] == {}
    edition(rehearsal, "starter")
    rehearsal.call("POST", f"{ALL}/{salesforce}/leads/sync", LEAD)
    rehearsal.settle()
    rehearsal.advance(1000)
    rehearsal.sync()
    assert rehearsal.call("GET", f"{ALL}/{key}")[1]["unavailable"].keys() == {"lead"}
    rehearsal.advance(1000)
    rehearsal.sync()
    assert rehearsal.call("GET", f"{ALL}/{key}/runs")[1]["items"][0]["status"] == "done"
    edition(rehearsal, "professional")
    assert steps_of(rehearsal, key)["access"]["of"] == 5
    rehearsal.sync()
    assert len(there(rehearsal, "hubspot", "leads")) == 1

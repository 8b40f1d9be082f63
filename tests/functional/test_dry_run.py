"""What the dry-run says would be written is what is then written, byte for byte; and saying it changes nothing."""

from __future__ import annotations

import json

import pytest

from tests.functional.people import HubSpotPerson, SalesforcePerson, write_rows
from tests.functional.rehearsal import Rehearsal
from tests.functional.rehearsing import ADMIN, OPERATOR, digests, overheard, pushes_held, rehearse, rows, told
from tests.functional.watching import assert_problem, nothing_changes

CITIES = ("Recife", "Olinda", "São Paulo", "Łódź")


@pytest.fixture
def hubspot(rehearsal: Rehearsal) -> HubSpotPerson:
    return HubSpotPerson(rehearsal)


@pytest.fixture
def salesforce(rehearsal: Rehearsal) -> SalesforcePerson:
    return SalesforcePerson(rehearsal)


def person(number: int) -> dict[str, str]:
    return {
        "LastName": f"Prado {number}",
        "FirstName": "Ana",
        "Email": f"ana{number}@example.com",
        "MailingCity": CITIES[number % 4],
        "Title": f"Eng. nº {number}",
    }


def connected(rehearsal: Rehearsal) -> str:
    """Connect both CRMs and let everything come to rest; returns the id of HubSpot's integration."""
    key = rehearsal.connect("hubspot")
    rehearsal.connect("salesforce")
    rehearsal.sync()
    return key


def test_of_a_thousand_records_the_writes_are_those_that_were_told_byte_for_byte(rehearsal, salesforce):
    salesforce.fill(Contact=[person(number) for number in range(300)])
    key = connected(rehearsal)
    with pushes_held(rehearsal):
        ids = {row["Email"]: row["Id"] for row in salesforce.rows("Contact")}
        edits = [
            {"action": "update", "id": ids[f"ana{number}@example.com"], "fields": {"Title": f"CTO {number}"}}
            for number in range(300)
        ]
        rehearsal.control("salesforce", "seed", {"actions": edits})
        salesforce.fill(Contact=[person(number) for number in range(300, 1000)])
        rehearsal.sync()
        before = write_rows(rehearsal, "hubspot")
        pages = rehearse(rehearsal, key, limit=300)
    assert write_rows(rehearsal, "hubspot") == before
    announced = rows(pages)
    assert len({row["recordId"] for row in announced}) == len(announced) == 1000
    assert len(pages) > 3
    with overheard(rehearsal, key) as batches:
        rehearsal.settle()
    assert digests(batches) == told(pages)
    payloads = [row["payload"] for row in announced]
    assert [row for batch in batches for row in json.loads(batch)["rows"]] == payloads
    assert write_rows(rehearsal, "hubspot") > before


def test_a_dry_run_stores_nothing_queues_nothing_and_writes_nothing_and_says_the_same_again(rehearsal, salesforce):
    key = connected(rehearsal)
    with pushes_held(rehearsal):
        salesforce.fill(Contact=[person(number) for number in range(7)])
        rehearsal.sync()
        before = write_rows(rehearsal, "hubspot")
        with nothing_changes(rehearsal, crms=False):
            first = rehearse(rehearsal, key)
            again = rehearse(rehearsal, key)
        assert first == again
        assert write_rows(rehearsal, "hubspot") == before
    assert len(rows(first)) == 7


def test_every_row_shows_what_each_field_is_and_would_be(rehearsal, hubspot, salesforce):
    salesforce.fill(Contact=[person(1)])
    key = connected(rehearsal)
    there = salesforce.contact("ana1@example.com")["Id"]
    with pushes_held(rehearsal):
        salesforce.act("update", there, fields={"Title": "CTO", "MailingCity": None})
        rehearsal.sync()
        (row,) = rows(rehearse(rehearsal, key))
    assert row["externalId"] == hubspot.contact("ana1@example.com")["id"]
    assert row["changes"] == [
        {"field": "city", "before": "Olinda", "after": None},
        {"field": "job_title", "before": "Eng. nº 1", "after": "CTO"},
    ]
    assert row["payload"]["fields"] == {"city": None, "job_title": "CTO"}


def test_records_that_are_made_together_show_the_place_of_ids_to_come(rehearsal, salesforce):
    key = connected(rehearsal)
    with pushes_held(rehearsal):
        made = salesforce.act("create", object="Account", fields={"Name": "Sol", "Website": "sol.example.com"})
        account = next(row["Id"] for row in salesforce.rows("Account"))
        assert made is not None
        salesforce.fill(Contact=[{**person(number), "AccountId": account} for number in range(3)])
        rehearsal.sync()
        rehearsal.advance(60)  # a company younger than HubSpot's search is not made yet
        pages = rehearse(rehearsal, key)
    company, *people = rows(pages)
    mark = f"new:{company['recordId']}"
    assert [row["payload"]["refs"] for row in people] == [{"company": [mark]}] * 3
    with overheard(rehearsal, key) as batches:
        rehearsal.settle()
    (external_id,) = (
        rehearsal.records.get_many("acme", [company["recordId"]])[company["recordId"]].links[key].external_id,
    )
    written = [row for batch in batches for row in json.loads(batch)["rows"]]
    assert written == json.loads(json.dumps([row["payload"] for row in (company, *people)]).replace(mark, external_id))


def test_a_change_of_direction_can_be_rehearsed_before_anything_ever_left(rehearsal, hubspot, salesforce):
    salesforce.fill(Contact=[person(number) for number in range(5)])
    key = rehearsal.connect("hubspot", syncConfig={"direction": "from_crm"})
    rehearsal.connect("salesforce")
    rehearsal.sync()
    assert hubspot.rows("contacts") == []
    assert rows(rehearse(rehearsal, key)) == []
    with nothing_changes(rehearsal, crms=False):
        pages = rehearse(rehearsal, key, syncConfig={"direction": "bidirectional"})
    assert [page["isDraft"] for page in pages] == [True]
    assert sorted(row["payload"]["fields"]["email"] for row in rows(pages)) == [
        f"ana{number}@example.com" for number in range(5)
    ]
    assert hubspot.rows("contacts") == []


def test_a_cursor_of_what_has_moved_since_is_refused(rehearsal, salesforce):
    key = connected(rehearsal)
    path = f"/api/crm/integrations/{key}/mappings/dry-run"
    with pushes_held(rehearsal):
        salesforce.fill(Contact=[person(number) for number in range(150)])
        rehearsal.sync()
        status, page = rehearsal.call("POST", path, {"limit": 1}, claims=OPERATOR)
        assert (status, len(page["batches"])) == (200, 1)
    rehearsal.settle()
    answer = rehearsal.call("POST", path, {"limit": 1, "cursor": page["nextCursor"]}, claims=OPERATOR)
    assert_problem(answer, 409, field=None, says="begin the dry-run again")


@pytest.mark.parametrize("cursor", ["", "x", "e30", "eJyLrlZKUbIy", "ção", "eJyLjgUAARUAuQ"])
def test_a_cursor_of_somebody_elses_making_is_refused(rehearsal, cursor):
    key = connected(rehearsal)
    path = f"/api/crm/integrations/{key}/mappings/dry-run"
    assert_problem(rehearsal.call("POST", path, {"cursor": cursor}, claims=OPERATOR), 400, field="cursor")


def test_an_integration_that_was_never_connected_cannot_be_rehearsed(rehearsal):
    _, made = rehearsal.call("POST", "/api/crm/integrations", {"provider": "hubspot"})
    path = f"/api/crm/integrations/{made['id']}/mappings/dry-run"
    assert_problem(rehearsal.call("POST", path, {}, claims=OPERATOR), 400, field="integrationId", says="pending")


def test_who_may_only_look_may_not_rehearse_and_nobody_rehearses_for_another_workspace(rehearsal):
    key = connected(rehearsal)
    path = f"/api/crm/integrations/{key}/mappings/dry-run"
    viewer, rival = {"workspace": "acme", "role": "viewer"}, {**ADMIN, "workspace": "rival"}
    assert_problem(rehearsal.call("POST", path, {}, claims=viewer), 403, field=None)
    assert_problem(rehearsal.call("POST", path, {}, claims=rival), 404, field="integration_id")

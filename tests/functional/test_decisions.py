"""What people decide through the API: conflicts, possible doubles, the brake; and decisions that are none."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import pytest

from crmbridge.domain.records import Base
from crmbridge.domain.settle import park
from crmbridge.ports import Save
from crmbridge.services.hub import change_integration, load_integration
from tests.functional.people import HubSpotPerson, SalesforcePerson
from tests.functional.rehearsal import Rehearsal
from tests.functional.watching import assert_problem, nothing_changes

CONFLICTS = "/api/crm/conflicts"
OPERATOR = {"workspace": "acme", "role": "operator", "sub": "person-1"}
VIEWER = {"workspace": "acme", "role": "viewer"}
RIVAL = {"workspace": "rival", "role": "admin"}
ANA = "ana.prado@example.com"


def connect_both(rehearsal: Rehearsal) -> tuple[str, str]:
    """Connect both CRMs, each leaving its conflicts to people; returns the integrations' ids."""
    hub, sf = rehearsal.connect("hubspot"), rehearsal.connect("salesforce")
    for key in (hub, sf):
        change_integration(rehearsal.hub, load_integration(rehearsal.hub, "acme", key), policy="manual")
    return hub, sf


def in_conflict(rehearsal: Rehearsal) -> tuple[Rehearsal, str, str, str]:
    """Change Ana's city in both CRMs at once, so that people must decide; returns record and integrations too."""
    hubspot, salesforce = HubSpotPerson(rehearsal), SalesforcePerson(rehearsal)
    hubspot.fill(contacts=[{"email": ANA, "lastname": "Prado", "city": "Recife"}])
    hub, sf = connect_both(rehearsal)
    rehearsal.sync()
    hubspot.act("update", "contacts", hubspot.contact(ANA)["id"], properties={"city": "Olinda"})
    salesforce.act("update", salesforce.contact(ANA)["Id"], fields={"MailingCity": "Natal"})
    rehearsal.settle()
    rehearsal.sync()
    (shown,) = rehearsal.call("GET", CONFLICTS)[1]["items"]
    assert (shown["kind"], shown["field"], shown["base"]) == ("field", "city", "Recife")
    return rehearsal, shown["record_id"], hub, sf


@pytest.fixture
def conflict(rehearsal) -> tuple[Rehearsal, str, str, str]:
    return in_conflict(rehearsal)


@pytest.fixture(scope="module")
def open_conflict() -> Generator[tuple[Rehearsal, str, str, str]]:
    """One conflict for all tests that leave it as it is."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield in_conflict(Rehearsal(monkeypatch))


def decide(rehearsal: Rehearsal, record_id: str, body, claims=OPERATOR):
    return rehearsal.call("POST", f"{CONFLICTS}/{record_id}", body, claims=claims)


def cities(rehearsal: Rehearsal) -> set[str | None]:
    return {
        HubSpotPerson(rehearsal).contact(ANA).get("city"),
        SalesforcePerson(rehearsal).contact(ANA)["MailingCity"],
    }


def test_a_conflict_shows_both_sides_and_stands_still(open_conflict):
    rehearsal, _, hub, sf = open_conflict
    (shown,) = rehearsal.call("GET", CONFLICTS, claims=VIEWER)[1]["items"]
    assert {key: side[0] for key, side in shown["sides"].items()} == {hub: "Olinda", sf: "Natal"}
    assert cities(rehearsal) == {"Olinda", "Natal"}


@pytest.mark.parametrize(("side", "city"), [("hub", "Olinda"), ("sf", "Natal")])
def test_the_side_that_people_choose_goes_to_both(conflict, side, city):
    rehearsal, record_id, hub, sf = conflict
    status, shown = decide(rehearsal, record_id, {"field": "city", "side": {"hub": hub, "sf": sf}[side]})
    assert (status, shown["fields"]["city"]) == (200, city)
    rehearsal.settle()
    assert cities(rehearsal) == {city}
    assert rehearsal.call("GET", CONFLICTS) == (200, {"items": []})


def test_a_value_of_their_own_goes_to_both_and_history_says_who(conflict):
    rehearsal, record_id, *_ = conflict
    assert decide(rehearsal, record_id, {"field": "city", "value": "Olinda and Natal"})[0] == 200
    rehearsal.settle()
    assert cities(rehearsal) == {"Olinda and Natal"}
    history = rehearsal.call("GET", f"/api/crm/records/{record_id}/history")[1]["items"]
    resolved = [line for line in history if line["kind"] == "resolved"]
    assert [line["by"] for line in resolved] == ["person-1"]


def test_null_is_a_decision(conflict):
    rehearsal, record_id, *_ = conflict
    assert decide(rehearsal, record_id, {"field": "city", "value": None})[0] == 200
    rehearsal.settle()
    assert cities(rehearsal) <= {"", None}


def test_a_conflict_is_decided_once(conflict):
    rehearsal, record_id, hub, _ = conflict
    decide(rehearsal, record_id, {"field": "city", "side": hub})
    rehearsal.settle()
    with nothing_changes(rehearsal):
        assert_problem(decide(rehearsal, record_id, {"field": "city", "side": hub}), 404, field="field")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "field"),
        ({"field": 5, "side": "x"}, 400, "field"),
        ({"field": "city", "side": 5}, 400, "side"),
        ({"field": "city", "side": "int_nobody"}, 400, "side"),
        ({"field": "email", "value": "x@example.com"}, 404, "field"),
        ({"field": "shoe_size", "value": "44"}, 404, "field"),
        ({"field": "city"}, 400, "value"),
        ({"field": "city", "value": {"a": 1}}, 400, "value"),
        ({"field": "city", "value": 5}, 400, "value"),
        ({"field": "city", "value": True}, 400, "value"),
        ({"field": "city", "value": ["Olinda"]}, 400, "value"),
        ({"field": "city", "value": ""}, 400, "value"),
        ({"field": "city", "value": "x" * 100_000}, 400, "value"),
        ({"decision": "apart"}, 404, "record_id"),
        ({"decision": "perhaps"}, 400, "decision"),
        ({"into": "con_nobody"}, 404, "record_id"),
        ({"into": 5}, 400, "into"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_is_no_decision_is_refused(open_conflict, body, status, field):
    rehearsal, record_id, *_ = open_conflict
    with nothing_changes(rehearsal):
        assert_problem(decide(rehearsal, record_id, body), status, field=field)


@pytest.mark.parametrize("record_id", ["con_nobody", "nobody", "con", "%00", "acme%23R"])
@pytest.mark.parametrize("body", [{"field": "city", "value": "x"}, {"decision": "apart"}, {"into": "con_1"}])
def test_a_decision_about_an_unknown_record_is_refused(open_conflict, record_id, body):
    rehearsal, *_ = open_conflict
    with nothing_changes(rehearsal):
        assert_problem(decide(rehearsal, record_id, body), 404, field="record_id")


def test_only_operators_of_the_workspace_decide(open_conflict):
    rehearsal, record_id, hub, _ = open_conflict
    with nothing_changes(rehearsal):
        body = {"field": "city", "side": hub}
        assert_problem(decide(rehearsal, record_id, body, VIEWER), 403, field=None)
        assert_problem(decide(rehearsal, record_id, body, RIVAL), 404, field="record_id")
        assert rehearsal.call("GET", CONFLICTS, claims=RIVAL) == (200, {"items": []})
        assert_problem(
            rehearsal.call("GET", f"/api/crm/records/{record_id}/history", claims=RIVAL), 404, field="record_id"
        )


# ------------------------------------------------------------------------------------------------ the brake


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "entity"),
        ({"entity": "invoice", "decision": "delete"}, "entity"),
        ({"entity": ["contact"], "decision": "delete"}, "entity"),
        ({"entity": None, "decision": "delete"}, "entity"),
        ({"entity": "contact"}, "decision"),
        ({"entity": "contact", "decision": "keep"}, "decision"),
        ({"entity": "contact", "decision": ["delete"]}, "decision"),
    ],
    ids=str,
)
def test_the_brake_is_let_go_by_a_clear_word_only(open_conflict, body, field):
    rehearsal, _, hub, _ = open_conflict
    with nothing_changes(rehearsal):
        assert_problem(rehearsal.call("POST", f"/api/crm/integrations/{hub}/brake", body), 400, field=field)


def test_the_brake_is_an_admins(open_conflict):
    rehearsal, _, hub, _ = open_conflict
    body = {"entity": "contact", "decision": "delete"}
    with nothing_changes(rehearsal):
        path = f"/api/crm/integrations/{hub}/brake"
        assert_problem(rehearsal.call("POST", path, body, claims=OPERATOR), 403, field=None)
        assert_problem(rehearsal.call("POST", path, body, claims=RIVAL), 404, field="integration_id")
        assert rehearsal.call("POST", path, body) == (200, {"released": 0})


# ------------------------------------------------------------------------------------------------ possible doubles


@pytest.fixture
def doubt(conflict) -> tuple[Rehearsal, str, str]:
    """A record that may be the same as another one; returns both ids, the doubtful one first."""
    rehearsal, record_id, *_ = conflict
    SalesforcePerson(rehearsal).fill(Contact=[{"LastName": "Moura", "Email": "bia@example.com"}])
    rehearsal.sync()
    records = rehearsal.records.list_records("acme", "contact", cursor=None, limit=10).items
    (other,) = [each for each in records if each.record_id != record_id]
    doubtful = replace(other, candidates=(record_id,), rev=other.rev + 1)
    assert rehearsal.records.save_many([Save(other, doubtful)]) == (True,)
    rehearsal.settle()
    return rehearsal, doubtful.record_id, record_id


def test_a_possible_double_is_listed_and_told_apart(doubt):
    rehearsal, record_id, other = doubt
    listed = {each["record_id"]: each for each in rehearsal.call("GET", CONFLICTS)[1]["items"]}
    assert listed[record_id]["candidates"] == [other]
    assert decide(rehearsal, record_id, {"decision": "apart"})[0] == 200
    rehearsal.settle()
    assert record_id not in {each["record_id"] for each in rehearsal.call("GET", CONFLICTS)[1]["items"]}


def test_two_records_with_copies_in_the_same_crm_are_not_joined(doubt):
    rehearsal, record_id, other = doubt
    with nothing_changes(rehearsal):
        assert_problem(decide(rehearsal, record_id, {"into": other}), 400, field="into", says="same CRM")
        assert_problem(decide(rehearsal, other, {"into": record_id}), 404, field="record_id", says="in no doubt")


# ------------------------------------------------------------------------------------------------ parked writes


def test_a_parked_write_is_let_go_of_and_goes_out(rehearsal):
    hubspot, salesforce = HubSpotPerson(rehearsal), SalesforcePerson(rehearsal)
    hubspot.fill(contacts=[{"email": ANA, "lastname": "Prado", "city": "Recife"}])
    _, sf = connect_both(rehearsal)
    rehearsal.sync()
    (record,) = rehearsal.records.list_records("acme", "contact", cursor=None, limit=10).items
    path = f"/api/crm/records/{record.record_id}/release"
    assert_problem(rehearsal.call("POST", path, {}, claims=OPERATOR), 404, field="integrationId")
    links = {key: replace(link, base={"city": Base("Recife")}) for key, link in record.links.items()}
    wanted = replace(record, fields={**record.fields, "city": "Olinda"}, links=links)
    rule = load_integration(rehearsal.hub, "acme", sf).rule("contact")
    parked = park(wanted, integration_id=sf, rule=rule, words="no", code="NO", now=rehearsal.hub.now())
    assert rehearsal.records.save_many([Save(record, replace(parked, rev=record.rev + 1))]) == (True,)
    rehearsal.settle()
    assert salesforce.contact(ANA)["MailingCity"] == "Recife"
    assert rehearsal.call("POST", path, {"integrationId": sf}, claims=VIEWER)[0] == 403
    assert rehearsal.call("POST", path, {"integrationId": sf}, claims=RIVAL)[0] == 404
    assert_problem(rehearsal.call("POST", path, {"integrationId": 5}, claims=OPERATOR), 400, field="integrationId")
    status, shown = rehearsal.call("POST", path, {"integrationId": sf}, claims=OPERATOR)
    assert (status, "parked" in shown["links"][sf]) == (200, False)
    rehearsal.settle()
    assert salesforce.contact(ANA)["MailingCity"] == "Olinda"
    lines = rehearsal.call("GET", f"/api/crm/records/{record.record_id}/history")[1]["items"]
    assert "person-1" in {each["by"] for each in lines if each["kind"] == "released"}

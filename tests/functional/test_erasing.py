"""A person is forgotten: here, in every CRM, in every table and queue, and does not come back."""

from __future__ import annotations

import json

import pytest

from tests.functional.people import HubSpotPerson, SalesforcePerson, write_rows
from tests.functional.rehearsal import Rehearsal
from tests.functional.test_command_line import Terminal

CANARIES = ("ana.canary@example.com", "Anacanary", "Pradocanary", "+5581977770000", "Rua Canary 7")
ANA = {
    "email": CANARIES[0],
    "firstname": CANARIES[1],
    "lastname": CANARIES[2],
    "phone": CANARIES[3],
    "address": CANARIES[4],
}
BEA = {"email": "bea@example.com", "firstname": "Bea", "lastname": "Lima"}
ASKED = "/api/crm/erasures"


class Town:
    """Two CRMs in step that both know Ana and Bea."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.rehearsal = rehearsal
        self.hubspot, self.salesforce = HubSpotPerson(rehearsal), SalesforcePerson(rehearsal)
        contacts = [{"ref": "a", "properties": ANA}, {"ref": "b", "properties": BEA}]
        both = [{"to": "a", "entity": "contacts"}, {"to": "b", "entity": "contacts"}]
        self.hubspot.fill(
            contacts=contacts, deals=[{"properties": {"dealname": f"Roof for {CANARIES[0]}"}, "associations": both}]
        )
        self.hs, self.sf = rehearsal.connect("hubspot"), rehearsal.connect("salesforce")
        rehearsal.sync()
        self.hubspot.act("update", "contacts", self.row(), properties={"jobtitle": "Anacanary's job"})
        rehearsal.settle()

    def row(self) -> str:
        return self.hubspot.contact(CANARIES[0])["id"]

    def records(self):
        return self.rehearsal.records.list_records("acme", "contact", cursor=None, limit=50).items

    def ask(self, status: int = 202, **body):
        got, shown = self.rehearsal.call("POST", ASKED, {"email": "Ana.Canary@example.com", **body})
        assert got == status, shown
        return shown

    def told(self, erasure_id: str):
        return self.rehearsal.call("GET", f"{ASKED}/{erasure_id}")[1]

    def erase(self, **body):
        asked = self.ask(**body)
        self.rehearsal.settle()
        return self.told(asked["erasureId"])

    def traces(self) -> list[str]:
        """Return every place here in which something of Ana stands."""
        held = self.rehearsal
        places = {
            "records": [repr(each) for each in self.everything()],
            "look-ups": [repr(key) for key, ids in held.records._natural.items() if ids],
            "external ids": [repr(each) for each in held.records._external],
            "documents": [repr(each) for part in held.documents._partitions.values() for each in part.values()],
            "queues": [repr(each) for each in held.queues.messages],
        }
        words = [each.casefold() for each in CANARIES]
        return [
            f"{name}: {text}"
            for name, texts in places.items()
            for text in texts
            if any(word in text.casefold() for word in words)
        ]

    def everything(self):
        return [each for known in self.rehearsal.records._records.values() for each in known.values()]


@pytest.fixture
def town(rehearsal: Rehearsal) -> Town:
    return Town(rehearsal)


def test_a_person_is_gone_from_every_crm_table_and_queue(town):
    assert town.traces()
    told = town.erase()
    assert told["status"] == "done", told
    assert {each["result"] for each in told["places"]} == {"deleted"}
    assert town.traces() == []
    assert [row["email"] for row in town.hubspot.rows("contacts")] == ["bea@example.com"]
    assert [row["Email"] for row in town.salesforce.rows("Contact")] == ["bea@example.com"]
    for crm in ("hubspot", "salesforce"):
        deals = town.hubspot.rows("deals") if crm == "hubspot" else town.salesforce.rows("Opportunity")
        assert CANARIES[0] not in str(deals)


def test_hubspot_is_asked_for_its_own_privacy_deletion(town):
    row = town.row()
    town.erase()
    calls = [each["path"] for each in town.rehearsal.control("hubspot", "calls")["calls"]]
    assert any(each.endswith("/contacts/gdpr-delete") for each in calls)
    assert row not in [each["id"] for each in town.rehearsal.control("hubspot", "state")["contacts"]]


def test_comparing_everything_afterwards_writes_nothing(town):
    town.erase()
    town.rehearsal.sync()
    before = [write_rows(town.rehearsal, crm) for crm in ("hubspot", "salesforce")], town.everything()
    for integration_id in (town.hs, town.sf):
        town.rehearsal.call("POST", f"/api/crm/integrations/{integration_id}/sync", {"mode": "full"})
        town.rehearsal.settle()
    after = [write_rows(town.rehearsal, crm) for crm in ("hubspot", "salesforce")], town.everything()
    assert after == before
    assert town.traces() == []


def test_a_row_that_is_seen_again_does_not_bring_the_person_back(town):
    town.erase()
    town.salesforce.fill(Contact=[{"LastName": "Prado", "Email": CANARIES[0]}])
    town.rehearsal.sync()
    assert len([each for each in town.records() if each.deleted_at is None]) == 1
    assert town.hubspot.rows("contacts")[0]["email"] == "bea@example.com"
    assert town.traces() == []


def test_whoever_is_entered_anew_after_the_suppression_was_lifted_is_taken_in(town):
    told = town.erase()
    assert town.rehearsal.call("POST", f"{ASKED}/{told['erasureId']}/lift", {})[1]["lifted"] >= 2
    town.salesforce.fill(Contact=[{"LastName": "Prado", "Email": CANARIES[0]}])
    town.rehearsal.sync()
    assert town.hubspot.contact(CANARIES[0])["lastname"] == "Prado"


def test_asking_twice_tells_of_the_same_erasure(town):
    first = town.ask()
    town.rehearsal.settle()
    again = town.ask()
    assert again["erasureId"] == first["erasureId"]
    assert again["status"] == "done"
    assert len(town.rehearsal.call("GET", ASKED)[1]["items"]) == 1


def test_a_row_can_be_rendered_anonymous_in_one_crm_and_kept_in_another(town):
    told = town.erase(mode="keep", crms={town.sf: "anonymise"})
    assert told["status"] == "done", told
    assert {each["integrationId"]: each["result"] for each in told["places"]} == {
        town.sf: "anonymised",
        town.hs: "kept",
    }
    names = {row["LastName"]: row for row in town.salesforce.rows("Contact")}
    assert set(names) == {"Erased", "Lima"}
    assert (names["Erased"].get("Email"), names["Erased"].get("Phone")) == (None, None)
    assert town.hubspot.contact(CANARIES[0])["lastname"] == CANARIES[2]
    assert town.traces() == []
    town.rehearsal.sync()
    assert town.traces() == []


def test_history_tells_who_when_and_what_kind_but_no_value(town):
    (ana,) = [each for each in town.records() if each.fields.get("email") == CANARIES[0]]
    town.erase()
    lines = town.rehearsal.call("GET", f"/api/crm/records/{ana.record_id}/history")[1]["items"]
    assert lines[0]["kind"] == "erased"
    assert [name for name, *_ in lines[-1]["changes"]]
    assert {value for line in lines for _, *values in line["changes"] for value in values} == {None}


def test_a_crm_that_is_down_is_waited_for(town):
    town.rehearsal.control(
        "salesforce",
        "faults",
        [{"match": {"path": "/services/data"}, "kind": "status", "status": 503, "count": 3}],
    )
    assert town.erase()["status"] == "done"
    assert town.traces() == []


def test_what_was_done_is_gone_on_with_wherever_a_worker_died(town, monkeypatch):
    documents, dies = town.rehearsal.documents, iter(range(1, 400))
    put, left = documents.put, {"calls": 0}

    def dying(document, **named):
        stored = put(document, **named)
        if "#ERASURE" in document.pk:
            left["calls"] += 1
            if left["calls"] % 2 == next(dies) % 2:
                raise ConnectionError("the worker died")
        return stored

    asked = town.ask()
    monkeypatch.setattr(documents, "put", dying)
    town.rehearsal.settle()
    assert town.told(asked["erasureId"])["status"] == "done"
    assert town.traces() == []


def test_everything_that_is_held_of_a_person_is_handed_out(town):
    status, shown = town.rehearsal.call("POST", "/api/crm/people/export", {"email": CANARIES[0]})
    assert status == 200
    (person,) = shown["people"]
    for each in CANARIES:
        assert each in str(person["record"]["fields"])
    assert {link["external_id"] for link in person["record"]["links"].values()}
    assert person["history"]
    assert [each["record"]["fields"]["title"] for each in shown["mentions"]] == [f"Roof for {CANARIES[0]}"]


@pytest.mark.parametrize("role", ["viewer", "operator"])
@pytest.mark.parametrize("path", ["/api/crm/people/export", ASKED])
def test_only_an_admin_hands_out_or_forgets_a_person(town, role, path):
    claims = {"workspace": "acme", "role": role}
    assert town.rehearsal.call("POST", path, {"email": CANARIES[0]}, claims=claims)[0] == 403


def test_another_workspace_knows_nobody_and_forgets_nobody(town):
    rival = {"workspace": "rival", "role": "admin"}
    assert town.rehearsal.call("POST", ASKED, {"email": CANARIES[0]}, claims=rival)[0] == 404
    shown = town.rehearsal.call("POST", "/api/crm/people/export", {"email": CANARIES[0]}, claims=rival)[1]
    assert (shown["people"], shown["mentions"]) == ([], [])
    assert town.row()


@pytest.fixture
def terminal(town, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("CRMBRIDGE_URL", "https://bridge.test")
    monkeypatch.setenv("CRMBRIDGE_TOKEN", "a-token")
    return Terminal(town.rehearsal)


def test_a_person_is_handed_out_as_one_json_and_forgotten_by_the_command_line(town, terminal):
    whole = json.loads(terminal.run("person", CANARIES[0], "--export"))
    assert len(whole["people"]) == len(whole["mentions"]) == 1
    shown = json.loads(terminal.run("--json", "person", CANARIES[0], "--erase", "--crm", f"{town.sf}=keep"))
    town.rehearsal.settle()
    assert "done" in terminal.run("erasures")
    assert "kept" in terminal.run("erasures", shown["erasureId"])
    assert terminal.run("erasures", shown["erasureId"], "--lift") == ""
    terminal.run("person", CANARIES[0], "--erase", "--crm", "nonsense", code=2)


def test_a_telephone_that_several_people_share_is_not_guessed_about(town):
    town.hubspot.act(
        "update", "contacts", town.hubspot.contact("bea@example.com")["id"], properties={"phone": ANA["phone"]}
    )
    town.rehearsal.settle()
    status, shown = town.rehearsal.call("POST", ASKED, {"phone": ANA["phone"]})
    assert (status, shown["field"]) == (400, "phone")
    assert "con_" in shown["nextStep"]

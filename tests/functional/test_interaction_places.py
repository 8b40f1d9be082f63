"""Each kind of interaction has one place in each CRM: as docs/events-in.md says, and as the CRMs then show it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from crmbridge import connectors
from crmbridge.domain.workflows.interactions import PLACES, kind_of
from crmbridge.domain.workflows.rules import INTERACTIONS
from tests.functional.people import HubSpotPerson, SalesforcePerson
from tests.functional.rehearsal import Rehearsal
from tests.functional.shop import Shop

PAGE = Path(__file__).parents[2] / "docs/events-in.md"
BEGIN, END = "<!-- places: written by tests/functional/test_interaction_places.py -->\n", "<!-- end of places -->"
FORM = "form_submitted"


def table() -> str:
    """Return the table of the page, from what the connectors declare."""
    labels = {crm: connectors.declaration(crm).label for crm in connectors.names()}
    crms = sorted(labels, key=lambda crm: labels[crm])
    lines = ["| interaction | " + " | ".join(labels[crm] for crm in crms) + " |", "| --- |" + " --- |" * len(crms)]
    lines += [f"| `{each}` | " + " | ".join(place(each, crm) for crm in crms) + " |" for each in (*PLACES, FORM)]
    return "\n".join(lines) + "\n"


def place(interaction: str, crm: str) -> str:
    supports = connectors.declaration(crm).supports
    if interaction == FORM:
        return "lead" if "lead" in supports.entities else "contact"
    kind = kind_of(interaction, INTERACTIONS.defaults)
    return f"{kind}: {supports.activity_places[kind]}" if kind in supports.activity_places else "—"


def written(text: str) -> str:
    return text.partition(BEGIN)[0] + BEGIN + table() + END + text.partition(END)[2]


def test_the_page_says_what_the_connectors_declare():
    text = PAGE.read_text(encoding="utf-8")
    assert written(text) == text, "run `python -m tests.functional.test_interaction_places`"


@pytest.mark.parametrize("crm", connectors.names())
def test_a_task_has_its_place_in_every_crm(crm):
    places = connectors.declaration(crm).supports.activity_places
    assert "task" in places
    for interaction in PLACES:
        as_task = {"emailSent": "task", "call": "task", "meeting": "task"}
        assert kind_of(interaction, INTERACTIONS.defaults) in places or kind_of(interaction, as_task) in places


DATA = {"email": "ana@example.com", "name": "Ana Prado", "subject": "About the offer", "text": "Dear Ana"}
IN_HUBSPOT = {"email": "emails", "task": "tasks", "call": "calls", "meeting": "meetings"}
IN_SALESFORCE = {"email": "Task", "task": "Task", "call": "Task", "meeting": "Event"}


@pytest.mark.parametrize("interaction", PLACES)
def test_an_interaction_is_at_its_place_and_nowhere_else(rehearsal: Rehearsal, interaction):
    shop = Shop(rehearsal, "hubspot", "salesforce")
    more = {"emailFrom": "shop@example.com", "emailTo": ["ana@example.com"]} if interaction == "email_sent" else {}
    shop.take(interaction, {**DATA, **more, "direction": "outbound", "durationS": 60})
    kind = PLACES[interaction]
    hubspot, salesforce = HubSpotPerson(rehearsal), SalesforcePerson(rehearsal)
    assert {name: len(hubspot.rows(name)) for name in IN_HUBSPOT.values()} == {
        name: int(name == IN_HUBSPOT[kind]) for name in IN_HUBSPOT.values()
    }
    assert hubspot.rows("notes") == []
    assert {name: len(salesforce.rows(name)) for name in ("Task", "Event")} == {
        name: int(name == IN_SALESFORCE[kind]) for name in ("Task", "Event")
    }


def test_a_crm_without_a_place_gets_it_as_a_task_where_the_workspace_says_so(monkeypatch):
    shop = Shop(Rehearsal(monkeypatch, ("zoho",)), "zoho")
    shop.rehearsal.call("PATCH", "/api/crm/settings", {"interactions": {"emailSent": "task"}})
    _, activity_id = shop.take("email_sent", DATA)
    (stands,) = shop.rehearsal.call("GET", f"/api/crm/records/{activity_id}/crms")[1]["items"]
    assert (shop.fields(activity_id)["kind"], stands["result"]) == ("task", "written")


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(table())

"""HubSpot's leads: each with its contact, in accounts that have them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmbridge.connectors.hubspot import CONNECTOR, EXTERNAL_ID
from crmbridge.connectors.hubspot.mapping import PERSON, RULES, TITLE_OF_LEAD
from crmbridge.domain.stages import LEAD_STATUSES
from crmbridge.errors import UnavailableError
from crmbridge.ports import RowResult, WriteOp
from tests.unit.connectors.hubspot.conftest import Portal

BEA = {
    "email": "bea@example.com",
    "first_name": "Bea",
    "last_name": "Lund",
    "company_name": "Lund Marine",
    "phone": "+4531234567",
    "lead_status": "connected",
}


def lead_id(number: int) -> str:
    return f"lea_{number:026d}"


def make(portal: Portal, number: int = 1, **fields: Any) -> RowResult:
    (result,) = portal.client.write("lead", [WriteOp("create", lead_id(number), fields={**BEA, **fields})])
    return result


def rows(portal: Portal, entity: str) -> list[dict[str, Any]]:
    state = portal.http.get("http://sandbox.test/_sandbox/state", params={"entity": entity}).json()
    return [each for each in state[entity] if not each["archived"]]


def seed(portal: Portal, **body: Any) -> dict[str, Any]:
    return portal.control("/seed", body)


def test_the_declared_fields_are_those_of_the_lead_and_of_its_contact():
    own = {each.field for each in RULES["lead"].properties} - {TITLE_OF_LEAD}
    persons = {each.field for each in PERSON.properties}
    assert own | persons == set(CONNECTOR.supports.fields["lead"])
    assert not own & persons


def test_a_lead_and_its_contact_are_made_together(portal: Portal):
    result = make(portal)
    assert (result.error, result.created) == (None, True)
    (lead,), (contact,) = rows(portal, "leads"), rows(portal, "contacts")
    assert lead["properties"]["hs_lead_name"] == "Bea Lund"
    assert lead["properties"]["hs_pipeline_stage"] == "connected-stage-id"
    assert lead["associations"] == {"contacts": [{"id": contact["id"], "typeIds": [578, 608]}]}
    assert lead["properties"][EXTERNAL_ID] == contact["properties"][EXTERNAL_ID] == lead_id(1)
    assert contact["properties"]["company"] == "Lund Marine"
    assert result.observation is not None
    assert {name: result.observation.fields[name] for name in BEA} == BEA
    assert result.observation.refs == {}


def test_the_contact_of_a_lead_is_no_contact_of_its_own(portal: Portal):
    make(portal)
    (contact,) = rows(portal, "contacts")
    portal.control("/clock", {"advance_s": 10})
    client = portal.client
    assert client.list_all("contact", cursor=None).items == ()
    assert client.list_changed("contact", since=datetime.now(UTC) - timedelta(hours=1), cursor=None).items == ()
    assert client.read("contact", [contact["id"]]).missing == {contact["id"]}
    assert client.find("contact", "email", [BEA["email"]]) == {}
    assert client.find("contact", "phone", [BEA["phone"]]) == {}


def test_a_contact_of_the_same_address_takes_the_leads_contact_over(portal: Portal):
    """HubSpot has one contact per address: what was made for a lead becomes the contact, and stays the lead's."""
    lead = make(portal)
    op = WriteOp("create", "con_1", fields={"email": BEA["email"], "first_name": "Beatrice", "last_name": "Lund"})
    (result,) = portal.client.write("contact", [op])
    assert (result.error, result.conflict, result.created) == (None, False, True)
    (contact,) = rows(portal, "contacts")
    assert (contact["id"], contact["properties"][EXTERNAL_ID]) == (result.external_id, "con_1")
    assert portal.client.read("contact", [contact["id"]]).found[contact["id"]].fields["first_name"] == "Beatrice"
    told = portal.client.read("lead", [lead.external_id]).found[lead.external_id].fields
    assert (told["first_name"], told["company_name"]) == ("Beatrice", "Lund Marine")


@pytest.mark.parametrize("makes_new_record", [True, False])
def test_a_contact_merged_into_the_one_of_a_lead_is_followed_there(portal: Portal, makes_new_record: bool):
    portal.control("/options", {"merge_makes_new_record": makes_new_record})
    lead = make(portal)
    (person,) = rows(portal, "contacts")
    op = WriteOp("create", "con_1", fields={"email": "b.lund@example.com", "job_title": "Owner"})
    contact = portal.client.write("contact", [op])[0].external_id
    merge = {"op": "merge", "entity": "contacts", "id": person["id"], "with": contact}
    seed(portal, notify=True, operations=[merge])
    survivor = portal.client.read("contact", [contact]).gone[contact].merged_into
    shown = portal.client.read("contact", [survivor]).found[survivor]
    assert (shown.fields["job_title"], shown.correlation_id) == ("Owner", "")
    told = portal.client.read("lead", [lead.external_id]).found[lead.external_id]
    assert (told.fields["job_title"], told.correlation_id) == ("Owner", lead_id(1))


def test_a_new_lead_overwrites_nothing_of_a_contact_that_is_there(portal: Portal):
    contact = {"email": "bea@example.com", "firstname": "Beatrice", "phone": "+4599999999"}
    seed(portal, contacts=[{"properties": contact}])
    result = make(portal)
    assert result.error is None
    (held,) = rows(portal, "contacts")
    assert (held["properties"]["firstname"], held["properties"]["phone"]) == ("Beatrice", "+4599999999")
    assert (held["properties"]["lastname"], held["properties"]["company"]) == ("Lund", "Lund Marine")
    assert EXTERNAL_ID not in held["properties"]
    (lead,) = rows(portal, "leads")
    assert lead["associations"]["contacts"][0]["id"] == held["id"]


def test_a_repeated_create_makes_neither_a_second_lead_nor_a_second_contact(portal: Portal):
    first = make(portal)
    again = make(portal)
    assert (again.conflict, again.external_id) == (True, first.external_id)
    assert (len(rows(portal, "leads")), len(rows(portal, "contacts"))) == (1, 1)


def test_a_contact_whose_lead_was_never_made_is_used_by_the_next_try(portal: Portal):
    half = {"email": BEA["email"], "firstname": "Bea", EXTERNAL_ID: lead_id(1)}
    portal.api("POST", "/crm/v3/objects/contacts", {"properties": half})
    assert make(portal).error is None
    assert (len(rows(portal, "leads")), len(rows(portal, "contacts"))) == (1, 1)


def test_an_update_goes_to_where_each_value_lives(portal: Portal):
    made = make(portal)
    changed = {"job_title": "Owner", "lead_status": "qualified", "phone": None}
    (result,) = portal.client.write("lead", [WriteOp("update", "x", made.external_id, fields=changed)])
    assert result.error is None
    (lead,), (contact,) = rows(portal, "leads"), rows(portal, "contacts")
    assert lead["properties"]["hs_pipeline_stage"] == "qualified-stage-id"
    assert contact["properties"]["jobtitle"] == "Owner"
    assert "phone" not in contact["properties"]
    assert result.observation is not None
    assert {name: result.observation.fields[name] for name in changed} == changed
    assert result.observation == portal.client.read("lead", [made.external_id]).found[made.external_id]


def test_two_leads_of_one_contact_are_both_written(portal: Portal):
    """HubSpot takes an id once in a batch; leads may share a contact."""
    ids = [make(portal, number).external_id for number in (1, 2)]
    ops = [WriteOp("update", each, each, fields={"job_title": f"Owner {each}"}) for each in ids]
    results = portal.client.write("lead", ops)
    assert [each.error for each in results] == [None, None]
    assert rows(portal, "contacts")[0]["properties"]["jobtitle"] == f"Owner {ids[1]}"


def test_a_lead_that_has_lost_its_contact_gets_one(portal: Portal):
    made = make(portal)
    (contact,) = rows(portal, "contacts")
    portal.api("DELETE", f"/crm/v3/objects/contacts/{contact['id']}")
    told = portal.client.read("lead", [made.external_id]).found[made.external_id].fields
    assert (told["email"], told["lead_status"]) == (None, "connected")
    op = WriteOp("update", "x", made.external_id, fields={"email": "new@example.com", "last_name": "Lund"})
    (result,) = portal.client.write("lead", [op])
    assert result.error is None
    assert portal.client.read("lead", [made.external_id]).found[made.external_id].fields["email"] == "new@example.com"


def test_an_address_that_another_contact_has_refuses_the_row_in_hubspots_words(portal: Portal):
    made = make(portal)
    seed(portal, contacts=[{"properties": {"email": "taken@example.com"}}])
    ops = [WriteOp("update", "x", made.external_id, fields={"email": "taken@example.com", "lead_status": "qualified"})]
    (result,) = portal.client.write("lead", ops)
    assert result.error is not None
    assert "already exists" in str(result.error)
    assert (result.external_id, result.gone) == (made.external_id, False)


def test_a_lead_without_name_and_address_is_refused(portal: Portal):
    op = WriteOp("create", lead_id(1), fields={"phone": "+4531234567"})
    good = WriteOp("create", lead_id(2), fields=BEA)
    refused, made = portal.client.write("lead", [op, good])
    assert refused.error is not None
    assert made.error is None
    assert len(rows(portal, "leads")) == 1


def test_a_deleted_lead_leaves_its_contact_and_a_forgotten_one_does_not(portal: Portal):
    kept, forgotten = make(portal), make(portal, 2, email="two@example.com")
    seed(portal, contacts=[{"properties": {"email": "three@example.com"}}])
    shared = make(portal, 3, email="three@example.com")
    ops = [
        WriteOp("delete", "1", kept.external_id),
        WriteOp("delete", "2", forgotten.external_id, purge=True),
        WriteOp("delete", "3", shared.external_id, purge=True),
    ]
    assert [each.error for each in portal.client.write("lead", ops)] == [None] * 3
    assert rows(portal, "leads") == []
    assert {each["properties"]["email"] for each in rows(portal, "contacts")} == {BEA["email"], "three@example.com"}


def test_an_upsert_changes_what_is_there_and_makes_the_rest(portal: Portal):
    made = make(portal)
    ops = [
        WriteOp("upsert", lead_id(1), fields={"job_title": "Owner"}),
        WriteOp("upsert", lead_id(2), fields={**BEA, "email": "two@example.com"}),
    ]
    first, second = portal.client.write("lead", ops)
    assert (first.external_id, first.created, second.created) == (made.external_id, False, True)
    assert len(rows(portal, "leads")) == 2


def test_leads_are_found_by_their_contacts_address_and_telephone(portal: Portal):
    made = make(portal)
    portal.control("/clock", {"advance_s": 10})
    for key in ("email", "phone"):
        found = portal.client.find("lead", key, [BEA[key], "nobody@example.com"])
        assert {name: [each.external_id for each in hits] for name, hits in found.items()} == {
            BEA[key]: [made.external_id]
        }
    assert portal.client.find("lead", "domain", ["example.com"]) == {}


def test_a_change_of_the_contact_alone_is_a_change_of_the_lead(portal: Portal):
    made = make(portal)
    portal.control("/clock", {"advance_s": 3600})
    (contact,) = rows(portal, "contacts")
    update = {"op": "update", "entity": "contacts", "id": contact["id"], "properties": {"city": "Aarhus"}}
    seed(portal, notify=True, operations=[update])
    portal.control("/clock", {"advance_s": 10})
    changed_at = portal.client.read("lead", [made.external_id]).found[made.external_id].modified_at
    assert changed_at is not None
    first = portal.client.list_changed("lead", since=changed_at, cursor=None)
    assert (first.items, first.next_cursor) == ((), "people|")
    second = portal.client.list_changed("lead", since=changed_at, cursor=first.next_cursor)
    assert [(each.external_id, each.fields["city"]) for each in second.items] == [(made.external_id, "Aarhus")]
    assert second.next_cursor is None


def test_without_any_lead_no_changed_contact_is_looked_at(portal: Portal):
    seed(portal, contacts=[{"properties": {"email": f"p{number}@example.com"}} for number in range(3)])
    since = datetime.now(UTC) - timedelta(hours=1)
    page = portal.client.list_changed("lead", since=since, cursor=None)
    assert (page.items, page.next_cursor) == ((), None)


def test_a_lead_that_changed_with_its_contact_is_listed_once(portal: Portal):
    made = make(portal)
    portal.control("/clock", {"advance_s": 10})
    since = datetime.now(UTC) - timedelta(hours=1)
    first = portal.client.list_changed("lead", since=since, cursor=None)
    second = portal.client.list_changed("lead", since=since, cursor=first.next_cursor)
    assert [each.external_id for each in (*first.items, *second.items)] == [made.external_id]


def test_every_status_is_written_as_a_stage_of_the_lead_pipeline(portal: Portal):
    said = [portal.client.project("lead", {"lead_status": each})["lead_status"] for each in LEAD_STATUSES]
    assert said == ["new", "new", "in_progress", "connected", "qualified", "unqualified"]
    assert portal.client.project("lead", {"lead_status": None}) == {}
    assert "lead.lead_status" in CONNECTOR.supports.rewrites


def test_the_stages_of_leads_are_told(portal: Portal):
    stages = portal.client.stages("lead")
    assert [(each.stage_id, each.is_closed, each.is_won) for each in stages] == [
        ("new-stage-id", False, False),
        ("attempting-stage-id", False, False),
        ("connected-stage-id", False, False),
        ("qualified-stage-id", True, True),
        ("unqualified-stage-id", True, False),
    ]


def test_an_accounts_own_lead_stages_are_told_by_settings_label_or_state(portal: Portal):
    path = "/crm/v3/pipelines/leads/lead-pipeline-id/stages"
    made = [
        portal.api("POST", path, {"label": label, "displayOrder": 9, "metadata": metadata})["id"]
        for label, metadata in (("Open", {}), ("Parked", {"leadState": "UNQUALIFIED"}), ("Called twice", {}))
    ]
    client = portal.connect(lead_stages={made[2]: "connected"})
    assert client.project("lead", {"lead_status": "open"}) == {"lead_status": "open"}
    result = make(portal)
    said = []
    for stage in made:
        body = {"properties": {"hs_pipeline_stage": stage}}
        portal.api("PATCH", f"/crm/v3/objects/leads/{result.external_id}", body)
        said.append(client.read("lead", [result.external_id]).found[result.external_id].fields["lead_status"])
    assert said == ["open", "unqualified", "connected"]


def test_an_account_without_the_edition_has_no_leads_and_everything_else(portal: Portal):
    portal.control("/options", {"sales_hub": "starter"})
    client = portal.client
    calls: list[Any] = [
        lambda: client.list_all("lead", cursor=None),
        lambda: client.read("lead", ["1"]),
        lambda: client.describe("lead"),
        lambda: client.provision("lead"),
        lambda: client.stages("lead"),
        lambda: client.find("lead", "correlation_id", [lead_id(1)]),
        lambda: client.write("lead", [WriteOp("update", "x", "1", fields={"lead_status": "new"})]),
    ]
    for call in calls:
        with pytest.raises(UnavailableError, match="Sales Hub Professional or Enterprise"):
            call()
    op = WriteOp("create", "con_1", fields={"email": "a@example.com"})
    assert client.write("contact", [op])[0].error is None

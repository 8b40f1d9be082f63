from __future__ import annotations

from typing import Any

import pytest

from crmbridge.connectors.zoho.client import ZohoClient
from crmbridge.domain.custom_fields import CustomField
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import WriteOp
from tests.unit.connectors.zoho.conftest import Zoho, made

PERSON = {"last_name": "Prado", "email": "ana@example.com"}


def tags(client: ZohoClient, record_id: str) -> Any:
    return client.read("contact", [record_id]).found[record_id].fields["tags"]


def test_tags_are_set_changed_and_cleared(client: ZohoClient):
    one, two = made(client, "contact", {**PERSON, "tags": ("Hot", "VIP")}, {"last_name": "Lund", "tags": ()})
    assert (tags(client, one), tags(client, two)) == (("Hot", "VIP"), ())
    client.write("contact", [WriteOp("update", "x", one, fields={"tags": ("Cold",)})])
    assert tags(client, one) == ("Cold",)
    client.write("contact", [WriteOp("update", "x", one, fields={"tags": ()})])
    assert tags(client, one) == ()


def test_tags_move_the_version_even_where_they_move_no_time(client: ZohoClient):
    (one,) = made(client, "contact", PERSON)
    before = client.read("contact", [one]).found[one]
    client.write("contact", [WriteOp("update", "x", one, fields={"tags": ("Hot",)})])
    after = client.read("contact", [one]).found[one]
    assert before.modified_at == after.modified_at
    assert before.version != after.version


def test_rows_with_the_same_tags_are_tagged_together(zoho: Zoho, client: ZohoClient):
    made(client, "contact", *({"last_name": f"N{each}", "tags": ("Hot",)} for each in range(30)))
    assert sum("add_tags" in each["path"] for each in zoho.calls()) == 1


def test_tags_that_zoho_cannot_hold_are_left_out(client: ZohoClient):
    said = client.project("contact", {"tags": ("a" * 26, "fits", "with, comma")})
    assert said["tags"] == ("fits",)
    many = tuple(f"t{each:02d}" for each in range(14))
    assert len(client.project("contact", {"tags": many})["tags"]) == 10


@pytest.mark.parametrize("tells", [True, False])
def test_a_repeated_create_finds_its_own_record_whether_zoho_names_it_or_not(
    zoho: Zoho, client: ZohoClient, tells: bool
):
    """T-48."""
    zoho.control("options", {"tells_duplicates": tells})
    op = WriteOp("create", "con_1", fields=PERSON)
    (first,) = client.write("contact", [op])
    (again,) = client.write("contact", [op])
    assert (again.conflict, again.external_id) == (True, first.external_id)


def test_a_repeated_create_is_looked_for_where_our_field_cannot_be_unique(zoho: Zoho):
    zoho.control("options", {"unique_activities": False})
    client = zoho.client()
    assert client.provision("activity") == ("CrmBridge_ID",)
    op = WriteOp("create", "act_1", fields={"kind": "task", "subject": "Call back"})
    (first,) = client.write("activity", [op])
    (again,) = client.write("activity", [op])
    assert (again.conflict, again.external_id) == (True, first.external_id)


def test_an_upsert_by_our_field_changes_what_it_has_made(client: ZohoClient):
    (first,) = client.write("contact", [WriteOp("upsert", "con_1", fields=PERSON)])
    (again,) = client.write("contact", [WriteOp("upsert", "con_1", fields={**PERSON, "city": "Porto"})])
    assert (first.created, again.created) == (True, False)
    assert first.external_id == again.external_id


@pytest.mark.parametrize("status", [200, 202, 207, 400])
def test_rows_of_mixed_fate_are_read_whatever_the_status(zoho: Zoho, client: ZohoClient, status: int):
    """T-51."""
    zoho.control("options", {"partial_status": status})
    good = WriteOp("create", "con_1", fields=PERSON)
    bad = WriteOp("create", "con_2", fields={"last_name": "Lund"}, refs={"company": ("4150868000000999999",)})
    one, two = client.write("contact", [good, bad])
    assert one.error is None
    assert isinstance(two.error, FatalProviderError)
    assert "Account_Name.id" in str(two.error)
    assert not two.gone


def test_an_answer_about_other_rows_than_were_sent_may_have_applied(zoho: Zoho, client: ZohoClient):
    match = {"method": "POST", "path": "/crm/v8/Contacts"}
    zoho.control("faults", [{"match": match, "kind": "status", "status": 201, "body": {"data": []}}])
    with pytest.raises(RetriableProviderError) as caught:
        client.write("contact", [WriteOp("create", "con_1", fields=PERSON)])
    assert caught.value.may_have_applied


def test_one_record_twice_in_a_batch_is_written_twice(client: ZohoClient):
    (one,) = made(client, "contact", PERSON)
    ops = [WriteOp("update", f"u{each}", one, fields={"city": city}) for each, city in enumerate(("Porto", "Faro"))]
    results = client.write("contact", ops)
    assert [each.op_id for each in results] == ["u0", "u1"]
    assert client.read("contact", [one]).found[one].fields["city"] == "Faro"


@pytest.mark.parametrize("primary_is_role", [True, False])
def test_a_deal_keeps_the_contact_it_names_while_it_is_wanted(zoho: Zoho, client: ZohoClient, primary_is_role: bool):
    zoho.control("options", {"primary_is_role": primary_is_role})
    one, two, three = made(client, "contact", *({"last_name": f"N{each}"} for each in range(3)))
    (deal,) = made(client, "deal", {"title": "Storage", "stage": "contract"}, refs={"contacts": (one, two)})
    op = WriteOp("update", "x", deal, refs={"contacts": (one, three)}, refs_before={"contacts": (one, two)})
    (result,) = client.write("deal", [op])
    assert result.error is None
    assert client.read("deal", [deal]).found[deal].refs["contacts"] == (one, three)
    row = zoho.http.get(f"http://sandbox.test/_sandbox/state?entity=Deals&id={deal}").json()["Deals"][0]
    assert row["Contact_Name"] == one


def test_an_activity_without_a_place_is_refused_by_itself(client: ZohoClient):
    email = WriteOp("create", "act_1", fields={"kind": "email", "description": "Hm"})
    task = WriteOp("create", "act_2", fields={"kind": "task", "subject": "Call"})
    one, two = client.write("activity", [email, task])
    assert one.error is not None
    assert one.error.code == "NO_SUCH_PLACE"
    assert two.error is None


def test_a_meeting_and_a_call_get_what_zoho_wants(client: ZohoClient):
    meeting, call = made(
        client,
        "activity",
        {"kind": "meeting", "subject": "Visit", "starts_at": "2027-01-01T10:00:00Z"},
        {"kind": "call", "subject": "Offer", "starts_at": "2027-01-01T10:00:00Z"},
    )
    found = client.read("activity", [meeting, call]).found
    assert found[meeting].fields["ends_at"] == "2027-01-01T11:00:00Z"
    assert (found[call].fields["direction"], found[call].fields["duration_s"]) == ("outbound", None)


def test_what_an_activity_is_about_is_the_deal_before_the_company(client: ZohoClient):
    (company,) = made(client, "company", {"name": "Vale Verde"})
    (deal,) = made(client, "deal", {"title": "Storage"})
    refs = {"company": (company,), "deal": (deal,)}
    (task,) = made(client, "activity", {"kind": "task", "subject": "Call"}, refs=refs)
    said = client.read("activity", [task]).found[task].refs
    assert said == {"contacts": (), "deal": (deal,)}
    client.write("activity", [WriteOp("update", "x", task, refs={"company": (company,), "deal": ()})])
    said = client.read("activity", [task]).found[task].refs
    assert said == {"contacts": (), "company": (company,), "deal": ()}


def test_more_fields_than_one_call_reads_are_read_all_the_same(zoho: Zoho):
    fields = tuple(CustomField("contact", f"x_{each}", f"Own {each}", "text") for each in range(60))
    client = zoho.client(custom_fields=fields)
    client.provision("contact", fields)
    row = {"last_name": "Prado", **{f"x_{each}": f"v{each}" for each in range(60)}}
    (one,) = made(client, "contact", row)
    read = client.read("contact", [one]).found[one]
    (listed,) = client.list_all("contact", cursor=None).items
    assert {name: read.fields[name] for name in row} == row
    assert listed == read

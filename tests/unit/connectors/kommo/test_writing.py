"""Batches at Kommo: whatever it answers, every row's fate is told, and nothing is made twice."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.connectors.kommo.client import KommoClient
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import WriteOp
from tests.unit.connectors.kommo.conftest import Place

OWNER = "rafa@lagoasolar.example"


def _new(number: int, **fields: Any) -> WriteOp:
    return WriteOp("create", f"con_{number:026d}", fields={"first_name": f"P{number}", **fields})


@pytest.mark.parametrize("partial", [True, False])
def test_good_rows_beside_a_bad_one_are_made_once(place: Place, client: KommoClient, partial: bool):
    place.control("/options", {"partial_writes": partial})
    client.project("contact", {"owner": OWNER})
    crm: Any = place.app.crm
    crm._portal.account.users.users[11_204_883]["rights"]["is_active"] = False
    ops = [_new(1), _new(2, owner=OWNER), _new(3)]
    results = client.write("contact", ops)
    assert [each.created for each in results] == [True, False, True]
    assert isinstance(results[1].error, FatalProviderError)
    assert "responsible_user_id" in str(results[1].error)
    assert len(place.table("contacts")) == 2
    assert len({each.external_id for each in (results[0], results[2])}) == 2


@pytest.mark.parametrize("answer", ["refuse", "skip"])
def test_an_update_of_an_unknown_id_is_gone_whatever_is_answered(place: Place, client: KommoClient, answer: str):
    place.control("/options", {"missing_in_patch": answer})
    (kept,) = client.write("company", [WriteOp("create", "com_1", fields={"name": "Vale"})])
    ops = [WriteOp("update", each, each, fields={"name": "New"}) for each in ("99000001", kept.external_id)]
    gone, fine = client.write("company", ops)
    assert (gone.gone, fine.gone, fine.error) == (True, False, None)
    assert client.read("company", [kept.external_id]).found[kept.external_id].fields["name"] == "New"


@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize("second", ["refuse", "replace"])
def test_contacts_change_companies_however_links_are_taken(place: Place, client: KommoClient, many: bool, second: str):
    place.control("/options", {"mass_links": many, "second_company": second})
    one, two = (str(each) for each in place.seed(companies=[{"name": "A"}, {"name": "B"}])["ids"]["companies"])
    ops = [WriteOp("create", f"con_{n}", fields={"first_name": "P"}, refs={"company": (one,)}) for n in range(3)]
    ids = [each.external_id for each in client.write("contact", ops)]
    moves = [
        WriteOp("update", f"con_{n}", each, refs={"company": (two,)}, refs_before={"company": (one,)})
        for n, each in enumerate(ids)
    ]
    place.forget_calls()
    assert [each.error for each in client.write("contact", moves)] == [None] * 3
    found = client.read("contact", ids).found
    assert {each.refs["company"] for each in found.values()} == {(two,)}
    posts = [each["endpoint"] for each in place.calls() if each["method"] == "POST"]
    assert len(posts) == (2 if many else 6)


def test_one_bad_link_of_many_is_told_of_its_own_record(place: Place, client: KommoClient):
    (company,) = (str(each) for each in place.seed(companies=[{"name": "A"}])["ids"]["companies"])
    refs = [(company,), ("99000001",), (company,)]
    ops = [
        WriteOp("create", f"con_{n}", fields={"first_name": "P"}, refs={"company": each}) for n, each in enumerate(refs)
    ]
    results = client.write("contact", ops)
    assert [each.error is None for each in results] == [True, False, True]
    assert all(each.external_id for each in results), "the record is there, its company is not"


def test_other_peoples_tags_stay(place: Place, client: KommoClient):
    (made,) = client.write("deal", [WriteOp("create", "dea_1", fields={"title": "T", "tags": ("Urgente",)})])
    lead = made.external_id
    place.seed(
        operations=[{"op": "update", "entity": "leads", "id": lead, "fields": {"tags_to_add": [{"name": "VIP"}]}}]
    )
    client.write("deal", [WriteOp("update", "x", lead, fields={"tags": ("Urgente", "VIP", "Lead Quente")})])
    assert client.read("deal", [lead]).found[lead].fields["tags"] == ("Lead Quente", "Urgente", "VIP")
    client.write("deal", [WriteOp("update", "x", lead, fields={"tags": ("VIP",)})])
    assert client.read("deal", [lead]).found[lead].fields["tags"] == ("VIP",)


def test_a_lead_stays_in_its_pipeline_and_is_told_when_that_has_no_such_stage(place: Place, client: KommoClient):
    pipeline = place.seed(pipelines=[{"name": "After sales", "statuses": ["Contract"]}])["pipelines"][0]
    status = pipeline["statuses"][1]["id"]
    (lead,) = place.seed(leads=[{"name": "T", "pipeline_id": pipeline["id"], "status_id": status}])["ids"]["leads"]
    (result,) = client.write("deal", [WriteOp("update", "x", str(lead), fields={"stage": "won"})])
    assert result.error is None
    row = next(each for each in place.table("leads") if each["id"] == lead)
    assert (row["pipeline_id"], row["status_id"]) == (pipeline["id"], 142)
    assert row["closed_at"]
    (result,) = client.write("deal", [WriteOp("update", "x", str(lead), fields={"stage": "nonsense"})])
    assert result.error is not None
    assert result.error.code == "NO_SUCH_STAGE"


def test_nothing_is_created_before_our_own_field_is_there(place: Place):
    with pytest.raises(RetriableProviderError) as caught:
        place.client().write("contact", [_new(1)])
    assert caught.value.code == "EXTERNAL_ID_FIELD_MISSING"
    assert place.table("contacts") == []


def test_a_record_made_a_moment_ago_is_found_before_the_index_knows_it(place: Place, client: KommoClient):
    place.control("/options", {"query_lag_s": 600})
    (made,) = client.write("contact", [_new(1, email="ana@example.com")])
    by_id = client.find("contact", "correlation_id", ["con_" + "0" * 25 + "1"])
    by_email = client.find("contact", "email", ["ana@example.com"])
    assert [each.external_id for hits in (*by_id.values(), *by_email.values()) for each in hits] == [
        made.external_id
    ] * 2


def test_a_record_made_long_ago_is_found_by_the_index(place: Place, client: KommoClient):
    (made,) = client.write("contact", [_new(1)])
    place.control("/clock", {"advance_s": 3600})
    client.write("contact", [_new(number) for number in range(2, 40)])
    place.forget_calls()
    found = client.find("contact", "correlation_id", ["con_" + "0" * 25 + "1"])
    assert [each.external_id for hits in found.values() for each in hits] == [made.external_id]
    assert [each["endpoint"] for each in place.calls()].count("/api/v4/contacts") == 2


def test_a_second_address_finds_its_contact_too(place: Place, client: KommoClient):
    values = [{"value": "work@example.com", "enum_code": "WORK"}, {"value": "Home@Example.com", "enum_code": "PRIV"}]
    row = {"first_name": "Ana", "custom_fields_values": [{"field_code": "EMAIL", "values": values}]}
    (person,) = place.seed(contacts=[row])["ids"]["contacts"]
    found = client.find("contact", "email", ["home@example.com", "ome@example.com"])
    assert {key: [each.external_id for each in hits] for key, hits in found.items()} == {
        "home@example.com": [str(person)]
    }


def test_a_note_needs_something_to_be_on_and_stays_there(place: Place, client: KommoClient):
    one, two = (
        str(each) for each in place.seed(contacts=[{"first_name": "A"}, {"first_name": "B"}])["ids"]["contacts"]
    )
    fields = {"kind": "note", "description": "x"}
    ops = [
        WriteOp("create", "act_1", fields=fields),
        WriteOp("create", "act_2", fields=fields, refs={"contacts": (one,)}),
    ]
    homeless, made = client.write("activity", ops)
    assert isinstance(homeless.error, FatalProviderError)
    assert made.created
    (moved,) = client.write("activity", [WriteOp("update", "x", made.external_id, refs={"contacts": (two,)})])
    assert isinstance(moved.error, FatalProviderError)
    assert not moved.gone


def test_a_task_without_a_time_gets_one_and_keeps_its_place(place: Place, client: KommoClient):
    (lead,) = place.seed(leads=[{"name": "T"}])["ids"]["leads"]
    op = WriteOp("create", "act_1", fields={"kind": "task", "subject": "Call"}, refs={"deal": (str(lead),)})
    (made,) = client.write("activity", [op])
    said = client.read("activity", [made.external_id]).found[made.external_id]
    assert said.refs == {"deal": (str(lead),)}
    assert said.fields["due_at"]
    (again,) = client.write("activity", [WriteOp("update", "x", made.external_id, fields={"status": "completed"})])
    assert again.error is None
    assert client.read("activity", [made.external_id]).found[made.external_id].fields["status"] == "completed"


def test_a_bad_task_hinders_no_other(place: Place, client: KommoClient):
    fields = {"kind": "task", "subject": "Call"}
    ops = [
        WriteOp("create", f"act_{n}", fields=fields, refs={"deal": (each,)} if each else {})
        for n, each in enumerate(("", "99", ""))
    ]
    results = client.write("activity", ops)
    assert [each.created for each in results] == [True, False, True]
    assert len(place.table("tasks")) == 2
    found = client.find("activity", "correlation_id", ["act_0", "act_1", "act_2"])
    assert found.keys() == {"act_0", "act_2"}


def test_trouble_in_the_second_list_does_not_hide_what_the_first_has_taken(place: Place, client: KommoClient):
    (person,) = (str(each) for each in place.seed(contacts=[{"first_name": "A"}])["ids"]["contacts"])
    task = WriteOp("create", "act_1", fields={"kind": "task", "subject": "Call"})
    note = WriteOp("create", "act_2", fields={"kind": "note", "description": "x"}, refs={"contacts": (person,)})
    match = {"method": "POST", "path": "/api/v4/contacts/notes"}
    place.control("/faults", [{"match": match, "kind": "status", "status": 429}])
    with pytest.raises(RetriableProviderError) as caught:
        client.write("activity", [task, note])
    assert caught.value.may_have_applied, "so that both are looked for before they are tried again"
    place.control("/faults", [{"match": match, "kind": "status", "status": 422}])
    done, refused = client.write("activity", [task, note])
    assert done.created
    assert isinstance(refused.error, FatalProviderError)


def test_our_own_mistakes_are_our_own(client: KommoClient):
    with pytest.raises(ValueError, match="up to 50"):
        client.write("contact", [_new(number) for number in range(51)])
    assert client.write("contact", []) == ()
    with pytest.raises(FatalProviderError, match="no leads"):
        client.list_all("lead", cursor=None)

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmbridge.connectors.salesforce.client import SalesforceClient
from crmbridge.connectors.salesforce.mapping.ids import PREFIXES
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import RowResult, WriteOp
from tests.unit.connectors.salesforce import canonical
from tests.unit.connectors.salesforce.conftest import Org
from tests.unit.connectors.salesforce.scripted import Script, records

ROSA, FAY = "rosa.rep@northwind.example", "fay.former@northwind.example"
CONTACT, DEAL = "0037Q00000ANAprAAA", "0067Q00000DEALsQAE"


def _made(results: tuple[RowResult, ...]) -> list[str]:
    for each in results:
        if each.error is not None:
            raise each.error
    return [each.external_id for each in results]


def _contacts(*names: str) -> list[WriteOp]:
    return [WriteOp("upsert", f"con_{name}", fields={"last_name": name}) for name in names]


# --------------------------------------------------------------------------------------- round trips


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_written_to_the_org_is_read_back_as_the_projection(
    client: SalesforceClient, data: st.DataObject
) -> None:
    entity = data.draw(st.sampled_from(canonical.PLAIN))
    brought = data.draw(st.lists(canonical.fields(entity), min_size=1, max_size=8))
    said = [client.project(entity, each) for each in brought]
    salt = data.draw(st.uuids())
    ops = [WriteOp("upsert", f"{salt}{place}", fields=each) for place, each in enumerate(said)]
    ids = _made(client.write(entity, ops))
    found = client.read(entity, ids).found
    for external_id, projected in zip(ids, said, strict=True):
        seen = found[external_id].fields
        assert {name: seen.get(name, "(unsaid)") for name in projected} == projected


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_update_is_read_back_as_the_projection(client: SalesforceClient, data: st.DataObject) -> None:
    entity = data.draw(st.sampled_from(canonical.PLAIN))
    (external_id,) = _made(client.write(entity, [WriteOp("upsert", str(data.draw(st.uuids())))]))
    projected = client.project(entity, data.draw(canonical.fields(entity)))
    _made(client.write(entity, [WriteOp("update", "r", external_id, fields=projected)]))
    seen = client.read(entity, [external_id]).found[external_id].fields
    assert {name: seen.get(name, "(unsaid)") for name in projected} == projected


# --------------------------------------------------------------------------------------- calls and batches


def test_a_batch_is_one_call_in_input_order(org: Org, client: SalesforceClient) -> None:
    client.project("contact", {})
    org.forget_calls()
    ops = _contacts(*(f"No {number:03d}" for number in range(200)))
    ids = _made(client.write("contact", ops))
    assert len(org.calls()["calls"]) == 1
    stored = org.state("Contact")
    assert [stored[each]["LastName"] for each in ids] == [op.fields["last_name"] for op in ops]


def test_more_rows_than_a_call_takes_are_taken_apart(org: Org, client: SalesforceClient) -> None:
    ids = _made(client.write("contact", _contacts(*(str(number) for number in range(401)))))
    assert len(set(ids)) == 401


def test_creating_twice_makes_one_record(org: Org, client: SalesforceClient) -> None:
    first = client.write("contact", _contacts("Prado"))
    again = client.write("contact", _contacts("Prado"))
    assert (first[0].created, again[0].created) == (True, False)
    assert first[0].external_id == again[0].external_id
    assert len(org.state("Contact")) == 1


def test_a_plain_create_that_was_made_already_names_the_record_in_the_way(client: SalesforceClient) -> None:
    op = WriteOp("create", "con_1", fields={"last_name": "Prado"})
    (first,), (again,) = client.write("contact", [op]), client.write("contact", [op])
    assert first.created
    assert (again.conflict, again.external_id, again.created) == (True, first.external_id, False)


def test_a_create_whose_answer_is_lost_does_not_make_a_second_record(org: Org, client: SalesforceClient) -> None:
    fault = {"match": {"method": "PATCH", "path": "/services/data/*"}, "kind": "timeout_after_effect", "count": 1}
    org.control("faults", [fault])
    with pytest.raises(RetriableProviderError) as caught:
        client.write("contact", _contacts("Prado"))
    assert caught.value.may_have_applied
    assert set(client.find("contact", "correlation_id", ["con_Prado"])) == {"con_Prado"}
    client.write("contact", _contacts("Prado"))
    assert len(org.state("Contact")) == 1


def test_one_bad_row_fails_alone(client: SalesforceClient) -> None:
    bad = WriteOp("upsert", "con_bad", refs={"company": ("001sb00000zzzzzAAA",)})
    fine, refused, also = client.write("contact", [*_contacts("A"), bad, *_contacts("B")])
    assert (fine.error, also.error) == (None, None)
    assert isinstance(refused.error, FatalProviderError)
    assert (refused.error.code, refused.op_id) == ("INVALID_CROSS_REFERENCE_KEY", "con_bad")
    assert not refused.external_id


def test_ops_on_one_record_are_folded_and_the_later_values_win(org: Org, client: SalesforceClient) -> None:
    (external_id,) = _made(client.write("contact", _contacts("Prado")))
    ops = [
        WriteOp("update", "con_1", external_id, fields={"first_name": "Ana", "job_title": "Buyer"}),
        WriteOp("update", "con_1", external_id[:15], fields={"first_name": "Anna"}),
    ]
    results = client.write("contact", ops)
    assert [each.error for each in results] == [None, None]
    row = org.state("Contact")[external_id]
    assert (row["FirstName"], row["Title"]) == ("Anna", "Buyer")


def test_an_update_that_says_nothing_is_not_sent(org: Org, client: SalesforceClient) -> None:
    (external_id,) = _made(client.write("contact", _contacts("Prado")))
    org.forget_calls()
    (result,) = client.write("contact", [WriteOp("update", "con_1", external_id, fields={"owner": "who@example.com"})])
    assert (result.error, result.external_id) == (None, external_id)
    assert org.calls()["calls"] == []


def test_none_clears_a_field(org: Org, client: SalesforceClient) -> None:
    op = WriteOp("upsert", "con_1", fields={"last_name": "Prado", "job_title": "Buyer"})
    (external_id,) = _made(client.write("contact", [op]))
    _made(
        client.write(
            "contact", [WriteOp("update", "con_1", external_id, fields={"job_title": None, "last_name": None})]
        )
    )
    row = org.state("Contact")[external_id]
    assert (row["Title"], row["LastName"]) == (None, "[not provided]")


def test_writes_name_us_keep_the_owner_and_override_alerts_but_not_blocks(org: Org, client: SalesforceClient) -> None:
    org.control("settings", {"duplicate_rules": {"Contact": "alert"}})
    people = [WriteOp("upsert", f"con_{n}", fields={"last_name": "Prado", "email": "ana@example.com"}) for n in "123"]
    (first,) = _made(client.write("contact", people[:1]))
    _made(client.write("contact", people[1:2]))
    org.control("settings", {"duplicate_rules": {"Contact": "block"}})
    (blocked,) = client.write("contact", people[2:])
    assert blocked.conflict
    assert blocked.external_id in ("", first, *org.state("Contact"))
    lead = WriteOp("upsert", "lea_1", fields={"last_name": "Prado", "owner": ROSA})
    (lead_id,) = _made(client.write("lead", [lead]))
    assert client.read("lead", [lead_id]).found[lead_id].fields["owner"] == ROSA
    events = json.dumps(org.control("events", {}))
    assert "client=CRMBridge" in events


def test_rows_of_one_account_stand_together_in_the_call(client: SalesforceClient) -> None:
    accounts = _made(client.write("company", [WriteOp("upsert", f"com_{n}", fields={"name": f"No {n}"}) for n in "12"]))
    ops = [
        WriteOp("upsert", f"con_{place}", fields={"last_name": str(place)}, refs={"company": (accounts[place % 2],)})
        for place in range(6)
    ]
    script = Script(
        lambda request: (
            httpx.Response(
                200, json=[{"id": CONTACT, "success": True, "errors": []}] * len(json.loads(request.content)["records"])
            )
            if request.url.path.endswith("/CrmBridge_Id__c")
            else None
        )
    )
    results = script.client.write("contact", ops)
    sent = [row["AccountId"] for row in json.loads(script.asked[0].content)["records"]]
    assert sent == sorted(sent)
    assert [each.op_id for each in results] == [op.op_id for op in ops]


def test_a_locked_row_may_succeed_later_and_the_others_do_now(org: Org, client: SalesforceClient) -> None:
    ids = _made(client.write("contact", _contacts("A", "B", "C")))
    org.control("settings", {"lock_rows": {"count": 1, "ids": [ids[1]]}})
    ops = [WriteOp("update", f"con_{n}", each, fields={"job_title": "Buyer"}) for n, each in enumerate(ids)]
    first, locked, third = client.write("contact", ops)
    assert (first.error, third.error) == (None, None)
    assert isinstance(locked.error, RetriableProviderError)
    assert locked.error.code == "UNABLE_TO_LOCK_ROW"
    _made(client.write("contact", ops[1:2]))


def test_an_exhausted_allowance_is_a_quota(org: Org, client: SalesforceClient) -> None:
    client.project("contact", {})
    org.control("usage", {"limit": 10, "used": 10})
    with pytest.raises(RetriableProviderError) as caught:
        client.write("contact", _contacts("Prado"))
    assert caught.value.is_quota
    assert caught.value.code == "REQUEST_LIMIT_EXCEEDED"


def test_an_inactive_owner_is_not_sent(org: Org, client: SalesforceClient) -> None:
    (external_id,) = _made(client.write("contact", [WriteOp("upsert", "con_1", fields={"owner": FAY})]))
    former = next(row["Id"] for row in org.state("User").values() if row["Email"] == FAY)
    assert org.state("Contact")[external_id]["OwnerId"] != former


# --------------------------------------------------------------------------------------- gone


def test_what_is_gone_is_told_for_updates_and_deletes(org: Org, client: SalesforceClient) -> None:
    deleted, purged = _made(client.write("contact", _contacts("A", "B")))
    _made(client.write("contact", [WriteOp("delete", "con_B", purged)]))
    org.advance(16 * 86_400)
    _made(client.write("contact", [WriteOp("delete", "con_A", deleted)]))
    for kind in ("update", "delete"):
        ops = [
            WriteOp(kind, f"con_{n}", each, fields={"job_title": "x"}) for n, each in (("A", deleted), ("B", purged))
        ]
        results = client.write("contact", ops)
        assert [each.gone for each in results] == [True, True]
        assert [each.external_id for each in results] == [deleted, purged]


def test_a_dead_reference_does_not_declare_the_row_itself_gone(client: SalesforceClient) -> None:
    (account_id,) = _made(client.write("company", [WriteOp("upsert", "com_1", fields={"name": "A"})]))
    (contact_id,) = _made(client.write("contact", _contacts("Prado")))
    _made(client.write("company", [WriteOp("delete", "com_1", account_id)]))
    (result,) = client.write("contact", [WriteOp("update", "con_1", contact_id, refs={"company": (account_id,)})])
    assert isinstance(result.error, FatalProviderError)
    assert not result.gone


def test_a_converted_lead_is_gone_and_its_contact_is_never_written_as_a_lead(
    org: Org, client: SalesforceClient
) -> None:
    (lead_id,) = org.seed(Lead=[{"LastName": "Prado", "Company": "Fabrikam"}])["Lead"]
    org.act({"action": "convert", "id": lead_id})
    contact_id = org.state("Lead")[lead_id]["ConvertedContactId"]
    ops = [
        WriteOp("update", f"lea_{n}", each, fields={"job_title": "x"}) for n, each in enumerate((lead_id, contact_id))
    ]
    converted, followed = client.write("lead", ops)
    assert converted.gone
    assert isinstance(followed.error, FatalProviderError)
    assert followed.error.code == "CANNOT_UPDATE_CONVERTED_LEAD"


@pytest.mark.parametrize("external_id", ["", "nonsense", "001sb0000000001AAA"])
def test_an_id_of_another_object_is_refused_without_a_call(external_id: str) -> None:
    script = Script(lambda _: None)
    (result,) = script.client.write("contact", [WriteOp("update", "con_1", external_id, fields={"job_title": "x"})])
    assert isinstance(result.error, FatalProviderError)
    assert result.error.code == "MALFORMED_ID"
    assert script.asked == []


# --------------------------------------------------------------------------------------- an opportunity's contacts


def _deal(*contacts: str, op_id: str = "dea_1") -> WriteOp:
    return WriteOp("upsert", op_id, fields={"title": "Big"}, refs={"contacts": contacts})


def _roles(org: Org) -> list[tuple[str, bool]]:
    rows = [row for row in org.state("OpportunityContactRole").values() if not row["IsDeleted"]]
    return sorted((row["ContactId"], row["IsPrimary"]) for row in rows)


def test_contacts_are_joined_and_the_first_becomes_primary(org: Org, client: SalesforceClient) -> None:
    people = sorted(_made(client.write("contact", _contacts("A", "B", "C"))))
    (deal_id,) = _made(client.write("deal", [_deal(*people)]))
    assert _roles(org) == [(people[0], True), (people[1], False), (people[2], False)]
    assert client.read("deal", [deal_id]).found[deal_id].refs["contacts"] == tuple(people)


def test_creating_an_opportunity_again_doubles_no_contact(org: Org, client: SalesforceClient) -> None:
    people = sorted(_made(client.write("contact", _contacts("A", "B"))))
    _made(client.write("deal", [_deal(*people)]))
    _made(client.write("deal", [_deal(*people)]))
    assert len(_roles(org)) == 2


def test_only_contacts_seen_before_are_removed(org: Org, client: SalesforceClient) -> None:
    a, b, added, new = sorted(_made(client.write("contact", _contacts("A", "B", "C", "D"))))
    (deal_id,) = _made(client.write("deal", [_deal(a, b)]))
    org.seed(OpportunityContactRole=[{"OpportunityId": deal_id, "ContactId": added}])
    op = WriteOp("update", "dea_1", deal_id, refs={"contacts": (b, new)}, refs_before={"contacts": (a, b)})
    _made(client.write("deal", [op]))
    assert [each for each, _ in _roles(org)] == [b, added, new]
    _made(
        client.write(
            "deal", [WriteOp("update", "dea_1", deal_id, refs={"contacts": ()}, refs_before={"contacts": (b,)})]
        )
    )
    assert [each for each, _ in _roles(org)] == [added, new]


def test_a_contact_that_cannot_be_joined_fails_its_opportunity_alone(client: SalesforceClient) -> None:
    (contact_id,) = _made(client.write("contact", _contacts("A")))
    fine, refused = client.write("deal", [_deal(contact_id), _deal("003sb00000zzzzzAAA", op_id="dea_2")])
    assert fine.error is None
    assert isinstance(refused.error, FatalProviderError)
    assert (refused.created, bool(refused.external_id)) == (True, True)


def test_a_failure_after_the_opportunities_were_written_says_so() -> None:
    made = [{"id": DEAL, "success": True, "errors": [], "created": True}]

    def respond(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/CrmBridge_Id__c"):
            return httpx.Response(200, json=made)
        return httpx.Response(403, json=[refused]) if request.url.path.endswith("/composite/sobjects") else None

    refused: dict[str, Any] = {"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}
    with pytest.raises(RetriableProviderError) as caught:
        Script(respond).client.write("deal", [_deal(CONTACT)])
    assert caught.value.may_have_applied
    refused = {"errorCode": "INVALID_TYPE", "message": "sObject type 'OpportunityContactRole' is not supported."}
    (result,) = Script(respond).client.write("deal", [_deal(CONTACT)])
    assert isinstance(result.error, FatalProviderError)
    assert result.external_id == DEAL


def test_a_role_that_somebody_else_was_quicker_with_is_no_failure() -> None:
    twice = {"success": False, "errors": [{"statusCode": "DUPLICATE_VALUE", "message": "duplicate", "fields": []}]}
    gone = {"success": False, "errors": [{"statusCode": "ENTITY_IS_DELETED", "message": "entity is deleted"}]}

    def respond(request: httpx.Request) -> httpx.Response | None:
        if "OpportunityContactRole WHERE" in request.url.params.get("q", ""):
            return records(
                [{"Id": "00K7Q00000ROLEsUAM", "OpportunityId": DEAL, "ContactId": CONTACT, "IsPrimary": True}]
            )
        if request.url.path.endswith("/composite/sobjects"):
            return httpx.Response(200, json=[gone if request.method == "DELETE" else twice])
        return None

    other = f"{PREFIXES['contact']}7Q00000OTHERAA"[:15]
    op = WriteOp("update", "dea_1", DEAL, refs={"contacts": (other,)}, refs_before={"contacts": (CONTACT,)})
    (result,) = Script(respond).client.write("deal", [op])
    assert result.error is None


# --------------------------------------------------------------------------------------- shapes that change


def test_a_field_that_vanishes_before_a_write_is_left_out(org: Org, client: SalesforceClient) -> None:
    client.project("contact", {})
    org.control("settings", {"hidden_fields": {"Contact": ["Title"]}})
    op = WriteOp("upsert", "con_1", fields={"last_name": "Prado", "job_title": "Buyer"})
    (external_id,) = _made(client.write("contact", [op]))
    assert org.state("Contact")[external_id]["LastName"] == "Prado"


def test_creating_before_our_field_is_provisioned_waits_and_says_why(org: Org) -> None:
    early = org.client()
    with pytest.raises(RetriableProviderError, match="provision it first") as caught:
        early.write("contact", _contacts("Prado"))
    assert caught.value.code == "EXTERNAL_ID_FIELD_MISSING"
    assert org.state("Contact") == {}
    org.client().provision("contact")
    _made(early.write("contact", _contacts("Prado")))

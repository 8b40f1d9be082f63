from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import CrmClient, WriteOp
from tests.unit.connectors.hubspot.conftest import Portal, client_answering, fixture_json

CREATE = "POST /crm/objects/2026-09/{objectType}/batch/create"
UPDATE = "POST /crm/objects/2026-09/{objectType}/batch/update"


def create(client: CrmClient, entity: Any, *rows: dict[str, Any], **refs: Any) -> list[str]:
    ops = [WriteOp("create", f"{entity}_{id(row)}", fields=row, refs=refs) for row in rows]
    results = client.write(entity, ops)
    assert [each.error for each in results if each.error] == []
    return [each.external_id for each in results]


def answering(**others: Any) -> CrmClient:
    """Return a client whose calls answer by the last word of their path."""

    def answer(request: httpx.Request) -> httpx.Response:
        given = others.get(request.url.path.rpartition("/")[2], {"results": [{"name": "email"}, {"name": "firstname"}]})
        return given if isinstance(given, httpx.Response) else httpx.Response(200, json=given)

    return client_answering(answer)


def test_rows_are_matched_by_their_trace_and_errors_by_what_they_name():
    client = answering(create=fixture_json("answers", "batch.create.partial"))
    ops = [WriteOp("create", f"con_{name}", fields={"email": f"{name}@example.com"}) for name in "abcd"]
    a, b, c, d = client.write("contact", ops)
    assert (a.external_id, a.created, a.error) == ("1810", True, None)
    assert (c.external_id, c.created, c.error) == ("1811", True, None)
    assert (b.conflict, b.external_id, b.gone) == (True, "1801", False)
    assert isinstance(b.error, FatalProviderError)
    assert b.error.code == "CONFLICT"
    assert (d.conflict, d.external_id) == (True, "1807")
    assert a.observation is not None
    assert (a.observation.fields["email"], a.observation.correlation_id) == ("a@example.com", "con_a")


def test_a_record_that_is_no_more_is_gone_and_the_rest_is_written():
    client = answering(update=fixture_json("answers", "batch.update.partial"))
    ops = [WriteOp("update", f"con_{each}", each, fields={"first_name": "Ana"}) for each in ("1803", "1801", "1802")]
    third, first, second = client.write("contact", ops)
    assert first.error is None
    assert not first.created
    assert (third.gone, second.gone) == (True, True)
    assert third.external_id == "1803"


def test_a_row_nobody_speaks_of_may_have_been_written():
    client = answering(create={"status": "COMPLETE", "results": []})
    (result,) = client.write("contact", [WriteOp("create", "con_a", fields={"email": "a@example.com"})])
    assert isinstance(result.error, RetriableProviderError)
    assert result.error.may_have_applied
    assert result.error.code == "UNACCOUNTED"


def test_an_error_that_names_no_row_is_that_of_the_rows_left_over():
    partial = fixture_json("answers", "batch.create.partial")
    partial["errors"] = [{"status": "error", "category": "VALIDATION_ERROR", "message": "something is wrong"}]
    ops = [WriteOp("create", f"con_{name}", fields={"email": f"{name}@example.com"}) for name in "abc"]
    a, b, c = answering(create=partial).write("contact", ops)
    assert a.error is None
    assert c.error is None
    assert str(b.error) == "something is wrong"


def test_a_refusal_of_the_whole_batch_is_raised_so_that_it_can_be_halved():
    refused = httpx.Response(409, json={"message": "Contact already exists", "category": "CONFLICT"})
    ops = [WriteOp("create", f"con_{name}", fields={"email": f"{name}@example.com"}) for name in "ab"]
    with pytest.raises(FatalProviderError):
        answering(create=refused).write("contact", ops)


def test_a_refusal_of_the_only_row_is_that_rows():
    existing = {"message": "Contact already exists. Existing ID: 1801", "category": "CONFLICT"}
    (result,) = answering(create=httpx.Response(409, json=existing)).write(
        "contact", [WriteOp("create", "con_a", fields={"email": "a@example.com"})]
    )
    assert (result.conflict, result.external_id) == (True, "1801")
    missing = httpx.Response(404, json={"message": "no", "category": "OBJECT_NOT_FOUND"})
    (result,) = answering(update=missing).write(
        "contact", [WriteOp("update", "con_a", "9", fields={"email": "a@example.com"})]
    )
    assert (result.gone, result.conflict, result.external_id) == (True, False, "9")


def test_a_call_without_the_scope_is_no_rows_fault():
    refused = httpx.Response(403, json={"message": "no", "category": "MISSING_SCOPES"})
    with pytest.raises(FatalProviderError):
        answering(create=refused).write("contact", [WriteOp("create", "con_a", fields={"email": "a@example.com"})])


def test_rows_of_two_kinds_or_too_many_never_go_into_one_call():
    client = answering()
    too_many = [WriteOp("delete", str(number), str(number)) for number in range(101)]
    mixed = [WriteOp("delete", "a", "1"), WriteOp("update", "b", "2", fields={"first_name": "x"})]
    for ops in (too_many, mixed):
        with pytest.raises(ValueError, match="one kind"):
            client.write("contact", ops)
    assert client.write("contact", []) == ()


def test_a_hundred_creates_with_references_are_one_call(portal: Portal):
    client = portal.client
    (company,) = create(client, "company", {"name": "Vale Verde"})
    client.write("contact", [])
    rows = [{"email": f"n{number}@example.com"} for number in range(100)]
    portal.client.project("contact", rows[0])
    portal.calls()
    ids = create(client, "contact", *rows, company=(company,))
    assert portal.calls() == {CREATE: 1}
    assert {each.refs["company"] for each in client.read("contact", ids).found.values()} == {(company,)}


def test_a_life_cycle_stage_moves_forward_in_one_call_and_back_in_three(portal: Portal):
    client = portal.client
    (contact,) = create(client, "contact", {"email": "a@example.com", "lifecycle_stage": "lead"})
    client.project("contact", {"lifecycle_stage": "lead"})
    portal.calls()
    for stage, calls in (("customer", 1), ("lead", 3)):
        (result,) = client.write(
            "contact", [WriteOp("update", "con_1", contact, fields={"lifecycle_stage": stage, "job_title": stage})]
        )
        assert portal.calls() == {UPDATE: calls}
        assert result.observation is not None
        assert result.observation.fields["lifecycle_stage"] == stage
        assert result.observation.fields["job_title"] == stage
        assert client.read("contact", [contact]).found[contact].fields["lifecycle_stage"] == stage
        portal.calls()


def test_a_stage_read_between_clearing_and_setting_is_not_taken_for_empty(portal: Portal):
    (contact,) = create(portal.client, "contact", {"email": "a@example.com", "lifecycle_stage": "customer"})
    portal.api("PATCH", f"/crm/objects/2026-09/contacts/{contact}", {"properties": {"lifecyclestage": ""}})
    assert "lifecycle_stage" not in portal.client.read("contact", [contact]).found[contact].fields
    assert portal.client.project("contact", {"lifecycle_stage": None}) == {}


def test_a_deal_keeps_its_pipeline_when_its_stage_changes(portal: Portal):
    stages = [
        {"label": "Talking", "displayOrder": 0, "metadata": {"probability": "0.5"}},
        {"label": "Cheers", "displayOrder": 1, "metadata": {"probability": "1.0", "isClosed": "true"}},
    ]
    made = portal.api(
        "POST", "/crm/pipelines/2026-03/deals", {"label": "Partners", "displayOrder": 1, "stages": stages}
    )
    talking, cheers = (each["id"] for each in made["stages"])
    client = portal.connect()
    seeded = {"properties": {"dealname": "D", "pipeline": made["id"], "dealstage": talking}}
    (deal,) = portal.control("/seed", {"deals": [seeded]})["ids"]["deals"]
    assert client.read("deal", [deal]).found[deal].fields["stage"] == "presentation"
    (result,) = client.write("deal", [WriteOp("update", "dea_1", deal, fields={"stage": "won"})])
    assert result.error is None
    held = portal.api("GET", f"/crm/objects/2026-09/deals/{deal}?properties=pipeline,dealstage")["properties"]
    assert (held["pipeline"], held["dealstage"]) == (made["id"], cheers)
    (result,) = client.write("deal", [WriteOp("update", "dea_1", deal, fields={"stage": "lost", "title": "E"})])
    assert result.error is not None
    assert result.error.code == "NO_SUCH_STAGE"
    (other,) = create(client, "deal", {"title": "F", "stage": "lost"})
    assert client.read("deal", [other]).found[other].fields["stage"] == "lost"


def test_an_upsert_makes_once_and_changes_after(portal: Portal):
    client = portal.client
    (company,) = create(client, "company", {"name": "Vale Verde"})
    for number, is_new in ((1, True), (2, False)):
        op = WriteOp(
            "upsert",
            "con_1",
            fields={"email": "a@example.com", "job_title": f"J{number}"},
            refs={"company": (company,)},
        )
        (result,) = client.write("contact", [op])
        assert (result.created, result.error) == (is_new, None)
    assert client.read("contact", [result.external_id]).found[result.external_id].refs == {"company": (company,)}
    (deal,) = client.write("deal", [WriteOp("upsert", "dea_1", fields={"title": "D", "stage": "contract"})])
    assert deal.created


def test_a_reference_to_a_record_that_is_no_more_fails_that_row_only(portal: Portal):
    client = portal.client
    (company,) = create(client, "company", {"name": "Vale Verde"})
    one, two = create(client, "contact", {"email": "a@example.com"}, {"email": "b@example.com"})
    ops = [
        WriteOp("update", "con_1", one, refs={"company": ("99",)}, refs_before={"company": ()}),
        WriteOp(
            "update", "con_2", two, fields={"job_title": "x"}, refs={"company": (company,)}, refs_before={"company": ()}
        ),
    ]
    bad, good = client.write("contact", ops)
    assert bad.error is not None
    assert "99" in str(bad.error)
    assert good.error is None
    assert client.read("contact", [two]).found[two].refs == {"company": (company,)}


def test_references_whose_writing_is_interrupted_may_have_been_applied(portal: Portal):
    client = portal.client
    (company,) = create(client, "company", {"name": "Vale Verde"})
    (contact,) = create(client, "contact", {"email": "a@example.com"})
    portal.control("/faults", [{"match": {"path": "/crm/associations"}, "kind": "status", "status": 429}])
    op = WriteOp("update", "con_1", contact, fields={"job_title": "x"}, refs={"company": (company,)})
    with pytest.raises(RetriableProviderError) as caught:
        client.write("contact", [op])
    assert caught.value.may_have_applied
    assert caught.value.is_quota
    assert client.write("contact", [op])[0].error is None
    assert client.read("contact", [contact]).found[contact].refs == {"company": (company,)}


def test_an_option_taken_away_by_an_administrator_is_noticed(portal: Portal):
    """T-92: the row is refused once; then the connector knows."""
    definition = {"options": [{"label": "Retail", "value": "RETAIL"}]}
    client = portal.client
    assert client.project("company", {"industry": "banking"}) == {"industry": "Banking"}
    portal.api("PATCH", "/crm/properties/2026-03/companies/industry", definition)
    (result,) = client.write("company", [WriteOp("create", "com_1", fields={"name": "x", "industry": "banking"})])
    assert result.error is not None
    assert result.error.code == "INVALID_OPTION"
    assert client.project("company", {"industry": "banking"}) == {}


def test_a_property_of_ours_that_is_not_unique_is_told_to_people(portal: Portal):
    body = {
        "name": "crmbridge_id",
        "label": "x",
        "type": "string",
        "fieldType": "text",
        "groupName": "ticketinformation",
    }
    portal.api("POST", "/crm/properties/2026-03/tickets", body)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"name": "crmbridge_id", "hasUniqueValue": False})

    with pytest.raises(FatalProviderError) as caught:
        client_answering(answer).provision("contact")
    assert caught.value.code == "EXTERNAL_ID_NOT_UNIQUE"


def test_two_who_provision_at_once_do_no_harm():
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(f"{request.method} {request.url.path.rpartition('/')[2]}")
        if request.method == "POST":
            return httpx.Response(409, json={"message": "exists", "category": "CONFLICT"})
        found = len(seen) > 1
        body = (
            {"name": "crmbridge_id", "hasUniqueValue": True}
            if found
            else {"message": "no", "category": "OBJECT_NOT_FOUND"}
        )
        return httpx.Response(200 if found else 404, json=body)

    assert client_answering(answer).provision("contact") == ()
    assert seen == ["GET crmbridge_id", "POST groups", "POST contacts", "GET crmbridge_id"]


def test_a_refused_provisioning_is_told():
    def answer(request: httpx.Request) -> httpx.Response:
        status = 404 if request.method == "GET" else 403
        return httpx.Response(
            status, json={"message": "no", "category": "MISSING_SCOPES" if status == 403 else "OBJECT_NOT_FOUND"}
        )

    with pytest.raises(FatalProviderError) as caught:
        client_answering(answer).provision("contact")
    assert caught.value.status == 403


def test_what_is_sent_names_our_own_id_and_every_row():
    sent: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/batch/create"):
            sent.append(json.loads(request.content))
        return httpx.Response(200, json={"results": [{"name": "email"}]})

    client_answering(answer).write(
        "contact", [WriteOp("create", "con_a", fields={"email": "a@example.com"}, refs={"company": ("7",)})]
    )
    assert sent[0]["inputs"] == [
        {
            "objectWriteTraceId": "con_a",
            "properties": {"email": "a@example.com", "crmbridge_id": "con_a"},
            "associations": [
                {
                    "to": {"id": "7"},
                    "types": [
                        {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1},
                        {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279},
                    ],
                }
            ],
        }
    ]

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, cast

import httpx
import pytest

from crmbridge.connectors.hubspot.mapping import Row
from crmbridge.connectors.hubspot.mapping.observing import gone_at
from crmbridge.domain.records import Entity
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import CrmClient, WriteOp
from tests.unit.connectors.hubspot.conftest import Portal, client_answering, fixture_json


def batch_reading(results: list[dict[str, Any]], **others: httpx.Response) -> CrmClient:
    """Return a client whose batch reads answer ``results`` and whose other calls answer by a word in their path."""

    def answer(request: httpx.Request) -> httpx.Response:
        archived = request.url.params.get("archived") == "true"
        for word, response in others.items():
            if word in f"{request.url.path}{'.archived' if archived else ''}".replace("/", "."):
                return response
        if request.url.path.endswith("/batch/read"):
            return httpx.Response(200, json={"status": "COMPLETE", "results": [] if archived else results})
        if request.method == "GET" and "/objects/" in request.url.path:
            return httpx.Response(404, json={"category": "OBJECT_NOT_FOUND", "message": "not found"})
        return httpx.Response(200, json={"results": []})

    return client_answering(answer)


def test_a_batch_that_answers_the_survivor_tells_of_the_merge():
    merged = fixture_json("answers", "contact.merged")
    told = batch_reading([merged]).read("contact", ["1790", "1801"])
    assert told.found.keys() == {"1801"}
    assert told.gone["1790"].merged_into == "1801"


def test_a_batch_that_answers_nothing_is_followed_one_by_one():
    merged = httpx.Response(200, json=fixture_json("answers", "contact.merged"))
    told = batch_reading([], **{".contacts.1790": merged}).read("contact", ["1790", "1799"])
    assert told.gone["1790"].merged_into == "1801"
    assert told.missing == {"1799"}


def test_an_archived_batch_is_evidence_enough():
    archived = {"id": "1790", "properties": {}, "archived": True, "archivedAt": "2026-11-20T10:00:00Z"}
    client = batch_reading([], **{".read.archived": httpx.Response(200, json={"results": [archived]})})
    told = client.read("contact", ["1790"])
    assert told.gone["1790"].at is not None
    assert told.missing == frozenset()


def test_a_failure_while_looking_for_evidence_is_no_evidence():
    """T-42: nothing is inferred from a call that failed."""
    client = batch_reading([], **{".contacts.1790": httpx.Response(503, json={"message": "down"})})
    with pytest.raises(RetriableProviderError):
        client.read("contact", ["1790"])
    client = batch_reading(
        [], **{".contacts.1790": httpx.Response(403, json={"message": "no", "category": "MISSING_SCOPES"})}
    )
    with pytest.raises(FatalProviderError):
        client.read("contact", ["1790"])


def test_many_ids_without_a_trace_cost_a_bounded_number_of_calls(portal: Portal):
    portal.calls()
    told = portal.client.read("contact", [str(9_000_000 + number) for number in range(100)])
    assert len(told.missing) == 100
    assert sum(portal.calls().values()) <= 2 + 2 * 20 + 1


def test_one_deal_is_read_in_one_call_and_many_in_three(portal: Portal):
    client = portal.client
    company = client.write("company", [WriteOp("create", "com_1", fields={"name": "Vale Verde"})])[0].external_id
    ops = [WriteOp("create", f"dea_{n}", fields={"title": f"D{n}"}, refs={"company": (company,)}) for n in range(60)]
    deals = [each.external_id for each in client.write("deal", ops)]
    client.read("deal", deals)
    portal.calls()
    one = client.read("deal", deals[:1]).found[deals[0]]
    assert sum(portal.calls().values()) == 1
    many = client.read("deal", deals).found
    assert sum(portal.calls().values()) == 3
    assert many[deals[0]] == one
    assert one.refs == {"company": (company,), "contacts": ()}


def test_associations_hubspot_would_not_tell_are_not_read():
    row = {"id": "3801", "properties": {"dealname": "x"}}
    other = {"id": "3802", "properties": {"dealname": "y"}}
    refused = {"results": [], "errors": [{"category": "VALIDATION_ERROR", "message": "3801 is not a valid ID"}]}
    nothing = {
        "results": [],
        "errors": [
            {
                "category": "OBJECT_NOT_FOUND",
                "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
                "context": {"fromObjectId": ["3801", "3802"]},
            }
        ],
    }
    client = batch_reading(
        [row, other],
        companies=httpx.Response(200, json=refused),
        contacts=httpx.Response(207, json=nothing),
        account=httpx.Response(200, json={"portalId": 4}),
    )
    found = client.read("deal", ["3801", "3802"]).found
    assert [found[each].refs for each in ("3801", "3802")] == [{"contacts": ()}, {"contacts": ()}]


def test_a_contact_is_found_by_its_additional_address(portal: Portal):
    client = portal.client
    ops = [WriteOp("create", f"con_{n}", fields={"email": f"n{n}@example.com"}) for n in (1, 2)]
    kept, lost = (each.external_id for each in client.write("contact", ops))
    portal.control(
        "/seed", {"notify": True, "operations": [{"op": "merge", "entity": "contacts", "id": kept, "with": lost}]}
    )
    found = client.find("contact", "email", ["n1@example.com", "n2@example.com", "n3@example.com", "bad"])
    assert {value: len(hits) for value, hits in found.items()} == {"n1@example.com": 1, "n2@example.com": 1}


def test_telephone_numbers_are_searched_without_their_country_where_hubspot_can():
    asked: list[dict[str, Any]] = []
    names = ("phone", "mobilephone", "hs_searchable_calculated_phone_number")
    row = {"id": "1801", "properties": {"phone": "(11) 98765-4321", "country": "Brazil"}}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/search"):
            asked.append(json.loads(request.content))
            return httpx.Response(200, json={"total": 1, "results": [row]})
        properties = [{"name": name} for name in names]
        return httpx.Response(200, json={"results": properties if "properties" in request.url.path else []})

    found = client_answering(answer).find("contact", "phone", ["+5511987654321", "+5511987650000"])
    assert {value: [each.external_id for each in hits] for value, hits in found.items()} == {"+5511987654321": ["1801"]}
    searched = {each["filters"][0]["propertyName"]: each["filters"][0]["values"] for each in asked[0]["filterGroups"]}
    assert searched == {
        "phone": ["+5511987650000", "+5511987654321"],
        "mobilephone": ["+5511987650000", "+5511987654321"],
        "hs_searchable_calculated_phone_number": ["11987650000", "11987654321"],
    }


def test_no_search_is_longer_than_hubspot_takes(portal: Portal):
    client = portal.client
    domains = [f"{'long-name-' * 12}{number}.example.com" for number in range(100)]
    ops = [WriteOp("create", f"com_{n}", fields={"domain": each}) for n, each in enumerate(domains)]
    client.write("company", ops)
    portal.settle()
    found = client.find("company", "domain", domains)
    assert set(found) == set(domains)
    phones = [f"+55119{number:08d}" for number in range(100)]
    assert client.find("contact", "phone", phones) == {}


def test_a_key_an_entity_has_not_finds_nothing(portal: Portal):
    assert portal.client.find("deal", "email", ["a@example.com"]) == {}
    assert portal.client.find("company", "email", ["a@example.com"]) == {}
    assert portal.client.find("contact", "domain", ["example.com"]) == {}


def test_an_entity_that_is_not_built_is_refused_by_name(portal: Portal):
    with pytest.raises(FatalProviderError, match="ticket") as caught:
        portal.client.list_all(cast("Entity", "ticket"), cursor=None)
    assert caught.value.code == "NOT_BUILT"
    assert portal.client.stages("contact") == ()


@pytest.mark.parametrize("body", [[], "text", {"results": "none"}, {"results": [{}], "errors": 7}])
def test_an_answer_of_an_unknown_shape_is_tried_again(body: Any):
    with pytest.raises(RetriableProviderError) as caught:
        client_answering(lambda _: httpx.Response(200, json=body)).read("contact", ["1"])
    assert caught.value.code == "UNKNOWN_SHAPE"


def test_evidence_of_deletion_carries_its_time():
    row = Row.model_validate({"id": 9, "archived": True, "archivedAt": "2026-11-20T10:00:00Z"})
    gone = gone_at(row)
    assert (gone.external_id, gone.at) == ("9", datetime(2026, 11, 20, 10, tzinfo=UTC))

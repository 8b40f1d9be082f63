from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from crmbridge.errors import AuthorizationExpiredError, FatalProviderError, ProviderError, RetriableProviderError
from crmbridge.ports import WriteOp
from tests.unit.connectors.salesforce.scripted import Script, always

FIXTURES = Path(__file__).parents[3] / "contract/fixtures/salesforce"
ANA = "0037Q00000ANAprAAA"
WRITES = (WriteOp("upsert", "con_1", fields={"last_name": "Prado"}),)


def _cases(folder: str) -> list[Any]:
    paths = sorted((FIXTURES / folder).glob("*.json"))
    assert paths
    return [pytest.param(json.loads(path.read_text(encoding="utf-8")), id=path.stem) for path in paths]


def _response(fixture: dict[str, Any]) -> httpx.Response:
    body = fixture["body"]
    if isinstance(body, str):
        return httpx.Response(fixture["status"], html=body)
    return httpx.Response(fixture["status"], json=body, headers={"x-request-id": "r-1"})


@pytest.mark.parametrize("fixture", _cases("errors"))
def test_a_refused_call_becomes_what_the_caller_should_do_next(fixture: dict[str, Any]) -> None:
    script = Script(always("/CrmBridge_Id__c", lambda: _response(fixture)))
    with pytest.raises(ProviderError) as caught:
        script.client.write("contact", WRITES)
    error, means = caught.value, fixture["means"]
    expected = {"expired": AuthorizationExpiredError, "fatal": FatalProviderError}
    assert type(error) is expected.get(means, RetriableProviderError)
    assert (error.provider, error.status) == ("salesforce", fixture["status"])
    if isinstance(error, RetriableProviderError):
        assert error.is_quota is (means == "quota")
        assert error.may_have_applied is (fixture["status"] >= 500)
    if isinstance(fixture["body"], list):
        assert error.code == fixture["body"][0]["errorCode"]
        assert fixture["body"][0]["message"].strip()[:40] in str(error)


def test_a_page_in_html_is_told_by_its_words_alone() -> None:
    script = Script(always("/CrmBridge_Id__c", lambda: httpx.Response(503, html="<h1>Down</h1><p>for maintenance</p>")))
    with pytest.raises(RetriableProviderError, match=r"^Down for maintenance \(HTTP 503\)$"):
        script.client.write("contact", WRITES)


def test_an_expired_session_is_renewed_once_before_people_are_asked() -> None:
    expired = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    script = Script(always("/CrmBridge_Id__c", lambda: httpx.Response(401, json=expired)))
    with pytest.raises(AuthorizationExpiredError, match="Session expired"):
        script.client.write("contact", WRITES)
    assert script.token.renewed == 1


def test_a_wait_that_is_told_is_kept() -> None:
    headers = {"retry-after": "120", "date": "Sat, 21 Nov 2026 10:30:00 GMT"}
    busy = [{"message": "busy", "errorCode": "SERVER_UNAVAILABLE"}]
    script = Script(always("/CrmBridge_Id__c", lambda: httpx.Response(503, json=busy, headers=headers)))
    with pytest.raises(RetriableProviderError) as caught:
        script.client.write("contact", WRITES)
    assert caught.value.retry_after_s == 120.0


@pytest.mark.parametrize("fixture", _cases("rows"))
def test_a_refused_row_becomes_what_the_caller_should_do_next(fixture: dict[str, Any]) -> None:
    means = fixture["means"]
    if means == "gone":
        op, path = WriteOp("update", "con_1", ANA, fields={"first_name": "Ana"}), "/composite/sobjects"
    else:
        op, path = WRITES[0], "/CrmBridge_Id__c"
    fine = {"id": "0037Q00000FINExAAA", "success": True, "errors": [], "created": True}

    def respond(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/composite/sobjects/Contact"):
            return httpx.Response(200, json=[None])
        if request.url.path.endswith("/queryAll"):
            return httpx.Response(200, json={"done": True, "records": []})
        if request.url.path.endswith(path):
            return httpx.Response(200, json=[fixture["answer"], fine])
        return None

    other = WriteOp(op.kind, "con_2", "0037Q00000FINExAAA" if op.external_id else "", fields={"first_name": "Bo"})
    refused, taken = Script(respond).client.write("contact", [op, other])
    assert (taken.error, taken.external_id) == (None, "0037Q00000FINExAAA")
    assert refused.error is not None
    is_passing = means in ("retriable", "quota")
    assert type(refused.error) is (RetriableProviderError if is_passing else FatalProviderError)
    assert (refused.gone, refused.conflict) == (means == "gone", means == "conflict")
    if isinstance(refused.error, RetriableProviderError):
        assert refused.error.is_quota is (means == "quota")
    if fixture["answer"]["errors"]:
        assert fixture["answer"]["errors"][0]["message"] in str(refused.error)


@pytest.mark.parametrize(
    ("name", "external_id"),
    [("duplicate_value", ANA), ("duplicates_detected", ANA), ("duplicates_detected_without_match", "")],
)
def test_a_conflict_names_the_record_in_the_way_if_the_answer_does(name: str, external_id: str) -> None:
    fixture = json.loads((FIXTURES / "rows" / f"{name}.json").read_text(encoding="utf-8"))
    script = Script(always("/CrmBridge_Id__c", lambda: httpx.Response(200, json=[fixture["answer"]])))
    (result,) = script.client.write("contact", WRITES)
    assert result.conflict
    assert result.external_id[:15] == external_id[:15]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text='[{"id":"003'),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"id": ANA, "success": True}),
        httpx.Response(200, html="<html></html>"),
        httpx.ReadTimeout("too long"),
        httpx.RemoteProtocolError("cut off"),
    ],
)
def test_a_write_whose_answer_is_broken_may_have_been_carried_out(answer: httpx.Response | Exception) -> None:
    with pytest.raises(RetriableProviderError) as caught:
        Script(always("/CrmBridge_Id__c", lambda: answer)).client.write("contact", WRITES)
    assert caught.value.may_have_applied


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"records": []}),
        httpx.Response(200, json={"records": None, "done": True}),
        httpx.Response(200, json={"records": [], "done": False}),
        httpx.Response(200, text=""),
    ],
)
def test_a_senseless_listing_infers_nothing(answer: httpx.Response) -> None:
    def respond(request: httpx.Request) -> httpx.Response | None:
        return answer if "FROM Contact" in request.url.params.get("q", "") else None

    with pytest.raises(RetriableProviderError) as caught:
        Script(respond).client.list_all("contact", cursor=None)
    assert not caught.value.may_have_applied

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from crmbridge.connectors.pipedrive.client.calls import credentials
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import WriteOp
from tests.unit.connectors.pipedrive.conftest import CODE, client_over, fixture_json, ok

LIMIT = {"success": False, "error": "Request over limit", "errorCode": 429}


def new(number: int, **fields: Any) -> WriteOp:
    return WriteOp("create", f"com_{number:026d}", fields={"name": f"Company {number}", **fields})


def posting(answers: list[httpx.Response], posted: list[dict[str, Any]], listed: list[dict[str, Any]] | None = None):
    def answer(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/organizations"):
            return None
        if request.method == "GET":
            return ok(listed or [])
        posted.append(json.loads(request.content))
        refusal = answers.pop(0) if answers else None
        row = {**fixture_json("answers", "organization"), "id": len(posted)}
        return refusal if refusal is not None and refusal.status_code >= 400 else ok(row)

    return answer


def test_a_limit_met_half_way_stops_the_rest_and_loses_nothing():
    """T-58: what was written is told, what was not is not sent."""
    posted: list[dict[str, Any]] = []
    answers = [*[httpx.Response(200)] * 6, httpx.Response(429, json=LIMIT, headers={"x-ratelimit-reset": "2"})]
    client = client_over(posting(answers, posted))
    ops = [new(number) for number in range(1, 11)]
    results = client.write("company", ops)
    assert [each.op_id for each in results] == [op.op_id for op in ops]
    assert len(posted) == 7
    assert [each.error for each in results[:6]] == [None] * 6
    for each in results[6:]:
        assert isinstance(each.error, RetriableProviderError)
        assert each.error.is_quota
        assert each.error.retry_after_s == 2.0
        assert not each.error.may_have_applied
    again = client.write("company", ops[6:])
    assert [each.error for each in again] == [None] * 4
    assert len(posted) == 11


def test_a_lost_answer_half_way_says_which_row_is_in_doubt():
    posted: list[dict[str, Any]] = []
    answers = [httpx.Response(200), httpx.Response(502, text="<html></html>")]
    results = client_over(posting(answers, posted)).write("company", [new(1), new(2), new(3)])
    doubts = [isinstance(each.error, RetriableProviderError) and each.error.may_have_applied for each in results]
    assert doubts == [False, True, False]
    assert len(posted) == 2


def test_a_refused_row_stops_no_other_and_a_refused_account_stops_all():
    posted: list[dict[str, Any]] = []
    bad = httpx.Response(400, json={"success": False, "error": "Validation failed: name is too long"})
    results = client_over(posting([httpx.Response(200), bad], posted)).write("company", [new(1), new(2), new(3)])
    assert [type(each.error).__name__ for each in results] == ["NoneType", "FatalProviderError", "NoneType"]
    scope = httpx.Response(403, json={"success": False, "error": "Scope and URL mismatch", "errorCode": 403})
    with pytest.raises(FatalProviderError, match="Scope"):
        client_over(posting([scope], [])).write("company", [new(1), new(2)])


def test_a_record_that_carries_our_id_already_is_not_made_again():
    posted: list[dict[str, Any]] = []
    listed = [{**fixture_json("answers", "organization"), "id": 77, "custom_fields": {CODE: new(1).op_id}}]
    first, second = client_over(posting([], posted, listed)).write("company", [new(1), new(2)])
    assert (first.conflict, first.external_id, first.created) == (True, "77", False)
    assert second.error is None
    assert [each["custom_fields"][CODE] for each in posted] == [new(2).op_id]


def test_a_label_that_cannot_be_made_is_left_out_from_then_on():
    asked: list[str] = []
    posted: list[dict[str, Any]] = []
    inner = posting([], posted)

    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/options"):
            asked.append(request.url.path)
            return httpx.Response(400, json={"success": False, "error": "the field is not a custom field"})
        return inner(request)

    client = client_over(answer)
    assert client.project("company", {"tags": ("Customer", "New")}) == {"tags": ("Customer", "New")}
    results = client.write("company", [new(1, tags=("Customer", "New")), new(2, tags=("New",))])
    assert [each.error for each in results] == [None, None]
    assert [each["label_ids"] for each in posted] == [[24], []]
    assert client.project("company", {"tags": ("Customer", "New")}) == {"tags": ("Customer",)}
    client.write("company", [new(3, tags=("New",))])
    assert len(asked) == 1


def test_rows_of_two_kinds_are_our_own_mistake():
    with pytest.raises(ValueError, match="one kind"):
        client_over(lambda _: None).write("company", [new(1), WriteOp("delete", "x", "1")])


def test_peoples_own_tokens_have_a_header_of_their_own():
    assert credentials("7e0c5b1a94d8f26e3b97a1c0d5f48e62b3a7c914") == {
        "x-api-token": "7e0c5b1a94d8f26e3b97a1c0d5f48e62b3a7c914"
    }
    assert credentials("8127344:17204401:abc") == {"authorization": "Bearer 8127344:17204401:abc"}

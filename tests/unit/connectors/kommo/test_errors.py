"""Kommo's refusals keep Kommo's words and say what to do next."""

from __future__ import annotations

import json

import httpx
import pytest

from crmbridge.connectors.kommo.client.errors import RowsRefusedError, read_error
from crmbridge.errors import RetriableProviderError
from tests.unit.connectors.kommo.conftest import fixture_json, fixture_names


def _response(told: dict, method: str = "GET") -> httpx.Response:
    body = told["body"] if isinstance(told["body"], str) else json.dumps(told["body"])
    request = httpx.Request(method, "https://acme.kommo.com/api/v4/leads")
    return httpx.Response(told["status"], headers=told["headers"], text=body, request=request)


@pytest.mark.parametrize("name", fixture_names("errors"))
def test_each_refusal_says_what_to_do_next(name):
    told = fixture_json("errors", name)
    wanted, error = told["error"], read_error(_response(told))
    assert type(error).__name__ == wanted["type"]
    assert (error.code, error.status, error.provider) == (wanted["code"], told["status"], "kommo")
    assert wanted["words"] in str(error)
    if isinstance(error, RetriableProviderError):
        assert error.is_quota is bool(wanted.get("is_quota"))
        assert error.retry_after_s == wanted.get("retry_after_s")
        assert not error.may_have_applied
    if isinstance(error, RowsRefusedError):
        assert sorted(error.rows) == wanted["rows"]


@pytest.mark.parametrize("name", ["500", "504.batch"])
def test_a_write_that_met_trouble_may_have_happened(name):
    error = read_error(_response(fixture_json("errors", name), "POST"))
    assert isinstance(error, RetriableProviderError)
    assert error.may_have_applied


def test_a_retry_after_header_counts_where_the_body_says_nothing():
    told = {"status": 429, "headers": {"retry-after": "17"}, "body": "<html></html>"}
    error = read_error(_response(told))
    assert isinstance(error, RetriableProviderError)
    assert error.retry_after_s == 17

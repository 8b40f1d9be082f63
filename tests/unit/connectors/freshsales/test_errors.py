from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from crmbridge.connectors.freshsales.client._errors import is_taken, read_error
from crmbridge.errors import RetriableProviderError
from tests.unit.connectors.freshsales.fixtures import fixture_json, fixture_names


def answered(told: dict[str, Any]) -> httpx.Response:
    body = told["body"] if isinstance(told["body"], str) else json.dumps(told["body"])
    request = httpx.Request(told["method"], f"https://acme.myfreshworks.com/crm/sales{told['path']}")
    return httpx.Response(told["status"], headers=told["headers"], text=body, request=request)


@pytest.mark.parametrize("name", fixture_names("errors"))
def test_every_refusal_says_what_to_do_next(name: str):
    told = fixture_json("errors", name)
    error = read_error(answered(told))
    assert type(error).__name__ == told["error"]
    assert (error.provider, error.status) == ("freshsales", told["status"])
    want = dict(told["want"])
    assert want.pop("words", "") in str(error)
    assert is_taken(error) is want.pop("is_taken", False)
    assert str(error)
    assert {key: getattr(error, key) for key in want} == want


def test_a_page_is_never_the_evidence_that_a_record_is_missing():
    error = read_error(answered(fixture_json("errors", "404.other_host")))
    assert isinstance(error, RetriableProviderError)


def test_words_are_cut_before_they_fill_a_record():
    body = {"errors": {"code": 400, "message": ["x" * 10_000]}}
    error = read_error(httpx.Response(400, json=body, request=httpx.Request("GET", "https://acme.example/api/x")))
    assert len(str(error)) == 2000

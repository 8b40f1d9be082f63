from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from crmbridge import errors
from crmbridge.connectors.hubspot.client.errors import existing_id, is_conflict, is_missing, read_error, row_error
from crmbridge.connectors.hubspot.mapping import ErrorBody
from tests.unit.connectors.hubspot.conftest import fixture_json, fixture_names


def answered(told: dict[str, Any]) -> httpx.Response:
    body = told["body"] if isinstance(told["body"], str) else json.dumps(told["body"])
    request = httpx.Request(told["method"], "https://api.hubapi.com/crm/objects/2026-09/contacts")
    return httpx.Response(told["status"], headers=told["headers"], text=body, request=request)


@pytest.mark.parametrize("name", fixture_names("errors"))
def test_every_refusal_says_what_to_do_next(name: str):
    told = fixture_json("errors", name)
    error = read_error(answered(told))
    assert type(error).__name__ == told["error"]
    assert (error.provider, error.status) == ("hubspot", told["status"])
    want = dict(told["want"])
    words = want.pop("words", "")
    assert words in str(error)
    assert str(error)
    if "existing_id" in want:
        assert existing_id(error) == want.pop("existing_id")
        assert is_conflict(error)
    assert {key: getattr(error, key) for key in want} == want


def test_a_refusal_for_quota_never_counts_as_a_failure_and_any_other_does():
    for name in fixture_names("errors"):
        error = read_error(answered(fixture_json("errors", name)))
        if isinstance(error, errors.RetriableProviderError):
            assert error.is_quota is name.startswith("429")


def test_words_are_cut_before_they_fill_a_record():
    body = {"message": "x" * 10_000, "category": "VALIDATION_ERROR"}
    error = read_error(httpx.Response(400, json=body, request=httpx.Request("GET", "https://api.hubapi.com/")))
    assert len(str(error)) == 2000


@pytest.mark.parametrize(
    ("body", "conflict", "missing", "existing"),
    [
        ({"category": "CONFLICT", "message": "x", "context": {"existingId": ["9"]}}, True, False, "9"),
        ({"category": "CONFLICT", "message": "Contact already exists. Existing ID: 8"}, True, False, "8"),
        (
            {
                "category": "VALIDATION_ERROR",
                "errors": [{"code": "CONFLICTING_UNIQUE_VALUE", "message": "7 already has that value."}],
            },
            True,
            False,
            "7",
        ),
        ({"category": "OBJECT_NOT_FOUND", "message": "gone"}, False, True, ""),
        ({"category": "VALIDATION_ERROR", "message": "no", "context": {"existingId": "6"}}, False, False, "6"),
        ({}, False, False, ""),
    ],
)
def test_a_rows_refusal_is_understood(body: dict[str, Any], conflict: bool, missing: bool, existing: str):
    told = ErrorBody.model_validate(body)
    error = row_error(told)
    assert (is_conflict(error), is_missing(error), existing_id(error, told)) == (conflict, missing, existing)
    assert str(error)

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from crmbridge.connectors.zoho.client.errors import Refusals, duplicates_of, existing_id, is_missing, row_error
from crmbridge.errors import FatalProviderError, RetriableProviderError
from tests.unit.connectors.zoho.conftest import fixture_json, fixture_names


def answered(told: dict[str, Any]) -> httpx.Response:
    body = told["body"] if isinstance(told["body"], str) else json.dumps(told["body"])
    request = httpx.Request("POST", "https://www.zohoapis.com/crm/v8/Contacts")
    return httpx.Response(told["status"], headers=told.get("headers", {}), text=body, request=request)


@pytest.mark.parametrize("name", fixture_names("errors"))
def test_every_refusal_says_what_to_do_next(name: str):
    told = fixture_json("errors", name)
    error = Refusals().read(answered(told))
    want = dict(told["error"])
    assert type(error).__name__ == want.pop("kind")
    assert (error.provider, error.status) == ("zoho", told["status"])
    assert want.pop("words", "") in str(error)
    assert str(error)
    assert {key: getattr(error, key) for key in want} == want


def test_the_rows_of_a_refused_call_are_kept_for_their_own_sake():
    refusals = Refusals()
    refusals.read(answered(fixture_json("errors", "400.row_too_long")))
    assert refusals.rows is not None
    assert refusals.rows[0]["code"] == "INVALID_DATA"
    refusals.read(answered(fixture_json("errors", "403.no_permission")))
    assert refusals.rows is None


def test_a_locked_record_is_tried_again_and_a_wrong_value_is_not():
    assert isinstance(row_error({"code": "RECORD_LOCKED", "message": "locked"}), RetriableProviderError)
    assert isinstance(row_error({"code": "INVALID_DATA", "message": "invalid data"}), FatalProviderError)


@pytest.mark.parametrize(
    ("details", "gone"),
    [
        ({"api_name": "id", "json_path": "$.data[3].id"}, True),
        ({"api_name": "id"}, True),
        ({"api_name": "id", "parent_api_name": "Account_Name", "json_path": "$.data[0].Account_Name.id"}, False),
        ({"api_name": "id", "json_path": "$.data[0].Account_Name.id"}, False),
        ({"api_name": "Email", "json_path": "$.data[0].Email"}, False),
    ],
)
def test_only_the_records_own_id_says_that_it_is_gone(details: dict[str, str], gone: bool):
    assert (
        is_missing({"code": "INVALID_DATA", "message": "the id given seems to be invalid", "details": details}) is gone
    )


def test_the_record_in_the_way_is_read_wherever_zoho_names_it():
    assert existing_id({"duplicate_record": {"id": "7", "module": {"api_name": "Leads"}}}) == "7"
    assert existing_id({"id": "8"}) == "8"
    assert existing_id({"api_name": "Email"}) == ""
    body = fixture_json("errors", "400.two_doubles")["body"]["data"][0]
    assert [each["api_name"] for each in duplicates_of(body)] == ["Email", "CrmBridge_ID"]

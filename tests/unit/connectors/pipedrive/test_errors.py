from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from crmbridge import errors
from crmbridge.connectors.pipedrive.client.errors import is_gone, read_error
from tests.unit.connectors.pipedrive.conftest import fixture_json, fixture_names

KINDS = {
    "fatal": errors.FatalProviderError,
    "expired": errors.AuthorizationExpiredError,
    "quota": errors.RetriableProviderError,
    "retriable": errors.RetriableProviderError,
}


def answered(told: dict[str, Any]) -> httpx.Response:
    body = told["body"] if isinstance(told["body"], str) else json.dumps(told["body"])
    request = httpx.Request(told["method"], "https://acme.pipedrive.com/api/v2/persons")
    return httpx.Response(told["status"], headers=told["headers"], text=body, request=request)


@pytest.mark.parametrize("name", fixture_names("errors"))
def test_every_refusal_says_what_to_do_next(name: str):
    told = fixture_json("errors", name)
    error, want = read_error(answered(told)), told["error"]
    assert type(error) is KINDS[want["kind"]]
    assert (error.provider, error.status, error.code) == ("pipedrive", told["status"], want["code"])
    assert want["words"] in str(error)
    if isinstance(error, errors.RetriableProviderError):
        assert error.is_quota is (want["kind"] == "quota")
        assert error.retry_after_s == want.get("retry_after_s")
        assert error.may_have_applied is want.get("may_have_applied", False)


def test_only_what_is_gone_counts_as_gone():
    gone = {name for name in fixture_names("errors") if is_gone(read_error(answered(fixture_json("errors", name))))}
    assert gone == {"404.lead", "410.deleted"}

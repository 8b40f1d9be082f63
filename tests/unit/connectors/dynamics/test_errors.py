from __future__ import annotations

import json

import httpx
import pytest

from crmbridge.connectors.dynamics.client._errors import part_error, read_error
from crmbridge.errors import AuthorizationExpiredError, FatalProviderError, RetriableProviderError
from tests.unit.connectors.dynamics.conftest import fixture_json, fixture_names

FATAL = {
    "400.too_long", "400.unknown_property", "400.state_pair", "400.delta_expired", "400.plugin", "403.privilege",
    "404.not_found", "404.key", "412.key_violated", "412.etag", "500.duplicate_rule",
}  # fmt: skip
QUOTA = {"429.requests": 30.0, "429.time": 120.0, "429.concurrent": 5.0}
RECONNECT = {"401.empty", "403.stranger"}


def refusal(name: str, method: str = "POST") -> httpx.Response:
    told = fixture_json("errors", name)
    body = told["body"] if isinstance(told["body"], str) else json.dumps(told["body"])
    request = httpx.Request(method, "http://sandbox.test/api/data/v9.2/contacts")
    return httpx.Response(told["status"], text=body, headers=told["headers"], request=request)


@pytest.mark.parametrize("name", fixture_names("errors"))
def test_every_refusal_keeps_its_words_and_says_what_to_do_next(name):
    error = read_error(refusal(name))
    told = fixture_json("errors", name)
    wanted = (
        FatalProviderError
        if name in FATAL
        else AuthorizationExpiredError
        if name in RECONNECT
        else RetriableProviderError
    )
    assert type(error) is wanted
    assert error.status == told["status"]
    if isinstance(told["body"], dict):
        assert told["body"]["error"]["message"] in str(error)
        assert error.code == told["body"]["error"]["code"]
    assert str(error)


@pytest.mark.parametrize("name", QUOTA)
def test_a_limit_says_how_long_to_wait_whole_or_in_a_part(name):
    told = fixture_json("errors", name)
    for error in (read_error(refusal(name)), part_error(told["status"], told["headers"], told["body"])):
        assert isinstance(error, RetriableProviderError)
        assert (error.is_quota, error.retry_after_s, error.may_have_applied) == (True, QUOTA[name], False)


@pytest.mark.parametrize(("name", "method", "may"), [
    ("500.sql_timeout", "POST", True), ("500.sql_timeout", "GET", False),
    ("503.maintenance_page", "PATCH", True), ("403.proxy_page", "POST", False),
])  # fmt: skip
def test_trouble_that_passes_may_have_done_its_work(name, method, may):
    error = read_error(refusal(name, method))
    assert isinstance(error, RetriableProviderError)
    assert error.may_have_applied is may
    assert not error.is_quota


@pytest.mark.parametrize("wait", ["soon", "-1", "", "²"])
def test_a_wait_that_is_no_number_is_none(wait):
    error = part_error(429, {"retry-after": wait}, {"error": {"code": "0x80072322", "message": "x"}})
    assert isinstance(error, RetriableProviderError)
    assert error.retry_after_s is None


@pytest.mark.parametrize("body", [{}, {"error": "x"}, {"error": {}}, {"error": {"code": None}}], ids=str)
def test_a_part_without_words_is_refused_all_the_same(body):
    assert isinstance(part_error(400, {}, body), FatalProviderError)

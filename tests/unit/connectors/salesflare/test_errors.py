"""Recorded refusals become the error that says what to do next."""

from __future__ import annotations

import httpx
import pytest

from crmbridge.connectors.salesflare.client.calls import created_ids
from crmbridge.connectors.salesflare.client.errors import is_missing, is_validation, read_error, refused_row, stuck
from crmbridge.errors import AuthorizationExpiredError, FatalProviderError, RetriableProviderError
from tests.unit.connectors.salesflare.conftest import fixture_json


def answer(
    status: int, *, method: str = "GET", headers: dict[str, str] | None = None, **body: object
) -> httpx.Response:
    request = httpx.Request(method, "https://api.salesflare.com/contacts")
    return httpx.Response(status, request=request, headers=headers, **body)  # type: ignore[arg-type] - json or text


def recorded(name: str, status: int) -> httpx.Response:
    return answer(status, json=fixture_json(f"errors/{name}"))


def test_a_validation_keeps_joi_s_words_and_says_where():
    error = read_error(recorded("400.validation", 400))
    assert isinstance(error, FatalProviderError)
    assert str(error).startswith('"value" must contain at least one of')
    assert error.code == "missing:"
    assert is_validation(error)
    assert refused_row(error) is None


def test_a_validation_of_a_list_names_the_row():
    error = read_error(recorded("400.validation_of_a_row", 400))
    assert error.code == "email:2.email"
    assert refused_row(error) == 2


def test_refusals_without_details_have_hapi_s_reason():
    missing = read_error(recorded("404", 404))
    assert is_missing(missing)
    assert missing.code == "Not Found"
    assert not is_validation(missing)
    assert isinstance(read_error(recorded("401", 401)), AuthorizationExpiredError)


@pytest.mark.parametrize(
    ("headers", "waits_s"),
    [
        ({}, None),
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": "0"}, None),
        ({"retry-after": "Sat, 21 Nov 2026 10:01:00 GMT", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}, 60.0),
        ({"retry-after": "Sat, 21 Nov 2026 10:01:00 GMT"}, None),
        ({"retry-after": "soon", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}, None),
    ],
)
def test_a_quota_is_told_from_a_failure(headers, waits_s):
    error = read_error(answer(429, headers=headers, json=fixture_json("errors/429")))
    assert isinstance(error, RetriableProviderError)
    assert error.is_quota
    assert error.retry_after_s == waits_s


@pytest.mark.parametrize(("method", "lost"), [("GET", False), ("POST", True), ("PUT", True)])
def test_trouble_of_the_vendors_may_have_written(method, lost):
    error = read_error(answer(500, method=method, json=fixture_json("errors/500")))
    assert isinstance(error, RetriableProviderError)
    assert error.may_have_applied is lost


@pytest.mark.parametrize("body", [{"text": "<html>"}, {"json": ["odd"]}, {"json": {"validation": "odd"}}, {"text": ""}])
def test_a_body_of_another_shape_is_survived(body):
    error = read_error(answer(502, **body))
    assert isinstance(error, RetriableProviderError)
    assert "502" in str(error)


def test_a_proxy_s_refusal_is_tried_again_and_salesflare_s_own_is_not():
    assert isinstance(read_error(answer(403, text="<html>")), RetriableProviderError)
    own = read_error(answer(403, json={"statusCode": 403, "error": "Forbidden", "message": "Insufficient scope"}))
    assert isinstance(own, FatalProviderError)


def test_ids_are_read_from_one_row_or_many():
    assert created_ids(fixture_json("answers/contact.created")) == ("276600011",)
    assert created_ids(fixture_json("answers/contacts.created")) == ("276600011", "276600012")
    assert created_ids([{"id": "x"}, None, {"id": True}, {}]) == ()
    assert created_ids(None) == ()
    assert stuck("/contacts").code == "STUCK_PAGINATION"

"""Batches of messages: each fails or succeeds for itself, and every error has one meaning everywhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge import errors
from crmbridge.domain.messages import Ticket
from crmbridge.runtime import _sources
from crmbridge.runtime.doors import add_claims, public_url, webhook_call
from crmbridge.runtime.messages import has_time, work_off
from crmbridge.runtime.outcomes import BUG, OUTCOMES, outcome_of

RETRIABLE = errors.RetriableProviderError("later", provider="acme")
MADE: dict[type[errors.CrmBridgeError], errors.CrmBridgeError] = {
    errors.ConfigurationError: errors.ConfigurationError("x"),
    errors.RequestRejectedError: errors.RequestRejectedError("x"),
    errors.NotFoundError: errors.NotFoundError("x"),
    errors.ForbiddenError: errors.ForbiddenError("x"),
    errors.KeyReusedError: errors.KeyReusedError("x"),
    errors.WebhookRejectedError: errors.WebhookRejectedError("x"),
    errors.SignatureError: errors.SignatureError("x"),
    errors.ProviderError: errors.ProviderError("x", provider="acme"),
    errors.RetriableProviderError: RETRIABLE,
    errors.AuthorizationExpiredError: errors.AuthorizationExpiredError("x", provider="acme"),
    errors.FatalProviderError: errors.FatalProviderError("x", provider="acme"),
    errors.UnavailableError: errors.UnavailableError("x", provider="acme"),
    errors.ConflictError: errors.ConflictError("x"),
    errors.LeaseHeldError: errors.LeaseHeldError("x", retry_after_s=1),
}
MEANT = {
    errors.ConfigurationError: (500, "retry"),
    errors.RequestRejectedError: (400, "drop"),
    errors.NotFoundError: (404, "drop"),
    errors.ForbiddenError: (403, "drop"),
    errors.KeyReusedError: (422, "drop"),
    errors.WebhookRejectedError: (400, "drop"),
    errors.SignatureError: (401, "drop"),
    errors.ProviderError: (502, "retry"),
    errors.RetriableProviderError: (503, "retry"),
    errors.AuthorizationExpiredError: (409, "drop"),
    errors.FatalProviderError: (422, "drop"),
    errors.UnavailableError: (422, "drop"),
    errors.ConflictError: (409, "retry"),
    errors.LeaseHeldError: (409, "retry"),
}


def tree(kind: type[errors.CrmBridgeError] = errors.CrmBridgeError) -> set[type[errors.CrmBridgeError]]:
    """Return the errors of the house; a connector may refine one of them for its own use."""
    found = {each for child in kind.__subclasses__() for each in (child, *tree(child))}
    return {each for each in found if each.__module__ == errors.__name__}


# ------------------------------------------------------------------------------------------------ errors


def test_every_error_of_the_tree_is_made_here():
    assert tree() == set(MADE) == set(MEANT)


@pytest.mark.parametrize("kind", MADE, ids=lambda kind: kind.__name__)
def test_every_error_has_its_own_status_and_fate(kind):
    outcome = outcome_of(MADE[kind])
    assert (outcome.status, outcome.message) == MEANT[kind]
    assert outcome is not BUG


def test_a_connectors_own_kind_of_an_error_means_what_the_error_means():
    kind = type("RowsRefusedError", (errors.FatalProviderError,), {})
    assert outcome_of(kind("x", provider="acme")) == outcome_of(MADE[errors.FatalProviderError])


def test_no_two_errors_are_counted_under_one_name():
    assert len({outcome.metric for _, outcome in OUTCOMES} | {BUG.metric}) == len(OUTCOMES) + 1


@pytest.mark.parametrize("error", [KeyError("x"), RuntimeError("x"), MemoryError()])
def test_anything_else_is_our_own_bug_and_comes_back(error):
    assert outcome_of(error) == BUG
    assert (BUG.status, BUG.message) == (500, "retry")


# ------------------------------------------------------------------------------------------------ batches


def batch(*bodies: Any) -> dict[str, Any]:
    texts = [each if isinstance(each, str) else json.dumps(each) for each in bodies]
    return {"Records": [{"messageId": str(number), "body": text} for number, text in enumerate(texts)]}


def failed(answer: dict[str, Any]) -> set[str]:
    return {each["itemIdentifier"] for each in answer["batchItemFailures"]}


@given(st.lists(st.sampled_from(["ok", "drop", "retry", "bug", "bad"]), max_size=10))
def test_exactly_the_messages_that_may_succeed_later_come_back(fates):
    raised = {"drop": MADE[errors.FatalProviderError], "retry": RETRIABLE, "bug": ValueError("data")}
    done: list[str] = []

    def work(item: str) -> None:
        fate, _, _ = item.partition("#")
        if fate in raised:
            raise raised[fate]
        done.append(item)

    bodies = ["{" if fate == "bad" else {"say": f"{fate}#{number}"} for number, fate in enumerate(fates)]
    answer = work_off(batch(*bodies), read=lambda body: body["say"], work=work)
    assert failed(answer) == {str(number) for number, fate in enumerate(fates) if fate in ("retry", "bug", "bad")}
    assert done == [f"ok#{number}" for number, fate in enumerate(fates) if fate == "ok"]


def test_the_same_request_ten_times_is_worked_off_once():
    seen = []
    ticket = Ticket("acme", "int_a", "contact")
    answer = work_off(batch(*[ticket.to_json()] * 10), read=Ticket.from_json, work=seen.append)
    assert (answer, seen) == ({"batchItemFailures": []}, [ticket])


def test_when_folded_work_fails_all_its_messages_come_back_and_no_others():
    tickets = [Ticket("acme", f"int_{each}", "contact") for each in ("a", "b", "a")]

    def work(ticket: Ticket) -> None:
        if ticket.integration_id == "int_a":
            raise RETRIABLE

    assert failed(work_off(batch(*(each.to_json() for each in tickets)), read=Ticket.from_json, work=work)) == {
        "0",
        "2",
    }


def test_an_empty_batch_is_no_work():
    assert work_off({"Records": []}, read=Ticket.from_json, work=lambda _: None) == {"batchItemFailures": []}


class Context:
    function_name = "f"
    aws_request_id = "r"

    def __init__(self, *left_ms: int) -> None:
        self._left = list(left_ms)

    def get_remaining_time_in_millis(self) -> int:
        return self._left.pop(0)


def test_work_goes_on_while_time_is_left_and_ends_before_it_is_out():
    more = has_time(Context(60_000, 59_000, 1_000))
    assert [more(), more()] == [True, False]


# ------------------------------------------------------------------------------------------------ ids and doors


def test_ids_are_unique_ascending_and_of_one_form():
    made = [_sources.new_id("con") for _ in range(2000)]
    assert len(set(made)) == 2000
    assert {len(each) for each in made} == {30}
    assert [each[:14] for each in made] == sorted(each[:14] for each in made)
    assert set("".join(each[4:] for each in made)) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_secrets_are_long_url_safe_and_never_the_same():
    made = {_sources.secret() for _ in range(100)}
    assert len(made) == 100
    assert {len(each) for each in made} == {43}


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        ({"host": "api.example.com"}, "https://api.example.com"),
        ({"host": "127.0.0.1:58607", "x-forwarded-proto": "http"}, "http://127.0.0.1:58607"),
        ({}, "https://gateway.test"),
        (None, "https://gateway.test"),
    ],
)
def test_the_public_url_is_the_one_the_caller_used(headers, url):
    assert public_url({"headers": headers, "requestContext": {"domainName": "gateway.test"}}) == url


def test_a_webhook_call_keeps_the_address_with_its_query_and_the_raw_bytes():
    event = {
        "headers": {"Host": "x", "host": "api.example.com"},
        "rawPath": "/webhooks/hubspot",
        "rawQueryString": "a=1&b=%2F",
        "requestContext": {"http": {"method": "post"}},
        "body": "Zoë",
    }
    call = webhook_call(event)
    assert (call.method, call.url) == ("POST", "https://api.example.com/webhooks/hubspot?a=1&b=%2F")
    assert call.body == "Zoë".encode()


@pytest.mark.parametrize(
    ("attributes", "claims"),
    [
        ({"custom:workspace": "acme", "custom:role": "admin"}, {"workspace": "acme", "role": "admin"}),
        ({"custom:workspace": "acme", "custom:role": "owner"}, {"workspace": "acme", "role": "viewer"}),
        ({"custom:workspace": "acme"}, {"workspace": "acme", "role": "viewer"}),
        ({}, {"workspace": "", "role": "viewer"}),
    ],
)
def test_a_person_gets_no_more_than_the_user_pool_says(attributes, claims):
    answer = add_claims({"request": {"userAttributes": attributes}})["response"]["claimsAndScopeOverrideDetails"]
    for token in ("idTokenGeneration", "accessTokenGeneration"):
        assert answer[token] == {"claimsToAddOrOverride": claims}


def test_a_person_without_attributes_gets_no_workspace():
    answer = add_claims({"request": {}})["response"]["claimsAndScopeOverrideDetails"]
    assert answer["idTokenGeneration"]["claimsToAddOrOverride"] == {"workspace": "", "role": "viewer"}

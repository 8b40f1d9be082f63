"""Whatever comes to an open door or lies in a queue: no exception, no 500, and nothing that cannot be written down."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.functional.attacks.genuine import BUILDERS, FORM, JSON, Sent, Told, deliver, genuine, signed
from tests.functional.rehearsal import FOLDERS, Context
from tests.functional.test_any_request import junk, texts

some = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
REFUSED = {400, 401, 404}
odd_texts = st.one_of(texts, st.text(st.characters(codec=None), max_size=12), st.just("\ud83d"), st.just("]]>"))
odd = st.one_of(junk, odd_texts, st.integers(-(10**40), 10**40), st.lists(odd_texts, max_size=3))


def _with(value: Any, replaced: Any, dice: st.DataObject) -> Any:
    """Return JSON with another value somewhere in it."""
    if isinstance(value, dict) and value and dice.draw(st.booleans()):
        key = dice.draw(st.sampled_from(sorted(value)))
        return {**value, key: _with(value[key], replaced, dice)}
    if isinstance(value, list) and value and dice.draw(st.booleans()):
        place = dice.draw(st.integers(0, len(value) - 1))
        return [*value[:place], _with(value[place], replaced, dice), *value[place + 1 :]]
    return replaced


def _changed(sent: Sent, dice: st.DataObject) -> str:
    """Return a genuine body with something else somewhere in it."""
    if sent.headers["content-type"] == JSON:
        return json.dumps(_with(json.loads(sent.body), dice.draw(odd), dice))
    if sent.headers["content-type"] == FORM:
        pairs = [(key, dice.draw(texts) if dice.draw(st.booleans()) else value) for key, value in parse_qsl(sent.body)]
        pairs += [(dice.draw(st.sampled_from(["leads[add][0][id]", "a[", "[]", "x" * 70])), dice.draw(texts))]
        return urlencode(pairs, errors="replace")
    places = [each.span() for each in re.finditer(r">([^<]+)<", sent.body)]
    start, end = dice.draw(st.sampled_from(places))
    words = dice.draw(odd_texts).replace("\ud83d", "")
    return f"{sent.body[: start + 1]}{words}{sent.body[end - 1 :]}"


def _clear(house: Any) -> None:
    """See that what was queued can be written down, and take it away."""
    for message in house.queues.messages:
        json.dumps(message.content.to_json(), ensure_ascii=False).encode()
        house.queues.acknowledge(message)


@pytest.mark.parametrize("crm", BUILDERS)
@some
@given(dice=st.data())
def test_no_webhook_of_any_shape_is_answered_with_a_mistake_of_ours(fortress, crm, dice):
    sent = genuine(fortress, crm, Told(dice.draw(st.integers(1, 4))))
    changed = Sent(crm, sent.path, sent.headers, _changed(sent, dice))
    answer = deliver(fortress, signed(fortress, changed) if crm == "hubspot" else changed)
    assert answer["statusCode"] in REFUSED | {200}, (changed, answer)
    _clear(fortress)


@pytest.mark.parametrize("crm", BUILDERS)
@some
@given(dice=st.data())
def test_no_call_without_a_proof_queues_anything(fortress, crm, dice):
    headers = dice.draw(st.dictionaries(st.text("abcxyz-", min_size=1, max_size=12), texts, max_size=4))
    body = dice.draw(st.one_of(odd_texts, junk.map(json.dumps), st.just(genuine(fortress, crm).body)))
    path = f"/webhooks/{crm}" if crm == "hubspot" else f"/webhooks/{crm}/{dice.draw(st.text('ab01', max_size=43))}"
    answer = deliver(fortress, Sent(crm, path, headers, body, is_base64=dice.draw(st.booleans())))
    assert answer["statusCode"] in REFUSED, answer
    assert fortress.queues.messages == []


@some
@given(
    query=st.dictionaries(st.sampled_from(["code", "state", "error", "error_description", "x"]), odd_texts), crm=texts
)
def test_no_way_back_from_consent_is_answered_with_a_mistake_of_ours(fortress, query, crm):
    event = fortress.event("GET", "/auth/x/callback", pathParameters={"crm": crm}, queryStringParameters=query)
    page = fortress.handlers["finish_oauth"](event, Context())
    assert page["statusCode"] in (400, 404), page
    assert "<script" not in page["body"]


@pytest.mark.parametrize("queue", FOLDERS)
@some
@given(bodies=st.lists(st.one_of(odd_texts, junk.map(json.dumps)), min_size=1, max_size=3))
def test_a_message_that_nobody_wrote_comes_back_until_it_is_put_aside(fortress, queue, bodies):
    records = [{"messageId": f"m{number}", "body": body} for number, body in enumerate(bodies)]
    answer = fortress.handlers[FOLDERS[queue]]({"Records": records}, Context())
    assert {each["itemIdentifier"] for each in answer["batchItemFailures"]} == {each["messageId"] for each in records}
    assert fortress.queues.messages == []


@some
@given(attributes=st.dictionaries(st.sampled_from(["custom:workspace", "custom:role", "email", "role"]), odd_texts))
def test_whoever_signs_in_gets_a_role_that_exists(fortress, attributes):
    event = {"request": {"userAttributes": attributes}, "response": {}}
    given_claims = fortress.handlers["add_claims"](event, Context())["response"]["claimsAndScopeOverrideDetails"]
    for token in ("idTokenGeneration", "accessTokenGeneration"):
        claims = given_claims[token]["claimsToAddOrOverride"]
        assert claims["role"] in ("viewer", "operator", "admin")
        assert claims["workspace"] == attributes.get("custom:workspace", "")

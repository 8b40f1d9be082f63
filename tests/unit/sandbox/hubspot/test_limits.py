"""Rate limits: who is counted, when windows open, and the two shapes of 429."""

from __future__ import annotations

import httpx
import pytest

CONTACTS = "/crm/v3/objects/contacts"


@pytest.fixture
def limit(api):
    def limit(**limits) -> None:
        api.post("/_sandbox/limits", json=limits).raise_for_status()

    return limit


def test_a_burst_is_refused_until_the_window_moves(api, limit, advance) -> None:
    limit(private_burst=3)
    answers = [api.get(CONTACTS) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers.get("X-HubSpot-RateLimit-Remaining") for answer in answers[:3]] == ["2", "1", "0"]
    body = answers[3].json()
    assert (body["errorType"], body["policyName"]) == ("RATE_LIMIT", "TEN_SECONDLY_ROLLING")
    assert "category" not in body
    assert "Retry-After" not in answers[3].headers
    advance(10)
    assert api.get(CONTACTS).status_code == 200


def test_the_vendors_limits_are_the_defaults(api) -> None:
    headers = api.get(CONTACTS).headers
    assert headers["X-HubSpot-RateLimit-Max"] == "190"
    assert headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    assert headers["X-HubSpot-RateLimit-Daily-Remaining"] == "624999"


def test_searches_have_a_limit_and_a_shape_of_their_own(api, advance) -> None:
    answers = [api.post(f"{CONTACTS}/search", json={}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[5].json()["category"] == "RATE_LIMITS"
    assert answers[5].json()["message"] == "You have reached your secondly limit."
    names = {name.lower() for name in answers[5].headers if name.lower().startswith("x-hubspot")}
    assert names == {"x-hubspot-ratelimit-daily", "x-hubspot-ratelimit-daily-remaining"}
    assert api.get(CONTACTS).status_code == 200
    advance(1)
    assert api.post(f"{CONTACTS}/search", json={}).status_code == 200


def test_the_day_ends_at_midnight_of_the_account(api, limit, advance) -> None:
    limit(daily=2)
    assert [api.get(CONTACTS).status_code for _ in range(3)] == [200, 200, 429]
    assert api.get(CONTACTS).json()["policyName"] == "DAILY"
    advance(16 * 3600 - 1)
    assert api.get(CONTACTS).status_code == 429
    advance(1)
    assert api.get(CONTACTS).status_code == 200


def test_oauth_calls_tell_nothing_of_the_day(app, api, limit) -> None:
    token = app.crm._portal.tokens._issue(_grant(app))["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url="http://sandbox.test", transport=httpx.WSGITransport(app=app)) as client:
        answer = client.get(CONTACTS, headers=headers)
    assert answer.headers["X-HubSpot-RateLimit-Max"] == "110"
    assert "X-HubSpot-RateLimit-Daily" not in answer.headers


def test_control_calls_are_not_limited(api, limit) -> None:
    limit(private_burst=1)
    assert all(api.get("/_sandbox/clock").status_code == 200 for _ in range(5))


def _grant(app):
    tokens = app.crm._portal.tokens
    code = tokens.new_code(redirect_uri="https://a.example", scopes=("crm.objects.contacts.read",))
    given = tokens.exchange(code, "https://a.example")
    return tokens._grants[given["refresh_token"]]

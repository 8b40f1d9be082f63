"""OAuth: consent, codes, tokens, scopes, expiry and withdrawal."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

REDIRECT = "https://app.example.com/callback"
CONTACTS = "/crm/v3/objects/contacts"


def _ask(app, **changes):
    asked = {
        "client_id": app.credentials["client_id"],
        "redirect_uri": REDIRECT,
        "scope": "oauth crm.objects.contacts.read",
        "state": "st",
    }
    return asked | changes


def _decide(anyone, app, decision="grant", **changes):
    page = anyone.get("/oauth/authorize", params=_ask(app, **changes))
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
    answer = anyone.post("/oauth/authorize", data=fields | {"decision": decision})
    return parse_qs(urlsplit(answer.headers["location"]).query)


def _token(anyone, app, path="/oauth/v3/token", **form):
    pair = {name: app.credentials[name] for name in ("client_id", "client_secret")}
    return anyone.post(path, data=pair | form)


@pytest.fixture
def given(anyone, app):
    code = _decide(anyone, app)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    return _token(anyone, app, **form).raise_for_status().json()


def _bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_a_refused_consent_says_so_and_keeps_the_state(anyone, app) -> None:
    assert _decide(anyone, app, decision="deny") == {
        "error": ["access_denied"],
        "error_description": ["The user denied access"],
        "state": ["st"],
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "other"},
        {"scope": ""},
        {"scope": "crm.objects.dragons.read"},
        {"redirect_uri": "http://evil.example.com"},
    ],
)
def test_a_wrong_request_for_consent_gets_a_page_and_no_redirect(anyone, app, changes) -> None:
    answer = anyone.get("/oauth/authorize", params=_ask(app, **changes))
    assert answer.status_code == 400
    assert "<form" not in answer.text
    assert anyone.post("/oauth/authorize", data=_ask(app, **changes) | {"decision": "grant"}).status_code == 400


@pytest.mark.parametrize("base", ["/oauth/v1", "/oauth/v3", "/oauth/2026-03", "/oauth/2026-09"])
def test_every_spelling_of_the_token_endpoint_answers_the_same(anyone, app, base) -> None:
    code = _decide(anyone, app)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    answer = _token(anyone, app, f"{base}/token", **form).json()
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 1800)
    assert answer["hub_id"] == app.credentials["portal_id"]
    assert answer["scopes"] == ["oauth", "crm.objects.contacts.read"]


def test_a_code_works_once_for_its_redirect_and_for_five_minutes(anyone, app, advance) -> None:
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT}
    code = _decide(anyone, app)["code"][0]
    wrong = _token(anyone, app, **form | {"redirect_uri": "https://other.example.com"}, code=code)
    assert wrong.json()["status"] == "BAD_REDIRECT_URI"
    assert _token(anyone, app, **form, code=code).status_code == 200
    assert _token(anyone, app, **form, code=code).json()["status"] == "BAD_AUTH_CODE"
    late = _decide(anyone, app)["code"][0]
    advance(301)
    assert _token(anyone, app, **form, code=late).json()["status"] == "BAD_AUTH_CODE"


def test_parameters_in_the_query_are_refused(anyone, app, given) -> None:
    pair = {name: app.credentials[name] for name in ("client_id", "client_secret")}
    asked = pair | {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    assert anyone.post("/oauth/v3/token", params=asked).status_code == 400
    assert anyone.post("/oauth/v3/token", json=asked).status_code == 415


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"client_id": "x"}, "BAD_CLIENT_ID"),
        ({"client_secret": "x"}, "BAD_CLIENT_SECRET"),
        ({"grant_type": "password"}, "BAD_GRANT_TYPE"),
        ({"refresh_token": "x"}, "BAD_REFRESH_TOKEN"),
    ],
)
def test_wrong_token_requests_are_refused_in_the_endpoints_own_shape(anyone, app, given, changes, status) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    answer = _token(anyone, app, **form | changes)
    body = answer.json()
    assert (answer.status_code, body["status"]) == (400, status)
    assert set(body) == {"status", "message", "error", "error_description"}


def test_an_access_token_ends_after_half_an_hour_and_a_refresh_helps(anyone, app, given, advance) -> None:
    assert anyone.get(CONTACTS, headers=_bearer(given["access_token"])).status_code == 200
    advance(1875)
    body = anyone.get(CONTACTS, headers=_bearer(given["access_token"])).json()
    assert body["category"] == "EXPIRED_AUTHENTICATION"
    assert body["message"].endswith("expired 75 second(s) ago.")
    assert body["context"]["expire time"] == ["2026-05-01T12:30:00Z"]
    fresh = _token(anyone, app, grant_type="refresh_token", refresh_token=given["refresh_token"]).json()
    assert fresh["refresh_token"] == given["refresh_token"]
    assert anyone.get(CONTACTS, headers=_bearer(fresh["access_token"])).status_code == 200


def test_refresh_tokens_rotate_if_the_option_says_so(anyone, app, given) -> None:
    anyone.post("/_sandbox/options", json={"rotate_refresh_tokens": True}).raise_for_status()
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    fresh = _token(anyone, app, **form).json()
    assert fresh["refresh_token"] != given["refresh_token"]
    assert _token(anyone, app, **form).status_code == 400


def test_control_expires_and_revokes_tokens(anyone, app, given) -> None:
    headers = _bearer(given["access_token"])
    anyone.post("/_sandbox/tokens", json={"action": "expire"}).raise_for_status()
    assert anyone.get(CONTACTS, headers=headers).json()["category"] == "EXPIRED_AUTHENTICATION"
    anyone.post("/_sandbox/tokens", json={"action": "revoke"}).raise_for_status()
    assert anyone.get(CONTACTS, headers=headers).json()["category"] == "INVALID_AUTHENTICATION"
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    assert _token(anyone, app, **form).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic abc"])
def test_a_call_without_a_valid_token_is_refused(anyone, header) -> None:
    answer = anyone.get(CONTACTS, headers={"Authorization": header})
    assert (answer.status_code, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")


def test_a_missing_scope_is_named(anyone, given) -> None:
    answer = anyone.post(CONTACTS, json={"properties": {"lastname": "X"}}, headers=_bearer(given["access_token"]))
    assert (answer.status_code, answer.json()["category"]) == (403, "MISSING_SCOPES")
    assert answer.json()["context"]["requiredGranularScopes"] == ["crm.objects.contacts.write"]


def test_introspection_tells_both_kinds_of_token(anyone, app, given) -> None:
    path = "/oauth/v3/token/introspect"
    access = _token(anyone, app, path, token=given["access_token"]).json()
    refresh = _token(anyone, app, path, token=given["refresh_token"]).json()
    assert (access["token_use"], access["expires_in"]) == ("access_token", 1800)
    assert refresh["token_use"] == "refresh_token"
    assert _token(anyone, app, path, token="other").json() == {"active": False}


def test_a_revoked_refresh_token_leaves_access_tokens_alive(anyone, app, given) -> None:
    assert anyone.delete(f"/oauth/v1/refresh-tokens/{given['refresh_token']}").status_code == 204
    assert anyone.get(CONTACTS, headers=_bearer(given["access_token"])).status_code == 200
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    assert _token(anyone, app, **form).status_code == 400


def test_uninstalling_ends_all_tokens_of_the_app(anyone, app, given) -> None:
    headers = _bearer(given["access_token"])
    assert anyone.delete("/appinstalls/v3/external-install", headers=headers).status_code == 204
    assert anyone.get(CONTACTS, headers=headers).status_code == 401


def test_the_token_tells_its_account(anyone, given) -> None:
    for path in ("/account-info/v3/details", "/account-info/2026-03/details"):
        body = anyone.get(path, headers=_bearer(given["access_token"])).json()
        assert body["portalId"] == given["hub_id"]


LEADS = "crm.objects.leads.read"


def _scopes(anyone, app, **changes):
    code = _decide(anyone, app, **changes)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    return _token(anyone, app, **form).json()["scopes"]


def test_optional_scopes_that_an_account_cannot_grant_are_left_out(anyone, app) -> None:
    assert LEADS in _scopes(anyone, app, optional_scope=LEADS)
    anyone.post("/_sandbox/options", json={"sales_hub": "starter"}).raise_for_status()
    assert _scopes(anyone, app, optional_scope=LEADS) == ["oauth", "crm.objects.contacts.read"]


def test_required_scopes_that_an_account_cannot_grant_end_on_the_page(anyone, app) -> None:
    anyone.post("/_sandbox/options", json={"sales_hub": "starter"}).raise_for_status()
    page = anyone.get("/oauth/authorize", params=_ask(app, scope=f"oauth {LEADS}"))
    assert (page.status_code, LEADS in page.text) == (400, True)

from __future__ import annotations

import pytest

from tests.unit.sandbox_zoho.conftest import BASE_URL, Api

BACK = "https://app.example.com/back"


def test_tokens_are_given_for_a_code_once(api: Api):
    code = api.code()
    told = api.token(grant_type="authorization_code", code=code, redirect_uri=BACK)
    assert told["api_domain"] == BASE_URL
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 3600)
    assert api.token(grant_type="authorization_code", code=code, redirect_uri=BACK) == {"error": "invalid_code"}


def test_a_refusal_comes_with_status_200(api: Api):
    answer = api.http.post(f"{BASE_URL}/oauth/v2/token", data={"client_id": "x"})
    assert (answer.status_code, answer.json()) == (200, {"error": "invalid_client"})
    assert api.token(grant_type="authorization_code", code="x", client_secret="y") == {"error": "invalid_client_secret"}


def test_a_code_ends_and_belongs_to_its_redirect_address(api: Api):
    code = api.code()
    assert api.token(grant_type="authorization_code", code=code, redirect_uri="https://else.example")["error"]
    code = api.code()
    api.control("clock", {"advance_s": 121})
    assert api.token(grant_type="authorization_code", code=code, redirect_uri=BACK) == {"error": "invalid_code"}


def test_without_offline_access_there_is_no_refresh_token(api: Api):
    assert "refresh_token" not in api.connect(access_type="online")


def test_a_refresh_token_stays_and_gives_ten_access_tokens_in_ten_minutes(api: Api):
    refresh = api.connect()["refresh_token"]
    answers = [api.token(grant_type="refresh_token", refresh_token=refresh) for _ in range(11)]
    assert all("refresh_token" not in each for each in answers)
    assert all("access_token" in each for each in answers[:10])
    assert "too many requests" in answers[10]["error_description"]
    api.control("clock", {"advance_s": 601})
    assert "access_token" in api.token(grant_type="refresh_token", refresh_token=refresh)


def test_the_twenty_first_refresh_token_ends_the_first(api: Api):
    first = api.connect()["refresh_token"]
    for _ in range(20):
        api.connect()
    assert api.token(grant_type="refresh_token", refresh_token=first) == {"error": "invalid_code"}


def test_revoking_ends_access_too(api: Api):
    refresh = api.connect()["refresh_token"]
    url = f"{BASE_URL}/oauth/v2/token/revoke"
    assert api.http.post(url, params={"token": refresh}).json() == {"status": "success"}
    assert api.http.post(url, params={"token": refresh}).status_code == 400
    assert api.call("GET", "/org").status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "zoho-oauthtoken", "Zoho-oauthtoken  "])
def test_only_zohos_own_scheme_is_taken(api: Api, scheme: str):
    token = api.http.headers["Authorization"].split()[1]
    answer = api.call("GET", "/org", headers={"Authorization": f"{scheme} {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_TOKEN")


def test_an_access_token_lives_for_an_hour(api: Api):
    assert "x-accesstoken-reset" in api.call("GET", "/org").headers
    api.control("clock", {"advance_s": 3_601})
    assert api.call("GET", "/org").status_code == 401


def test_a_call_needs_its_scope(api: Api):
    api.connect(scope="ZohoCRM.modules.contacts.READ")
    assert api.call("GET", "/Contacts", params={"fields": "id"}).status_code == 204
    for method, path in (("POST", "/Contacts"), ("GET", "/Deals"), ("GET", "/org"), ("GET", "/Contacts/search")):
        assert api.call(method, path).json()["code"] == "OAUTH_SCOPE_MISMATCH"


def test_scopes_are_separated_by_commas(api: Api):
    args = {"client_id": api.app.credentials["client_id"], "response_type": "code", "redirect_uri": BACK}
    page = api.http.get(f"{BASE_URL}/oauth/v2/auth", params={**args, "scope": "ZohoCRM.org.READ ZohoCRM.users.READ"})
    assert page.status_code == 400

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.sandbox_pipedrive.conftest import URL, Desk

REDIRECT = "https://app.example.com/back"


def code(desk: Desk) -> str:
    form = {"client_id": desk.app.credentials["client_id"], "redirect_uri": REDIRECT, "state": "s", "decision": "grant"}
    answer = desk.http.post("/oauth/authorize", data=form)
    return httpx.URL(answer.headers["location"]).params["code"]


def ask(desk: Desk, **form: str) -> httpx.Response:
    secrets = desk.app.credentials
    return desk.http.post("/oauth/token", data=form, auth=(secrets["client_id"], secrets["client_secret"]))


def trade(desk: Desk) -> dict[str, Any]:
    return ask(desk, grant_type="authorization_code", code=code(desk), redirect_uri=REDIRECT).raise_for_status().json()


def me(desk: Desk, token: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    return httpx.Client(transport=httpx.WSGITransport(app=desk.app), base_url=URL).get("/v1/users/me", headers=headers)


def test_denying_brings_no_code(desk: Desk):
    form = {"client_id": desk.app.credentials["client_id"], "redirect_uri": REDIRECT, "decision": "deny"}
    answer = desk.http.post("/oauth/authorize", data=form)
    assert httpx.URL(answer.headers["location"]).params == httpx.QueryParams({"error": "user_denied"})


@pytest.mark.parametrize("late_s", [299, 301])
def test_a_code_lives_five_minutes(desk: Desk, late_s: int):
    given = code(desk)
    desk.control("/clock", {"advance_s": late_s})
    answer = ask(desk, grant_type="authorization_code", code=given, redirect_uri=REDIRECT)
    assert answer.status_code == (200 if late_s < 300 else 400)


def test_an_access_token_lives_an_hour_and_a_refresh_token_sixty_days_from_its_last_use(desk: Desk):
    tokens = trade(desk)
    assert me(desk, tokens["access_token"]).status_code == 200
    desk.control("/clock", {"advance_s": 3600})
    expired = me(desk, tokens["access_token"])
    assert (expired.status_code, expired.json()["error"]) == (401, "Invalid token: `access_token` is invalid")
    for days in (59, 59):
        desk.control("/clock", {"advance_s": days * 86_400})
        fresh = ask(desk, grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
        assert fresh["refresh_token"] == tokens["refresh_token"]
    desk.control("/clock", {"advance_s": 61 * 86_400})
    dead = ask(desk, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert (dead.status_code, dead.json()["message"]) == (400, "Invalid grant: `refresh_token` is invalid")


def test_the_app_proves_itself_by_basic_authentication_only(desk: Desk):
    secrets = desk.app.credentials
    form = {
        "grant_type": "refresh_token",
        "refresh_token": "x",
        **{k: secrets[k] for k in ("client_id", "client_secret")},
    }
    assert desk.http.post("/oauth/token", data=form).json()["error"] == "invalid_client"
    assert desk.http.post("/oauth/token", data=form, auth=(secrets["client_id"], "wrong")).status_code == 401


def test_revoking_the_refresh_token_ends_everything_and_an_access_token_only_itself(desk: Desk):
    tokens = trade(desk)
    secrets = desk.app.credentials
    auth = (secrets["client_id"], secrets["client_secret"])
    desk.http.post("/oauth/revoke", data={"token": tokens["access_token"]}, auth=auth).raise_for_status()
    assert me(desk, tokens["access_token"]).status_code == 401
    fresh = ask(desk, grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
    desk.http.post("/oauth/revoke", data={"token": tokens["refresh_token"]}, auth=auth).raise_for_status()
    assert me(desk, fresh["access_token"]).status_code == 401
    assert ask(desk, grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code == 400


def test_an_api_token_comes_by_header_or_by_query_and_v2_has_one_prefix(desk: Desk):
    bare = httpx.Client(transport=httpx.WSGITransport(app=desk.app), base_url=URL)
    token = desk.app.credentials["api_token"]
    assert bare.get("/v1/users/me").status_code == 401
    assert bare.get("/v1/users/me", params={"api_token": token}).status_code == 200
    assert bare.get("/api/v1/users/me", headers={"x-api-token": token}).status_code == 200
    assert bare.get("/api/v2/persons", headers={"x-api-token": token}).status_code == 200
    assert bare.get("/v2/persons", headers={"x-api-token": token}).status_code == 404
    assert bare.get("/v1/users/me", headers={"authorization": f"Bearer {token}"}).status_code == 401

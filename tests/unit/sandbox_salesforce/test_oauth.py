from __future__ import annotations

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from sandbox import SandboxApp
from tests.unit.sandbox_salesforce.org_client import DATA, OrgClient

CALLBACK = "http://127.0.0.1:9/callback"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def secrets(app: SandboxApp) -> dict[str, Any]:
    return app.credentials


def _ask(secrets: dict[str, Any], **changes: str) -> dict[str, str]:
    asked = {
        "response_type": "code",
        "client_id": secrets["client_id"],
        "redirect_uri": CALLBACK,
        "state": "s 1",
        "scope": "api refresh_token",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in {**asked, **changes}.items() if value}


def _consent(org: httpx.Client, secrets: dict[str, Any], decision: str = "grant") -> dict[str, list[str]]:
    page = org.get("/services/oauth2/authorize", params=_ask(secrets))
    assert page.status_code == 200
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)">', page.text))
    action = re.search(r'action="([^"]+)"', page.text)
    assert action is not None
    sent = org.post(action[1], data={**fields, "decision": decision})
    assert sent.status_code == 302
    location = urlsplit(sent.headers["Location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == CALLBACK
    return parse_qs(location.query)


def _token(org: httpx.Client, secrets: dict[str, Any], **form: str) -> httpx.Response:
    named = {name: secrets[name] for name in ("client_id", "client_secret")}
    return org.post("/services/oauth2/token", data={**named, **form})


def _exchange(org: httpx.Client, secrets: dict[str, Any], **changes: str) -> httpx.Response:
    code = _consent(org, secrets)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return _token(org, secrets, **{**form, **changes})


def _refresh(org: httpx.Client, secrets: dict[str, Any], token: str) -> httpx.Response:
    return _token(org, secrets, grant_type="refresh_token", refresh_token=token)


def _error(answer: httpx.Response) -> str:
    assert answer.status_code == 400, answer.text
    return answer.json()["error"]


def _works(org: httpx.Client, access_token: str) -> bool:
    answer = org.get(f"{DATA}/limits", headers={"Authorization": f"Bearer {access_token}"})
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


def test_a_person_consents_and_the_code_becomes_tokens_without_expires_in(org: OrgClient, secrets: dict):
    back = _consent(org, secrets)
    assert back["state"] == ["s 1"]
    answer = _exchange(org, secrets).json()
    assert {"access_token", "refresh_token", "instance_url", "id", "signature", "issued_at"} <= set(answer)
    assert "expires_in" not in answer
    assert answer["token_type"] == "Bearer"
    assert _works(org, answer["access_token"])
    who = org.get(answer["id"], headers={"Authorization": f"Bearer {answer['access_token']}"}).json()
    assert (who["organization_id"], who["username"]) == (secrets["organization_id"], secrets["username"])
    info = org.get("/services/oauth2/userinfo", headers={"Authorization": f"Bearer {answer['access_token']}"})
    assert info.json()["user_id"] == secrets["user_id"]


def test_a_person_may_refuse(org: OrgClient, secrets: dict):
    assert _consent(org, secrets, "deny")["error"] == ["access_denied"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": f"{CALLBACK}/"}, "redirect_uri_mismatch"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "wrong"}, "invalid_client_id"),
        ({"code": "wrong"}, "invalid_grant"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
    ],
)
def test_an_exchange_that_does_not_fit_is_refused(org: OrgClient, secrets: dict, changes: dict, error: str):
    assert _error(_exchange(org, secrets, **changes)) == error


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"client_id": "wrong"}, 400),
        ({"redirect_uri": "http://attacker.example/cb"}, 400),
        ({"code_challenge": ""}, 302),
        ({"code_challenge_method": "plain"}, 302),
        ({"response_type": "token"}, 302),
        ({"scope": "api everything"}, 302),
    ],
)
def test_a_request_that_does_not_fit_never_reaches_consent(org: OrgClient, secrets: dict, changes: dict, status: int):
    answer = org.get("/services/oauth2/authorize", params=_ask(secrets, **changes))
    assert answer.status_code == status
    if status == 302:
        assert answer.headers["Location"].startswith(f"{CALLBACK}?error=")


def test_registered_callbacks_must_match_to_the_letter(org: OrgClient, secrets: dict):
    org.switch(redirect_uris=["https://app.example/cb"])
    assert org.get("/services/oauth2/authorize", params=_ask(secrets)).status_code == 400
    asked = _ask(secrets, redirect_uri="https://app.example/cb")
    assert org.get("/services/oauth2/authorize", params=asked).status_code == 200


def test_a_code_works_once_and_its_second_use_ends_the_first_tokens(org: OrgClient, secrets: dict):
    code = _consent(org, secrets)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    tokens = _token(org, secrets, **form).json()
    assert _error(_token(org, secrets, **form)) == "invalid_grant"
    assert not _works(org, tokens["access_token"])


def test_a_code_expires(org: OrgClient, secrets: dict):
    code = _consent(org, secrets)["code"][0]
    org.later(901)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    assert _error(_token(org, secrets, **form)) == "invalid_grant"


def test_a_session_ends_after_two_hours_and_is_refreshed_without_a_new_refresh_token(org: OrgClient, secrets: dict):
    tokens = _exchange(org, secrets).json()
    org.later(7201)
    gone = org.get(f"{DATA}/limits", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert gone.status_code == 401
    assert gone.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    fresh = _refresh(org, secrets, tokens["refresh_token"]).json()
    assert "refresh_token" not in fresh
    assert _works(org, fresh["access_token"])


def test_with_rotation_a_replayed_token_ends_the_whole_family(org: OrgClient, secrets: dict):
    org.switch(refresh_rotates=True)
    first = _exchange(org, secrets).json()
    second = _refresh(org, secrets, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    replay = _refresh(org, secrets, first["refresh_token"])
    assert _error(replay) == "invalid_grant"
    assert replay.json()["error_description"] == "expired access/refresh token"
    assert _error(_refresh(org, secrets, second["refresh_token"])) == "invalid_grant"
    assert not _works(org, second["access_token"])


def test_a_sixth_authorisation_drops_the_oldest(org: OrgClient, secrets: dict):
    issued = [_exchange(org, secrets).json()["refresh_token"] for _ in range(6)]
    outcomes = [_refresh(org, secrets, token).status_code for token in issued]
    assert outcomes == [400, 200, 200, 200, 200, 200]


def test_revoking_a_refresh_token_ends_its_sessions(org: OrgClient, secrets: dict):
    tokens = _exchange(org, secrets).json()
    assert org.post("/services/oauth2/revoke", data={"token": tokens["refresh_token"]}).status_code == 200
    assert not _works(org, tokens["access_token"])
    assert _error(org.post("/services/oauth2/revoke", data={"token": "x"})) == "unsupported_token_type"


def test_control_expires_sessions_or_revokes_everything(org: OrgClient, secrets: dict):
    tokens = _exchange(org, secrets).json()
    org.post("/_sandbox/tokens", json={"action": "expire"})
    assert not _works(org, tokens["access_token"])
    assert _refresh(org, secrets, tokens["refresh_token"]).status_code == 200
    org.post("/_sandbox/tokens", json={"action": "revoke"})
    assert _error(_refresh(org, secrets, tokens["refresh_token"])) == "invalid_grant"


def test_client_credentials_work_on_the_orgs_own_host_only(org: OrgClient, secrets: dict):
    assert _token(org, secrets, grant_type="client_credentials").status_code == 200
    form = {"grant_type": "client_credentials", **{k: secrets[k] for k in ("client_id", "client_secret")}}
    elsewhere = org.post("/services/oauth2/token", data=form, headers={"Host": "login.salesforce.com"})
    assert elsewhere.json()["error_description"] == "request not supported on this domain"


def test_the_password_flow_is_off_until_switched_on(org: OrgClient, secrets: dict):
    form = {"grant_type": "password", "username": secrets["username"], "password": secrets["password"]}
    assert _error(_token(org, secrets, **form)) == "invalid_grant"
    org.switch(password_flow=True)
    assert "refresh_token" not in _token(org, secrets, **form).json()


def test_a_call_without_a_session_is_refused(org: OrgClient):
    missing = org.get(f"{DATA}/limits", headers={"Authorization": ""})
    assert (missing.status_code, missing.json()[0]["errorCode"]) == (401, "INVALID_AUTH_HEADER")
    assert org.get("/services/data").json()[-1]["version"] == "67.0"


def test_the_soap_login_is_retired(org: OrgClient):
    answer = org.post("/services/Soap/u/67.0", content=b"<x/>", headers={"Content-Type": "text/xml"})
    assert answer.status_code == 500
    assert "INVALID_OPERATION" in answer.text

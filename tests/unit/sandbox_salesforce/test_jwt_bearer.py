from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import Certificate, CertificateBuilder, Name, NameAttribute, load_pem_x509_certificate
from cryptography.x509.oid import NameOID

from sandbox import SandboxApp
from tests.unit.sandbox_salesforce.org_client import DATA, NOON, OrgClient

HEAD = {"alg": "RS256"}


@pytest.fixture
def secrets(app: SandboxApp) -> dict[str, Any]:
    return app.credentials


@pytest.fixture
def approved(org: OrgClient, secrets: dict[str, Any]) -> OrgClient:
    """An org whose administrators let the integration user in."""
    org.switch(permitted_users="admin_approved", preauthorised_users=[secrets["username"]])
    return org


def _assertion(secrets: dict[str, Any], *, head: Any = None, key: Any = None, **changes: Any) -> str:
    claims = {
        "iss": secrets["client_id"],
        "sub": secrets["username"],
        "aud": "https://login.salesforce.com",
        "exp": str(int(NOON.timestamp()) + 180),
        **changes,
    }
    parts = [json.dumps(each).encode() for each in (head or HEAD, claims)]
    signed = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    key = key or load_pem_private_key(secrets["private_key"].encode(), None)
    signature = base64.urlsafe_b64encode(key.sign(signed.encode(), PKCS1v15(), SHA256())).decode()
    return f"{signed}.{signature}"


def _bear(org: httpx.Client, assertion: str) -> httpx.Response:
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    return org.post("/services/oauth2/token", data={"grant_type": grant, "assertion": assertion})


def _said(answer: httpx.Response) -> tuple[str, str]:
    assert answer.status_code == 400
    return answer.json()["error"], answer.json()["error_description"]


def _certified(key: Any) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    name = Name([NameAttribute(NameOID.COMMON_NAME, "other.example")])
    made: Certificate = CertificateBuilder(
        name, name, key.public_key(), 7, NOON - timedelta(days=1), NOON + timedelta(days=1)
    ).sign(key, SHA256())
    return made.public_bytes(Encoding.PEM).decode()


def test_a_signed_assertion_opens_a_session_without_a_refresh_token(approved: OrgClient, secrets: dict):
    answer = _bear(approved, _assertion(secrets)).json()
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    assert approved.get(f"{DATA}/limits", headers=headers).status_code == 200
    assert "refresh_token" not in answer
    assert answer["id"].endswith(secrets["user_id"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"aud": "https://example.com"}, ("invalid_grant", "audience is invalid")),
        ({"aud": "https://test.salesforce.com"}, ("invalid_grant", "audience is invalid")),
        ({"aud": None}, ("invalid_grant", "audience is invalid")),
        ({"exp": int(NOON.timestamp()) - 1}, ("invalid_grant", "assertion is expired or lives too long")),
        ({"exp": int(NOON.timestamp()) + 181}, ("invalid_grant", "assertion is expired or lives too long")),
        ({"exp": None}, ("invalid_grant", "invalid assertion")),
        ({"iss": "other"}, ("invalid_client_id", "client identifier invalid")),
        ({"sub": "nobody@example.com"}, ("invalid_grant", "user hasn't approved this consumer")),
        ({"sub": "fay.former@northwind.example"}, ("inactive_user", "user is inactive")),
        (
            {"sub": "rosa.rep@northwind.example"},
            ("invalid_app_access", "user is not admin approved to access this app"),
        ),
        ({"head": {"alg": "none"}}, ("invalid_grant", "algorithm not supported")),
        ({"head": {"alg": "HS256"}}, ("invalid_grant", "algorithm not supported")),
    ],
)
def test_an_assertion_that_does_not_fit_is_refused(approved: OrgClient, secrets: dict, changes: dict, said: tuple):
    assert _said(_bear(approved, _assertion(secrets, **changes))) == said


def test_an_org_that_is_a_sandbox_wants_the_audience_of_sandboxes(approved: OrgClient, secrets: dict):
    approved.switch(is_sandbox=True)
    assert _said(_bear(approved, _assertion(secrets)))[1] == "audience is invalid"
    assert _bear(approved, _assertion(secrets, aud="https://test.salesforce.com")).status_code == 200


def test_the_orgs_own_host_is_an_audience(approved: OrgClient, secrets: dict):
    own = str(approved.base_url).rstrip("/")
    assert _bear(approved, _assertion(secrets, aud=own)).status_code == 200


def test_a_forged_signature_is_refused(approved: OrgClient, secrets: dict):
    head, claims, _ = _assertion(secrets).split(".")
    for forged in (f"{head}.{claims}.{'A' * 342}", f"{head}.{claims}.", "not.a.token", "", "a.b"):
        assert _said(_bear(approved, forged)) == ("invalid_grant", "invalid assertion")


def test_only_the_registered_certificate_is_believed(approved: OrgClient, secrets: dict):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert _said(_bear(approved, _assertion(secrets, key=other))) == ("invalid_grant", "invalid assertion")
    approved.switch(certificate=_certified(other))
    assert _bear(approved, _assertion(secrets, key=other)).status_code == 200
    assert _said(_bear(approved, _assertion(secrets))) == ("invalid_grant", "invalid assertion")
    approved.switch(certificate="")
    assert _said(_bear(approved, _assertion(secrets, key=other))) == ("invalid_grant", "invalid assertion")


def test_the_certificate_is_of_the_key_that_clients_are_told(secrets: dict):
    key: Any = load_pem_private_key(secrets["private_key"].encode(), None)
    certificate = load_pem_x509_certificate(secrets["certificate"].encode())
    assert certificate.public_key() == key.public_key()


@pytest.mark.parametrize(
    "switches",
    [
        {"certificate": "no PEM"},
        {"certificate": _certified(ec.generate_private_key(ec.SECP256R1()))},
        {"permitted_users": "everybody"},
    ],
)
def test_what_cannot_be_set_is_refused(org: OrgClient, switches: dict):
    assert org.post("/_sandbox/settings", json=switches).status_code == 400


def test_users_who_authorise_themselves_must_have_consented_for_good(org: OrgClient, secrets: dict, app: SandboxApp):
    said = ("invalid_grant", "user hasn't approved this consumer")
    assert _said(_bear(org, _assertion(secrets))) == said
    sessions: Any = app.crm.api.sessions  # type: ignore[attr-defined] - the simulated Salesforce's
    sessions.begin(secrets["user_id"], ("api",), refreshable=True)
    assert _said(_bear(org, _assertion(secrets))) == said, "no refresh token was asked for"
    given = sessions.begin(secrets["user_id"], ("api", "openid", "refresh_token"), refreshable=True)
    assert _bear(org, _assertion(secrets)).json()["scope"] == "api openid"
    sessions.revoke(given.refresh_token)
    assert _said(_bear(org, _assertion(secrets))) == said


def test_the_consent_page_admits_whom_administrators_approve(org: OrgClient, secrets: dict):
    asked = {
        "response_type": "code",
        "client_id": secrets["client_id"],
        "redirect_uri": "http://127.0.0.1:9/callback",
        "code_challenge": "c" * 43,
    }
    assert org.get("/services/oauth2/authorize", params=asked).status_code == 200
    org.switch(permitted_users="admin_approved")
    sent = org.get("/services/oauth2/authorize", params=asked)
    assert "error=invalid_app_access" in sent.headers["Location"]

"""The assertion of the JWT bearer flow.

Source: Salesforce help, OAuth 2.0 JWT bearer flow.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate
from cryptography.x509.oid import PublicKeyAlgorithmOID

from sandbox.salesforce.apps import registered_app
from sandbox.salesforce.errors import OAuthError
from sandbox.salesforce.org import Org

MAX_LIFE_S = 180
"""In whole seconds, as expiries are written."""


def user_of_assertion(org: Org, assertion: str, *, own_url: str) -> str:
    """Return the id of the user an assertion speaks for.

    Expiry is compared with real time, because clients sign with theirs.

    Raises:
        OAuthError: invalid_grant, or invalid_client_id.
    """
    head, payload, signature = _parts(assertion)
    header, claims = _object(head), _object(payload)
    if header.get("alg") != "RS256":
        raise OAuthError("invalid_grant", "algorithm not supported")
    if claims.get("iss") != registered_app().client_id:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    try:
        _registered_key(org).verify(_decoded(signature), f"{head}.{payload}".encode(), PKCS1v15(), SHA256())
    except InvalidSignature as problem:
        raise OAuthError("invalid_grant", "invalid assertion") from problem
    login = "test" if org.switches.is_sandbox else "login"
    if claims.get("aud") not in {f"https://{login}.salesforce.com", own_url}:
        raise OAuthError("invalid_grant", "audience is invalid")
    _check_expiry(org, claims.get("exp"))
    return _user(org, str(claims.get("sub")))


def check_certificate(pem: str) -> None:
    """Refuse what cannot be uploaded for digital signatures.

    Raises:
        ValueError: it is no certificate of an RSA key in PEM.
    """
    if load_pem_x509_certificate(pem.encode()).public_key_algorithm_oid != PublicKeyAlgorithmOID.RSAES_PKCS1_v1_5:
        message = "the certificate is not of an RSA key"
        raise ValueError(message)


def _registered_key(org: Org) -> RSAPublicKey:
    replaced = org.switches.certificate
    pem = registered_app().certificate_pem if replaced is None else replaced
    if not pem:
        raise OAuthError("invalid_grant", "invalid assertion")
    return cast("RSAPublicKey", load_pem_x509_certificate(pem.encode()).public_key())


def _parts(assertion: str) -> tuple[str, str, str]:
    parts = assertion.split(".")
    if len(parts) != 3:
        raise OAuthError("invalid_grant", "invalid assertion")
    return parts[0], parts[1], parts[2]


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as problem:
        raise OAuthError("invalid_grant", "invalid assertion") from problem


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(_decoded(text))
    except ValueError as problem:
        raise OAuthError("invalid_grant", "invalid assertion") from problem
    if not isinstance(found, dict):
        raise OAuthError("invalid_grant", "invalid assertion")
    return cast("dict[str, Any]", found)


def _check_expiry(org: Org, value: object) -> None:
    text = str(value)
    if isinstance(value, bool) or not text.isdigit():
        raise OAuthError("invalid_grant", "invalid assertion")
    left_s = int(text) - org.clock.real().timestamp()
    if left_s <= 0 or left_s >= MAX_LIFE_S + 1:
        raise OAuthError("invalid_grant", "assertion is expired or lives too long")


def _user(org: Org, username: str) -> str:
    table = org.tables["User"]
    for user_id in table.ids_by("Username", username):
        row = table.get(user_id) or {}
        if not row.get("IsActive"):
            raise OAuthError("inactive_user", "user is inactive")
        return user_id
    raise OAuthError("invalid_grant", "user hasn't approved this consumer")

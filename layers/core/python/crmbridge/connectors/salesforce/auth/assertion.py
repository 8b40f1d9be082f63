"""The assertion of the OAuth 2.0 JWT bearer flow, and what its refusals ask of people.

Source: Salesforce help, OAuth 2.0 JWT bearer flow; RFC 7523.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from crmbridge.domain.tokens import AppSecret
from crmbridge.errors import ConfigurationError

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"

LIFE = timedelta(minutes=2)
"""Salesforce takes three minutes at most; the third is left to clocks that disagree."""

_LEAST_BITS = 2048

_APPROVAL = "pre-authorise the user for the app, by profile or permission set"
_ADVICE: Mapping[str, str] = {
    "user hasn't approved this consumer": f"check the username and the environment, and {_APPROVAL}",
    "invalid_app_access": _APPROVAL,
    "oauth_app_access_denied": _APPROVAL,
    "invalid assertion": "upload to the app the certificate that belongs to the deployment's private key",
    "invalid_assertion": "upload to the app the certificate that belongs to the deployment's private key",
    "audience": "the integration's environment, production or sandbox, is not the org's",
    "invalid_client_id": "the org does not know the deployment's app: install it there",
    "inactive_user": "activate the user",
}
"""What helps, by what the refusal holds."""


def signed(app: AppSecret, *, username: str, audience: str, now: datetime) -> str:
    """Return an assertion that is good for two minutes.

    Args:
        audience: URL of the environment's login host.

    Raises:
        ConfigurationError: the private key is no RSA key of 2048 bits or more, or none at all.
    """
    claims = {"iss": app.client_id, "sub": username, "aud": audience, "exp": int((now + LIFE).timestamp())}
    text = f"{_packed({'alg': 'RS256', 'typ': 'JWT'})}.{_packed(claims)}"
    return f"{text}.{_base64url(_key_of(app).sign(text.encode(), PKCS1v15(), SHA256()))}"


def advice_on(words: str) -> str:
    """Return what people can do about a refusal; empty where that is not known.

    Args:
        words: the vendor's code and description.
    """
    said = words.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return next((advice for sign, advice in _ADVICE.items() if sign in said), "")


def _key_of(app: AppSecret) -> RSAPrivateKey:
    """Read the private key, without letting a piece of it into an error."""
    try:
        key = load_pem_private_key(app.private_key.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey) or key.key_size < _LEAST_BITS:
        raise ConfigurationError("the salesforce secret's private_key is no RSA key in PEM of 2048 bits or more")
    return key


def _packed(value: Mapping[str, object]) -> str:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")

"""Tokens that nobody gave out: each made from a good one, and none of them may open anything."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def tampered(token: str) -> dict[str, str]:
    """Return headers of authorisation by what is wrong with them."""
    head, body, signature = token.split(".")
    header, claims = _read(head), _read(body)
    forged = _part({**claims, "workspace": "rival", "role": "admin", "sub": "mallory"})
    tokens = {
        "cut off": token[:-8],
        "with more behind it": f"{token}AAAA",
        "without a signature": f"{head}.{body}.",
        "without a last part": f"{head}.{body}",
        "with a part too many": f"{token}.{signature}",
        "of algorithm none": f"{_part({**header, 'alg': 'none'})}.{body}.",
        "of algorithm none, with other claims": f"{_part({'alg': 'NoNe', 'typ': 'JWT'})}.{forged}.",
        "of algorithm none, with a signature": f"{_part({**header, 'alg': 'none'})}.{body}.{signature}",
        "with another workspace": f"{head}.{forged}.{signature}",
        "with another audience": f"{head}.{_part({**claims, 'client_id': 'evil', 'aud': 'evil'})}.{signature}",
        "with another issuer": f"{head}.{_part({**claims, 'iss': 'https://evil.test'})}.{signature}",
        "of later": f"{head}.{_part({**claims, 'exp': 4_102_444_800})}.{signature}",
        "that ended long ago": f"{head}.{_part({**claims, 'exp': 1})}.{signature}",
        "without an end": f"{head}.{_part({name: claims[name] for name in claims if name != 'exp'})}.{signature}",
        "of a key nobody has": f"{_part({**header, 'kid': 'nobodys'})}.{body}.{signature}",
        "of a key that is a path": f"{_part({**header, 'kid': '../../dev/null'})}.{body}.{signature}",
        "of a key that it brings along": _signed_by_ourselves(header, claims),
        "of a secret that is the key's name": _by_secret(header, forged, str(header.get("kid", ""))),
        "of an empty secret": _by_secret(header, forged, ""),
        "empty": "",
        "of nothing but dots": "..",
        "of JSON": json.dumps(claims),
    }
    headers = {f"a token {name}": f"Bearer {each}".strip() for name, each in tokens.items()}
    return {
        **headers,
        "no scheme that is known": f"Basic {base64.b64encode(b'admin:admin').decode()}",
        "a scheme without a token": "Bearer",
        "two tokens": f"Bearer {token[:-8]}, Bearer {token[:-8]}",
    }


def _signed_by_ourselves(header: dict[str, Any], claims: dict[str, Any]) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    numbers = key.public_key().public_numbers()
    jwk = {"kty": "RSA", "kid": header.get("kid"), "n": _number(numbers.n), "e": _number(numbers.e)}
    said = f"{_part({**header, 'jwk': jwk})}.{_part({**claims, 'workspace': 'rival'})}"
    return f"{said}.{_text(key.sign(said.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _by_secret(header: dict[str, Any], body: str, secret: str) -> str:
    said = f"{_part({**header, 'alg': 'HS256'})}.{body}"
    return f"{said}.{_text(hmac.new(secret.encode(), said.encode(), hashlib.sha256).digest())}"


def _read(part: str) -> dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _part(value: dict[str, Any]) -> str:
    return _text(json.dumps(value).encode())


def _number(value: int) -> str:
    return _text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

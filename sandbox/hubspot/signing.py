"""Sign webhook calls as the vendor does, v1 and v3; pure."""

from __future__ import annotations

import base64
import hashlib
import hmac

_DECODED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$",
    "%27": "'", "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip


def signature_headers(*, url: str, body: bytes, secret: str, timestamp_ms: int) -> dict[str, str]:
    """Return the headers of a signed webhook call.

    Args:
        url: the exact URL called, query included.
        body: the raw bytes sent.
        secret: the app's client secret.
        timestamp_ms: real time, whatever the sandbox clock says.
    """
    digest = hashlib.sha256(secret.encode() + body).hexdigest()
    source = b"".join((b"POST", _decoded(url).encode(), body, str(timestamp_ms).encode()))
    keyed = hmac.new(secret.encode(), source, hashlib.sha256).digest()
    return {
        "X-HubSpot-Signature": digest,
        "X-HubSpot-Signature-Version": "v1",
        "X-HubSpot-Signature-v3": base64.b64encode(keyed).decode(),
        "X-HubSpot-Request-Timestamp": str(timestamp_ms),
    }


def _decoded(url: str) -> str:
    for code, character in _DECODED.items():
        url = url.replace(code, character).replace(code.lower(), character)
    return url

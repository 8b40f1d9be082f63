"""The key that a webhook registered by us carries in a header of its own; standard library only."""

from __future__ import annotations

import hashlib

HEADER = "x-crmbridge-key"


def hook_key(url: str) -> str:
    """Return the key of an address or of the secret that it ends with; it does not give that secret away.

    Example:
        >>> hook_key("https://hub.example/webhooks/dynamics/s3cret") == hook_key("s3cret")
        True
    """
    secret = url.partition("?")[0].rstrip("/").rpartition("/")[2]
    return hashlib.sha256(f"crmbridge.dynamics:{secret}".encode()).hexdigest()

"""The envelope a token is stored in: its text, sealed with a key of its own, and that key, wrapped by KMS."""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from crmbridge.errors import ConfigurationError

VERSION = "v1"
"""AES-256-GCM; 12 bytes of nonce; the context, as JSON with sorted keys, is authenticated along."""

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Envelope:
    """One sealed text.

    Attributes:
        wrapped_key: the data key as KMS encrypted it.
        sealed: nonce, ciphertext and tag.
    """

    wrapped_key: bytes
    sealed: bytes = field(repr=False)

    def to_text(self) -> str:
        """Return ``v1.<wrapped key>.<sealed>``, each part in URL-safe base64."""
        return ".".join(
            (VERSION, *(base64.urlsafe_b64encode(part).decode() for part in (self.wrapped_key, self.sealed)))
        )

    @classmethod
    def from_text(cls, text: str) -> Envelope:
        """Read the text form.

        Raises:
            ConfigurationError: it is no envelope, or one of a newer version.
        """
        version, *parts = text.split(".")
        if version != VERSION or len(parts) != 2 or not all(parts):
            raise ConfigurationError(f"a stored token is no {VERSION} envelope: was it written by a newer release?")
        try:
            wrapped_key, sealed = (base64.b64decode(part, altchars=b"-_", validate=True) for part in parts)
        except (binascii.Error, ValueError) as error:
            raise ConfigurationError("a stored token is damaged: its envelope is not base64") from error
        return cls(wrapped_key, sealed)


def seal(plaintext: str, *, key: bytes, wrapped_key: bytes, context: Mapping[str, str]) -> Envelope:
    """Seal a text.

    Args:
        plaintext: any text.
        key: 32 bytes, made for this one text.
        wrapped_key: the same key as KMS encrypted it.
        context: must be given again to open it.
    """
    # imported here: a function that touches no token shall not pay for it
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    nonce = os.urandom(_NONCE_BYTES)
    return Envelope(wrapped_key, nonce + AESGCM(key).encrypt(nonce, plaintext.encode(), _bound(context)))


def unseal(envelope: Envelope, *, key: bytes, context: Mapping[str, str]) -> str:
    """Open an envelope with its unwrapped key.

    Raises:
        ConfigurationError: the key or the context is another one, or the envelope was altered.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - see above

    nonce, ciphertext = envelope.sealed[:_NONCE_BYTES], envelope.sealed[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, _bound(context)).decode()
    except (InvalidTag, ValueError) as error:
        raise ConfigurationError("a stored token was not sealed with this key and context") from error


def _bound(context: Mapping[str, str]) -> bytes:
    return json.dumps(dict(context), separators=(",", ":"), sort_keys=True).encode()

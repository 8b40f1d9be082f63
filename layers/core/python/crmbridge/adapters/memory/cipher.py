"""Tokens put away in a dictionary under meaningless names."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge.errors import ConfigurationError


class MemoryCipher:
    """Gives out ciphertexts that only the instance that made them can open, with the same context."""

    def __init__(self) -> None:
        self._sealed: dict[str, tuple[dict[str, str], str]] = {}

    def encrypt(self, plaintext: str, *, context: Mapping[str, str]) -> str:
        """Return a new ciphertext that says nothing of the plaintext; see ``Cipher``."""
        ciphertext = f"m1.{len(self._sealed) + 1}"
        self._sealed[ciphertext] = (dict(context), plaintext)
        return ciphertext

    def decrypt(self, ciphertext: str, *, context: Mapping[str, str]) -> str:
        """Return the plaintext; see ``Cipher``.

        Raises:
            ConfigurationError: this instance did not make the ciphertext, or made it for another context.
        """
        sealed = self._sealed.get(ciphertext)
        if sealed is None or sealed[0] != dict(context):
            raise ConfigurationError("a stored token was not encrypted by this key with this context")
        return sealed[1]

"""Tokens encrypted at rest: a data key per token, wrapped by a KMS key that only token holders may use."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from botocore.exceptions import ClientError

from crmbridge.adapters.aws._faults import code_of, repairable
from crmbridge.adapters.aws.envelope import Envelope, seal, unseal
from crmbridge.errors import ConfigurationError

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

_NOT_OURS = frozenset({"InvalidCiphertextException", "IncorrectKeyException", "ValidationException"})

_Wrapped: TypeAlias = tuple[bytes, tuple[tuple[str, str], ...]]


class KmsCipher:
    """Encrypts with AES-256-GCM under a new data key each time; KMS checks the context as well.

    Unwrapped data keys are kept in memory, so that reading one token again and again asks KMS once.

    Args:
        key_id: the KMS key, by id, ARN or alias.
        remembered: how many unwrapped data keys are kept at most, the latest used.
    """

    def __init__(self, client: KMSClient, key_id: str, *, remembered: int = 256) -> None:
        self._client = client
        self._key_id = key_id
        self._remembered = remembered
        self._keys: OrderedDict[_Wrapped, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def encrypt(self, plaintext: str, *, context: Mapping[str, str]) -> str:
        """Return the envelope's text; see ``Cipher``.

        Raises:
            ConfigurationError: the KMS key does not exist, is disabled, or may not be used.
        """
        with repairable(f"KMS key {self._key_id}"):
            answer = self._client.generate_data_key(
                KeyId=self._key_id, KeySpec="AES_256", EncryptionContext=dict(context)
            )
        wrapped_key = answer["CiphertextBlob"]
        self._remember(wrapped_key, context, answer["Plaintext"])
        return seal(plaintext, key=answer["Plaintext"], wrapped_key=wrapped_key, context=context).to_text()

    def decrypt(self, ciphertext: str, *, context: Mapping[str, str]) -> str:
        """Return the plaintext; see ``Cipher``.

        Raises:
            ConfigurationError: the ciphertext was not made by this key with this context, or the KMS key does not
                exist, is disabled, or may not be used.
        """
        envelope = Envelope.from_text(ciphertext)
        key = self._recall(envelope.wrapped_key, context) or self._unwrap(envelope.wrapped_key, context)
        return unseal(envelope, key=key, context=context)

    def _unwrap(self, wrapped_key: bytes, context: Mapping[str, str]) -> bytes:
        try:
            with repairable(f"KMS key {self._key_id}"):
                answer = self._client.decrypt(
                    KeyId=self._key_id, CiphertextBlob=wrapped_key, EncryptionContext=dict(context)
                )
        except ClientError as error:
            if code_of(error) not in _NOT_OURS:
                raise
            raise ConfigurationError("a stored token was not sealed with this key and context") from error
        self._remember(wrapped_key, context, answer["Plaintext"])
        return answer["Plaintext"]

    def _recall(self, wrapped_key: bytes, context: Mapping[str, str]) -> bytes | None:
        name = _name(wrapped_key, context)
        with self._lock:
            if name in self._keys:
                self._keys.move_to_end(name)
            return self._keys.get(name)

    def _remember(self, wrapped_key: bytes, context: Mapping[str, str], key: bytes) -> None:
        with self._lock:
            self._keys[_name(wrapped_key, context)] = key
            while len(self._keys) > self._remembered:
                self._keys.popitem(last=False)


def _name(wrapped_key: bytes, context: Mapping[str, str]) -> _Wrapped:
    return wrapped_key, tuple(sorted(context.items()))

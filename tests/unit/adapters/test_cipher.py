from __future__ import annotations

import base64
from typing import Any

import pytest
from botocore.exceptions import ClientError

from crmbridge.adapters.aws.cipher import KmsCipher
from crmbridge.adapters.aws.envelope import Envelope, seal, unseal
from crmbridge.errors import ConfigurationError
from tests.unit.adapters.fake_aws import FakeClient, failure

CONTEXT = {"workspace_id": "acme", "integration_id": "int_1"}


class FakeKms(FakeClient):
    """Wraps each key as itself with a number in front, for as many keys as are asked for."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.made = 0

    def _answer(self, **call: Any) -> dict[str, Any]:
        if "CiphertextBlob" in call:
            return {"Plaintext": call["CiphertextBlob"][-32:]}
        self.made += 1
        key = bytes([self.made]) * 32
        return {"Plaintext": key, "CiphertextBlob": b"wrapped" + key}

    def asked(self, operation: str) -> int:
        return sum(name == operation for name, _ in self.calls)


def a_cipher(client: FakeClient, **more: Any) -> KmsCipher:
    kms: Any = client
    return KmsCipher(kms, "alias/tokens", **more)


def test_every_token_has_a_key_of_its_own_bound_to_its_context():
    kms = FakeKms()
    for _ in range(2):
        a_cipher(kms).encrypt("tok", context=CONTEXT)
    expected = {"KeyId": "alias/tokens", "KeySpec": "AES_256", "EncryptionContext": CONTEXT}
    assert kms.calls == [("generate_data_key", expected)] * 2


def test_an_unwrapped_key_is_asked_for_once():
    kms = FakeKms()
    text = a_cipher(kms).encrypt("tok", context=CONTEXT)
    reader = a_cipher(kms)
    assert [reader.decrypt(text, context=CONTEXT) for _ in range(3)] == ["tok"] * 3
    assert kms.asked("decrypt") == 1
    assert kms.calls[-1][1] == {
        "KeyId": "alias/tokens",
        "CiphertextBlob": b"wrapped" + b"\1" * 32,
        "EncryptionContext": CONTEXT,
    }


def test_a_remembered_key_opens_nothing_in_another_context():
    kms = FakeKms()
    cipher = a_cipher(kms)
    text = cipher.encrypt("tok", context=CONTEXT)
    with pytest.raises(ConfigurationError):
        cipher.decrypt(text, context={**CONTEXT, "workspace_id": "other"})
    assert kms.asked("decrypt") == 1, "KMS was asked, for what is remembered is bound to the context"


def test_only_the_keys_used_last_are_remembered():
    kms = FakeKms()
    cipher = a_cipher(kms, remembered=2)
    first, second, third = (cipher.encrypt(text, context=CONTEXT) for text in "abc")
    assert cipher.decrypt(third, context=CONTEXT) + cipher.decrypt(second, context=CONTEXT) == "cb"
    assert kms.asked("decrypt") == 0
    assert cipher.decrypt(first, context=CONTEXT) == "a"
    assert kms.asked("decrypt") == 1
    cipher.decrypt(second, context=CONTEXT)
    assert kms.asked("decrypt") == 1
    cipher.decrypt(third, context=CONTEXT)
    assert kms.asked("decrypt") == 2


@pytest.mark.parametrize("code", ["InvalidCiphertextException", "IncorrectKeyException"])
def test_a_key_that_kms_did_not_wrap_is_refused(code):
    text = seal("tok", key=b"k" * 32, wrapped_key=b"w", context=CONTEXT).to_text()
    with pytest.raises(ConfigurationError, match="not sealed with this key"):
        a_cipher(FakeClient(failure(code))).decrypt(text, context=CONTEXT)


@pytest.mark.parametrize("code", ["NotFoundException", "DisabledException", "AccessDeniedException"])
def test_a_kms_key_that_cannot_be_used_is_named(code):
    with pytest.raises(ConfigurationError, match="KMS key alias/tokens"):
        a_cipher(FakeClient(failure(code))).encrypt("tok", context=CONTEXT)


def test_trouble_of_kms_is_botocores_own_error():
    text = seal("tok", key=b"k" * 32, wrapped_key=b"w", context=CONTEXT).to_text()
    with pytest.raises(ClientError):
        a_cipher(FakeClient(failure("ThrottlingException"))).decrypt(text, context=CONTEXT)


def test_an_altered_envelope_is_refused():
    envelope = seal("tok", key=b"k" * 32, wrapped_key=b"w", context=CONTEXT)
    for place in (0, 12, len(envelope.sealed) - 1):
        altered = bytearray(envelope.sealed)
        altered[place] ^= 1
        with pytest.raises(ConfigurationError):
            unseal(Envelope(b"w", bytes(altered)), key=b"k" * 32, context=CONTEXT)
    with pytest.raises(ConfigurationError):
        unseal(envelope, key=b"x" * 32, context=CONTEXT)
    assert unseal(envelope, key=b"k" * 32, context=CONTEXT) == "tok"


def test_an_envelope_survives_its_text_form_and_shows_its_version():
    envelope = seal("", key=b"k" * 32, wrapped_key=b"\xff\xfe" * 20, context={})
    assert Envelope.from_text(envelope.to_text()) == envelope
    version, wrapped_key, _ = envelope.to_text().split(".")
    assert version == "v1"
    assert base64.urlsafe_b64decode(wrapped_key) == b"\xff\xfe" * 20


def test_an_envelope_of_a_newer_release_is_told_from_a_damaged_one():
    with pytest.raises(ConfigurationError, match="newer release"):
        Envelope.from_text("v2.AAAA.AAAA")
    with pytest.raises(ConfigurationError, match="damaged"):
        Envelope.from_text("v1.AA!A.AAAA")

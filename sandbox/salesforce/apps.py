"""The connected app and its key: what a client is registered with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

SCOPES = frozenset(
    {"api", "refresh_token", "offline_access", "full", "openid", "id", "profile", "email", "web", "address", "phone"}
)
INTEGRATION_PASSWORD = "correct-horse-battery"


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    """The one external client app of the org.

    Attributes:
        certificate_pem: what was uploaded for digital signatures; the JWT flow believes its key.
        private_key_pem: the private half of that key, for a client that signs.
    """

    client_id: str
    client_secret: str
    name: str
    certificate_pem: str
    private_key_pem: str


class RegisteredKey:
    """The app's private key as text: made when it is first asked for, or brought back."""

    def __init__(self) -> None:
        """Start without a key."""
        self._pem = ""

    @property
    def pem(self) -> str:
        """The key in PKCS 8."""
        if not self._pem:
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            self._pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return self._pem


REGISTERED_KEY = RegisteredKey()
"""The key of this process's app."""


def registered_app() -> ConnectedApp:
    """Return the app; the same for the life of the process."""
    return _app(REGISTERED_KEY.pem)


@lru_cache(maxsize=1)
def _app(pem: str) -> ConnectedApp:
    return ConnectedApp(
        client_id="3MVG9sandboxConsumerKey.0001",
        client_secret="A1B2C3D4E5F6SANDBOXSECRET",
        name="CRM Bridge",
        certificate_pem=_certified(cast("rsa.RSAPrivateKey", load_pem_private_key(pem.encode(), password=None))),
        private_key_pem=pem,
    )


def _certified(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "crm-bridge.example")])
    made = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=1,
        not_valid_before=datetime(2020, 1, 1, tzinfo=UTC),
        not_valid_after=datetime(2049, 1, 1, tzinfo=UTC),
    )
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()

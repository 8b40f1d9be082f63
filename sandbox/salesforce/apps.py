"""The connected app and its key: what a client is registered with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

SCOPES = frozenset(
    {"api", "refresh_token", "offline_access", "full", "openid", "id", "profile", "email", "web", "address", "phone"}
)
INTEGRATION_PASSWORD = "correct-horse-battery"


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    """The one external client app of the org.

    Attributes:
        key: the RSA pair whose public half is registered for the JWT flow.
    """

    client_id: str
    client_secret: str
    name: str
    key: rsa.RSAPrivateKey

    @property
    def private_key_pem(self) -> str:
        """The private key, for a client that signs."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@lru_cache(maxsize=1)
def registered_app() -> ConnectedApp:
    """Return the app; the same for the life of the process."""
    return ConnectedApp(
        client_id="3MVG9sandboxConsumerKey.0001",
        client_secret="A1B2C3D4E5F6SANDBOXSECRET",
        name="CRM Bridge",
        key=rsa.generate_private_key(public_exponent=65537, key_size=2048),
    )

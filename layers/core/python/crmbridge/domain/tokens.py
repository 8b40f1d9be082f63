"""What a CRM grants when a workspace connects it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AppSecret:
    """A vendor application's credentials, as Secrets Manager holds them.

    Attributes:
        client_secret: also signs HubSpot's webhooks.
        previous_client_secret: still accepted for signatures while a rotation is under way; may be empty.
    """

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    previous_client_secret: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens of one integration; never logged, never on a queue, never in an answer.

    Attributes:
        kind: ``oauth``, or ``token`` for a static token that cannot be refreshed.
        access_expires_at: aware UTC, or ``None`` when the CRM does not tell.
        base_url: the account's API host, or empty for the connector's default.
        account_id: the CRM's own id of the account.
        actor_id: the CRM's own id of the user that the tokens act as; empty where it has none.
        accounts_url: where these tokens are refreshed and revoked, or empty for the connector's default.
    """

    kind: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False, default="")
    access_expires_at: datetime | None = None
    base_url: str = ""
    account_id: str = ""
    actor_id: str = ""
    accounts_url: str = ""

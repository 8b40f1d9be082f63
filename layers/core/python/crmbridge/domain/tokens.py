"""What a CRM grants when a workspace connects it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AppSecret:
    """A vendor application's credentials, as Secrets Manager holds them.

    Attributes:
        client_secret: also signs HubSpot's webhooks.
        previous_client_secret: still accepted for signatures while a rotation is under way; may be empty.
        private_key: PEM, signs assertions where the vendor knows the certificate; empty without that flow.
        users: by workspace id, the vendor's usernames that the workspace may connect as by an assertion. The key is
            good for every user who trusts the application, so a workspace cannot be left to name anybody's.
    """

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    previous_client_secret: str = field(repr=False, default="")
    private_key: str = field(repr=False, default="")
    users: Mapping[str, tuple[str, ...]] = field(repr=False, hash=False, default_factory=dict[str, tuple[str, ...]])

    def may_assert(self, workspace_id: str, username: str) -> bool:
        """Tell whether a workspace may connect as a user whom nobody asks for consent."""
        return bool(self.private_key) and username in self.users.get(workspace_id, ())


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens of one integration; never logged, never on a queue, never in an answer.

    Attributes:
        kind: ``oauth``, ``token`` for a static token that cannot be refreshed, or ``jwt_bearer`` where a new assertion
            takes the place of a refresh token.
        access_expires_at: aware UTC, or ``None`` when the CRM does not tell.
        base_url: the account's API host, or empty for the connector's default.
        account_id: the CRM's own id of the account.
        actor_id: the CRM's own id of the user that the tokens act as; empty where it has none.
        accounts_url: where these tokens are refreshed and revoked, or empty for the connector's default.
        username: whom assertions speak for; empty for all other kinds.
    """

    kind: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False, default="")
    access_expires_at: datetime | None = None
    base_url: str = ""
    account_id: str = ""
    actor_id: str = ""
    accounts_url: str = ""
    username: str = ""

    @property
    def is_renewable(self) -> bool:
        """Whether another access token can be had without people."""
        return bool(self.refresh_token) or self.kind == "jwt_bearer"

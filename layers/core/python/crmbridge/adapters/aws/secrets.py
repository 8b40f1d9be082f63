"""The credentials of our applications, from Secrets Manager."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from crmbridge.adapters.aws._faults import repairable
from crmbridge.domain.tokens import AppSecret
from crmbridge.errors import ConfigurationError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from crmbridge.ports import Now

KEPT = timedelta(minutes=5)
"""How long a secret is believed without asking again, while nobody refuses it."""

TRUSTED = timedelta(seconds=15)
"""How long it is believed even though it was refused: forged signatures shall not become calls of AWS."""


class SecretsManagerAppSecrets:
    """Reads ``<prefix>/apps/<crm>`` and keeps what it read for a while.

    A secret is JSON with ``client_id``, ``client_secret`` and, during a rotation, ``previous_client_secret``; where
    assertions are signed, also ``private_key`` (PEM) and ``users``, lists of usernames by workspace id.

    Args:
        prefix: what the secrets' names begin with.
        now: the clock by which secrets are read again.
    """

    def __init__(self, client: SecretsManagerClient, prefix: str, *, now: Now) -> None:
        self._client = client
        self._prefix = prefix
        self._now = now
        self._read: dict[str, tuple[datetime, AppSecret]] = {}

    def get(self, crm: str, *, anew: bool = False) -> AppSecret:
        """Return a vendor application's credentials; see ``AppSecrets``.

        Raises:
            ConfigurationError: the secret does not exist, may not be read, or lacks an id or secret; or its users are
                no lists.
        """
        now = self._now()
        read_at, secret = self._read.get(crm, (None, None))
        if secret is None or read_at is None or now - read_at >= (TRUSTED if anew else KEPT):
            secret = self._fetch(f"{self._prefix}/apps/{crm}")
            self._read[crm] = (now, secret)
        return secret

    def _fetch(self, name: str) -> AppSecret:
        with repairable(f"secret {name}"):
            text = self._client.get_secret_value(SecretId=name).get("SecretString", "")
        values = _values(name, text)
        missing = [key for key in ("client_id", "client_secret") if not values.get(key)]
        if missing:
            raise ConfigurationError(f"secret {name} lacks {' and '.join(missing)}")
        return AppSecret(
            client_id=str(values["client_id"]),
            client_secret=str(values["client_secret"]),
            previous_client_secret=str(values.get("previous_client_secret") or ""),
            private_key=str(values.get("private_key") or ""),
            users=_users(name, values.get("users") or {}),
        )


def _values(name: str, text: str) -> dict[str, object]:
    """Read a secret's JSON, without letting a piece of it into an error."""
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise ConfigurationError(f"secret {name} is not a JSON object with client_id and client_secret")
    return cast("dict[str, object]", values)


def _users(name: str, value: object) -> dict[str, tuple[str, ...]]:
    lists = list(cast("dict[str, object]", value).values()) if isinstance(value, dict) else [None]
    if not all(isinstance(each, list) and _are_texts(cast("list[object]", each)) for each in lists):
        raise ConfigurationError(f"secret {name} has users that are not lists of usernames by workspace id")
    return {workspace_id: tuple(names) for workspace_id, names in cast("dict[str, list[str]]", value).items()}


def _are_texts(values: list[object]) -> bool:
    return all(isinstance(each, str) and each for each in values)

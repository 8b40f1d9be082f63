"""The credentials of our applications, held in memory."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge.domain.tokens import AppSecret
from crmbridge.errors import ConfigurationError


class MemoryAppSecrets:
    """Gives what it was made with.

    Args:
        secrets: by connector name.
    """

    def __init__(self, secrets: Mapping[str, AppSecret]) -> None:
        self._secrets = dict(secrets)

    def get(self, crm: str, *, anew: bool = False) -> AppSecret:  # noqa: ARG002 - nothing is cached
        """Return a vendor application's credentials; see ``AppSecrets``.

        Raises:
            ConfigurationError: there are none, or an id or secret is empty.
        """
        secret = self._secrets.get(crm)
        if secret is None:
            raise ConfigurationError(f"there are no credentials for {crm}")
        missing = [name for name in ("client_id", "client_secret") if not getattr(secret, name)]
        if missing:
            raise ConfigurationError(f"the credentials for {crm} lack {' and '.join(missing)}")
        return secret

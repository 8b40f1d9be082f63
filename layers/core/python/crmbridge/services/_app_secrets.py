"""Our application's credentials while they are being changed: the present ones, those before, those just written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from crmbridge.errors import ConfigurationError, ProviderError

if TYPE_CHECKING:
    from crmbridge.domain.tokens import AppSecret
    from crmbridge.services.hub import Hub

T = TypeVar("T")

CLIENT_REFUSED = frozenset({"invalid_client", "invalid_client_id", "invalid_client_credentials"})
"""Codes by which a token endpoint says that it does not know our application. Source: RFC 6749 §5.2; Salesforce."""


def ask_as_app(hub: Hub, crm: str, ask: Callable[[AppSecret], T], *, known: AppSecret | None = None) -> T:
    """Ask a vendor with our credentials, and with the others of a rotation where it refuses these.

    Who calls is looked at before what is asked for, so such a refusal uses up neither a code nor a refresh token.

    Args:
        known: the credentials, where they were read already.

    Raises:
        ConfigurationError: there are no credentials, or the vendor accepts none of them.
        ProviderError: what ``ask`` raises about anything else.
    """
    refusal: ConfigurationError | ProviderError | None = None
    tried: list[AppSecret] = []
    for app in _in_turn(hub, crm, known):
        if app in tried:
            continue
        tried.append(app)
        try:
            return ask(app)
        except (ConfigurationError, ProviderError) as error:
            if not is_refused_app(error):
                raise
            refusal = refusal or error
    raise refusal or ConfigurationError(f"there are no credentials for {crm}")


def is_refused_app(error: Exception) -> bool:
    """Tell whether a vendor refused our application rather than what was asked for."""
    if isinstance(error, ProviderError):
        return error.code in CLIENT_REFUSED
    return isinstance(error, ConfigurationError)


def signing_secrets(app: AppSecret) -> list[str]:
    """Return the secrets that a vendor may sign webhooks with at this moment."""
    return [each for each in (app.client_secret, app.previous_client_secret) if each]


def _in_turn(hub: Hub, crm: str, known: AppSecret | None) -> Iterator[AppSecret]:
    yield from _both(known or hub.secrets.get(crm))
    yield from _both(hub.secrets.get(crm, anew=True))


def _both(app: AppSecret) -> Iterator[AppSecret]:
    yield app
    if app.previous_client_secret:
        yield replace(app, client_secret=app.previous_client_secret)

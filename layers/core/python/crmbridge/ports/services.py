"""Queues, encryption and the vendors' applications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from crmbridge.domain.messages import ChangeHint, SyncStep, Ticket, Wake
from crmbridge.domain.tokens import AppSecret


class Queues(Protocol):
    """Sends work to be done elsewhere; sends in order, in as few calls as the service allows."""

    def send_changes(self, hints: Sequence[ChangeHint], *, delay_s: int = 0) -> None:
        """Queue hints that records changed, to be seen after ``delay_s`` (0..900) seconds.

        Raises:
            ConfigurationError: the queue does not exist or may not be written to.
        """
        ...

    def send_steps(self, steps: Sequence[SyncStep], *, delay_s: int = 0) -> None:
        """Queue reading steps, to be seen after ``delay_s`` (0..900) seconds."""
        ...

    def send_tickets(self, tickets: Sequence[Ticket], *, cause: str) -> None:
        """Queue tickets; two with the same cause and content within five minutes count as one.

        Args:
            tickets: 0..n.
            cause: unique id of what made them, such as a stream event id or a run id with its step.
        """
        ...

    def send_wakes(self, wakes: Sequence[Wake], *, delay_s: int) -> None:
        """Queue a later look at integrations, to be seen after ``delay_s`` (0..900) seconds."""
        ...


class Cipher(Protocol):
    """Encrypts tokens at rest."""

    def encrypt(self, plaintext: str, *, context: Mapping[str, str]) -> str:
        """Return ciphertext that only the same context can decrypt."""
        ...

    def decrypt(self, ciphertext: str, *, context: Mapping[str, str]) -> str:
        """Return the plaintext.

        Raises:
            ConfigurationError: the ciphertext was not made by this key with this context.
        """
        ...


class AppSecrets(Protocol):
    """Gives the credentials of our application at each vendor."""

    def get(self, crm: str, *, anew: bool = False) -> AppSecret:
        """Return the credentials, cached for some minutes.

        Args:
            anew: do not trust what is cached, for a vendor has refused it; what was read seconds ago is trusted.

        Raises:
            ConfigurationError: the secret does not exist or lacks ``client_id`` or ``client_secret``.
        """
        ...

"""Salesflare calls nobody: its API has no webhooks, so this door stays shut."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crmbridge.domain.webhook import WebhookAnswer, WebhookCall, WebhookEvent
from crmbridge.errors import SignatureError, WebhookRejectedError
from crmbridge.ports import WebhookDoor


class SalesflareDoor:
    """Refuses whatever comes: nothing that knocks here can be Salesflare."""

    def verify(self, call: WebhookCall, *, secrets: Sequence[str], now: datetime) -> None:
        """Refuse every call.

        Raises:
            SignatureError: always.
        """
        raise SignatureError(f"Salesflare sends no webhooks: {call.method} with {len(secrets)} secrets at {now}")

    def parse(self, call: WebhookCall) -> tuple[WebhookEvent, ...]:
        """Refuse every body.

        Raises:
            WebhookRejectedError: always.
        """
        raise WebhookRejectedError(f"Salesflare sends no webhooks, and none of {len(call.body)} bytes")

    def answer(self) -> WebhookAnswer:
        """Return an answer for whoever asks for one."""
        return WebhookAnswer(status=200, content_type="application/json", body="{}")


DOOR: WebhookDoor = SalesflareDoor()

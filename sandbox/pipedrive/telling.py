"""Changes told to webhooks: one call for one change.

Source: Pipedrive, guide for webhooks v2 (delivery, retries, bans) and its migration guide (samples).
"""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from sandbox._clock import Clock
from sandbox._settings import Settings
from sandbox._webhook_delivery import DeliveryRules, Event, WebhookDelivery
from sandbox._webhook_post import Outgoing, Reply
from sandbox.pipedrive.account import ADMIN_ID, COMPANY_ID, HOST
from sandbox.pipedrive.hooks import HookBook
from sandbox.pipedrive.times import lead_time
from sandbox.pipedrive.writing import Change

JsonObject = dict[str, Any]
RETRIES_S = (3.0, 30.0, 150.0)
ANSWER_S = 10.0


class Telling:
    """Sends every change to the webhooks that want it."""

    def __init__(self, clock: Clock, settings: Settings) -> None:
        """Prepare the way out; ``open`` gives it a company's webhooks."""
        self._clock, self._post = clock, settings.post
        self._under_way: dict[int, tuple[int, int]] = {}
        self.hooks = HookBook(clock, Random(settings.random_seed))
        self._rng = Random(settings.random_seed + 1)
        self.deliveries = WebhookDelivery(
            DeliveryRules(retry_delays_s=RETRIES_S, timeout_s=ANSWER_S, batch_size=1),
            clock=clock,
            settings=replace(settings, post=self._send),
            render=self._render,
        )

    def open(self, hooks: HookBook) -> None:
        """Go on with the webhooks of a fresh company."""
        self.hooks = hooks

    def announce(self, change: Change) -> None:
        """Publish a change; webhooks that are banned never hear of it."""
        now_ms = self._clock.now_ms()
        wanted = [each for each in self.hooks.live() if each.wants(change.entity, change.action)]
        for hook in wanted:
            if hook.banned_until_ms <= now_ms:
                self.deliveries.publish(str(hook.hook_id), [self._event(change, hook.hook_id, now_ms)])

    def _event(self, change: Change, hook_id: int, now_ms: int) -> JsonObject:
        meta: JsonObject = {
            "action": change.action,
            "company_id": str(COMPANY_ID),
            "correlation_id": self._uuid(),
            "entity_id": str(change.record_id),
            "entity": change.entity,
            "id": self._uuid(),
            "is_bulk_edit": False,
            "timestamp": lead_time(now_ms),
            "type": "general",
            "user_id": str(change.actor.user_id),
            "version": "2.0",
            "webhook_id": str(hook_id),
            "webhook_owner_id": str(ADMIN_ID),
            "change_source": change.actor.source,
            "permitted_user_ids": [str(ADMIN_ID)],
            "attempt": 1,
            "host": HOST,
        }
        previous = change.before if change.action == "delete" else _previous(change)
        return {"data": change.after, "previous": previous, "meta": meta | change.meta}

    def _render(self, target: str, events: Sequence[Event], attempt: int) -> Outgoing:
        hook = self.hooks.items.get(int(target))
        if hook is None:
            raise OSError("the webhook was removed")
        event = {**events[0], "meta": {**events[0]["meta"], "attempt": attempt + 1}}
        headers = {"Content-Type": "application/json", "User-Agent": "Pipedrive Webhooks"}
        if hook.auth_user or hook.auth_password:
            pair = f"{hook.auth_user or ''}:{hook.auth_password or ''}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        call = Outgoing(url=hook.url, headers=headers, body=json.dumps(event, separators=(",", ":")).encode())
        self._under_way[id(call)] = (hook.hook_id, attempt)
        return call

    def _send(self, call: Outgoing, timeout_s: float) -> Reply:
        hook_id, attempt = self._under_way.pop(id(call))
        try:
            reply = self._post(call, timeout_s)
        except (OSError, http.client.HTTPException):
            self.hooks.told(hook_id, None, attempt)
            raise
        self.hooks.told(hook_id, reply.status, attempt)
        return reply

    def _uuid(self) -> str:
        word = f"{self._rng.getrandbits(128):032x}"
        return f"{word[:8]}-{word[8:12]}-4{word[13:16]}-a{word[17:20]}-{word[20:]}"


def _previous(change: Change) -> JsonObject | None:
    """Return the old values of what differs; nothing for a new record."""
    if change.before is None or change.after is None:
        return None
    found: JsonObject = {
        key: value for key, value in change.before.items() if key != "custom_fields" and change.after.get(key) != value
    }
    old, new = change.before.get("custom_fields", {}), change.after.get("custom_fields", {})
    custom = {code: old.get(code) for code in {**old, **new} if old.get(code) != new.get(code)}
    return {**found, "custom_fields": custom} if custom else found

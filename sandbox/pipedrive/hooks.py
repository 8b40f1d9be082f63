"""Webhooks of the company: made, banned, removed.

Source: Pipedrive, guide for webhooks v2 and OpenAPI file of v1.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import urlsplit

from sandbox._clock import Clock
from sandbox.pipedrive.account import ADMIN_ID, COMPANY_ID
from sandbox.pipedrive.errors import hook_error
from sandbox.pipedrive.times import lead_time

JsonObject = dict[str, Any]
ACTIONS = ("create", "change", "delete", "*")
OBJECTS = (
    "activity", "deal", "lead", "note", "organization", "person", "pipeline", "product", "stage", "user", "*",
)  # fmt: skip
MAX_HOOKS = 40
BAN_AFTER = 10
BAN_MS = 30 * 60_000
REMOVED_AFTER_MS = 3 * 86_400_000
_KEYS = {
    "subscription_url", "event_action", "event_object", "name", "user_id", "http_auth_user", "http_auth_password",
    "version",
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Hook:
    """One webhook.

    Attributes:
        failures: first attempts that failed since the last ban.
        healthy_ms: last success, or when it was made.
    """

    hook_id: int
    url: str
    action: str
    entity: str
    name: str
    user_id: int
    auth_user: str | None
    auth_password: str | None
    add_ms: int
    healthy_ms: int
    failures: int = 0
    banned_until_ms: int = 0
    last_status: int | None = None
    from_control: bool = False

    def wants(self, entity: str, action: str) -> bool:
        """Tell whether an event is for it."""
        return self.entity in ("*", entity) and self.action in ("*", action)


class HookBook:
    """All webhooks."""

    def __init__(self, clock: Clock, rng: Random) -> None:
        """Start with none."""
        self._clock, self._rng = clock, rng
        self.items: dict[int, Hook] = {}
        self._next_id = 4_718_001

    def create(self, body: JsonObject) -> Hook:
        """Make a webhook from a request.

        Raises:
            VendorError: 400, a field that is missing or wrong; 422, there are forty already.
        """
        _check(body)
        if len(self.live()) >= MAX_HOOKS:
            raise hook_error("subscription_url", "webhooks limit reached", 422)
        return self.add(
            str(body["subscription_url"]),
            str(body["event_action"]),
            str(body["event_object"]),
            name=str(body["name"]),
            auth=(body.get("http_auth_user"), body.get("http_auth_password")),
            user_id=int(body.get("user_id") or ADMIN_ID),
        )

    def add(
        self,
        url: str,
        action: str,
        entity: str,
        *,
        name: str,
        auth: tuple[str | None, str | None] = (None, None),
        user_id: int = ADMIN_ID,
        from_control: bool = False,
    ) -> Hook:
        """Store a webhook."""
        now_ms = self._clock.now_ms()
        self._next_id += 1
        made = Hook(
            hook_id=self._next_id,
            url=url,
            action=action,
            entity=entity,
            name=name,
            user_id=user_id,
            auth_user=auth[0],
            auth_password=auth[1],
            add_ms=now_ms,
            healthy_ms=now_ms,
            from_control=from_control,
        )
        self.items[made.hook_id] = made
        return made

    def live(self) -> list[Hook]:
        """Return the webhooks that are left: those without a success for three days are removed."""
        now_ms = self._clock.now_ms()
        for hook in list(self.items.values()):
            if hook.failures and now_ms - hook.healthy_ms >= REMOVED_AFTER_MS:
                del self.items[hook.hook_id]
        return list(self.items.values())

    def told(self, hook_id: int, status: int | None, attempt: int) -> None:
        """Note how a call went; ``None`` when no answer came."""
        hook = self.items.get(hook_id)
        if hook is None:
            return
        now_ms = self._clock.now_ms()
        hook.last_status = status
        if status is not None and 200 <= status < 300:
            hook.healthy_ms, hook.failures = now_ms, 0
        elif attempt == 0:
            hook.failures += 1
            if hook.failures % BAN_AFTER == 0:
                hook.banned_until_ms = now_ms + BAN_MS

    def ban(self) -> None:
        """Ban every webhook that was made through the API for half an hour."""
        for hook in self.items.values():
            if not hook.from_control:
                hook.banned_until_ms = self._clock.now_ms() + BAN_MS

    def row(self, hook: Hook) -> JsonObject:
        """Return a webhook as the API lists it; what was sent for Basic authentication is not shown."""
        banned = hook.banned_until_ms > self._clock.now_ms()
        return {
            "id": hook.hook_id,
            "company_id": COMPANY_ID,
            "owner_id": ADMIN_ID,
            "user_id": hook.user_id,
            "event_action": hook.action,
            "event_object": hook.entity,
            "subscription_url": hook.url,
            "version": "2.0",
            "is_active": 0 if banned else 1,
            "add_time": lead_time(hook.add_ms),
            "remove_time": None,
            "type": "general",
            "http_auth_user": _blob(self._rng) if hook.auth_user else None,
            "http_auth_password": _blob(self._rng) if hook.auth_password else None,
            "remove_reason": None,
            "last_delivery_time": lead_time(hook.healthy_ms) if hook.last_status else None,
            "last_http_status": hook.last_status,
            "admin_id": ADMIN_ID,
            "name": hook.name,
        }


def _blob(rng: Random) -> str:
    return f"v1u:{rng.getrandbits(128):032x}"


def _check(body: JsonObject) -> None:
    strangers = sorted(set(body) - _KEYS)
    if strangers:
        raise hook_error(strangers[0], "is not allowed")
    for name in ("subscription_url", "event_action", "event_object", "name"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise hook_error(name, "is required")
    url = urlsplit(str(body["subscription_url"]))
    if url.scheme not in ("http", "https") or not url.hostname:
        raise hook_error("subscription_url", "invalid or non-reachable URL")
    if body["event_action"] not in ACTIONS:
        raise hook_error("event_action", f"must be one of: {', '.join(ACTIONS)}")
    if body["event_object"] not in OBJECTS:
        raise hook_error("event_object", f"must be one of: {', '.join(OBJECTS)}")
    if body.get("version", "2.0") != "2.0":
        raise hook_error("version", "this imitation sends webhooks v2 only")

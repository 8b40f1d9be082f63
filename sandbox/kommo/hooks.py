"""Webhooks: who is told of what, and how it is written: forms with nested keys, unsigned.

Source: Kommo, webhooks; retries by the notes on its webhook reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from sandbox._webhook_post import Outgoing, Reply
from sandbox.kommo.setup import ACCOUNT_ID, ADMIN_ID, SUBDOMAIN

JsonObject = dict[str, Any]
MOST = 100
RETRIES_S = (300.0, 900.0, 900.0, 3600.0)
TIMEOUT_S = 2.0
CODES = frozenset(
    [f"{verb}_{word}" for verb in ("add", "update", "delete", "restore", "responsible", "note")
     for word in ("lead", "contact", "company")]
    + ["status_lead", "add_task", "delete_task", "responsible_task", "add_talk", "add_message",
       "add_chat_template_review", "update_task"]
)  # fmt: skip
"""Codes that can be subscribed; ``update_task`` is in no list of Kommo's, yet its calls are documented."""
_GROUPS = {"leads": "leads", "contacts": "contacts", "companies": "contacts", "tasks": "task", "unsorted": "unsorted"}


def accepts(reply: Reply) -> bool:
    """Tell whether a receiver took the call."""
    return 100 <= reply.status <= 299


class HookBook:
    """The account's subscriptions, one per URL."""

    def __init__(self) -> None:
        """Start without any."""
        self.hooks: dict[str, JsonObject] = {}
        self._last_id = 839_654

    def subscribe(self, url: str, settings: Sequence[str], *, now_s: int, merge: bool) -> JsonObject:
        """Add or change the subscription of a URL; a switched-off one is on again."""
        held: JsonObject = self.hooks.get(url) or {}
        if not held:
            self._last_id += 2
            held = {"id": self._last_id, "destination": url, "created_at": now_s, "settings": []}
            self.hooks[url] = held
        known: list[str] = [*held["settings"], *settings] if merge else list(settings)
        held.update(updated_at=now_s, settings=list(dict.fromkeys(known)), disabled=False)
        held.update(account_id=ACCOUNT_ID, created_by=ADMIN_ID, sort=len(self.hooks))
        return held

    def listening(self, code: str) -> list[str]:
        """Return the URLs that are told of a code."""
        return [url for url, each in self.hooks.items() if code in each["settings"] and not each["disabled"]]


def group_of(table: str, row: JsonObject) -> str:
    """Return the first key of a webhook: contacts and companies share theirs."""
    return _GROUPS[row["entity_type"] if table == "notes" else table]


def render(url: str, events: Sequence[JsonObject]) -> Outgoing:
    """Write one call: things of one kind and action share a list."""
    document: JsonObject = {}
    for each in events:
        document.setdefault(each["group"], {}).setdefault(each["action"], []).append(each["item"])
    link = {"self": f"https://{SUBDOMAIN}.kommo.com"}
    document["account"] = {"subdomain": SUBDOMAIN, "id": ACCOUNT_ID, "_links": link}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "amoCRM-WebHook-client/1.0"}
    return Outgoing(url=url, headers=headers, body=form(document).encode())


def form(document: JsonObject) -> str:
    """Write nested values as PHP does: keys in brackets, truth as 1 and 0, nothing for nothing."""
    pairs: list[tuple[str, str]] = []

    def walk(prefix: str, value: object) -> None:
        if isinstance(value, dict | list):
            rows = value.items() if isinstance(value, dict) else enumerate(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType, reportUnknownMemberType]
            for key, each in rows:  # pyright: ignore[reportUnknownVariableType]
                walk(f"{prefix}[{key}]" if prefix else str(key), each)  # pyright: ignore[reportUnknownArgumentType]
        elif value is not None:
            pairs.append((prefix, str(int(value)) if isinstance(value, bool) else str(value)))

    walk("", document)
    return urlencode(pairs)

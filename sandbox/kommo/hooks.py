"""Webhooks: who is told of what, and how it is written: forms with nested keys, unsigned.

Source: Kommo, webhooks; retries by the notes on its webhook reference.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from sandbox._webhook_post import Outgoing, Reply
from sandbox.kommo.records import Account
from sandbox.kommo.setup import ACCOUNT_ID, ADMIN_ID, SUBDOMAIN
from sandbox.kommo.values import in_webhooks

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

_ELEMENT_TYPES = {"contacts": 1, "leads": 2, "companies": 3}
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


def item_of(account: Account, table: str, action: str, row: JsonObject) -> JsonObject:
    """Return one changed thing as its webhook shows it; everything becomes text when it is sent."""
    if table == "tasks":
        return _task(action, row)
    if table == "notes":
        return _note(row)
    if table == "unsorted":
        return row
    kind = {"type": "company" if table == "companies" else "contact"} if table != "leads" else {}
    if action == "delete":
        place = {name: row[name] for name in ("status_id", "pipeline_id") if table == "leads"}
        return {"id": row["id"], **place, **kind}
    item: JsonObject = {
        "id": row["id"],
        "name": row["name"],
        "responsible_user_id": row["responsible_user_id"],
        "date_create": row["created_at"],
        "last_modified": row["updated_at"],
        "created_user_id": row["created_by"],
        "modified_user_id": row["updated_by"],
        "account_id": ACCOUNT_ID,
    }
    if table == "leads":
        item |= {name: row[name] for name in ("status_id", "price", "pipeline_id")}
    item |= {name: row[name] for name in row if name.startswith("old_")}
    item["custom_fields"] = in_webhooks(account.fields.of(table), row["custom"])
    if row["tags"]:
        item["tags"] = [{"id": account.tag_id(table, name), "name": name} for name in row["tags"]]
    return item | {"created_at": row["created_at"], "updated_at": row["updated_at"]} | kind


def _task(action: str, row: JsonObject) -> JsonObject:
    if action == "delete":
        return {"id": row["id"]}
    item: JsonObject = {
        "id": row["id"],
        "element_id": row["entity_id"] or 0,
        "element_type": _ELEMENT_TYPES.get(row["entity_type"] or "", 0),
        "task_type": row["task_type_id"],
        "date_create": _stamp(row["created_at"]),
        "text": row["text"],
        "status": row["is_completed"],
        "account_id": ACCOUNT_ID,
        "created_user_id": row["created_by"],
        "last_modified": _stamp(row["updated_at"]),
        "responsible_user_id": row["responsible_user_id"],
        "complete_till": _stamp(row["complete_till"]),
    }
    item |= {name: row[name] for name in ("action_close", "old_text") if name in row}
    times = {"created_at": row["created_at"], "updated_at": row["updated_at"], "complete_before": row["complete_till"]}
    return item | times


def _note(row: JsonObject) -> JsonObject:
    source = {"event_source": {"id": row["created_by"], "author_name": "Marina Lagoa", "type": 1}}
    note: JsonObject = {
        "text": row["params"].get("text", ""),
        "attachement": "",  # codespell:ignore attachement
        "date_create": _stamp(row["created_at"]),
        "note_type": 4,
        "element_type": _ELEMENT_TYPES[row["entity_type"]],
        "element_id": row["entity_id"],
        "catalog_id": 0,
        "group_id": 0,
        "timestamp_x": _stamp(row["updated_at"]),
        "account_id": ACCOUNT_ID,
        "metadata": json.dumps(source),
        "created_by": row["created_by"],
        "modified_by": row["updated_by"],
        "main_user_id": row["responsible_user_id"],
        "id": row["id"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
    if row["entity_type"] == "leads":
        return {"note": note}
    return {"note": note, "type": "company" if row["entity_type"] == "companies" else "contact"}


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


def _stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")

"""Workflow webhooks: whatever an admin designs, of which we read which record to look at; nothing is signed.

The docs page has the content to design. Product events, which an app may hand on, are read too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qsl

from crmbridge.domain.vocabulary import Entity
from crmbridge.domain.webhook import HookKind, WebhookAnswer, WebhookCall, WebhookEvent
from crmbridge.errors import WebhookRejectedError

MAX_BYTES = 1024 * 1024
"""A workflow's call speaks of one record; a megabyte is far beyond any."""

_MODULES: Mapping[str, tuple[Entity, str]] = {
    "contact": ("contact", ""),
    "sales_account": ("company", ""),
    "account": ("company", ""),
    "deal": ("deal", ""),
    "task": ("activity", "tasks:"),
    "appointment": ("activity", "appointments:"),
    "sales_activity": ("activity", "sales_activities:"),
}
"""By the vendor's word: our entity, and the prefix of its ids."""

_KINDS: Mapping[str, HookKind] = {
    "created": "changed",
    "create": "changed",
    "updated": "changed",
    "update": "changed",
    "changed": "changed",
    "deleted": "gone",
    "delete": "gone",
}


class _Told(NamedTuple):
    """Which record a call speaks of."""

    module: str
    external_id: str
    updated_at: str


class WorkflowDoor:
    """Takes the calls of workflows."""

    def verify(self, call: WebhookCall, *, secrets: Sequence[str], now: datetime) -> None:
        """Accept a call that can be a workflow's.

        Who sent it is told by the secret in the path, which the service looks up, and by the account's domain in the
        body, which it compares.

        Raises:
            WebhookRejectedError: another method, or too large.
        """
        del secrets, now
        if call.method not in ("POST", "PUT"):
            raise WebhookRejectedError(f"workflows post or put, not {call.method[:10]!r}")
        if len(call.body) > MAX_BYTES:
            raise WebhookRejectedError(f"a body of {len(call.body)} bytes is more than {MAX_BYTES}")

    def parse(self, call: WebhookCall) -> tuple[WebhookEvent, ...]:
        """Read the record out of a verified call.

        Raises:
            WebhookRejectedError: neither JSON nor a form, or without domain, entity and id.
        """
        said = _content(call)
        event = _product_event(said) if "event" in said and "data" in said else _designed(said)
        return (event,)

    def answer(self) -> WebhookAnswer:
        """Return what ends the delivery; anything but success is sent again for two days."""
        return WebhookAnswer(200, "application/json", "{}")


DOOR = WorkflowDoor()


def _content(call: WebhookCall) -> Mapping[str, Any]:
    content_type = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        text = call.body.decode("utf-8")
        if content_type == "application/x-www-form-urlencoded":
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=1000))
        said: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WebhookRejectedError("the body is neither JSON nor a form") from error
    if not isinstance(said, dict):
        raise WebhookRejectedError("the body is no JSON object")
    return cast("Mapping[str, Any]", said)


def _designed(said: Mapping[str, Any]) -> WebhookEvent:
    module, external_id = _text(said, "entity").lower(), _text(said, "id")
    name = f"{module or 'nothing'}.{_text(said, 'event').lower() or 'changed'}"
    account_id = _host(_text(said, "domain"))
    if not module or not account_id:
        raise WebhookRejectedError(
            "the call names no domain or no entity", field="domain" if module else "entity",
            next_step="design the workflow's content as the page on Freshsales says",
        )  # fmt: skip
    kind = _KINDS.get(name.rpartition(".")[2], "unknown")
    return _event(kind, name, account_id, _Told(module, external_id, _text(said, "updated_at")), said)


def _product_event(said: Mapping[str, Any]) -> WebhookEvent:
    """Read ``onContactUpdate`` and its like: the record stands under the module's name in ``data``."""
    name, data = _text(said, "event"), said.get("data")
    account_id = _host(_text(said, "domain"))
    if not isinstance(data, dict) or not account_id:
        raise WebhookRejectedError("the event has no data or no domain", field="data")
    rows = cast("Mapping[str, Any]", data)
    module = next((each for each in _MODULES if isinstance(rows.get(each), dict)), "")
    row = cast("Mapping[str, Any]", rows.get(module) or {})
    word = next((each for each in ("create", "update", "delete") if name.lower().endswith(each)), "")
    kind = _KINDS.get(word, "unknown")
    return _event(kind, name, account_id, _Told(module, _text(row, "id"), _text(row, "updated_at")), said)


def _event(kind: HookKind, name: str, account_id: str, told: _Told, raw: Mapping[str, Any]) -> WebhookEvent:
    entity, prefix = _MODULES.get(told.module, (None, ""))
    if entity is None or not (told.external_id.isascii() and told.external_id.isdigit()):
        return WebhookEvent("unknown", name, account_id, entity, "", raw=raw)
    external_id, modified_ms = prefix + told.external_id, _epoch_ms(told.updated_at)
    return WebhookEvent(kind, name, account_id, entity, external_id, raw=raw, modified_ms=modified_ms)


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    is_plain = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value).strip() if is_plain else ""


def _host(domain: str) -> str:
    return domain.lower().removeprefix("https://").removeprefix("http://").partition("/")[0]


def _epoch_ms(text: str) -> int:
    """Return a time as epoch milliseconds, 0 where it is none or has no offset."""
    try:
        moment = datetime.fromisoformat(text)
        return 0 if moment.tzinfo is None else int(moment.astimezone(UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        return 0

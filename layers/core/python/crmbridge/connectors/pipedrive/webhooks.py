"""Pipedrive's webhook door: webhooks v2, which are not signed; only which records changed is believed.

Source: Pipedrive, guide for webhooks v2 and its migration guide.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn, cast

from crmbridge.domain.vocabulary import Entity
from crmbridge.domain.webhook import HookKind, WebhookAnswer, WebhookCall, WebhookEvent
from crmbridge.errors import SignatureError, WebhookRejectedError

USER: Final = "crmbridge"
"""User name of the Basic authentication that we ask for; the password is the secret in the path."""

BODY_MAX_BYTES = 6 * 1024 * 1024

_ENTITIES: Mapping[str, tuple[Entity, str]] = {
    "organization": ("company", ""),
    "person": ("contact", ""),
    "deal": ("deal", ""),
    "lead": ("lead", ""),
    "activity": ("activity", "activities:"),
    "note": ("activity", "notes:"),
}
_KINDS: Mapping[str, HookKind] = {"create": "changed", "change": "changed", "delete": "gone"}
_ID = re.compile(r"[0-9a-f-]{1,40}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PipedriveDoor:
    """Pipedrive's webhook rules."""

    def verify(self, call: WebhookCall, *, secrets: Sequence[str], now: datetime) -> None:
        """Accept a call whose path ends with a secret, and whose Basic password, where there is one, is one too.

        Raises:
            SignatureError: the path or the password is another one.
        """
        del now
        keys = [secret for secret in secrets if secret]
        last = call.url.partition("?")[0].rstrip("/").rpartition("/")[2]
        given = call.headers.get("authorization")
        if not _is_any(last, keys) or (given is not None and not _is_any(_password(given), keys)):
            raise SignatureError(
                "the call does not carry this integration's secret",
                field="authorization",
                next_step="set the integration's webhooks up again",
            )

    def parse(self, call: WebhookCall) -> tuple[WebhookEvent, ...]:
        """Read the one event of a verified call; a merge's loser is an event of kind ``merged``.

        Raises:
            WebhookRejectedError: the body is not what Pipedrive documents; ``field`` names the place.
        """
        body = _body(call.body)
        meta = body.get("meta")
        if not isinstance(meta, dict):
            _reject("meta", "is missing or not an object")
        return (_event(cast("dict[str, Any]", meta), body),)

    def answer(self) -> WebhookAnswer:
        """Return what Pipedrive wants to hear: any 2xx within ten seconds."""
        return WebhookAnswer(status=200, content_type="application/json", body="{}")


DOOR: Final = PipedriveDoor()


def _is_any(given: str, keys: Sequence[str]) -> bool:
    """Compare with every key in constant time, none skipped after a match."""
    matched = False
    for key in keys:
        matched |= hmac.compare_digest(given.encode("utf-8", "surrogatepass"), key.encode())
    return matched


def _password(header: str) -> str:
    scheme, _, blob = header.strip().partition(" ")
    try:
        pair = base64.b64decode(blob, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return pair.partition(":")[2]


def _body(raw: bytes) -> Mapping[str, Any]:
    if len(raw) > BODY_MAX_BYTES:
        _reject("body", f"has more than {BODY_MAX_BYTES} bytes")
    try:
        body: object = json.loads(raw)
    except (ValueError, RecursionError):
        _reject("body", "is not JSON")
    if not isinstance(body, dict):
        _reject("body", "is not an object")
    return cast("Mapping[str, Any]", body)


def _event(meta: Mapping[str, Any], body: Mapping[str, Any]) -> WebhookEvent:
    action, thing = str(meta.get("action", "")), str(meta.get("entity", ""))
    account_id = str(meta.get("company_id", ""))
    if not action or not thing:
        _reject("meta.action", "or meta.entity is missing")
    if not account_id.isdigit():
        _reject("meta.company_id", "is missing or not a company id")
    name = f"{action}.{thing}"[:200]
    kind = _KINDS.get(action, "unknown")
    if thing not in _ENTITIES or kind == "unknown":
        return WebhookEvent("unknown", name, account_id, None, str(meta.get("entity_id", ""))[:40], raw=body)
    entity, place = _ENTITIES[thing]
    external_id = f"{place}{_as_id(meta.get('entity_id'), 'meta.entity_id')}"
    survivor = meta.get("merged_to_id") if kind == "gone" else None
    merged_into = f"{place}{_as_id(survivor, 'meta.merged_to_id')}" if survivor else ""
    return WebhookEvent(
        "merged" if merged_into else kind,
        name,
        account_id,
        entity,
        external_id,
        merged_into,
        body,
        _modified_ms(body) if kind == "changed" else 0,
        str(meta.get("user_id", ""))[:20] if meta.get("change_source") == "api" else "",
    )


def _modified_ms(body: Mapping[str, Any]) -> int:
    """Return when the record was modified, 0 where the event does not say so as documented."""
    data = body.get("data")
    told: object = cast("dict[str, Any]", data).get("update_time") if isinstance(data, dict) else None
    try:
        moment = datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return 0
    if moment is None or moment.tzinfo is None:
        return 0
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _as_id(value: object, place: str) -> str:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not _ID.fullmatch(text):
        _reject(place, "is missing or not a record id")
    return text


def _reject(place: str, problem: str) -> NoReturn:
    raise WebhookRejectedError(
        f"{place} {problem}", field=place, next_step="send what Pipedrive's guide for webhooks v2 documents"
    )

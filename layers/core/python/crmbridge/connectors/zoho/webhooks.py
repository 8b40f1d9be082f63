"""Zoho's notification door: nothing is signed, so the path carries a secret and the token proves it once more."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NoReturn, cast

from crmbridge.domain.vocabulary import Entity
from crmbridge.domain.webhook import HookKind, WebhookAnswer, WebhookCall, WebhookEvent
from crmbridge.errors import SignatureError, WebhookRejectedError

BODY_MAX_BYTES = 6 * 1024 * 1024
IDS_MAX = 2_000
_ID_MAX_DIGITS = 20
_PROOF_CHARACTERS = 28

KINDS: Mapping[str, HookKind] = {
    "insert": "changed",
    "update": "changed",
    "delete": "gone",
    "create": "changed",
    "edit": "changed",
    "restore": "changed",
}
"""By ``operation``. Zoho sends the first three; the others are spelt so where events are subscribed."""

_ENTITIES: Mapping[str, Entity] = {
    "Accounts": "company",
    "Contacts": "contact",
    "Leads": "lead",
    "Deals": "deal",
    "Tasks": "activity",
    "Events": "activity",
    "Calls": "activity",
}


def token_for(account_id: str, secret: str) -> str:
    """Return the token of our channels: it names the organisation and proves the path's secret.

    A notification does not say which organisation it is of; its token, which is ours to choose, does.

    Args:
        account_id: the organisation's ``zgid``, at most 20 digits.
        secret: last part of the path that notifications are sent to.

    Returns:
        At most 50 characters, as many as Zoho takes.
    """
    proof = hmac.new(secret.encode(), b"zoho notification channel", hashlib.sha256).hexdigest()
    return f"{account_id}.{proof[:_PROOF_CHARACTERS]}"


class ZohoDoor:
    """Zoho's notification rules."""

    def verify(self, call: WebhookCall, *, secrets: Sequence[str], now: datetime) -> None:
        """Accept a call whose token was made from one of the secrets, or raise.

        Raises:
            SignatureError: there is no token, or it is another one.
        """
        del now  # a notification carries a time, but nothing vouches for it
        try:
            raw = json.loads(call.body)
            token = str(cast("dict[str, Any]", raw).get("token") or "") if isinstance(raw, dict) else ""
        except (ValueError, RecursionError):
            token = ""
        account_id = token.partition(".")[0]
        matched = False
        for secret in secrets:
            wanted = token_for(account_id, secret).encode("utf-8", "surrogatepass")
            matched |= bool(secret) and hmac.compare_digest(token.encode("utf-8", "surrogatepass"), wanted)
        if not matched:
            raise SignatureError(
                "the token is not that of our channel", field="token", next_step="set the notifications up again"
            )

    def parse(self, call: WebhookCall) -> tuple[WebhookEvent, ...]:
        """Read the events out of a verified call, one for each record it names.

        Raises:
            WebhookRejectedError: the body is not what Zoho documents; ``field`` names the place.
        """
        raw = _body(call.body)
        module, operation = str(raw.get("module") or "")[:100], str(raw.get("operation") or "")[:100]
        if not module or not operation:
            _reject("operation" if module else "module", "is missing")
        account_id = str(raw.get("token") or "").partition(".")[0][:_ID_MAX_DIGITS]
        entity, kind = _ENTITIES.get(module), KINDS.get(operation, "unknown")
        name = f"{module}.{operation}"
        if entity is None:
            kind = "unknown"
        return tuple(
            WebhookEvent(
                kind,
                name,
                account_id,
                None if kind == "unknown" else entity,
                f"{module}:{each}" if entity == "activity" else each,
                raw=raw,
            )
            for each in _ids(raw)
        )

    def answer(self) -> WebhookAnswer:
        """Return what Zoho wants to hear: any 2xx."""
        return WebhookAnswer(status=200, content_type="application/json", body="{}")


DOOR: Final = ZohoDoor()


def _body(body: bytes) -> Mapping[str, Any]:
    if len(body) > BODY_MAX_BYTES:
        _reject("body", f"has more than {BODY_MAX_BYTES} bytes")
    try:
        said: object = json.loads(body)
    except (ValueError, RecursionError):
        _reject("body", "is not JSON")
    if not isinstance(said, dict):
        _reject("body", "is not an object")
    return cast("Mapping[str, Any]", said)


def _ids(raw: Mapping[str, Any]) -> list[str]:
    told = raw.get("ids")
    if not isinstance(told, list):
        _reject("ids", "is missing or not a list")
    found = cast("list[object]", told)
    if len(found) > IDS_MAX:
        _reject("ids", f"holds more than {IDS_MAX} records")
    ids = [str(each) for each in found]
    for place, each in enumerate(ids):
        if not (each.isascii() and each.isdigit() and len(each) <= _ID_MAX_DIGITS):
            _reject(f"ids[{place}]", "is not a record id")
    return list(dict.fromkeys(ids))


def _reject(place: str, problem: str) -> NoReturn:
    raise WebhookRejectedError(
        f"{place} {problem}", field=place, next_step="send what Zoho's notification guide documents"
    )

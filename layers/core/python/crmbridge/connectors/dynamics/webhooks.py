"""Dynamics 365's webhook door: not signed, so the path carries a secret; the body says which row to read.

Source: Dataverse developer guide, use webhooks (RemoteExecutionContext), register a webhook.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NoReturn, cast

from crmbridge.connectors.dynamics.mapping.hook_keys import HEADER, hook_key
from crmbridge.connectors.dynamics.mapping.places import BY_TABLE, Place
from crmbridge.domain.webhook import HookKind, WebhookAnswer, WebhookCall, WebhookEvent
from crmbridge.errors import SignatureError, WebhookRejectedError

BODY_MAX_BYTES = 1_000_000
"""Bodies above 262,144 bytes come without their values; nothing larger than this is one of theirs."""

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_EMPTY = "00000000-0000-0000-0000-000000000000"
_DATE = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")

_KINDS: Mapping[str, HookKind] = {
    "Create": "changed",
    "Update": "changed",
    "SetState": "changed",
    "SetStateDynamicEntity": "changed",
    "Assign": "changed",
    "Win": "changed",
    "Lose": "changed",
    "QualifyLead": "changed",
    "Delete": "gone",
    "Merge": "merged",
}

Inputs = Mapping[str, Any]


class DynamicsDoor:
    """The rules of Dynamics 365's webhooks."""

    def verify(self, call: WebhookCall, *, secrets: Sequence[str], now: datetime) -> None:  # noqa: ARG002 - the port's signature
        """Accept a call that can be a webhook of Dynamics 365.

        Who sent it is told by the secret in the path and by the organization's id in the body, which the service
        compares with the integration's; there is no signature and no time to check. Addresses that we registered
        carry a key in a header too: one that is there has to be right.

        Raises:
            WebhookRejectedError: another method or content type, or too large.
            SignatureError: the header's key is that of another address.
        """
        if call.method != "POST":
            raise WebhookRejectedError(f"webhooks are posted, not sent by {call.method[:10]!r}")
        content_type = call.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/json":
            raise WebhookRejectedError(f"content type {content_type[:60]!r} is not JSON", field="content-type")
        if len(call.body) > BODY_MAX_BYTES:
            raise WebhookRejectedError(f"a body of {len(call.body)} bytes is more than {BODY_MAX_BYTES}")
        key = call.headers.get(HEADER)
        if key is not None and not _is_known(key, secrets):
            raise SignatureError("the key in the header does not match", next_step="set the webhook up again")

    def parse(self, call: WebhookCall) -> tuple[WebhookEvent, ...]:
        """Read the event out of a verified call; a merge becomes one for the loser and one for the winner.

        Raises:
            WebhookRejectedError: the body is not what Dataverse documents; ``field`` names the place.
        """
        context = _context(call.body)
        account_id = _id(context, "OrganizationId")
        message, table = _text(context, "MessageName"), _text(context, "PrimaryEntityName")
        name = f"{table}.{message}"
        place, kind = BY_TABLE.get(table), _KINDS.get(message, "unknown")
        row_id = _row_id(context)
        if place is None or kind == "unknown" or not row_id:
            entity = place.entity if place else None
            return (WebhookEvent("unknown", name, account_id, entity, "", raw=context),)
        if kind == "merged":
            return _merged(context, place, row_id, name=name, account_id=account_id)
        event = WebhookEvent(kind, name, account_id, place.entity, place.external_id(row_id), raw=context)
        return (_dated(event, context) if message in ("Create", "Update") else event,)

    def answer(self) -> WebhookAnswer:
        """Return what Dataverse wants to hear: any 2xx; it reads nothing else."""
        return WebhookAnswer(status=200, content_type="application/json", body="{}")


DOOR: Final = DynamicsDoor()


def _is_known(key: str, secrets: Sequence[str]) -> bool:
    """Compare with the key of every secret in constant time, none skipped after a match."""
    given = key.strip().encode("utf-8", "surrogatepass")
    matched = False
    for secret in secrets:
        matched |= hmac.compare_digest(given, hook_key(secret).encode())
    return matched


# ------------------------------------------------------------------------------------------------- reading


def _context(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        _reject("body", "is not JSON")
    if not isinstance(found, dict):
        _reject("body", "is not an object")
    return cast("Mapping[str, Any]", found)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _row_id(context: Mapping[str, Any]) -> str:
    """Return the row concerned; an empty text when none is told. Closing an opportunity names it in its input only."""
    primary = str(context.get("PrimaryEntityId") or "").lower()
    if _GUID.fullmatch(primary) and primary != _EMPTY:
        return primary
    inputs = _inputs(context)
    close = _attributes(inputs.get("OpportunityClose")).get("opportunityid")
    for each in (close, inputs.get("Target"), inputs.get("LeadId")):
        row_id = str(_mapping(each).get("Id") or "").lower()
        if _GUID.fullmatch(row_id) and row_id != _EMPTY:
            return row_id
    return ""


def _merged(
    context: Mapping[str, Any], place: Place, winner: str, *, name: str, account_id: str
) -> tuple[WebhookEvent, ...]:
    kept = place.external_id(winner)
    changed = WebhookEvent("changed", name, account_id, place.entity, kept, raw=context)
    loser = str(_inputs(context).get("SubordinateId") or "").lower()
    if not _GUID.fullmatch(loser):
        return (changed,)
    lost = WebhookEvent("merged", name, account_id, place.entity, place.external_id(loser), kept, context)
    return (lost, changed)


def _dated(event: WebhookEvent, context: Mapping[str, Any]) -> WebhookEvent:
    """Return an event with the row's own modified time and author, as far as they are told."""
    target = _attributes(_inputs(context).get("Target"))
    match = _DATE.fullmatch(str(target.get("modifiedon") or ""))
    author = str(_mapping(target.get("modifiedby")).get("Id") or context.get("UserId") or "").lower()
    return WebhookEvent(
        event.kind,
        event.name,
        event.account_id,
        event.entity,
        event.external_id,
        raw=event.raw,
        modified_ms=max(0, int(match[1])) if match else 0,
        modified_by=author if _GUID.fullmatch(author) else "",
    )


def _inputs(context: Mapping[str, Any]) -> Inputs:
    return _pairs(context.get("InputParameters"))


def _attributes(entity: object) -> Inputs:
    return _pairs(_mapping(entity).get("Attributes"))


def _pairs(listed: object) -> Inputs:
    """Return a list of keys and values as a mapping; whatever else stands there is passed over."""
    found: dict[str, Any] = {}
    for each in cast("list[object]", listed) if isinstance(listed, list) else ():
        pair = _mapping(each)
        if isinstance(pair.get("key"), str):
            found[pair["key"]] = pair.get("value")
    return found


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _text(context: Mapping[str, Any], name: str) -> str:
    value = context.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        _reject(name, "is missing or not text")
    return value


def _id(context: Mapping[str, Any], name: str) -> str:
    value = str(context.get(name) or "").lower()
    if not _GUID.fullmatch(value):
        _reject(name, "is missing or not an id")
    return value


def _reject(place: str, problem: str) -> NoReturn:
    raise WebhookRejectedError(
        f"{place} {problem}", field=place, next_step="send what Dataverse's webhook guide documents"
    )

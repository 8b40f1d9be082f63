"""HubSpot's webhook door: prove who calls, then read which records changed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn, cast
from urllib.parse import unquote

from crmbridge.domain.vocabulary import Entity
from crmbridge.domain.webhook import HookKind, WebhookAnswer, WebhookCall, WebhookEvent
from crmbridge.errors import SignatureError, WebhookRejectedError

WINDOW_S = 300
"""Seconds a signed call may be old, or ahead of our clock. Source: HubSpot, validating requests."""

BODY_MAX_BYTES = 6 * 1024 * 1024
EVENTS_MAX = 2_000
_ID_MAX_DIGITS = 20

_KINDS: Mapping[str, HookKind] = {
    "creation": "changed",
    "propertyChange": "changed",
    "restore": "changed",
    "associationChange": "changed",
    "deletion": "gone",
    "privacyDeletion": "gone",
    "merge": "merged",
}
_ENTITIES: Mapping[str, Entity] = {"contact": "contact", "company": "company", "deal": "deal"}
_PLACES: Mapping[str, str] = {"0-46": "notes", "0-27": "tasks", "0-48": "calls", "0-47": "meetings", "0-49": "emails"}
"""The objects that hold activities, by type id; only subscriptions to ``object.*`` tell of them."""

_ENTITIES_BY_TYPE_ID: Mapping[str, Entity] = {
    "0-1": "contact",
    "0-2": "company",
    "0-3": "deal",
    "0-136": "lead",
    **dict.fromkeys(_PLACES, "activity"),
}

_DECODED = re.compile(r"%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)
"""The escapes HubSpot undoes in the address it signs. Source: HubSpot, validating requests."""

_ENDS = re.compile(r"(CONTACT|COMPANY|DEAL)_TO_(CONTACT|COMPANY|DEAL)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class HubspotDoor:
    """HubSpot's webhook rules."""

    def verify(self, call: WebhookCall, *, secrets: Sequence[str], now: datetime) -> None:
        """Accept a call or raise; any of several secrets will do, so that they can be rotated.

        A call that carries a v3 signature is judged by that alone; without one, v1 is accepted.

        Raises:
            SignatureError: a header is missing, the time is off by more than 300 s, or nothing matches.
        """
        keys = [secret.encode() for secret in secrets if secret]
        if not keys:
            _refuse("there is no secret to prove this call with")
        if "x-hubspot-signature-v3" in call.headers:
            _verify_v3(call, keys, now)
        else:
            _verify_v1(call, keys)

    def parse(self, call: WebhookCall) -> tuple[WebhookEvent, ...]:
        """Read the events out of a verified call; unknown types become events of kind ``unknown``.

        A merge becomes one event per record that is gone and one for the survivor; a changed association
        becomes one event per end.

        Raises:
            WebhookRejectedError: the body is not what HubSpot documents; ``field`` names the place.
        """
        events: list[WebhookEvent] = []
        for place, raw in enumerate(_rows(call.body)):
            events += _events(raw, f"[{place}]")
        return tuple(events)

    def answer(self) -> WebhookAnswer:
        """Return what HubSpot wants to hear: any 2xx."""
        return WebhookAnswer(status=200, content_type="application/json", body="{}")


DOOR: Final = HubspotDoor()


# --------------------------------------------------------------------------------------------- signatures


def _verify_v3(call: WebhookCall, keys: Sequence[bytes], now: datetime) -> None:
    stamp = call.headers.get("x-hubspot-request-timestamp", "").strip()
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _ID_MAX_DIGITS):
        _refuse("the header X-HubSpot-Request-Timestamp is missing or not in milliseconds")
    if abs((now - _EPOCH) // timedelta(milliseconds=1) - int(stamp)) > WINDOW_S * 1000:
        _refuse(f"the call was signed more than {WINDOW_S} seconds away from now")
    messages = [call.method.encode() + url.encode() + call.body + stamp.encode() for url in _spellings(call.url)]
    _match(
        call.headers["x-hubspot-signature-v3"],
        (base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()) for key in keys for message in messages),
    )


def _verify_v1(call: WebhookCall, keys: Sequence[bytes]) -> None:
    signature = call.headers.get("x-hubspot-signature", "")
    if not signature:
        _refuse("neither X-HubSpot-Signature-v3 nor X-HubSpot-Signature is there")
    if call.headers.get("x-hubspot-signature-version", "v1").strip().lower() != "v1":
        _refuse("only signatures of version v1 and v3 are accepted here")
    _match(signature, (hashlib.sha256(key + call.body).hexdigest().encode() for key in keys))


def _match(signature: str, candidates: Iterable[bytes]) -> None:
    """Compare with every candidate in constant time, none skipped after a match."""
    given = signature.strip().encode("utf-8", "surrogateescape")
    matched = False
    for candidate in candidates:
        matched |= hmac.compare_digest(given, candidate)
    if not matched:
        _refuse("the signature does not match")


def _spellings(url: str) -> tuple[str, ...]:
    """Return every way in which HubSpot may have spelt the address it signed."""
    head, mark, query = url.partition("?")
    found = (
        url,
        _undo(url),
        head + mark + _undo(query),
        _undo(head) + mark + query,
        unquote(url),
    )
    return tuple(dict.fromkeys(found))


def _undo(text: str) -> str:
    return _DECODED.sub(lambda escape: unquote(escape.group()), text)


def _refuse(reason: str) -> NoReturn:
    raise SignatureError(
        reason, field="signature", next_step="check the app's client secret and the webhook's public address"
    )


# ------------------------------------------------------------------------------------------------- events


def _rows(body: bytes) -> list[Any]:
    if len(body) > BODY_MAX_BYTES:
        _reject("body", f"has more than {BODY_MAX_BYTES} bytes")
    try:
        rows = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        _reject("body", "is not JSON")
    if not isinstance(rows, list):
        _reject("body", "is not a list of events")
    found = cast("list[Any]", rows)
    if len(found) > EVENTS_MAX:
        _reject("body", f"holds more than {EVENTS_MAX} events")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _events(row: object, place: str) -> list[WebhookEvent]:
    if not isinstance(row, dict):
        _reject(place, "is not an object")
    raw = cast("dict[str, Any]", row)
    name = raw.get("subscriptionType", raw.get("eventType"))
    if not isinstance(name, str) or not 0 < len(name) <= 200:
        _reject(f"{place}.subscriptionType", "is missing or not text")
    account_id = _id(raw, "portalId", place)
    subject, _, verb = name.rpartition(".")
    kind = _KINDS.get(verb, "unknown")
    read = _READERS.get(verb, _read_one)
    if kind == "unknown":
        external_id = str(raw.get("objectId", ""))[:_ID_MAX_DIGITS]
        return [WebhookEvent("unknown", name, account_id, None, external_id, raw=raw)]
    return [
        WebhookEvent(
            each_kind, name, account_id, entity, external_id, merged_into, raw, _modified_ms(raw, verb), _by(raw)
        )
        for each_kind, entity, external_id, merged_into in read(raw, place, subject, kind)
    ]


def _modified_ms(raw: Mapping[str, Any], verb: str) -> int:
    """Return when the record was modified; associations do not move a record's modified time."""
    at = raw.get("occurredAt")
    return at if verb in ("propertyChange", "creation") and isinstance(at, int) and at > 0 else 0


def _by(raw: Mapping[str, Any]) -> str:
    """Return the app that made a change, empty for a person: HubSpot names apps, not the users they act as."""
    return str(raw.get("sourceId", ""))[:_ID_MAX_DIGITS] if raw.get("changeSource") == "INTEGRATION" else ""


_Said = tuple[HookKind, Entity | None, str, str]


def _entity(raw: Mapping[str, Any], subject: str, key: str = "objectTypeId") -> Entity | None:
    if subject == "object":
        return _ENTITIES_BY_TYPE_ID.get(str(raw.get(key, raw.get("objectTypeId", ""))))
    return _ENTITIES.get(subject)


def _read_one(raw: Mapping[str, Any], place: str, subject: str, kind: HookKind) -> list[_Said]:
    return [(kind, _entity(raw, subject), _placed(raw, subject, _id(raw, "objectId", place)), "")]


def _placed(raw: Mapping[str, Any], subject: str, record_id: str, key: str = "objectTypeId") -> str:
    """Return a record's id with the object that holds it, where several hold one entity."""
    path = _PLACES.get(str(raw.get(key, raw.get("objectTypeId", "")))) if subject == "object" else None
    return f"{path}:{record_id}" if path else record_id


def _read_merge(raw: Mapping[str, Any], place: str, subject: str, kind: HookKind) -> list[_Said]:
    entity = _entity(raw, subject)
    primary = _id(raw, "primaryObjectId", place)
    survivor = _id(raw, "newObjectId", place) if raw.get("newObjectId") else primary
    listed = raw.get("mergedObjectIds")
    if not isinstance(listed, list):
        _reject(f"{place}.mergedObjectIds", "is missing or not a list")
    merged = [
        _as_id(each, f"{place}.mergedObjectIds[{number}]") for number, each in enumerate(cast("list[Any]", listed))
    ]
    gone = dict.fromkeys(each for each in [*merged, primary] if each != survivor)
    return [*((kind, entity, each, survivor) for each in gone), ("changed", entity, survivor, "")]


def _read_association(raw: Mapping[str, Any], place: str, subject: str, kind: HookKind) -> list[_Said]:
    source, target = _id(raw, "fromObjectId", place), _id(raw, "toObjectId", place)
    named = _ENDS.search(str(raw.get("associationType", "")).upper())
    if named is None:
        ends = (_entity(raw, subject, "fromObjectTypeId"), _entity(raw, "object", "toObjectTypeId"))
        ends = ends if "toObjectTypeId" in raw else (ends[0], None)
        source = _placed(raw, subject, source, "fromObjectTypeId")
        target = _placed(raw, "object", target, "toObjectTypeId") if "toObjectTypeId" in raw else target
    else:
        ends = (_ENTITIES[named.group(1).lower()], _ENTITIES[named.group(2).lower()])
    said: list[_Said] = [(kind, ends[0], source, "")]
    if ends[1] is not None:
        said.append((kind, ends[1], target, ""))
    return said


_READERS: Mapping[str, Callable[[Mapping[str, Any], str, str, HookKind], list[_Said]]] = {
    "merge": _read_merge,
    "associationChange": _read_association,
}


def _id(raw: Mapping[str, Any], key: str, place: str) -> str:
    return _as_id(raw.get(key), f"{place}.{key}")


def _as_id(value: object, place: str) -> str:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) <= _ID_MAX_DIGITS):
        _reject(place, "is missing or not a record id")
    return text


def _reject(place: str, problem: str) -> NoReturn:
    raise WebhookRejectedError(
        f"{place} {problem}", field=place, next_step="send what HubSpot's webhook guide documents"
    )

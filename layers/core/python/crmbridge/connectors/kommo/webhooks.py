"""Kommo's webhooks: forms with nested keys, unsigned, so the path carries a secret that the service looks up.

Source: Kommo, webhooks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NoReturn, cast
from urllib.parse import parse_qsl

from crmbridge.domain.vocabulary import Entity
from crmbridge.domain.webhook import HookKind, WebhookAnswer, WebhookCall, WebhookEvent
from crmbridge.errors import WebhookRejectedError

BODY_MAX_BYTES = 6 * 1024 * 1024
PAIRS_MAX = 100_000
DEPTH_MAX = 16
_CONTENT_TYPE = "application/x-www-form-urlencoded"
_ID_MAX_DIGITS = 20

_KEY = re.compile(r"(?P<first>[^\[\]]{1,64})(?P<rest>(?:\[[^\[\]]{0,200}\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")

_KINDS: Mapping[str, HookKind] = {
    "add": "changed",
    "update": "changed",
    "restore": "changed",
    "status": "changed",
    "responsible": "changed",
    "delete": "gone",
}
_NOTE_PATHS = {"1": "contacts", "2": "leads", "3": "companies"}
"""What a note is on, by ``element_type``."""

_Said = tuple[HookKind, Entity | None, str]


class KommoDoor:
    """Takes Kommo's webhooks."""

    def verify(self, call: WebhookCall, *, secrets: Sequence[str], now: datetime) -> None:
        """Accept a call that can be a webhook of Kommo's.

        Who sent it is told by the secret in the path and by the account's id in the body, which the service compares
        with the integration's; there is no signature and no time to check.

        Raises:
            WebhookRejectedError: another method or content type, or too large.
        """
        del secrets, now
        if call.method != "POST":
            _reject("method", f"is {call.method[:10]!r}, and webhooks are posted")
        content_type = call.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != _CONTENT_TYPE:
            _reject("content-type", f"{content_type[:60]!r} is no form")
        if len(call.body) > BODY_MAX_BYTES:
            _reject("body", f"has more than {BODY_MAX_BYTES} bytes")

    def parse(self, call: WebhookCall) -> tuple[WebhookEvent, ...]:
        """Read the events out of a verified call; unknown groups and actions become events of kind ``unknown``.

        Raises:
            WebhookRejectedError: the body is not what Kommo documents; ``field`` names the place.
        """
        document = unfold(call.body)
        account = document.get("account")
        told = str(cast("Mapping[str, Any]", account).get("id") or "") if isinstance(account, dict) else ""
        events = [
            event
            for group, actions in document.items()
            if group != "account" and isinstance(actions, dict)
            for action, rows in cast("Mapping[str, Any]", actions).items()
            for place, row in _rows(rows, f"{group}[{action}]")
            for event in _events(group, action, row, place, told)
        ]
        if not events:
            _reject("body", "names nothing that has happened")
        return tuple(events)

    def answer(self) -> WebhookAnswer:
        """Return what Kommo wants to hear within two seconds: any status from 100 to 299."""
        return WebhookAnswer(status=200, content_type="text/plain", body="")


DOOR: Final = KommoDoor()


# ------------------------------------------------------------------------------------------------- forms


def unfold(body: bytes) -> dict[str, Any]:
    """Read a form with keys like ``leads[add][0][id]``; everything in it is text.

    Raises:
        WebhookRejectedError: no such form, too deep, or of too many parts.
    """
    try:
        text = body.decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=PAIRS_MAX)
    except ValueError:
        _reject("body", "is no form")
    document: dict[str, Any] = {}
    for key, value in pairs:
        matched = _KEY.fullmatch(key)
        if matched is None:
            _reject("body", f"has a key that cannot be read: {key[:60]!r}")
        path = [matched["first"], *_PART.findall(matched["rest"])]
        if len(path) > DEPTH_MAX:
            _reject("body", "is too deep")
        _put(document, path, value)
    return document


def _put(document: dict[str, Any], path: Sequence[str], value: str) -> None:
    place = document
    for part in path[:-1]:
        inner = place.setdefault(part or str(len(place)), {})
        if not isinstance(inner, dict):
            _reject("body", f"says {part[:60]!r} in two ways")
        place = cast("dict[str, Any]", inner)
    last = path[-1] or str(len(place))
    if isinstance(place.get(last), dict):
        _reject("body", f"says {last[:60]!r} in two ways")
    place[last] = value


# ------------------------------------------------------------------------------------------------- events


def _rows(rows: object, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if not isinstance(rows, dict):
        _reject(place, "is no list of things")
    for number, row in cast("Mapping[str, Any]", rows).items():
        if not isinstance(row, dict):
            _reject(f"{place}[{number}]", "is no object")
        yield f"{place}[{number}]", cast("Mapping[str, Any]", row)


def _events(group: str, action: str, row: Mapping[str, Any], place: str, told: str) -> list[WebhookEvent]:
    account_id = told or str(row.get("account_id") or "")
    if not account_id.isascii() or not account_id.isdigit():
        _reject(f"{place}[account_id]", "is missing: the call does not say which account it is of")
    kind_of_row = f".{row['type']}" if group == "contacts" and row.get("type") in ("contact", "company") else ""
    name = f"{group}.{action}{kind_of_row}"[:200]
    modified_ms = _modified_ms(row) if action != "note" else 0
    return [
        WebhookEvent(
            kind, name, account_id, entity, external_id, raw=row, modified_ms=modified_ms, modified_by=_by(row)
        )
        for kind, entity, external_id in _said(group, action, row, place)
    ]


def _said(group: str, action: str, row: Mapping[str, Any], place: str) -> list[_Said]:
    if group == "unsorted":
        return _unsorted(row, place)
    if action == "note" and group in ("leads", "contacts"):
        return _note(row, place)
    kind = _KINDS.get(action, "unknown")
    entity = _entity(group, row)
    if kind == "unknown" or entity is None:
        return [("unknown", None, str(row.get("id") or "")[:_ID_MAX_DIGITS])]
    external_id = _id(row.get("id"), f"{place}[id]")
    return [(kind, entity, f"tasks:{external_id}" if entity == "activity" else external_id)]


def _entity(group: str, row: Mapping[str, Any]) -> Entity | None:
    """Return what a group is about: contacts and companies share theirs and say which they are."""
    if group == "contacts":
        return "company" if row.get("type") == "company" else "contact"
    groups: Mapping[str, Entity] = {"leads": "deal", "task": "activity"}
    return groups.get(group)


def _note(row: Mapping[str, Any], place: str) -> list[_Said]:
    """Return the note that was added; its object stands within itself."""
    inner = row.get("note")
    note = cast("Mapping[str, Any]", inner) if isinstance(inner, dict) else row
    path = _NOTE_PATHS.get(str(note.get("element_type")))
    note_id = _id(note.get("id"), f"{place}[note][id]")
    # Type 4 is a person's text; the others are files, calls and the system's own.
    if path is None or str(note.get("note_type")) != "4":
        return [("unknown", None, note_id)]
    return [("changed", "activity", f"notes:{path}.{note_id}")]


def _unsorted(row: Mapping[str, Any], place: str) -> list[_Said]:
    """Return the leads that an incoming one is about: accepted or declined, their fate is read."""
    ids = [row.get("lead_id")] if row.get("lead_id") else []
    for key in ("accept_result", "decline_result"):
        result = row.get(key)
        leads = cast("Mapping[str, Any]", result).get("leads") if isinstance(result, dict) else None
        ids += list(cast("Mapping[str, Any]", leads).values()) if isinstance(leads, dict) else []
    if not ids:
        return [("unknown", None, "")]
    return [("changed", "deal", _id(each, f"{place}[leads]")) for each in ids]


def _modified_ms(row: Mapping[str, Any]) -> int:
    at = str(row.get("updated_at") or row.get("last_modified") or "")
    return int(at) * 1000 if at.isascii() and at.isdigit() and len(at) <= 12 else 0


def _by(row: Mapping[str, Any]) -> str:
    """Return the user who made a change; 0 is a robot, and nobody we could be."""
    by = str(row.get("modified_user_id") or row.get("modified_by") or "")
    return by if by.isascii() and by.isdigit() and len(by) <= _ID_MAX_DIGITS and by != "0" else ""


def _id(value: object, place: str) -> str:
    text = str(value or "")
    if not (text.isascii() and text.isdigit() and len(text) <= _ID_MAX_DIGITS):
        _reject(place, "is missing or not a record id")
    return text


def _reject(place: str, problem: str) -> NoReturn:
    raise WebhookRejectedError(f"{place} {problem}", field=place, next_step="send what Kommo's webhook page documents")

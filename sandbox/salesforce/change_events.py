"""Change Data Capture: one event per change, kept 72 hours, relayed in EventBridge's shape.

Source: Salesforce Change Data Capture developer guide, Event Relay guide.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sandbox._clock import to_ms
from sandbox._webhook_post import Outgoing
from sandbox.salesforce.journal import Change
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import Field
from sandbox.salesforce.times import event_stamp, stamp

KEPT = timedelta(hours=72)
_LEFT_OUT = frozenset({"Id", "IsDeleted", "SystemModstamp", "MasterRecordId"})
_RELAY_CHANNEL = "0YLsb00000000001AAA"
Event = dict[str, Any]


class ChangeEvents:
    """Builds events from committed changes and keeps them for replay."""

    def __init__(self, org: Org) -> None:
        """Start without events."""
        self._org = org
        self._kept: deque[Event] = deque()
        self._serial = 0

    def clear(self) -> None:
        """Forget the events; replay ids go on."""
        self._kept.clear()

    def take(self, changes: Sequence[Change]) -> list[Event]:
        """Return the events of one transaction, in order, and keep them.

        Records changed alike by the same transaction share an event.
        """
        captured = set(self._org.switches.change_capture)
        wanted = [change for change in changes if change.table.sobject.name in captured]
        if not wanted:
            return []
        moment = self._org.clock.now()
        merged: dict[str, Event] = {}
        for place, change in enumerate(wanted):
            body, changed = _body(change)
            key = f"{place}" if change.kind == "CREATE" else _likeness(change, body)
            found = merged.get(key)
            if found is None:
                merged[key] = self._event(change, body, changed)
            else:
                found["payload"]["ChangeEventHeader"]["recordIds"].append(change.record_id)
        for number, event in enumerate(merged.values(), start=1):
            event["payload"]["ChangeEventHeader"]["sequenceNumber"] = number
            self._kept.append(event)
        while self._kept and self._kept[0]["at"] < stamp(moment - KEPT):
            self._kept.popleft()
        return list(merged.values())

    def as_json(self, *, after_replay_id: int = 0) -> list[Event]:
        """Return the kept events after a replay id, oldest first."""
        return [event for event in self._kept if event["replayId"] > after_replay_id]

    def _event(self, change: Change, body: Event, changed: list[str]) -> Event:
        self._serial += 1
        moment_ms = to_ms(self._org.clock.now()) // 1000 * 1000
        transaction = sha256(f"{moment_ms}{self._serial}".encode()).hexdigest()
        name = change.table.sobject.name
        header = {
            "entityName": name,
            "recordIds": [change.record_id],
            "changeType": change.kind,
            "changedFields": changed,
            "changeOrigin": change.actor.change_origin,
            "transactionKey": str(UUID(transaction[:32])),
            "sequenceNumber": 1,
            "commitTimestamp": moment_ms,
            "commitNumber": moment_ms * 1_000_000 + self._serial,
            "commitUser": change.actor.user_id,
        }
        return {
            "replayId": self._serial,
            "at": stamp(self._org.clock.now()),
            "channel": f"/data/{name}ChangeEvent",
            "schemaId": sha256(name.encode()).hexdigest()[:22],
            "payload": {**body, "ChangeEventHeader": header},
        }


def relayed(url: str, events: Sequence[Event], *, organization_id: str) -> Outgoing:
    """Build one call that carries events as EventBridge delivers them, as a JSON array."""
    body = [_bridged(event, organization_id) for event in events]
    headers = {"Content-Type": "application/json", "User-Agent": "Salesforce-Event-Relay/1.0"}
    return Outgoing(url=url, headers=headers, body=json.dumps(body).encode())


def _bridged(event: Event, organization_id: str) -> Event:
    seconds = event["at"].replace(".000+0000", "Z")
    return {
        "version": "0",
        "id": str(UUID(sha256(str(event["replayId"]).encode()).hexdigest()[:32])),
        "detail-type": event["channel"].removeprefix("/data/"),
        "source": f"aws.partner/salesforce.com/{organization_id}/{_RELAY_CHANNEL}",
        "account": "000000000000",
        "time": seconds,
        "region": "us-east-1",
        "resources": [],
        "detail": {"payload": event["payload"], "schemaId": event["schemaId"], "id": str(event["replayId"])},
    }


def _likeness(change: Change, body: Event) -> str:
    return json.dumps([change.table.sobject.name, change.kind, change.actor.user_id, body])


def _body(change: Change) -> tuple[Event, list[str]]:
    body: Event = {}
    changed: list[str] = []
    if change.kind == "DELETE":
        return body, changed
    before = change.before or {}
    told_all = change.kind != "UPDATE"
    for made in change.table.sobject.fields.values():
        value = change.after.get(made.name)
        same = value is None if told_all else value == before.get(made.name)
        if same or not _is_told(made):
            continue
        if not told_all:
            changed.append(".".join(_place(made)))
        _put(body, _place(made), event_stamp(value) if made.type == "datetime" and value else value)
    return body, changed


def _is_told(made: Field) -> bool:
    if made.name in _LEFT_OUT or made.calculated or made.type == "address":
        return False
    return not (made.name == "Name" and not made.createable)


def _place(made: Field) -> tuple[str, ...]:
    if made.compound is None:
        return (made.name,)
    prefix = made.compound.removesuffix("Address")
    return made.compound, made.name.removeprefix(prefix) if prefix != made.compound else made.name


def _put(body: Event, place: tuple[str, ...], value: Any) -> None:
    for name in place[:-1]:
        body = body.setdefault(name, {})
    body[place[-1]] = value

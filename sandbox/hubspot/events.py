"""Webhook events: what happened, in the vendor's spelling, for each subscription."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from sandbox.hubspot.account import APP_ID, PORTAL_ID
from sandbox.hubspot.actors import Actor
from sandbox.hubspot.associations import AssociationChange
from sandbox.hubspot.object_types import OBJECT_TYPES, ObjectType
from sandbox.hubspot.property_types import Property
from sandbox.hubspot.subscriptions import Subscription, SubscriptionBook
from sandbox.hubspot.values import webhook_value

Event = dict[str, Any]
_KINDS = {kind.name: kind for kind in OBJECT_TYPES}
_UNANNOUNCED = frozenset({"hs_lastmodifieddate", "lastmodifieddate", "num_unique_conversion_events"})


class EventFactory:
    """Builds the events a change causes for the active subscriptions."""

    def __init__(self, subscriptions: SubscriptionBook, rng: Random) -> None:
        """Build for ``subscriptions``; ``rng`` draws event ids, which may repeat."""
        self._subscriptions = subscriptions
        self._rng = rng

    def creation(
        self, kind: ObjectType, record_id: str, *, values: Mapping[str, tuple[Property, str]], actor: Actor, at_ms: int
    ) -> list[Event]:
        """Return a new record's events; its creation comes in the middle of its properties."""
        events = self.changes(kind, record_id, values=values, actor=actor, at_ms=at_ms)
        created = self._plain(kind, "creation", record_id, flag="CREATED", actor=actor, at_ms=at_ms)
        middle = len(events) // 2
        return events[:middle] + created + events[middle:]

    def changes(
        self, kind: ObjectType, record_id: str, *, values: Mapping[str, tuple[Property, str]], actor: Actor, at_ms: int
    ) -> list[Event]:
        """Return one event per changed property and subscription to it."""
        events: list[Event] = []
        for name, (definition, value) in values.items():
            if name in _UNANNOUNCED:
                continue
            for subscription in self._subscriptions.active(kind, "propertyChange", name):
                event = self._event(subscription, kind, record_id, actor=actor, at_ms=at_ms)
                event["propertyName"] = name
                event["propertyValue"] = webhook_value(definition, value)
                if subscription.is_generic:
                    event["isSensitive"] = definition.data_sensitivity != "non_sensitive"
                events.append(event)
        return events

    def deletion(self, kind: ObjectType, record_id: str, *, actor: Actor, at_ms: int) -> list[Event]:
        """Return the events of an archived record."""
        return self._plain(kind, "deletion", record_id, flag="DELETED", actor=actor, at_ms=at_ms)

    def restoring(self, kind: ObjectType, record_id: str, *, actor: Actor, at_ms: int) -> list[Event]:
        """Return the events of a restored record."""
        return self._plain(kind, "restore", record_id, flag="RESTORED", actor=actor, at_ms=at_ms)

    def privacy_deletion(self, kind: ObjectType, record_id: str, *, actor: Actor, at_ms: int) -> list[Event]:
        """Return the events of a record deleted for privacy: this and a deletion, in any order."""
        private = self._plain(kind, "privacyDeletion", record_id, flag="DELETED", actor=actor, at_ms=at_ms)
        events = private + self.deletion(kind, record_id, actor=actor, at_ms=at_ms)
        self._rng.shuffle(events)
        return events

    def merge(
        self, kind: ObjectType, ids: tuple[str, str, str], *, moved: int, actor: Actor, at_ms: int
    ) -> list[Event]:
        """Return the events of a merge; ``ids`` are primary, merged and surviving record."""
        events: list[Event] = []
        for subscription in self._subscriptions.active(kind, "merge", None):
            event = self._event(subscription, kind, ids[2], actor=actor, at_ms=at_ms)
            event["primaryObjectId"] = int(ids[0])
            event["mergedObjectIds"] = [int(ids[1])]
            event["newObjectId"] = int(ids[2])
            event["numberOfPropertiesMoved"] = moved
            events.append(event)
        return events

    def association(self, change: AssociationChange, *, actor: Actor, at_ms: int) -> list[Event]:
        """Return the events of one side of an association."""
        kind, target = _KINDS[change.source[0]], _KINDS[change.target[0]]
        name = f"{kind.singular.upper()}_TO_{target.singular.upper()}"
        events: list[Event] = []
        for subscription in self._subscriptions.active(kind, "associationChange", None):
            event = self._event(subscription, kind, change.source[1], actor=actor, at_ms=at_ms)
            del event["objectId"]
            event["associationType"] = name
            event["associationCategory"] = change.kind.category
            event["associationTypeId"] = change.kind.type_id
            event["fromObjectId"] = int(change.source[1])
            event["toObjectId"] = int(change.target[1])
            event["associationRemoved"] = change.removed
            event["isPrimaryAssociation"] = change.kind.is_primary
            events.append(event)
        return events

    def associations(self, changes: Iterable[AssociationChange], *, actor: Actor, at_ms: int) -> list[Event]:
        """Return the events of several association changes."""
        return [event for change in changes for event in self.association(change, actor=actor, at_ms=at_ms)]

    def _plain(
        self, kind: ObjectType, what: str, record_id: str, *, flag: str, actor: Actor, at_ms: int
    ) -> list[Event]:
        return [
            self._event(subscription, kind, record_id, actor=actor, at_ms=at_ms) | {"changeFlag": flag}
            for subscription in self._subscriptions.active(kind, what, None)
        ]

    def _event(
        self, subscription: Subscription, kind: ObjectType, record_id: str, *, actor: Actor, at_ms: int
    ) -> Event:
        event: Event = {
            "eventId": self._rng.randrange(1, 2**32),
            "subscriptionId": subscription.subscription_id,
            "portalId": PORTAL_ID,
            "appId": APP_ID,
            "occurredAt": at_ms,
            "subscriptionType": subscription.event_type,
            "attemptNumber": 0,
            "objectId": int(record_id),
            "changeSource": actor.change_source,
            "sourceId": actor.source_id,
        }
        if subscription.is_generic:
            event["objectTypeId"] = kind.type_id
        return event

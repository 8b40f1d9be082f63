"""The app's webhook settings and subscriptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.hubspot.account import USER_ID
from sandbox.hubspot.activity_types import ACTIVITY_TYPES
from sandbox.hubspot.errors import VendorError, error, invalid_input
from sandbox.hubspot.object_types import COMPANIES, CONTACTS, DEALS, LEADS, ObjectType, find_object_type
from sandbox.hubspot.times import iso

MAX_SUBSCRIPTIONS = 1000
_OBJECTS = ("contact", "company", "deal", "ticket", "product", "line_item", "object")
_WHATS = ("creation", "deletion", "propertyChange", "merge", "restore", "associationChange")
EVENT_TYPES = frozenset(
    {f"{name}.{what}" for name in _OBJECTS for what in _WHATS}
    | {"contact.privacyDeletion", "object.privacyDeletion", "event.completed"}
    | {f"conversation.{what}" for what in ("creation", "deletion", "newMessage", "privacyDeletion", "propertyChange")}
)
_NOT_SUBSCRIBABLE = frozenset({"hs_lastmodifieddate", "lastmodifieddate", "num_unique_conversion_events"})


@dataclass(slots=True, kw_only=True)
class Subscription:
    """One subscription of the app; new ones are paused."""

    subscription_id: int
    event_type: str
    property_name: str | None
    object_type_id: str | None
    active: bool
    created_ms: int
    updated_ms: int

    @property
    def is_generic(self) -> bool:
        """Whether it names its object type by id (``object.*``)."""
        return self.object_type_id is not None

    def as_json(self) -> dict[str, Any]:
        """Return the vendor's spelling."""
        row: dict[str, Any] = {
            "id": str(self.subscription_id),
            "eventType": self.event_type,
            "active": self.active,
            "createdAt": iso(self.created_ms),
            "updatedAt": iso(self.updated_ms),
            "createdBy": str(USER_ID),
        }
        if self.property_name is not None:
            row["propertyName"] = self.property_name
        if self.object_type_id is not None:
            row["objectTypeId"] = self.object_type_id
        return row


class SubscriptionBook:
    """Target URL, throttling and subscriptions of the one app."""

    def __init__(self) -> None:
        """Start without a target and without subscriptions."""
        self.target_urls: tuple[str, ...] = ()
        self.max_concurrent = 10
        self.settings_ms: int | None = None
        self.items: dict[int, Subscription] = {}
        self._next_id = 2_426_750
        self._active: dict[tuple[str, str, str | None], list[Subscription]] = {}

    def active(self, kind: ObjectType, what: str, property_name: str | None) -> list[Subscription]:
        """Return the active subscriptions to an event of an object type."""
        return self._active.get((kind.name, what, property_name), [])

    def add(
        self,
        event_type: str,
        *,
        now_ms: int,
        property_name: str | None = None,
        object_type_id: str | None = None,
        active: bool = False,
    ) -> Subscription:
        """Add a subscription.

        Raises:
            VendorError: 400 for an unknown event, a missing or forbidden property, a missing
                or unknown object type, a subscription that exists, or one too many.
        """
        self._check(event_type, property_name, object_type_id)
        self._next_id += 1
        subscription = Subscription(
            subscription_id=self._next_id,
            event_type=event_type,
            property_name=property_name,
            object_type_id=object_type_id,
            active=active,
            created_ms=now_ms,
            updated_ms=now_ms,
        )
        self.items[subscription.subscription_id] = subscription
        self._sort_active()
        return subscription

    def add_usual(self, properties: Mapping[str, Iterable[str]], *, now_ms: int) -> None:
        """Add active subscriptions to everything that happens to contacts, companies, deals, leads and activities."""
        for kind in (CONTACTS, COMPANIES, DEALS):
            for what in ("creation", "deletion", "merge", "restore", "associationChange"):
                self.add(f"{kind.singular}.{what}", now_ms=now_ms, active=True)
            for name in properties[kind.name]:
                if name not in _NOT_SUBSCRIBABLE:
                    self.add(f"{kind.singular}.propertyChange", now_ms=now_ms, property_name=name, active=True)
        self.add("contact.privacyDeletion", now_ms=now_ms, active=True)
        for kind in (LEADS, *ACTIVITY_TYPES):
            self._add_generic(kind, properties[kind.name], now_ms=now_ms)

    def _add_generic(self, kind: ObjectType, names: Iterable[str], *, now_ms: int) -> None:
        for what in ("creation", "deletion", "restore"):
            self.add(f"object.{what}", now_ms=now_ms, object_type_id=kind.type_id, active=True)
        changing = (name for name in names if name not in _NOT_SUBSCRIBABLE)
        for name in changing:
            self.add(
                "object.propertyChange",
                now_ms=now_ms,
                property_name=name,
                object_type_id=kind.type_id,
                active=True,
            )

    def find(self, subscription_id: str) -> Subscription:
        """Return a subscription.

        Raises:
            VendorError: 404.
        """
        found = self.items.get(int(subscription_id)) if subscription_id.isdigit() else None
        if found is None:
            raise error(404, f"No subscription found with id {subscription_id}", "OBJECT_NOT_FOUND")
        return found

    def switch(self, subscription_id: str, *, active: bool, now_ms: int) -> Subscription:
        """Start or pause a subscription.

        Raises:
            VendorError: 404.
        """
        found = self.find(subscription_id)
        found.active, found.updated_ms = active, now_ms
        self._sort_active()
        return found

    def remove(self, subscription_id: str) -> None:
        """Delete a subscription.

        Raises:
            VendorError: 404.
        """
        del self.items[self.find(subscription_id).subscription_id]
        self._sort_active()

    def _check(self, event_type: str, property_name: str | None, object_type_id: str | None) -> None:
        problem = _shape_problem(event_type, property_name, object_type_id)
        if problem:
            raise invalid_input(problem)
        key = (event_type, property_name, object_type_id)
        if any((item.event_type, item.property_name, item.object_type_id) == key for item in self.items.values()):
            raise error(409, "A subscription for this event already exists", "CONFLICT")
        if len(self.items) >= MAX_SUBSCRIPTIONS:
            raise _too_many()

    def _sort_active(self) -> None:
        self._active = {}
        for item in self.items.values():
            name, _, what = item.event_type.partition(".")
            kind = find_object_type(item.object_type_id or name)
            if item.active and kind is not None:
                self._active.setdefault((kind.name, what, item.property_name), []).append(item)


def _shape_problem(event_type: str, property_name: str | None, object_type_id: str | None) -> str:
    """Return what is wrong with a subscription request, empty if nothing is."""
    name, _, what = event_type.partition(".")
    if event_type not in EVENT_TYPES:
        return f"{event_type} is not a valid event type"
    if (what == "propertyChange") is not bool(property_name):
        return "propertyName is required for propertyChange subscriptions and for no others"
    if property_name in _NOT_SUBSCRIBABLE:
        return f"Subscriptions to {property_name} are not supported"
    if (name == "object") is not bool(object_type_id):
        return "objectTypeId is required for object subscriptions and for no others"
    if object_type_id and find_object_type(object_type_id) is None:
        return f"{object_type_id} is not a known object type"
    return ""


def _too_many() -> VendorError:
    message = (
        "Couldn't create another subscription. You've reached the maximum number allowed per application "
        f"({MAX_SUBSCRIPTIONS})."
    )
    return error(400, message)

"""Webhooks v2, set up through API v1; a webhook has no end, but Pipedrive bans and removes failing ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from crmbridge.connectors.pipedrive.client.calls import Calls, Row, v1
from crmbridge.connectors.pipedrive.client.errors import is_gone
from crmbridge.connectors.pipedrive.webhooks import USER
from crmbridge.domain.records import Entity
from crmbridge.errors import FatalProviderError
from crmbridge.ports import Subscription

OBJECTS: Mapping[str, Entity] = {
    "organization": "company",
    "person": "contact",
    "deal": "deal",
    "lead": "lead",
    "activity": "activity",
    "note": "activity",
}
"""One webhook for each, told of every action: ``*`` for all objects would tell of products and mail as well."""


def subscriptions(calls: Calls) -> tuple[Subscription, ...]:
    """List the webhooks of the company, banned ones included."""
    return tuple(_subscription(row) for row in calls.get(v1("webhooks")).rows)


def subscribe(calls: Calls, url: str, entities: Collection[Entity] | None = None) -> tuple[Subscription, ...]:
    """Make sure that there is one working webhook for each object of some entities, all by default.

    One that Pipedrive has switched off is removed and made anew; a second one, or one of another entity, is removed.
    Which Basic password a webhook sends cannot be
    read back, so ours is always the secret that ends ``url``.
    """
    wanted = [name for name, entity in OBJECTS.items() if entities is None or entity in entities]
    held = [row for row in calls.get(v1("webhooks")).rows if row.get("subscription_url") == url]
    working: set[str] = set()
    for row in held:
        name = str(row.get("event_object"))
        if not _works(row) or name in working or (name in OBJECTS and name not in wanted):
            _remove(calls, row)
        else:
            working.add(name)
    secret = url.partition("?")[0].rstrip("/").rpartition("/")[2]
    for name in wanted:
        if name in working or "*" in working:
            continue
        body = {
            "subscription_url": url,
            "event_action": "*",
            "event_object": name,
            "name": f"CRM Bridge ({name})",
            "http_auth_user": USER,
            "http_auth_password": secret,
            "version": "2.0",
        }
        calls.send("POST", v1("webhooks"), body)
    return tuple(each for each in subscriptions(calls) if each.url == url)


def unsubscribe(calls: Calls, url: str) -> int:
    """Remove every webhook that points to a URL; tells how many there were."""
    held = [row for row in calls.get(v1("webhooks")).rows if row.get("subscription_url") == url]
    for row in held:
        _remove(calls, row)
    return len(held)


def _remove(calls: Calls, row: Row) -> None:
    try:
        calls.send("DELETE", v1(f"webhooks/{row['id']}"))
    except FatalProviderError as error:
        if not is_gone(error):
            raise


def _works(row: Mapping[str, Any]) -> bool:
    """Tell whether a webhook tells us everything of its object, in the version that we read."""
    is_whole = row.get("event_action") == "*" and str(row.get("version", "2.0")) == "2.0"
    return is_whole and bool(row.get("is_active", 1)) and not row.get("remove_time")


def _subscription(row: Row) -> Subscription:
    return Subscription(
        subscription_id=str(row["id"]),
        url=str(row.get("subscription_url") or ""),
        events=(f"{row.get('event_action')}.{row.get('event_object')}",),
        is_active=bool(row.get("is_active", 1)) and not row.get("remove_time"),
    )

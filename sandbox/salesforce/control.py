"""Control routes of this CRM: settings, outbound messages, change events, usage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.salesforce.api import Api
from sandbox.salesforce.deliveries import Deliveries

JsonObject = dict[str, Any]
Control = Callable[[JsonObject], JsonObject]


def controls(api: Api, deliveries: Deliveries) -> dict[tuple[str, str], Control]:
    """Return the routes by method and path."""

    def settings(_body: JsonObject) -> JsonObject:
        return api.org.switches.as_json()

    def change_settings(body: JsonObject) -> JsonObject:
        api.org.switches.change(body)
        return api.org.switches.as_json()

    def outbound(_body: JsonObject) -> JsonObject:
        return {"definitions": [each.as_json() for each in deliveries.messages.definitions.values()]}

    def define(body: JsonObject) -> JsonObject:
        fields = body.get("fields")
        made = deliveries.messages.define(str(body["object"]), str(body["url"]), fields)
        return made.as_json()

    def undefine(_body: JsonObject) -> JsonObject:
        deliveries.messages.clear()
        return {"definitions": []}

    def events(body: JsonObject) -> JsonObject:
        after = int(body.get("after_replay_id") or 0)
        return {"events": deliveries.events.as_json(after_replay_id=after)}

    def usage(body: JsonObject) -> JsonObject:
        if "limit" in body:
            api.org.switches.change({"api_limit": int(body["limit"])})
        if "used" in body:
            api.usage.clear()
            api.usage.add(int(body["used"]))
        return {"used": api.usage.used, "limit": api.usage.limit}

    return {
        ("GET", "/_sandbox/settings"): settings,
        ("POST", "/_sandbox/settings"): change_settings,
        ("GET", "/_sandbox/outbound"): outbound,
        ("POST", "/_sandbox/outbound"): define,
        ("DELETE", "/_sandbox/outbound"): undefine,
        ("GET", "/_sandbox/events"): events,
        ("POST", "/_sandbox/events"): events,
        ("GET", "/_sandbox/usage"): usage,
        ("POST", "/_sandbox/usage"): usage,
    }

"""Control routes of this CRM: settings, outbound messages, change events, usage."""

from __future__ import annotations

from sandbox._crm import Control, JsonObject
from sandbox.salesforce.api import Api
from sandbox.salesforce.app_policy import POLICIES
from sandbox.salesforce.deliveries import Deliveries
from sandbox.salesforce.jwt_assertion import check_certificate


class _Surface:
    def __init__(self, api: Api, deliveries: Deliveries) -> None:
        self._api, self._out = api, deliveries

    def settings(self, body: JsonObject) -> JsonObject:
        if body.get("permitted_users", POLICIES[0]) not in POLICIES:
            message = f"permitted_users is one of {POLICIES}"
            raise ValueError(message)
        if body.get("certificate"):
            check_certificate(str(body["certificate"]))
        self._api.org.switches.change(body)
        return self._api.org.switches.as_json()

    def outbound(self, _body: JsonObject) -> JsonObject:
        return {"definitions": [each.as_json() for each in self._out.messages.definitions.values()]}

    def define(self, body: JsonObject) -> JsonObject:
        made = self._out.messages.define(str(body["object"]), str(body["url"]), body.get("fields"))
        return made.as_json()

    def undefine(self, body: JsonObject) -> JsonObject:
        self._out.messages.clear()
        return self.outbound(body)

    def events(self, body: JsonObject) -> JsonObject:
        after = int(body.get("after_replay_id") or 0)
        return {"events": self._out.events.as_json(after_replay_id=after)}

    def usage(self, body: JsonObject) -> JsonObject:
        if "limit" in body:
            self._api.org.switches.change({"api_limit": int(body["limit"])})
        if "used" in body:
            self._api.usage.clear()
            self._api.usage.add(int(body["used"]))
        return {"used": self._api.usage.used, "limit": self._api.usage.limit}


def controls(api: Api, deliveries: Deliveries) -> dict[tuple[str, str], Control]:
    """Return the routes by method and path."""
    surface = _Surface(api, deliveries)
    return {
        ("GET", "/_sandbox/settings"): surface.settings,
        ("POST", "/_sandbox/settings"): surface.settings,
        ("GET", "/_sandbox/outbound"): surface.outbound,
        ("POST", "/_sandbox/outbound"): surface.define,
        ("DELETE", "/_sandbox/outbound"): surface.undefine,
        ("GET", "/_sandbox/events"): surface.events,
        ("POST", "/_sandbox/events"): surface.events,
        ("GET", "/_sandbox/usage"): surface.usage,
        ("POST", "/_sandbox/usage"): surface.usage,
    }

"""Webhooks: one service endpoint for an address, one asynchronous step for each message and table.

Source: Dataverse developer guide, register a webhook; table reference of serviceendpoint and step.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from crmbridge.connectors.dynamics.client import _query as query
from crmbridge.connectors.dynamics.client._api import Api, Row, below
from crmbridge.connectors.dynamics.mapping.hook_keys import HEADER, hook_key
from crmbridge.connectors.dynamics.mapping.places import PLACES
from crmbridge.domain.records import Entity
from crmbridge.ports import Subscription

_WEBHOOK, _HTTP_HEADER = 8, 5
_ENABLED = {"statecode": 0, "statuscode": 1}
_NAME = "CRM Bridge"
_STEP_SELECT = "sdkmessageprocessingstepid,name,statecode,_eventhandler_value"


def wanted(entities: Collection[Entity] | None = None) -> Iterator[tuple[str, str]]:
    """Yield each message and table of some entities, all by default, that is to be told."""
    for place in (each for each in PLACES if entities is None or each.entity in entities):
        for message in ("Create", "Update", "Delete"):
            yield message, place.table
        if place.merges:
            yield "Merge", place.table
        if place.entity == "deal":
            yield "Win", place.table
            yield "Lose", place.table
        if place.entity == "lead":
            yield "QualifyLead", place.table


class Subscriber:
    """Registers webhooks in one organization."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def subscriptions(self) -> tuple[Subscription, ...]:
        """List every webhook of the organization; one is active when all of its steps are."""
        params = {"$select": "serviceendpointid,name,url", "$filter": f"contract eq {_WEBHOOK}"}
        found: list[Subscription] = []
        for row in self._api.every(below("serviceendpoints", params)):
            steps = self._steps(str(row["serviceendpointid"]))
            found.append(
                Subscription(
                    subscription_id=str(row["serviceendpointid"]),
                    url=str(row.get("url") or ""),
                    events=tuple(sorted(str(each.get("name") or "") for each in steps)),
                    is_active=bool(steps) and all(each.get("statecode") == 0 for each in steps),
                )
            )
        return tuple(found)

    def subscribe(self, url: str, entities: Collection[Entity] | None = None) -> tuple[Subscription, ...]:
        """Register an address once, add steps that are missing, switch on those that are off, remove all others."""
        held = [each for each in self.subscriptions() if each.url == url]
        for each in held[1:]:
            self._remove(each.subscription_id)
        endpoint_id = held[0].subscription_id if held else self._endpoint(url)
        chosen = tuple(wanted(entities))
        steps = self._only({_step_name(*each) for each in chosen}, endpoint_id)
        missing = [each for each in chosen if _step_name(*each) not in steps]
        if missing:
            filters = self._filters()
            for message, table in (each for each in missing if each in filters):
                step = _step(message, table, endpoint_id, filters[message, table])
                self._api.send("POST", "sdkmessageprocessingsteps", step)
        return tuple(each for each in self.subscriptions() if each.url == url)

    def unsubscribe(self, url: str) -> int:
        """Remove an address with its steps; tells how many there were."""
        held = [each for each in self.subscriptions() if each.url == url]
        for each in held:
            self._remove(each.subscription_id)
        return len(held)

    def _only(self, names: Collection[str], endpoint_id: str) -> set[str]:
        """Keep one step of each name, switched on, and no other; returns the names of those that are there."""
        kept: set[str] = set()
        for step in self._steps(endpoint_id):
            name, path = str(step.get("name")), f"sdkmessageprocessingsteps({step['sdkmessageprocessingstepid']})"
            if name not in names or name in kept:
                self._api.delete(path)
                continue
            kept.add(name)
            if step.get("statecode") != 0:
                self._api.send("PATCH", path, _ENABLED, {"If-Match": "*"})
        return kept

    def _remove(self, endpoint_id: str) -> None:
        for step in self._steps(endpoint_id):
            self._api.delete(f"sdkmessageprocessingsteps({step['sdkmessageprocessingstepid']})")
        self._api.delete(f"serviceendpoints({endpoint_id})")

    def _endpoint(self, url: str) -> str:
        proof = f"<settings><setting name={quoteattr(HEADER)} value={quoteattr(hook_key(url))} /></settings>"
        body = {
            "name": _NAME,
            "url": url,
            "contract": _WEBHOOK,
            "authtype": _HTTP_HEADER,
            "authvalue": proof,
            "messageformat": 2,
            "connectionmode": 1,
            "userclaim": 1,
        }
        return self._api.send("POST", "serviceendpoints", body)

    def _steps(self, endpoint_id: str) -> tuple[Row, ...]:
        condition = f"_eventhandler_value eq {endpoint_id}"
        return self._api.every(below("sdkmessageprocessingsteps", {"$select": _STEP_SELECT, "$filter": condition}))

    def _filters(self) -> Mapping[tuple[str, str], tuple[str, str]]:
        """Return the ids of message and filter for each message and table that the organization has."""
        names = sorted({message for message, _ in wanted()})
        rows = self._api.every(
            below("sdkmessages", {"$select": "sdkmessageid,name", "$filter": query.one_of("name", names)})
        )
        messages = {str(row["sdkmessageid"]): str(row["name"]) for row in rows}
        params = {
            "$select": "sdkmessagefilterid,primaryobjecttypecode,_sdkmessageid_value",
            "$filter": query.one_of("sdkmessageid", list(messages)),
        }
        found: dict[tuple[str, str], tuple[str, str]] = {}
        for row in self._api.every(below("sdkmessagefilters", params)) if messages else ():
            message_id = str(row["_sdkmessageid_value"])
            key = messages.get(message_id, ""), str(row.get("primaryobjecttypecode") or "")
            found[key] = message_id, str(row["sdkmessagefilterid"])
        return found


def _step_name(message: str, table: str) -> str:
    return f"{_NAME}: {message} of {table}"


def _step(message: str, table: str, endpoint_id: str, ids: tuple[str, str]) -> dict[str, Any]:
    """Return a step that runs after the operation and apart from it: a synchronous one could undo a person's work."""
    return {
        "name": _step_name(message, table),
        "mode": 1,
        "stage": 40,
        "rank": 1,
        "supporteddeployment": 0,
        "asyncautodelete": True,
        "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({endpoint_id})",
        "sdkmessageid@odata.bind": f"/sdkmessages({ids[0]})",
        "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({ids[1]})",
    }

"""What the routes of events do: take them, tell what became of them, and of whom they are taken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from crmbridge import runtime
from crmbridge.errors import ConflictError, LeaseHeldError, NotFoundError, RequestRejectedError
from crmbridge.runtime._api import Api
from crmbridge.runtime._problems import words_of
from crmbridge.runtime._shapes import wrong
from crmbridge.services import event_sources, field_kits, take_events
from crmbridge.services.event_sources import Sender

EVENTS_MAX = 25


def send_events(api: Api) -> dict[str, Any]:
    """Take up to 25 events, with a result for each; a refused one hinders no other.

    Raises:
        RequestRejectedError: the body holds no list of events.
    """
    rows: list[Any] = api.body()["events"]
    items = {place: _one(api, row) for place, row in enumerate(rows)}
    for place, item in items.items():  # what speaks of a conversation or customer further down is taken after it
        if item.pop("again", False):
            items[place] = _one(api, rows[place])
            items[place].pop("again", None)
    return {"items": [{"index": place, **item} for place, item in items.items()]}


def _one(api: Api, row: object) -> dict[str, Any]:
    from crmbridge.runtime._event_values import event_of  # noqa: PLC0415 - slow to load, and only needed here

    caller, hub = api.caller(), runtime.hub()
    try:
        event = event_of(row, now=hub.now())
        if isinstance(row, dict) and row.get("workspaceId", caller.workspace_id) != caller.workspace_id:  # pyright: ignore[reportUnknownMemberType]
            raise wrong("workspaceId", "left out, or the workspace of your token")
    except RequestRejectedError as error:
        return {"result": "refused", "problem": words_of(error)}
    shown: dict[str, Any] = {"id": event.event_id, "type": event.type}
    try:
        taken = take_events.take_event(hub, caller.workspace_id, event, by=caller.name)
    except NotFoundError as error:
        return {**shown, "result": "refused", "problem": words_of(error), "again": True}
    except RequestRejectedError as error:
        return {**shown, "result": "refused", "problem": words_of(error)}
    except (ConflictError, LeaseHeldError) as error:
        problem = {"detail": str(error), "nextStep": "send the same event again"}
        return {**shown, "result": "later", "problem": problem}
    return {**shown, "result": taken.result, "records": list(taken.records), "words": taken.words}


def get_event(api: Api, event_id: str) -> dict[str, Any]:
    """Tell what became of an event of the last seven days.

    Raises:
        NotFoundError: no event of that id came in.
    """
    return take_events.show_event(runtime.hub(), api.caller().workspace_id, event_id)


def list_refused_events(api: Api) -> dict[str, Any]:
    """List the events of the last seven days that were refused and not taken since, by any of the three doors."""
    found = take_events.refused_events(runtime.hub(), api.caller().workspace_id)
    return api.page(found, key=lambda each: f"{each['at']}#{each['id']}", newest_first=True)


def list_event_sources(api: Api) -> dict[str, Any]:
    """List the senders whose events are taken for the workspace."""
    found = event_sources.list_sources(runtime.hub(), api.caller().workspace_id)
    return api.page(found, key=lambda each: str(each["id"]))


def register_event_source(api: Api) -> tuple[dict[str, Any], int]:
    """Let events of a sender on the bus or at the queue be taken for the workspace.

    Raises:
        RequestRejectedError: what tells the sender is missing or wrong.
    """
    body, caller = api.body(), api.caller()
    parts = _PARTS[body["door"]]
    for name, (pattern, words) in parts.items():
        if not re.fullmatch(pattern, body.get(name, "")):
            raise wrong(name, words)
    identity = "/".join(body[name] for name in parts)
    sender = Sender(door=body["door"], identity=identity)
    name = body.get("name") or identity
    return event_sources.register_source(runtime.hub(), caller.workspace_id, sender, name=name, by=caller.name), 201


_PARTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "bus": {
        "account": (r"[0-9]{12}", "the twelve digits of the AWS account that puts the events"),
        "source": (r"[!-~]{1,256}", "the source of the events, 1 to 256 visible ASCII characters"),
    },
    "queue": {
        "principal": (r"[A-Z0-9]{12,128}", "the unique id of the sending role or user, such as AROA…, or its account"),
    },
}
"""By door, what tells a sender, and what each part is."""


def remove_event_source(api: Api, source_id: str) -> dict[str, Any]:
    """Take no more events of a sender.

    Raises:
        NotFoundError: the workspace has no such sender.
    """
    event_sources.remove_source(runtime.hub(), api.caller().workspace_id, source_id)
    return {}


def make_field_kit(api: Api, kit: str) -> dict[str, Any]:
    """Make a kit of custom fields, `social` or `repair_shop`, in every connected CRM.

    Raises:
        NotFoundError: there is no such kit.
        ConflictError: an integration is being changed at this moment; try again.
    """
    return {"items": field_kits.make_kit(runtime.hub(), api.caller().workspace_id, kit)}

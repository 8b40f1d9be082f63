"""The routes by which other systems tell of events, and by which people see what became of them."""

from __future__ import annotations

from crmbridge.runtime import events
from crmbridge.runtime._event_shapes import ANY_EVENT
from crmbridge.runtime._routes import NOTHING, PAGED, Route
from crmbridge.runtime._shapes import choice, many, moment, page, text, thing, whole

_PROBLEM = thing({"detail": text(), "field": text(), "nextStep": text()}, named="EventProblem", needs=["detail"])
_RESULT = choice(
    *("taken", "repeated", "passed_over", "pending", "later", "refused"),
    doc="`repeated`: it was taken before, and not again; `passed_over`: it changes nothing, `words` say why; `later`: "
    "somebody is at the same thing, send it again; `pending`: being taken, or cut off.",
)
_OUTCOME = {
    "id": text(),
    "type": text(),
    "result": _RESULT,
    "records": many(text(), "Ids of the records it is about."),
    "words": text("What was left out, and why."),
    "problem": _PROBLEM,
}
_ROW = thing({"index": whole("Place in the list."), **_OUTCOME}, named="EventResult", needs=["index", "result"])
_ONE = thing(_OUTCOME, named="EventOutcome", needs=["id", "type", "result"])
_REFUSED = thing(
    {
        "id": text(),
        "type": text(),
        "at": moment("When it came in last."),
        "detail": text(),
        "field": text(),
        "nextStep": text(),
    },
    named="RefusedEvent",
    needs=["id", "type", "at", "detail"],
)
_SOURCE = thing(
    {
        "id": text(),
        "door": choice("bus", "queue"),
        "identity": text("As AWS names the sender."),
        "name": text(),
        "registeredBy": text(),
        "registeredAt": moment(),
    },
    named="EventSource",
    needs=["id", "door", "identity", "name"],
)
_NEW_SOURCE = thing(
    {
        "door": choice("bus", "queue", doc="Our event bus, or our queue of events."),
        "account": text("Bus: the AWS account that puts the events."),
        "source": text("Bus: the events' `source`."),
        "principal": text(
            "Queue: unique id of the sending role or user (`aws iam get-role`, RoleId), or its account.",
        ),
        "name": text("For people.", most=120),
    },
    named="NewEventSource",
    needs=["door"],
)
_KIT = thing(
    {
        "integrationId": text(),
        "provider": text(),
        "result": choice("made", "unchanged", "refused"),
        "fields": whole("How many were missing."),
        "words": text(),
    },
    named="KitResult",
    needs=["integrationId", "provider", "result", "fields"],
)
_TAG, _SOURCES = "events", "/api/crm/event-sources"

ROUTES = (
    Route(
        method="POST",
        path="/api/crm/events",
        do=events.send_events,
        role="operator",
        body=thing({"events": many(ANY_EVENT, least=1, most=events.EVENTS_MAX)}, named="EventsIn", needs=["events"]),
        answer=thing({"items": many(_ROW)}, needs=["items"]),
        tag=_TAG,
    ),
    Route(method="GET", path="/api/crm/events/{event_id}", do=events.get_event, answer=_ONE, tag=_TAG),
    Route(
        method="GET",
        path="/api/crm/refused-events",
        do=events.list_refused_events,
        query=PAGED,
        answer=page(_REFUSED),
        tag=_TAG,
    ),
    Route(method="GET", path=_SOURCES, do=events.list_event_sources, query=PAGED, answer=page(_SOURCE), tag=_TAG),
    Route(
        method="POST",
        path=_SOURCES,
        do=events.register_event_source,
        role="admin",
        body=_NEW_SOURCE,
        answer=_SOURCE,
        status=201,
        tag=_TAG,
    ),
    Route(
        method="DELETE",
        path=f"{_SOURCES}/{{source_id}}",
        do=events.remove_event_source,
        role="admin",
        answer=NOTHING,
        status=204,
        tag=_TAG,
    ),
    Route(
        method="POST",
        path="/api/crm/field-kits/{kit}",
        do=events.make_field_kit,
        role="admin",
        answer=thing({"items": many(_KIT)}, needs=["items"]),
        tag="integrations",
    ),
)

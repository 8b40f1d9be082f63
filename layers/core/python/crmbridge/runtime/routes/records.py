"""The routes of records, of what people must decide, and of health."""

from __future__ import annotations

from crmbridge.runtime import api, readings
from crmbridge.runtime._routes import PAGED, Route
from crmbridge.runtime._shapes import anything, choice, maybe, moment, page, text, thing, whole
from crmbridge.runtime.routes._answers import DECISION, ENTITY, LINE, RECORD

ONE = "/api/crm/records/{record_id}"
_DECIDED = thing(
    {
        "field": text("The field in conflict; with `side` or `value`."),
        "side": text("Integration whose value is right.", least=1),
        "value": anything("A merged value; null empties the field."),
        "decision": choice("apart", doc="The possible double is somebody else."),
        "into": text("The record that the possible double is the same as.", least=1),
    },
    "`field` and `side`, `field` and `value`, `decision`, or `into`.",
    named="Resolution",
)
_HEALTH = thing(
    {
        "status": choice("healthy", "unhealthy", doc="Healthy while at least one integration is."),
        "integrations": whole(),
        "healthy": whole(),
        "lastSync": maybe(moment("Up to when any CRM was read, by its own clock.")),
    },
    named="Health",
    needs=["status", "integrations", "healthy"],
)

ROUTES = (
    Route(method="GET", path=ONE, do=api.get_record, answer=RECORD, tag="records"),
    Route(method="GET", path=f"{ONE}/history", do=api.get_history, query=PAGED, answer=page(LINE), tag="records"),
    Route(
        method="POST",
        path=f"{ONE}/release",
        do=readings.release_record,
        role="operator",
        body=thing({"integrationId": text("Only the writes to this one; all when left out.")}, named="Release"),
        answer=RECORD,
        tag="records",
    ),
    Route(
        method="GET",
        path="/api/crm/integrations/{integration_id}/records/{entity}/{external_id}",
        do=api.find_record,
        answer=RECORD,
        tag="records",
    ),
    Route(
        method="GET",
        path="/api/crm/conflicts",
        do=api.list_conflicts,
        query={"kind": choice("field", "double", "twin"), "entity": ENTITY, **PAGED},
        answer=page(DECISION),
        tag="conflicts",
    ),
    Route(
        method="GET",
        path="/api/crm/conflicts/{record_id}",
        do=api.get_conflicts,
        answer=page(DECISION),
        tag="conflicts",
    ),
    Route(
        method="POST",
        path="/api/crm/conflicts/{record_id}",
        do=api.resolve_conflict,
        role="operator",
        body=_DECIDED,
        answer=RECORD,
        tag="conflicts",
    ),
    Route(
        method="GET",
        path="/health/crm",
        do=api.health,
        role=None,
        answer=_HEALTH,
        also=(503,),
        tag="health",
    ),
)

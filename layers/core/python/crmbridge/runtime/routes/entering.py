"""The routes that enter records into every CRM at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from crmbridge.runtime import entering
from crmbridge.runtime._entry_shapes import SHAPES
from crmbridge.runtime._routes import Route
from crmbridge.runtime._shapes import Shape, choice, many, page, text, thing, whole
from crmbridge.runtime.routes._answers import ENTITY

_RESULT = choice(
    *("created", "updated", "unchanged", "written", "pending", "waiting", "refused", "off", "gone"),
    doc="`pending` while it is on its way, `waiting` where it cannot go out now, `refused` by the CRM, `off` where it "
    "takes no part, `gone` where it was deleted.",
)
_IN_CRM = thing(
    {
        "integrationId": text(),
        "provider": text(),
        "result": _RESULT,
        "externalId": text("The CRM's id; empty while it has none."),
        "words": text("Why, in the CRM's words or ours."),
    },
    named="CrmResult",
    needs=["integrationId", "provider", "result"],
)
_ENTERED: Mapping[str, Shape] = {
    "recordId": text(),
    "result": choice("created", "updated", "unchanged", doc="In the hub."),
    "changed": many(text(), "Fields whose value changed."),
    "frozen": many(text(), "Fields left alone: people must decide about them first."),
    "ignored": many(text(), "What was sent and no CRM of the workspace has a field for."),
}
ENTERED = thing({**_ENTERED, "crms": many(_IN_CRM)}, named="Entered", needs=["recordId", "result", "crms"])
_SYNCED: Mapping[str, Shape] = {
    **_ENTERED,
    "crmId": text("The CRM's id; empty while it has none."),
    "crmResult": _RESULT,
    "words": text("Why, in the CRM's words or ours."),
}
SYNCED = thing({**_SYNCED, "entity": ENTITY}, named="Synced", needs=["recordId", "result", "crmId", "crmResult"])
_ROW = thing(
    {
        **_SYNCED,
        "index": whole("Place in the list that was sent."),
        "result": choice("created", "updated", "unchanged", "refused"),
        "problem": thing({"detail": text(), "field": text(), "nextStep": text()}),
    },
    named="SyncedRow",
    needs=["index", "result"],
)
_WAIT = {
    "wait": whole(
        "Seconds to wait for the CRMs; 8 when left out. 202 when some are not done by then.", least=0, most=20
    )
}
ONE = "/api/crm/integrations/{integration_id}"


def _entering(path: str, do: Callable[..., Any], body: Shape, answer: Shape = ENTERED) -> Route:
    return Route(
        method="POST",
        path=path,
        do=do,
        role="operator",
        body=body,
        query=_WAIT,
        answer=answer,
        also=(202,),
        tag="entering",
    )


ROUTES = (
    _entering("/api/crm/contacts", entering.enter_contact, SHAPES["contact"]),
    _entering("/api/crm/leads", entering.enter_lead, SHAPES["lead"]),
    _entering("/api/crm/companies", entering.enter_company, SHAPES["company"]),
    _entering("/api/crm/deals", entering.enter_deal, SHAPES["deal"]),
    _entering("/api/crm/activities", entering.enter_activity, SHAPES["activity"]),
    _entering(f"{ONE}/contacts/sync", entering.sync_contact, SHAPES["contact"], SYNCED),
    _entering(f"{ONE}/leads/sync", entering.sync_lead, SHAPES["lead"], SYNCED),
    _entering(
        f"{ONE}/contacts/batch-sync",
        entering.batch_sync_contacts,
        many(thing({}, "A ContactEntry."), least=1, most=entering.BATCH_MAX),
        page(_ROW),
    ),
    Route(
        method="PATCH",
        path="/api/crm/records/{record_id}",
        do=entering.change_record,
        role="operator",
        body=thing({}, "As when a record of its entity is entered."),
        query=_WAIT,
        answer=ENTERED,
        also=(202,),
        tag="entering",
    ),
    Route(
        method="GET",
        path="/api/crm/records/{record_id}/crms",
        do=entering.places,
        answer=page(_IN_CRM),
        tag="entering",
        name="get_places",
    ),
)

"""The routes by which a person's data is handed out or forgotten."""

from __future__ import annotations

from crmbridge.domain.erasure import MODES
from crmbridge.runtime import people
from crmbridge.runtime._routes import PAGED, Route
from crmbridge.runtime._shapes import Shape, anything, choice, many, moment, page, table, text, thing, whole
from crmbridge.runtime.routes._answers import DECISION, LINE, RECORD

_WHO: dict[str, Shape] = {
    "email": text("E-mail address; case does not matter.", most=254),
    "phone": text("Telephone number, E.164.", most=40),
    "recordId": text("Of a contact or lead, in place of the others.", most=60),
}
_MODE = choice(
    *MODES,
    doc="`delete` for good, by the CRM's own privacy deletion where it has one; `anonymise` empties the row of the "
    "person and leaves it there; `keep` leaves it to that CRM's people.",
)
_MENTION = {"record": RECORD, "history": many(LINE)}
_EXPORT = thing(
    {
        "at": moment(),
        "people": many(
            thing({**_MENTION, "conflicts": many(DECISION), "touchpoints": many(anything())}, named="ExportedPerson")
        ),
        "mentions": many(thing(_MENTION, named="Mention"), "Deals and activities that are about the person."),
        "nextCursor": text("Send it as `cursor` for the next part; absent on the last one."),
    },
    "`at` and `people` are in the first part only.",
    named="PersonExport",
    needs=["mentions"],
)
_PLACE = thing(
    {
        "recordId": text(),
        "integrationId": text(),
        "result": choice(
            *("deleted", "anonymised", "kept", "gone", "pending", "waiting", "refused", "off"),
            doc="`off` where the entity is not written there, and `refused` by the CRM: people must do it by hand.",
        ),
        "words": text(),
    },
    named="ErasedPlace",
    needs=["recordId", "integrationId", "result"],
)
_ERASURE = thing(
    {
        "erasureId": text(),
        "status": choice("running", "waiting", "done", "partial", doc="`partial`: people must do the rest by hand."),
        "step": text("What is being done."),
        "mode": _MODE,
        "askedAt": moment(),
        "endedAt": moment(),
        "by": text(),
        "records": many(text()),
        "activities": many(text()),
        "changed": whole("Other records that spoke of the person, and do no more."),
        "places": many(_PLACE),
    },
    "Ids and outcomes; nothing of the person.",
    named="Erasure",
    needs=["erasureId", "status", "records", "places"],
)
ONE = "/api/crm/erasures/{erasure_id}"

ROUTES = (
    Route(
        method="POST",
        path="/api/crm/people/export",
        do=people.export_person,
        role="admin",
        body=thing({**_WHO, "cursor": text(most=2000)}, named="ExportRequest"),
        answer=_EXPORT,
        tag="people",
        only_reads=True,
    ),
    Route(
        method="POST",
        path="/api/crm/erasures",
        do=people.erase_person,
        role="admin",
        body=thing(
            {**_WHO, "mode": _MODE, "crms": table(_MODE, "By integration id; `mode` for all others.")},
            named="ErasureRequest",
        ),
        answer=_ERASURE,
        status=202,
        tag="people",
    ),
    Route(
        method="GET",
        path="/api/crm/erasures",
        do=people.list_erasures,
        role="admin",
        query=PAGED,
        answer=page(_ERASURE),
        tag="people",
    ),
    Route(method="GET", path=ONE, do=people.get_erasure, role="admin", answer=_ERASURE, tag="people"),
    Route(
        method="POST",
        path=f"{ONE}/lift",
        do=people.lift_suppression,
        role="admin",
        answer=thing({"lifted": whole()}, named="Lifted", needs=["lifted"]),
        tag="people",
    ),
)

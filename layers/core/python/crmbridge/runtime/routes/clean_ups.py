"""The route of clean-ups."""

from __future__ import annotations

from crmbridge.runtime import readings
from crmbridge.runtime._routes import PAGED, Route
from crmbridge.runtime._shapes import choice, many, maybe, moment, page, text, thing, whole
from crmbridge.runtime.routes._answers import ENTITY

_DUPLICATE = thing(
    {
        "entity": ENTITY,
        "key": choice("email", "phone", "domain", doc="What they have in common."),
        "record_ids": many(text(), "The oldest first."),
    },
    named="DuplicateCandidate",
    needs=["entity", "key", "record_ids"],
)
_INVALID = thing(
    {"record_id": text(), "field": text("Which address or number cannot be right.")},
    named="InvalidField",
    needs=["record_id", "field"],
)
_COUNTS = thing(
    {
        "records": whole("Looked through."),
        "duplicates": whole("Groups of records that share an address, a number or a domain."),
        "dead_links": whole("Places in integrations that are gone, removed."),
        "leftovers": whole("What integrations that are gone had left behind, removed."),
        "invalid_emails": whole(),
        "invalid_phones": whole(),
    },
    needs=["records", "duplicates", "dead_links", "leftovers", "invalid_emails", "invalid_phones"],
)
_CLEAN_UP = thing(
    {
        "report_id": text(),
        "status": choice("running", "done"),
        "started_at": moment(),
        "ended_at": maybe(moment()),
        "counts": _COUNTS,
        "duplicates": many(_DUPLICATE, "Up to 200."),
        "invalid": many(_INVALID, "Up to 200."),
    },
    "What one clean-up removed and found; see docs/schedules.md.",
    named="CleanUp",
    needs=["report_id", "status", "started_at", "ended_at", "counts", "duplicates", "invalid"],
)

ROUTES = (
    Route(
        method="GET",
        path="/api/crm/integrations/{integration_id}/cleanups",
        do=readings.list_clean_ups,
        query=PAGED,
        answer=page(_CLEAN_UP),
        tag="synchronising",
    ),
)

"""The routes of field mappings: overrides read, checked, changed and rehearsed."""

from __future__ import annotations

from crmbridge.domain.mapping.forms import OPS
from crmbridge.runtime import mappings
from crmbridge.runtime._routes import PAGED, Route
from crmbridge.runtime._shapes import anything, choice, flag, many, moment, page, table, text, thing, whole
from crmbridge.runtime.routes._answers import ENTITY
from crmbridge.runtime.routes._requests import SYNC
from crmbridge.services._dry_run_places import CURSOR_MAX
from crmbridge.services._override_json import FIELDS_MAX

ONE = "/api/crm/integrations/{integration_id}/mappings"
_TRANSFORM = thing(
    {
        "op": choice(*OPS, doc="See docs/field-mappings.md."),
        "text": text("What `prefix` puts in front, what `join` puts between."),
        "number": whole("Characters of `cut`, places of `shift`."),
        "yes": text("What `words` says for true."),
        "no": text("What `words` says for false."),
    },
    named="MappingTransform",
    needs=["op"],
)
_OVERRIDE = thing(
    {
        "entity": ENTITY,
        "field": text("The hub's canonical name.", least=1),
        "heldIn": text("Canonical name of the CRM's field that holds it; its own when left out."),
        "values": table(text(), "The CRM's word by the hub's."),
        "transform": _TRANSFORM,
        "required": flag("Nothing is written to the CRM without a value of it."),
    },
    named="MappingOverride",
    needs=["entity", "field"],
)
_FIELDS = many(_OVERRIDE, "All overrides; what is left out has none.", most=FIELDS_MAX)
_COST = thing({"field": text("As `entity.field`."), "reason": text()}, needs=["field", "reason"])
_COSTS = {
    "rewrites": many(_COST, "Fields of which some values do not come back as they were said, and why."),
    "displaced": many(_COST, "Fields that this CRM holds no more, since their place is another's."),
}
_MAPPINGS = thing(
    {
        "integrationId": text(),
        "version": whole("Counts the changes; 0 before the first."),
        "state": choice("in_force", "changing", doc="While it changes the CRM is neither read nor written."),
        "lookedAt": whole("Records looked at so far, while it changes."),
        "turned": whole("Records that were turned to it so far."),
        "fields": many(_OVERRIDE),
        **_COSTS,
    },
    named="Mappings",
    needs=["integrationId", "version", "state", "fields", "rewrites", "displaced"],
)
_VERSION = thing(
    {"version": whole(), "at": moment(), "by": text(), "fields": many(_OVERRIDE)},
    named="MappingVersion",
    needs=["version", "at", "by", "fields"],
)
_CHECKED = thing(
    {
        "integrationId": text(),
        "ok": flag(),
        "problems": many(
            thing({"field": text(), "reason": text(), "nextStep": text()}, needs=["field", "reason", "nextStep"])
        ),
        **_COSTS,
    },
    named="MappingVerdict",
    needs=["integrationId", "ok", "problems", "rewrites", "displaced"],
)
_ROW = thing(
    {
        "recordId": text(),
        "externalId": text("The CRM's id; empty for a row that is made."),
        "changes": many(
            thing(
                {
                    "field": text("The hub's name."),
                    "heldIn": text("The name of the CRM's field, where it is another."),
                    "before": anything("What the CRM says now; absent for a row that is made."),
                    "after": anything("What would be written; null empties."),
                },
                needs=["field", "after"],
            )
        ),
        "payload": thing({}, "The row, exactly as the connector is given it."),
    },
    named="DryRunRow",
    needs=["recordId", "externalId", "changes", "payload"],
)
_BATCH = thing(
    {
        "entity": ENTITY,
        "kind": choice("create", "update", "upsert", "delete"),
        "bytes": whole("Length of the batch as JSON: sorted keys, no blanks, UTF-8."),
        "sha256": text("Of the same bytes; equal to that of the batch that is then written."),
        "rows": many(_ROW),
    },
    named="DryRunBatch",
    needs=["entity", "kind", "bytes", "sha256", "rows"],
)
_DRY_RUN = thing(
    {
        "integrationId": text(),
        "provider": text(),
        "mappingVersion": whole(),
        "isDraft": flag("Whether a change was rehearsed that is not stored."),
        "batches": many(_BATCH),
        "counts": table(whole(), "Rows by outcome, as a push counts them."),
        "stopped": table(text(), "By entity, why nothing more of it is written: drained, held, blocked, closed, time."),
        "nextCursor": text("Send it as `cursor`, with the same body, for the next page; absent on the last one."),
    },
    named="DryRun",
    needs=["integrationId", "mappingVersion", "isDraft", "batches", "counts", "stopped"],
)
_WANTED = thing({"fields": _FIELDS}, named="WantedMappings", needs=["fields"])
_CHANGE = thing(
    {
        "fields": _FIELDS,
        "version": whole("The version that you have seen; refused when there is a newer one.", least=0),
        "accepts": many(text(), "Fields, as `entity.field`, that may lose something on the round trip."),
    },
    named="ChangedMappings",
    needs=["fields"],
)
_REHEARSED = thing(
    {
        "entity": ENTITY,
        "limit": whole("No further batch is begun after so many rows; 200 when left out.", least=1, most=1000),
        "cursor": text(most=CURSOR_MAX),
        "fields": _FIELDS,
        "syncConfig": SYNC,
    },
    named="DryRunRequest",
)

ROUTES = (
    Route(method="GET", path=ONE, do=mappings.get_mappings, answer=_MAPPINGS, tag="mappings"),
    Route(
        method="PATCH",
        path=ONE,
        do=mappings.put_mappings,
        role="admin",
        body=_CHANGE,
        answer=_MAPPINGS,
        also=(202,),
        tag="mappings",
        name="change_mappings",
    ),
    Route(
        method="GET",
        path=f"{ONE}/versions",
        do=mappings.list_mapping_versions,
        query=PAGED,
        answer=page(_VERSION),
        tag="mappings",
    ),
    Route(
        method="POST",
        path=f"{ONE}/validate",
        do=mappings.validate_mappings,
        role="operator",
        body=_WANTED,
        answer=_CHECKED,
        tag="mappings",
    ),
    Route(
        method="POST",
        path=f"{ONE}/dry-run",
        do=mappings.dry_run_mappings,
        role="operator",
        body=_REHEARSED,
        answer=_DRY_RUN,
        tag="mappings",
    ),
)

"""What the API answers of integrations, runs, reports and records."""

from __future__ import annotations

from crmbridge.domain.records import ENTITIES
from crmbridge.runtime._shapes import anything, choice, flag, many, maybe, moment, table, text, thing, whole

ENTITY = choice(*ENTITIES, doc="What kind of thing it is; the same words in every CRM.")
CANONICAL = table(anything(), "Canonical values by field name; see docs/canonical-record.md.")
STATUS = choice("pending", "active", "paused", "reauth_required")
CIRCUIT = choice("closed", "open", "half_open", doc="Open while the CRM does not answer and is left alone.")

RULE = thing(
    {
        "enabled": flag("Whether this entity is synchronised at all."),
        "direction": choice("bidirectional", "to_crm", "from_crm"),
        "fields": many(text(), "Canonical fields that take part."),
        "policies": table(text(), "Who wins a conflict, by field; `*` for all others."),
    },
    named="EntityRule",
)

CUSTOM_FIELD = thing(
    {
        "entity": ENTITY,
        "name": text("Begins with `x_`; the same name is the same field in every CRM.", most=40),
        "label": text(),
        "kind": text("See docs/canonical-record.md."),
        "remoteName": text("The CRM's own name of it; empty for one that we make."),
        "options": many(text()),
    },
    named="CustomField",
)

INTEGRATION = thing(
    {
        "id": text(),
        "provider": text("The CRM's name, as in `/auth/{crm}`."),
        "name": text(),
        "status": STATUS,
        "environment": choice("production", "sandbox"),
        "domain": text("The account's own domain or data centre; empty where the CRM needs none."),
        "accountId": text("The CRM's own id of the account; empty while pending."),
        "isPrimary": flag("This CRM wins conflicts under `primary_wins`."),
        "policy": text("Who wins a conflict."),
        "rank": whole("Under `crm_wins`, a lower rank wins."),
        "onDelete": choice("keep", "propagate"),
        "syncConfig": thing(
            {
                "syncInterval": whole("Minutes between incremental reads."),
                "compareInterval": whole("Minutes between full comparisons; 0 for never."),
                "pullInterval": whole("It is read at least this often, in minutes."),
                "pushInterval": whole("Minutes between pushes of contacts that are new; 0 for never."),
                "cleanupInterval": whole("Minutes between clean-ups; 0 for never."),
                "priorityInterval": whole(
                    "Minutes between looks at contacts of high priority, where no webhook tells; 0 for never."
                ),
                "repairBudget": whole("Rows that one comparison may repair."),
                "callsPerMinute": whole("A limit below the vendor's own; 0 for none."),
                "entities": table(RULE),
            }
        ),
        "customFields": many(CUSTOM_FIELD),
        "unavailable": table(text(), "Entities that this account has not, each with why; they take no part."),
        "blockedUntil": maybe(moment("Nothing is sent to the CRM before this: a quota, or an outage.")),
        "webhookUrl": text("Where the CRM sends its webhooks; told when it is connected, a secret one only then."),
    },
    named="Integration",
    needs=["id", "provider", "name", "status", "syncConfig"],
)

RUN = thing(
    {
        "integration_id": text(),
        "run_id": text(),
        "mode": choice("baseline", "incremental", "comparison"),
        "status": choice("running", "done", "partial", "failed", "cancelled", "stalled"),
        "started_at": moment(),
        "progress_at": moment("When the last page was stored."),
        "entities": many(text(), "Still to be read, the present one first."),
        "phase": text("What is being done with the first of them."),
        "counts": table(table(whole()), "Per entity, what became of its rows so far."),
        "words": text("Why it ended badly, in the vendor's words or ours."),
        "skipped": many(text(), "Entities that the CRM would not show, or not to the end."),
        "tries": whole("Tries in a row that stored no page."),
        "budget": maybe(whole("Rows that a comparison may still repair; null for any number.")),
        "found": table(whole(), "What a comparison found of the present entity so far."),
        "differing": table(whole(), "By field, in how many rows it differs."),
    },
    "One reading of one integration; absent parts say that nothing takes part.",
    named="Run",
)

REPORT = thing(
    {
        "report_id": text(),
        "run_id": text(),
        "integration_id": text(),
        "entity": ENTITY,
        "status": text(),
        "words": text(),
        "started_at": moment(),
        "ended_at": moment(),
        "there": whole("Rows in the CRM."),
        "here": whole("Records that should be there."),
        "both": whole(),
        "equal": whole(),
        "repaired": whole(),
        "left": whole(),
        "differing": table(whole(), "By field, in how many rows it differs."),
        "parity_percent": text("Share of equal rows among all that should be on both sides, two decimals."),
    },
    "What a comparison found of one entity; all counts are explained in docs/sync-guarantees.md.",
    named="Report",
    needs=["report_id", "entity", "status", "parity_percent"],
)

LINK = thing(
    {
        "external_id": text("The CRM's id of its copy."),
        "state": choice("creating", "active", "deleting", "deleted", "invisible", "held"),
        "version": text(),
        "base": table(anything(), "What was last agreed on, where it is not the plain rendering."),
        "retry_at": moment(),
        "attempts": whole(),
        "parked": many(anything(), "Digest, the vendor's words, its code, when: why it is not tried again."),
    },
    named="Link",
)

RECORD = thing(
    {
        "v": whole("Version of this form."),
        "workspace_id": text(),
        "record_id": text("Ours; its first three letters tell the entity."),
        "rev": whole(),
        "fields": CANONICAL,
        "stamps": table(many(anything()), "By field: the source's own time (epoch milliseconds), and the source."),
        "links": table(LINK, "By integration id: the record's place in each CRM."),
        "frozen": table(anything(), "Fields with an open conflict."),
        "candidates": many(text(), "Records it may be a double of; people decide."),
        "apart": many(text()),
        "due_for": table(whole(), "Integrations that a write is due to."),
        "created_at": moment(),
        "deleted_at": moment(),
        "merged_into": text("The record that it became part of."),
        "last": anything("The latest change."),
    },
    "Empty parts are left out; see docs/canonical-record.md.",
    named="Record",
    needs=["v", "workspace_id", "record_id", "rev"],
)

LINE = thing(
    {
        "rev": whole(),
        "kind": text("Such as imported, linked, changed, resolved, merged, deleted, parked."),
        "integration_id": text("Where it came from; `hub` for our own API."),
        "at": moment(),
        "run_id": text(),
        "by": text("The person or machine, when it came through the API."),
        "changes": many(many(anything()), "Field, old value, new value."),
        "lost": many(many(anything()), "Field, value, its source, the winner, the policy."),
    },
    named="HistoryLine",
    needs=["rev", "kind", "at", "changes"],
)

DECISION = thing(
    {
        "kind": choice("field", "double", "twin", doc="A field in conflict, a possible double, two copies in one CRM."),
        "record_id": text(),
        "field": text(),
        "base": anything("The value both sides last agreed on."),
        "sides": table(many(anything()), "By integration id: value, when (epoch milliseconds), who set it."),
        "candidates": many(text()),
        "other_record_id": text(),
        "integrations": many(text()),
        "opened_at": moment(),
    },
    named="Decision",
    needs=["kind", "record_id"],
)

"""The routes that look into an integration, its CRM and the records."""

from __future__ import annotations

from crmbridge.runtime import insight
from crmbridge.runtime._routes import PAGED, Route
from crmbridge.runtime._shapes import (
    Shape,
    anything,
    choice,
    flag,
    many,
    maybe,
    moment,
    page,
    table,
    text,
    thing,
    whole,
)
from crmbridge.runtime.routes._answers import CIRCUIT, ENTITY, RECORD, RUN, STATUS

ONE = "/api/crm/integrations/{integration_id}"
_EMAIL, _PHONE = text("As the CRM shows it; case does not matter."), text("E.164, with `+` sent as `%2B`.")

_VALIDATION = thing(
    {
        "integrationId": text(),
        "ok": flag("Whether no step failed."),
        "steps": many(
            thing(
                {
                    "name": text(),
                    "outcome": choice("ok", "pending", "failed", "skipped"),
                    "words": text("What was found, or in the vendor's words why not."),
                    "found": maybe(whole()),
                    "of": maybe(whole()),
                    "nextStep": text("What to do about a step that failed."),
                },
                named="ValidationStep",
                needs=["name", "outcome", "words"],
            )
        ),
    },
    named="Validation",
    needs=["integrationId", "ok", "steps"],
)
_STATUS = thing(
    {
        "integrationId": text(),
        "status": STATUS,
        "health": choice("healthy", "degraded", "unhealthy"),
        "circuit": CIRCUIT,
        "quotaUsedPercent": whole("Of the allowance of which least is left, as the vendor told it last."),
        "failures": whole("Failed calls in a row."),
        "blockedUntil": maybe(moment()),
        "lastSync": maybe(moment("When the latest run that came to its end stored its last page.")),
        "errorRatePercent": whole("Runs that failed, of the latest twenty."),
        "unavailable": table(text(), "Entities that this account has not, each with why; they take no part."),
        "counts": table(table(anything()), "Per entity, what the latest comparison counted."),
        "due": table(whole(), "Per entity, writes that are due there, counted up to 1000."),
    },
    named="IntegrationStatus",
    needs=["integrationId", "status", "health"],
)
_FIELD = thing(
    {
        "name": text(),
        "isHeld": flag("Whether the CRM can hold it."),
        "takesPart": flag(),
        "policy": text("Who wins a conflict."),
        "remoteName": text("The CRM's own name of a custom field."),
        "rewrites": text("Which values do not come back as they were said, and why."),
    },
    named="MappedField",
    needs=["name", "isHeld", "takesPart", "policy"],
)
_MAPPING = thing(
    {
        "integrationId": text(),
        "entities": table(
            thing(
                {
                    "enabled": flag(),
                    "unavailable": text("Why this account has no such records; empty where it has."),
                    "direction": text(),
                    "fields": many(_FIELD),
                }
            )
        ),
        "settings": table(table(text()), "What is the CRM's own, such as stage maps."),
    },
    named="Mapping",
    needs=["integrationId", "entities"],
)
_NUMBER: Shape = {"type": "number"}
_QUOTAS = thing(
    {
        "integrationId": text(),
        "blockedUntil": maybe(moment()),
        "reservePercent": whole("Left to people and to other applications."),
        "closedUntil": maybe(moment("The vendor refused a call: nobody calls before.")),
        "circuit": CIRCUIT,
        "usedPercent": whole("Of the allowance of which least is left."),
        "isLow": flag("Hardly any is left: 80 % or more are used."),
        "refused": whole("Calls that the vendor refused for a limit, ever."),
        "workers": table(whole(), "By lane, the workers that call the account now."),
        "rates": many(
            thing(
                {
                    "calls": whole("As headers told it, else as the vendor documents it; the last one is your own."),
                    "perSeconds": _NUMBER,
                    "only": text("Paths it is for."),
                    "used": whole("Calls of the window that workers hold; where headers tell, that are made."),
                }
            )
        ),
        "allowances": many(
            thing(
                {
                    "most": whole("0 where the plan decides and no header has told."),
                    "left": maybe(whole("As the vendor told it last.")),
                    "usedPercent": maybe(whole()),
                    "toldAt": maybe(moment()),
                    "opensAt": maybe(moment("It is used up but for the reserve; looked at again then.")),
                    "perSeconds": _NUMBER,
                    "rolls": flag(),
                }
            )
        ),
        "batches": table(whole()),
    },
    named="Quotas",
    needs=["integrationId", "rates", "allowances"],
)
_CRM = thing(
    {
        "name": text(),
        "label": text(),
        "apiVersion": text(),
        "docsUrl": text(),
        "auth": many(choice("oauth", "token", "jwt_bearer")),
        "entities": table(many(text()), "Per entity, the fields it can hold."),
        "webhooks": flag(),
        "subscribes": flag("We set its webhooks up ourselves."),
        "customFields": flag(),
        "reportsDeletions": flag(),
        "reportsMerges": flag(),
        "editions": table(text(), "Per entity, what an account must have bought to have such records."),
        "notBuilt": table(text()),
    },
    named="Crm",
    needs=["name", "label", "auth", "entities"],
)
_OWNER = thing(
    {"ownerId": text(), "email": text(), "name": text(), "isActive": flag()}, named="Owner", needs=["ownerId"]
)
_STAGE = thing(
    {
        "pipelineId": text(),
        "stageId": text(),
        "label": text(),
        "isClosed": flag(),
        "isWon": flag(),
        "probability": whole(),
    },
    named="Stage",
    needs=["pipelineId", "stageId", "label"],
)
_REMOTE_FIELD = thing(
    {
        "name": text(),
        "label": text(),
        "type": text("The CRM's own word."),
        "isCustom": flag(),
        "isWritable": flag(),
        "isRequired": flag(),
        "isUnique": flag(),
        "maxLength": maybe(whole()),
        "options": many(text()),
    },
    named="RemoteField",
    needs=["name", "label", "type"],
)

ROUTES = (
    Route(method="GET", path="/api/crm/crms", do=insight.list_crms, query=PAGED, answer=page(_CRM), tag="integrations"),
    Route(
        method="POST",
        path=f"{ONE}/validate",
        do=insight.validate,
        role="operator",
        answer=_VALIDATION,
        tag="integrations",
    ),
    Route(
        method="GET",
        path=f"{ONE}/status",
        do=insight.status,
        answer=_STATUS,
        tag="integrations",
        name="get_integration_status",
    ),
    Route(method="GET", path=f"{ONE}/mapping", do=insight.mapping, answer=_MAPPING, tag="integrations"),
    Route(method="GET", path=f"{ONE}/quotas", do=insight.quotas, answer=_QUOTAS, tag="integrations"),
    Route(method="GET", path=f"{ONE}/owners", do=insight.list_owners, answer=page(_OWNER), tag="integrations"),
    Route(method="GET", path=f"{ONE}/pipelines", do=insight.list_pipelines, answer=page(_STAGE), tag="integrations"),
    Route(
        method="GET",
        path=f"{ONE}/fields/{{entity}}",
        do=insight.list_fields,
        answer=page(_REMOTE_FIELD),
        tag="integrations",
    ),
    Route(
        method="POST",
        path=f"{ONE}/sync-from-crm",
        do=insight.sync_from_crm,
        role="operator",
        answer=RUN,
        status=202,
        tag="synchronising",
    ),
    Route(
        method="POST",
        path="/api/crm/sync",
        do=insight.sync_all,
        role="operator",
        body=thing({"mode": choice("incremental", "full")}, named="SyncAllRequest"),
        answer=page(RUN),
        status=202,
        tag="synchronising",
    ),
    Route(
        method="GET",
        path="/api/crm/records",
        do=insight.list_records,
        query={"entity": ENTITY, "email": _EMAIL, "phone": _PHONE, "domain": text(), **PAGED},
        answer=page(RECORD),
        tag="records",
    ),
    Route(
        method="GET",
        path=f"{ONE}/contacts",
        do=insight.find_contacts,
        query={"email": _EMAIL, "phone": _PHONE},
        answer=page(RECORD),
        tag="records",
    ),
)

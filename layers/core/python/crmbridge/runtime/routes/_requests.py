"""What the API takes to create and change integrations."""

from __future__ import annotations

from crmbridge.domain.schedules import ALWAYS, BOUNDS
from crmbridge.runtime._shapes import anything, choice, flag, many, table, text, thing, whole
from crmbridge.runtime.routes._answers import CUSTOM_FIELD
from crmbridge.services.manage_integrations import (
    BUDGET_MAX,
    CALLS_MAX,
    COMPARE_MAX,
    DIRECTIONS,
    INTERVAL_MAX,
    INTERVAL_MIN,
    NAME_MAX,
    POLICIES,
    RANK_MAX,
)

RULE = thing(
    {
        "enabled": flag(),
        "direction": choice(*DIRECTIONS),
        "fields": many(text(), "Canonical fields that are to take part; docs/mapping.md says which the CRM holds."),
        "policies": table(choice(*POLICIES), "By field; `*` for all others."),
    }
)

_NEVER = "; 0 for never"

SYNC = thing(
    {
        "direction": choice(*DIRECTIONS, doc="Of every entity that names none of its own."),
        "syncInterval": whole("Minutes between incremental reads.", least=INTERVAL_MIN, most=INTERVAL_MAX),
        "compareInterval": whole(
            "Minutes between full comparisons, 15 or more; 0 for never.", least=0, most=COMPARE_MAX
        ),
        **{
            name: whole(
                f"Minutes, {least} or more{_NEVER if name not in ALWAYS else ''}; see docs/schedules.md.",
                least=0,
                most=most,
            )
            for name, (_, least, most) in BOUNDS.items()
        },
        "repairBudget": whole("Rows that one comparison may repair.", least=0, most=BUDGET_MAX),
        "callsPerMinute": whole("A limit below the vendor's own; 0 for none.", least=0, most=CALLS_MAX),
        "entities": table(RULE, "By entity."),
    }
)

_FIELDS = {
    "name": text(least=1, most=NAME_MAX),
    "environment": choice("production", "sandbox"),
    "domain": text("The account's own domain or data centre, such as acme.kommo.com or eu."),
    "isPrimary": flag("This CRM wins conflicts under `primary_wins`."),
    "policy": choice(*POLICIES, doc="Who wins a conflict."),
    "rank": whole("Under `crm_wins`, a lower rank wins; no two integrations share one.", least=0, most=RANK_MAX),
    "onDelete": choice("keep", "propagate", doc="What a deletion there does to the other CRMs."),
    "syncConfig": SYNC,
    "customFields": {"type": "array", "items": anything(), "description": CUSTOM_FIELD["title"] + " objects."},
    "settings": table(table(text()), "What is the CRM's own, such as stage maps; see docs/crms."),
}

NEW_INTEGRATION = thing(
    {
        "provider": text("The CRM's name.", least=1, most=NAME_MAX, example="hubspot"),
        **_FIELDS,
        "credentials": thing({"accessToken": text("A static token or API key; connects at once.")}),
    },
    named="NewIntegration",
    needs=["provider"],
)

CHANGED_INTEGRATION = thing(
    {**_FIELDS, "paused": flag("Whether it is neither read nor written; only of one that is connected.")},
    named="ChangedIntegration",
)

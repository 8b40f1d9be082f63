"""One thing that Salesforce tells, as the record to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmbridge.connectors.salesforce.mapping.ids import ENTITIES, ENTITY_OF, id18, id_of
from crmbridge.domain.versions import version_ms
from crmbridge.domain.webhook import HookKind, WebhookEvent


def hint(
    kind: HookKind,
    name: str,
    object_name: str,
    *,
    account_id: str,
    fields: Mapping[str, Any],
    raw: Mapping[str, Any],
) -> WebhookEvent:
    """Say which record to read; a role between deal and contact is a change of the deal."""
    modified_ms = version_ms(str(fields.get("SystemModstamp") or ""))
    record, by = fields.get("Id"), id18(str(fields.get("LastModifiedById") or ""))
    if object_name == "OpportunityContactRole":
        kind, object_name, record, modified_ms = "changed", "Opportunity", fields.get("OpportunityId"), 0
    kept = ENTITIES.get(object_name)
    external_id = "" if kept is None else id_of(kept, str(record or "").strip())
    entity = None if kept is None else ENTITY_OF[kept]
    if entity == "activity" and external_id:
        external_id = f"{kept}:{external_id}"
    if not external_id:
        return WebhookEvent("unknown", name, account_id, entity, "", raw=raw)
    return WebhookEvent(kind, name, account_id, entity, external_id, raw=raw, modified_ms=modified_ms, modified_by=by)

"""One thing that Salesforce tells, as the record to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmbridge.connectors.salesforce.mapping.ids import ENTITIES, id_of
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
    if object_name == "OpportunityContactRole":
        kind, object_name, record = "changed", "Opportunity", fields.get("OpportunityId")
    else:
        record = fields.get("Id")
    entity = ENTITIES.get(object_name)
    external_id = "" if entity is None else id_of(entity, str(record or "").strip())
    if not external_id:
        return WebhookEvent("unknown", name, account_id, entity, "", raw=raw)
    return WebhookEvent(kind, name, account_id, entity, external_id, raw=raw)

"""Contacts of high priority: known by a list of their own, and read often where no webhook tells of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from crmbridge.domain.integrations import Integration
from crmbridge.domain.messages import ChangeHint
from crmbridge.domain.records import Record
from crmbridge.domain.schedules import PRIORITY_FIELD, is_priority
from crmbridge.domain.workspace_sections import SCHEDULES
from crmbridge.errors import ConflictError
from crmbridge.ports import Document
from crmbridge.services._hooks import Hooks, load_all_hooks
from crmbridge.services.hub import Hub
from crmbridge.services.workspace_settings import load_section

MOST = 1000
"""Contacts of high priority that are read by their ids at one look; the newest are left out beyond it."""

HINT_MAX = 100


def note_priority(hub: Hub, before: Record | None, after: Record) -> None:
    """Keep the list of contacts of high priority in step with one record; costs nothing for those without a mark."""
    if not (_may_be_marked(after) or (before is not None and _may_be_marked(before))):
        return
    tags = frozenset(str(each).lower() for each in load_section(hub, after.workspace_id, SCHEDULES)["priorityTags"])
    wanted = _entry(after) if is_priority(after, tags) else None
    if before is not None and wanted == (_entry(before) if is_priority(before, tags) else None):
        return
    place = (_pk(after.workspace_id), after.record_id)
    if wanted is not None:
        hub.documents.put(Document(*place, wanted), unconditionally=True)
        return
    held = hub.documents.get(*place)
    if held is not None:
        with suppress(ConflictError):
            hub.documents.delete(held)


def _may_be_marked(record: Record) -> bool:
    return record.entity == "contact" and bool(record.fields.get("tags") or record.fields.get(PRIORITY_FIELD))


def _entry(record: Record) -> dict[str, Any]:
    places = {
        key: link.external_id for key, link in record.links.items() if link.external_id and link.state == "active"
    }
    return {"places": dict(sorted(places.items()))}


def hint_priority(hub: Hub, workspace_id: str, integrations: Sequence[Integration]) -> int:
    """Have contacts of high priority read where no webhook tells of their changes; called every minute.

    Returns:
        How many contacts are read.
    """
    minute = int(hub.now().timestamp()) // 60
    every = {each.integration_id: each.schedule.priority_s // 60 for each in integrations}
    asked = [each for each in integrations if every[each.integration_id] and minute % every[each.integration_id] == 0]
    places: list[Mapping[str, str]] = [
        each.body["places"] for each in (hub.documents.query(_pk(workspace_id))[:MOST] if asked else ())
    ]
    if not places:
        return 0
    hooks = load_all_hooks(hub, workspace_id)
    polled = [each for each in asked if not _is_told(hub, each, hooks)]
    hints: list[ChangeHint] = []
    for integration in polled:
        key = integration.integration_id
        ids = sorted({each[key] for each in places if key in each})
        chunks = (tuple(ids[start : start + HINT_MAX]) for start in range(0, len(ids), HINT_MAX))
        hints += [ChangeHint(workspace_id, key, "contact", chunk, reason="priority") for chunk in chunks]
    hub.queues.send_changes(hints)
    return sum(len(each.external_ids) for each in hints)


def _is_told(hub: Hub, integration: Integration, hooks: Mapping[str, Hooks]) -> bool:
    """Tell whether webhooks tell of an integration's changes, as far as we know."""
    supports = hub.connectors.declaration(integration.crm).supports
    held = hooks.get(integration.integration_id)
    return supports.webhooks and (not supports.subscribes or (held is not None and held.state == "active"))


def _pk(workspace_id: str) -> str:
    return f"{workspace_id}#PRIORITY"

"""Turn an integration's records to a changed mapping, page by page, while its CRM is left alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from crmbridge.domain.due import with_due
from crmbridge.domain.integrations import Integration
from crmbridge.domain.mapping.overrides import override_from_json
from crmbridge.domain.messages import SyncStep
from crmbridge.domain.records import Entity, LastChange, Record
from crmbridge.errors import AuthorizationExpiredError, ConflictError, NotFoundError, RetriableProviderError
from crmbridge.ports import Document, Save
from crmbridge.services._remapping import Remapping, remapping_of
from crmbridge.services.hub import (
    WAKE_MAX_S,
    Hub,
    block,
    change_integration,
    load_integration,
    load_integrations,
    require_reauthorization,
)
from crmbridge.services.plan_sync import start_run

PAGE = 200
TRIES = 5


def turn_records(hub: Hub, step: SyncStep, *, has_time: Callable[[], bool]) -> int:
    """Go on with a change of mapping until all records are turned or time is short; then queue the next step.

    When all are turned, the CRM is compared with the hub as a whole, and what is due goes out.

    Args:
        step: whose ``run_id`` is the change's.

    Returns:
        How many records were turned; 0 also where somebody else is at it.
    """
    try:
        integration = load_integration(hub, step.workspace_id, step.integration_id)
    except NotFoundError:
        return 0
    held = hub.documents.get(f"{step.workspace_id}#REMAPPING", step.integration_id)
    if held is None or integration.remapping != held.body["change_id"] or step.run_id != integration.remapping:
        return 0
    wait_s = (datetime.fromisoformat(held.body["not_before"]) - hub.now()).total_seconds()
    if wait_s > 0:
        hub.queues.send_steps([step], delay_s=min(int(wait_s) + 1, WAKE_MAX_S))
        return 0
    try:
        return _turn(hub, step, integration, held, has_time)
    except ConflictError:
        return 0
    except AuthorizationExpiredError:
        require_reauthorization(hub, integration)
        hub.queues.send_steps([step], delay_s=WAKE_MAX_S)
    except RetriableProviderError as error:
        hub.queues.send_steps([step], delay_s=min(int(block(hub, integration, error)) + 1, WAKE_MAX_S))
    return 0


def _turn(hub: Hub, step: SyncStep, integration: Integration, held: Document, has_time: Callable[[], bool]) -> int:
    turned, before = 0, replace(integration, field_maps=tuple(map(override_from_json, held.body["before"])))
    while held.body["entities"]:
        if not has_time():
            hub.queues.send_steps([step])
            return turned
        entity: Entity = held.body["entities"][0]
        change = remapping_of(hub, before, integration, entity)
        page = hub.records.list_records(step.workspace_id, entity, cursor=held.body["cursor"], limit=PAGE)
        moved = _saved(hub, integration, change, page.items)
        turned += moved
        left = held.body["entities"] if page.next_cursor else held.body["entities"][1:]
        body = {
            **held.body,
            "cursor": page.next_cursor,
            "entities": left,
            "looked_at": held.body["looked_at"] + len(page.items),
            "turned": held.body["turned"] + moved,
            "moved_at": hub.now().isoformat(),
        }
        held = hub.documents.put(replace(held, body=body))
    ready = change_integration(hub, integration, remapping="")
    if ready.status == "active":
        start_run(hub, ready, full=True)
    return turned


def _saved(hub: Hub, integration: Integration, change: Remapping, records: Sequence[Record]) -> int:
    """Turn and store some records, each once; returns how many.

    Raises:
        ConflictError: records kept moving; the page is begun again.
    """
    integrations = load_integrations(hub, integration.workspace_id)
    integrations[integration.integration_id] = integration
    last = LastChange("reconciled", integration.integration_id, hub.now(), integration.remapping)
    pending, stored = list(records), 0
    for _ in range(TRIES):
        saves = [
            Save(each, with_due(turned, integrations.values(), rev=each.rev + 1, last=last))
            for each in pending
            if not _was_turned(each, integration) and (turned := change.turned(each)) is not each
        ]
        kept = hub.records.save_many(saves)
        stored += sum(kept)
        lost = [save.after.record_id for save, ok in zip(saves, kept, strict=True) if not ok]
        if not lost:
            return stored
        pending = list(hub.records.get_many(integration.workspace_id, lost).values())
    raise ConflictError("records kept moving while they were turned to another mapping")


def _was_turned(record: Record, integration: Integration) -> bool:
    """Tell whether a page that is begun again has turned a record already."""
    last = record.last
    return last is not None and (last.kind, last.run_id) == ("reconciled", integration.remapping)

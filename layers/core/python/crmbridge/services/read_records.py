"""Show one record of the hub and where it is linked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmbridge.domain.codec import to_json
from crmbridge.domain.keys import NaturalKey
from crmbridge.domain.records import ENTITIES, PREFIXES, Entity, Record
from crmbridge.errors import NotFoundError, RequestRejectedError
from crmbridge.services._runs import Run, run_to_json
from crmbridge.services.hub import Hub, load_integration


def read_record(hub: Hub, workspace_id: str, record_id: str) -> Record:
    """Return one record of a workspace.

    Raises:
        NotFoundError: the workspace has no such record.
    """
    known = record_id[:3] in PREFIXES.values() and record_id[3:4] == "_"
    record = hub.records.get_many(workspace_id, [record_id]).get(record_id) if known else None
    if record is None:
        raise NotFoundError(f"there is no record {record_id[:60]!r}", field="record_id", next_step="check the id")
    return record


def find_record(hub: Hub, workspace_id: str, integration_id: str, entity: str, external_id: str) -> Record:
    """Return the record linked to one CRM's external id.

    Raises:
        NotFoundError: the workspace has no such integration, or no such record is linked.
        RequestRejectedError: there is no such entity.
    """
    load_integration(hub, workspace_id, integration_id)
    for known in ENTITIES:
        if known == entity:
            found = hub.records.find_external(workspace_id, integration_id, known, [external_id])
            if external_id in found:
                return read_record(hub, workspace_id, found[external_id])
            raise NotFoundError(
                f"no {known} is linked to {external_id[:60]!r}", field="external_id", next_step="sync the integration"
            )
    raise RequestRejectedError(
        f"there is no entity {entity[:40]!r}", field="entity", next_step=f"use one of {', '.join(ENTITIES)}"
    )


def find_by_key(hub: Hub, workspace_id: str, entity: Entity, keys: Mapping[NaturalKey, str]) -> list[Record]:
    """Return the live records that hold every one of some natural keys, by id.

    Args:
        keys: by kind; an e-mail address and a domain are compared without regard to case.
    """
    ids: set[str] | None = None
    for key, value in keys.items():
        wanted = value.strip() if key == "phone" else value.strip().lower()
        found = hub.records.find_key(workspace_id, entity, key, [wanted]).get(wanted, ())
        ids = set(found) if ids is None else ids & set(found)
    records = hub.records.get_many(workspace_id, sorted(ids or ()))
    return [records[each] for each in sorted(records)]


def show_record(record: Record) -> dict[str, Any]:
    """Return a record as the API shows it."""
    return to_json(record)


def show_run(run: Run) -> dict[str, Any]:
    """Return a run as the API shows it; how it finds its way is nobody's business."""
    body = run_to_json(run)
    return {name: value for name, value in body.items() if name not in ("cursor", "workspace_id", "tally", "chosen")}

"""Let parked writes of a record go out again, as people decided."""

from __future__ import annotations

from dataclasses import replace

from crmbridge.domain.brake import release
from crmbridge.domain.due import with_due
from crmbridge.domain.records import LastChange, Record
from crmbridge.domain.resolution import BY_PEOPLE
from crmbridge.errors import ConflictError, NotFoundError
from crmbridge.ports import Save
from crmbridge.services.hub import Hub, load_integrations

TRIES = 5


def release_links(hub: Hub, workspace_id: str, record_id: str, *, integration_id: str = "", by: str) -> Record:
    """Try the parked writes of a record again, whoever refused them: a CRM, or the brake against echoes.

    Args:
        record_id: of the record.
        integration_id: only the writes to this one; empty for all.
        by: who decides; recorded in the history.

    Raises:
        NotFoundError: the workspace has no such record, or nothing of it is parked there.
        ConflictError: the record kept moving; try again.
    """
    integrations = load_integrations(hub, workspace_id)
    for _ in range(TRIES):
        record = hub.records.get_many(workspace_id, [record_id]).get(record_id)
        if record is None:
            raise NotFoundError(f"there is no record {record_id[:60]!r}", field="record_id", next_step="check the id")
        parked = [key for key, link in record.links.items() if link.parked and integration_id in ("", key)]
        if not parked:
            raise NotFoundError(
                "nothing of the record is parked there", field="integrationId", next_step="look at the record's links"
            )
        last = LastChange("released", BY_PEOPLE, hub.now(), by=by)
        after = replace(release(record, parked), rev=record.rev + 1, last=last)
        stored = with_due(after, integrations.values())
        (ok,) = hub.records.save_many([Save(record, stored)])
        if ok:
            return stored
    raise ConflictError("the record kept moving")

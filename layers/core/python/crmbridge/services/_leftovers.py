"""Control state that integrations left behind when they were removed."""

from __future__ import annotations

from contextlib import suppress

from crmbridge.errors import ConflictError
from crmbridge.services.hub import Hub, load_integrations

BY_INTEGRATION = ("CURSOR", "DELETIONS", "MISSED", "PUSHED", "SCHEDULE")
"""Partitions of a workspace whose items begin with an integration's id."""

OF_INTEGRATION = ("CLEANUP", "QUARANTINE", "REPORT")
"""Partitions that belong to one integration each; runs end by themselves after a month."""


def drop_leftovers(hub: Hub, workspace_id: str) -> int:
    """Remove them; what has expired is removed by the table itself.

    Returns:
        How many documents were removed.
    """
    alive, gone, removed = load_integrations(hub, workspace_id).keys(), set[str](), 0
    for name in BY_INTEGRATION:
        for document in hub.documents.query(f"{workspace_id}#{name}"):
            integration_id = document.sk.partition("#")[0]
            if integration_id in alive:
                continue
            gone.add(integration_id)
            with suppress(ConflictError):
                hub.documents.delete(document)
                removed += 1
    for integration_id in sorted(gone):
        for name in OF_INTEGRATION:
            for document in hub.documents.query(f"{workspace_id}#{name}#{integration_id}"):
                with suppress(ConflictError):
                    hub.documents.delete(document)
                    removed += 1
    return removed

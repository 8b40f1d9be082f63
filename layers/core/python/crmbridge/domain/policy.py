"""Who wins when two CRMs changed one field to different values."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge.domain.integrations import Integration, primary_of
from crmbridge.domain.records import Stamp


def remote_wins(
    mine: Stamp, held: Stamp, *, integration: Integration, integrations: Mapping[str, Integration]
) -> tuple[str, bool]:
    """Decide one field's conflict, the same way in whatever order the edits were delivered.

    The order is (policy rank, source time, integration id); our own clock has no say.

    Args:
        mine: time and source of the value that just came in.
        held: time and source of the hub's value.
        integration: where ``mine`` comes from.
        integrations: all of the workspace, by id.

    Returns:
        The policy that decided, and whether the incoming value wins.

    Example:
        >>> hub = Integration("w", "a", "hubspot", "A")
        >>> remote_wins(Stamp(2, "a"), Stamp(1, "b"), integration=hub, integrations={"a": hub})
        ('last_modified_wins', True)
    """
    primary = primary_of(integrations.values())
    if primary and integration.policy != "last_modified_wins":
        rank_mine, rank_held = mine.integration_id == primary, held.integration_id == primary
        if rank_mine != rank_held:
            return "primary_wins", rank_mine
    return "last_modified_wins", (mine.at, mine.integration_id) > (held.at, held.integration_id)

"""Senders of events that a workspace has registered: nobody else's events are taken for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from crmbridge.domain.keys import digest
from crmbridge.errors import ConflictError, ForbiddenError, NotFoundError
from crmbridge.ports import Document
from crmbridge.services.hub import Hub

Door: TypeAlias = Literal["bus", "queue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sent an event, as AWS itself says.

    Attributes:
        door: through which it came.
        identity: on the bus ``<account>/<source>``; at the queue the sending principal's unique id, such as
            ``AROA…`` of a role, without its session.
    """

    door: Door
    identity: str

    @property
    def source_id(self) -> str:
        """The registration's id; the same sender has the same one in every workspace."""
        return f"src_{digest(f'{self.door}#{self.identity}')[:26]}"


def register_source(hub: Hub, workspace_id: str, sender: Sender, *, name: str, by: str) -> dict[str, Any]:
    """Let a sender's events be taken for a workspace; again changes the name and nothing else."""
    body = {
        "id": sender.source_id,
        "door": sender.door,
        "identity": sender.identity,
        "name": name,
        "registeredBy": by,
        "registeredAt": hub.now().isoformat(timespec="seconds"),
    }
    hub.documents.put(Document(_pk(workspace_id), sender.source_id, body), unconditionally=True)
    return body


def list_sources(hub: Hub, workspace_id: str) -> list[dict[str, Any]]:
    """Return a workspace's registered senders, by id."""
    return [dict(each.body) for each in hub.documents.query(_pk(workspace_id))]


def remove_source(hub: Hub, workspace_id: str, source_id: str) -> None:
    """Take no more events of a sender.

    Raises:
        NotFoundError: the workspace has no such sender.
    """
    held = hub.documents.get(_pk(workspace_id), source_id)
    if held is None:
        raise NotFoundError(
            f"there is no event source {source_id[:60]!r}",
            field="source_id",
            next_step="list them with GET /api/crm/event-sources",
        )
    try:
        hub.documents.delete(held)
    except ConflictError:
        return


def require_source(hub: Hub, workspace_id: object, sender: Sender) -> str:
    """Return the workspace that an event names, if its sender may speak to it; returns the sender's name with it.

    Raises:
        ForbiddenError: the event names no workspace, or one that has not registered the sender.
    """
    if not isinstance(workspace_id, str) or not workspace_id or "#" in workspace_id:
        raise ForbiddenError(
            "the event names no workspace", field="workspaceId", next_step="send workspaceId beside id and data"
        )
    held = hub.documents.get(_pk(workspace_id), sender.source_id)
    if held is None:
        raise ForbiddenError(
            "this sender is not registered for the workspace that it names",
            field="workspaceId",
            next_step=f"an admin of the workspace registers the sender {sender.identity} of the {sender.door}",
        )
    return workspace_id


def _pk(workspace_id: str) -> str:
    return f"{workspace_id}#SOURCE"

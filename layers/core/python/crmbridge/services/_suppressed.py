"""Who must not come back: keyed digests of the identities of erased people, from which nobody can be read."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping

from crmbridge.domain.erasure import said_identities
from crmbridge.domain.records import Entity, Observation
from crmbridge.errors import ConflictError
from crmbridge.ports import Document
from crmbridge.services.hub import Hub

_SALT = "salt"


def suppress_identities(hub: Hub, workspace_id: str, identities: Iterable[str], *, erasure_id: str) -> None:
    """Keep identities out of the workspace from now on; twice does no harm."""
    salt = _salt(hub, workspace_id) or _salted(hub, workspace_id)
    for each in sorted(identities):
        body = {"erasure_id": erasure_id}
        hub.documents.put(Document(_pk(workspace_id), _digest(salt, each), body), unconditionally=True)


def suppressed_by(hub: Hub, workspace_id: str, identities: Iterable[str]) -> str:
    """Return the id of an erasure that keeps one of some identities out; empty where none does."""
    salt = _salt(hub, workspace_id)
    if not salt:
        return ""
    found = (hub.documents.get(_pk(workspace_id), _digest(salt, each)) for each in sorted(identities))
    return next((str(each.body["erasure_id"]) for each in found if each is not None), "")


def lift(hub: Hub, workspace_id: str, erasure_id: str) -> int:
    """Let the people of one erasure be taken in again; returns how many of their identities were kept out."""
    found = [each for each in hub.documents.query(_pk(workspace_id)) if each.body.get("erasure_id") == erasure_id]
    for each in found:
        hub.documents.delete(each)
    return len(found)


def without_suppressed(
    hub: Hub, workspace_id: str, integration_id: str, entity: Entity, rows: Mapping[str, Observation]
) -> dict[str, Observation]:
    """Return rows that the hub does not know without those of erased people; costs one read where nobody was erased."""
    if not rows or not _salt(hub, workspace_id):
        return dict(rows)
    return {
        key: row
        for key, row in rows.items()
        if not suppressed_by(hub, workspace_id, said_identities(integration_id, entity, row))
    }


def _salt(hub: Hub, workspace_id: str) -> str:
    held = hub.documents.get(_pk(workspace_id), _SALT)
    return "" if held is None else str(held.body["salt"])


def _salted(hub: Hub, workspace_id: str) -> str:
    """Make the workspace's salt, or take the one that somebody else has just made."""
    try:
        made = hub.documents.put(Document(_pk(workspace_id), _SALT, {"salt": hub.new_id("slt")}))
    except ConflictError:
        return _salt(hub, workspace_id)
    return str(made.body["salt"])


def _digest(salt: str, identity: str) -> str:
    return hmac.new(salt.encode(), identity.encode(), hashlib.sha256).hexdigest()


def _pk(workspace_id: str) -> str:
    return f"{workspace_id}#SUPPRESSED"

"""The few seams of CRM Bridge: everything outside the pure rules is reached through one of these.

Each name is loaded from its module when it is first asked for: a webhook is answered without those of records and CRMs.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmbridge.ports.bulk import ExportingClient, LoadingClient, LoadState
    from crmbridge.ports.crms import (
        AssertingFlow,
        AuthFlow,
        Connectors,
        CrmClient,
        SubscribingClient,
        TokenSource,
        WebhookDoor,
    )
    from crmbridge.ports.rows import (
        Account,
        FieldInfo,
        Owner,
        ReadResult,
        RowResult,
        Stage,
        Subscription,
        WriteKind,
        WriteOp,
    )
    from crmbridge.ports.services import AppSecrets, Cipher, Queues
    from crmbridge.ports.sources import NewId, Now, Page, Sleep
    from crmbridge.ports.storage import Document, Documents, RecordStore, Save

__all__ = [
    "Account",
    "AppSecrets",
    "AssertingFlow",
    "AuthFlow",
    "Cipher",
    "Connectors",
    "CrmClient",
    "Document",
    "Documents",
    "ExportingClient",
    "FieldInfo",
    "LoadState",
    "LoadingClient",
    "NewId",
    "Now",
    "Owner",
    "Page",
    "Queues",
    "ReadResult",
    "RecordStore",
    "RowResult",
    "Save",
    "Sleep",
    "Stage",
    "SubscribingClient",
    "Subscription",
    "TokenSource",
    "WebhookDoor",
    "WriteKind",
    "WriteOp",
]

_ROOMS: Mapping[str, str] = {
    "bulk": "ExportingClient LoadState LoadingClient",
    "crms": "AssertingFlow AuthFlow Connectors CrmClient SubscribingClient TokenSource WebhookDoor",
    "rows": "Account FieldInfo Owner ReadResult RowResult Stage Subscription WriteKind WriteOp",
    "services": "AppSecrets Cipher Queues",
    "sources": "NewId Now Page Sleep",
    "storage": "Document Documents RecordStore Save",
}
_HOMES = {name: room for room, names in _ROOMS.items() for name in names.split()}


def __getattr__(name: str) -> object:
    """Load a port the first time it is asked for.

    Raises:
        AttributeError: there is no such port.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found

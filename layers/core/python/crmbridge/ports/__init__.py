"""The few seams of CRM Bridge: everything outside the pure rules is reached through one of these."""

from __future__ import annotations

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

"""What the stream has noted for people: decisions that wait for them, and records that a CRM refuses."""

from __future__ import annotations

from collections.abc import Sequence

from crmbridge.ports import Document
from crmbridge.services._chronicle import open_decisions
from crmbridge.services._telling import WORKSPACE, Telling

PLACE = "signal#"


def tell_signals(telling: Telling, noted: Sequence[Document]) -> None:
    """Collect what people are to be told of; what comes too soon after the last time stays noted.

    Args:
        telling: of a workspace.
        noted: by ``announce_records.signal``.
    """
    for document in noted:
        _, kind, integration_id = document.sk.split("#", 2)
        where = integration_id or WORKSPACE
        if where != WORKSPACE and where not in telling.integrations:
            telling.forget(document)
        elif not telling.is_quiet(kind, where):
            _tell(telling, kind, where)
            telling.forget(document)


def _tell(telling: Telling, kind: str, where: str) -> None:
    number = len(open_decisions(telling.hub, telling.workspace_id)) if where == WORKSPACE else 1
    if number:  # decided already, perhaps
        telling.notify(kind, where, number=number)

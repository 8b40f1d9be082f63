"""Peak memory of the engine while it moves many records, each in a process of its own."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from bench.disk_records import DiskRecords
from bench.house import WORKSPACE, House
from bench.invented_crm import InventedConnectors, InventedCrm
from bench.peak import peak_mb
from crmbridge.adapters.memory.documents import MemoryDocuments
from crmbridge.domain.integrations import EntityRule, Integration
from crmbridge.domain.records import FIELD_NAMES
from crmbridge.ports import Document
from crmbridge.services.hub import save_integration

STEPS = 5


class ForgetfulDocuments(MemoryDocuments):
    """Control state without the journal, which DynamoDB would hold and nobody here reads."""

    def append(self, documents: Sequence[Document]) -> None:
        """Let lines of history go."""


def measure_here(*, records: int) -> dict[str, Any]:
    """Move this many contacts from one invented CRM to another through a store on disk.

    Raises:
        RuntimeError: not all of them arrived.
    """
    crms = {"source": InventedCrm(records), "target": InventedCrm(0)}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_files:
        house = _house(Path(folder) / "records.db", crms, open_files)
        before_mb, began = peak_mb(), time.process_time()
        house.sync()
        seconds = time.process_time() - began
    if crms["target"].written != records:
        raise RuntimeError(f"{crms['target'].written} of {records} contacts arrived")
    return {"peak_mb": peak_mb(), "before_mb": before_mb, "cpu_s": seconds}


def _house(path: Path, crms: dict[str, InventedCrm], open_files: ExitStack) -> House:
    house = House(
        {},
        records=lambda made: open_files.enter_context(closing(DiskRecords(path, on_change=made.streamed))),
        documents=lambda made: ForgetfulDocuments(now=made.now),
        connectors=InventedConnectors(crms),
        steps=STEPS,
    )
    for name in crms:
        rule = EntityRule(fields=FIELD_NAMES["contact"])
        save_integration(
            house.hub,
            Integration(
                WORKSPACE, f"int_{name}", name, name, status="active", account_id=name, rules={"contact": rule}
            ),
        )
    house.hub.documents.put(Document("WORKSPACES", WORKSPACE, {}), unconditionally=True)
    return house

"""Loads of new records by ingest jobs: upserts on our own field, worked off by Salesforce in its own time.

A job's result files name rows by our id, but refuse for good what a Collections call would be allowed (an alert of a
duplicate rule, which no header overrides here), and tell no conflicts by id. So nobody reads them: what stands there is
found by our id, and what does not is written by Collections, whose answer counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from crmbridge.connectors.salesforce.client._api import Api
from crmbridge.connectors.salesforce.client._directory import Directory
from crmbridge.connectors.salesforce.client._errors import PROVIDER
from crmbridge.connectors.salesforce.client._jobs import RUNNING, Jobs
from crmbridge.connectors.salesforce.mapping.csv_rows import can_be_told, write_rows
from crmbridge.connectors.salesforce.mapping.ids import OBJECTS, Kept
from crmbridge.connectors.salesforce.mapping.rendering import payload
from crmbridge.connectors.salesforce.mapping.schema import EXTERNAL_ID_FIELD
from crmbridge.errors import FatalProviderError
from crmbridge.ports import LoadState, WriteOp


class Loader:
    """Makes and watches ingest jobs of one org."""

    def __init__(self, api: Api, directory: Directory) -> None:
        self._directory = directory
        self._jobs = Jobs(api)

    def open(self, entity: Kept, ops: Sequence[WriteOp]) -> str:
        """Upload new rows to a job that nobody has begun; returns its id.

        Raises:
            FatalProviderError: no such job can be had, or our external-id field is not provisioned.
        """
        facts = self._directory.facts(entity)
        if not facts.schema.holds_our_id:
            words = f"{OBJECTS[entity]}.{EXTERNAL_ID_FIELD} does not exist or is not visible to us"
            raise FatalProviderError(words, provider=PROVIDER, code="EXTERNAL_ID_FIELD_MISSING")
        rows = [payload(op, facts).row for op in ops if op.kind == "upsert"]
        rows.sort(key=lambda row: str(row.get("AccountId") or ""))  # or its own chunks contend for one account
        said = [{name: each[name] for name in each if name != "attributes"} for each in rows]
        job_id, _ = self._jobs.make(
            "ingest",
            {
                "object": OBJECTS[entity],
                "operation": "upsert",
                "externalIdFieldName": EXTERNAL_ID_FIELD,
                "contentType": "CSV",
                "lineEnding": "LF",
            },
        )
        self._jobs.upload(job_id, write_rows([each for each in said if can_be_told(each)]))
        return job_id

    def start(self, job_id: str) -> None:
        """Let Salesforce begin."""
        self._jobs.move("ingest", job_id, "UploadComplete")

    def look_at(self, job_id: str) -> LoadState:
        """Tell how far a job is."""
        state = self._jobs.state("ingest", job_id)
        return "open" if state == "Open" else "running" if state in RUNNING else "over"

    def stop(self, job_id: str) -> None:
        """Abort a job, unless it has ended in the meantime."""
        with suppress(FatalProviderError):
            self._jobs.move("ingest", job_id, "Aborted")

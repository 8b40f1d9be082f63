"""The work of a bulk ingest job: CSV rows in, outcomes out, 200 rows a transaction.

Source: Bulk API 2.0 guide, "Prepare CSV Files", "How Requests Are Processed".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.salesforce.api import Api
from sandbox.salesforce.bodies import from_csv
from sandbox.salesforce.deleting import delete
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.ids import normalised
from sandbox.salesforce.jobs import Job
from sandbox.salesforce.keys import blank_key, key_at, upsert_row
from sandbox.salesforce.saving import create, existing, update
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.uploads import UploadError, read_upload

Cells = dict[str, str]

CHUNK = 200
"""Rows saved in one transaction."""

BATCH = 10_000
"""Rows of an internal batch, of which a day has a limited number."""


class Ingest:
    """Processes the rows of one job."""

    def __init__(self, api: Api, job: Job) -> None:
        self._api, self._job = api, job
        self._view = api.view_of(job.actor)
        self._writer = api.writer_for(job.actor, read=from_csv)
        self._sobject: SObject = api.org.objects[str(job.options["object"])]

    def begin(self) -> None:
        """Read the upload, or fail the job as a whole."""
        job = self._job
        try:
            job.header, lines = self._upload()
        except UploadError as problem:
            job.work, job.error = problem.rows[::-1], str(problem)
            self._api.jobs.move(job, "Failed")
            return
        job.work, job.batches = lines[::-1], -(-len(lines) // BATCH)

    def _upload(self) -> tuple[list[str], list[list[str]]]:
        header, lines = read_upload(self._job.data or "", self._job.options)
        self._job.header = header
        unknown = [name for name in header if self._unknown(name)]
        if unknown:
            raise UploadError(f"InvalidBatch : Field name not found : {unknown[0]}", rows=lines)
        if self._api.jobs.batches_used() - (-len(lines) // BATCH) > self._api.org.switches.bulk_batches:
            raise UploadError("ExceededQuota : ApiBatchItems Limit exceeded.", rows=lines)
        return header, lines

    def chunk(self) -> None:
        """Process the next rows, and end the job with the last."""
        job = self._job
        good: list[list[str]] = []
        for _ in range(min(CHUNK, len(job.work))):
            self._one(job.work.pop(), good)
        job.good[:0] = good
        job.processed = len(job.good) + len(job.bad)
        if not job.work:
            self._api.jobs.move(job, "JobComplete")

    def _unknown(self, name: str) -> bool:
        relationship, _, key = name.partition(".")
        if not key:
            return self._view.readable(self._sobject, name) is None
        wanted = relationship.lower()
        members = self._sobject.fields.values()
        return not any(made.relationship and made.relationship.lower() == wanted for made in members)

    def _one(self, line: list[str], good: list[list[str]]) -> None:
        row = dict(zip(self._job.header, line, strict=False))
        mark = self._api.org.journal.mark()
        try:
            outcome = _OPERATE[str(self._job.options["operation"])](self, row)
        except SalesforceError as error:
            self._api.org.journal.roll_back(mark)
            fields = ",".join(error.fields or [])
            self._job.bad.append([row.get("Id", ""), f"{error.code}:{error.message}:{fields} --", *line])
            return
        good.append([outcome["id"], "true" if outcome.get("created") else "false", *line])

    def insert(self, row: Cells) -> dict[str, Any]:
        """Create the record of a row."""
        return {"id": create(self._writer, self._sobject, _body(row)), "created": True}

    def change(self, row: Cells) -> dict[str, Any]:
        """Change the record a row names by its id."""
        record_id = self._id(row)
        existing(self._api.org, self._sobject, record_id)
        update(self._writer, self._sobject, record_id, {k: v for k, v in _body(row).items() if k.lower() != "id"})
        return {"id": record_id}

    def upsert(self, row: Cells) -> dict[str, Any]:
        """Change or create the record a row names by its key."""
        key = key_at(self._view, self._sobject, str(self._job.options["externalIdFieldName"]))
        value = row.get(key.name, "").strip()
        if not value:
            raise blank_key(key)
        if value.lower() in self._job.keys:
            raise SalesforceError("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", fields=[key.name])
        self._job.keys.add(value.lower())
        return upsert_row(self._writer, self._sobject, key, value, _body(row))

    def remove(self, row: Cells) -> dict[str, Any]:
        """Delete the record a row names by its id."""
        record_id = self._id(row)
        delete(self._api.org, self._sobject, record_id, self._job.actor)
        return {"id": record_id}

    def _id(self, row: Cells) -> str:
        text = next((value for name, value in row.items() if name.lower() == "id"), "")
        record_id = normalised(text)
        if record_id is None or not record_id.startswith(self._sobject.prefix):
            raise SalesforceError("MALFORMED_ID", f"malformed id {text}", fields=["Id"])
        if self._api.org.tables[self._sobject.name].get(record_id) is None:
            raise SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=[])
        return record_id


_OPERATE: dict[str, Callable[[Ingest, Cells], dict[str, Any]]] = {
    "insert": Ingest.insert,
    "update": Ingest.change,
    "upsert": Ingest.upsert,
    "delete": Ingest.remove,
}


def _body(row: Cells) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for name, value in row.items():
        relationship, _, key = name.partition(".")
        if value == "":
            continue
        body[relationship] = {key: value} if key else value
    return body

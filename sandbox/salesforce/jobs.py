"""Bulk API 2.0 jobs: what they hold and how far they are.

Source: Salesforce Bulk API 2.0 guide.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.salesforce.errors import SalesforceError, not_found
from sandbox.salesforce.org import Org
from sandbox.salesforce.times import stamp

DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}


@dataclass(slots=True, kw_only=True)
class Job:
    """One job.

    Attributes:
        kind: ``V2Ingest`` or ``V2Query``.
        options: what the client asked for, by the vendor's names.
        data: the uploaded CSV.
        results: CSV by ``successfulResults``, ``failedResults`` and ``unprocessedrecords``.
        rows: header and lines of a query's answer.
        polls: how often its state was asked for since the upload ended.
    """

    job_id: str
    kind: str
    user_id: str
    created: str
    version: str
    options: dict[str, Any]
    state: str
    data: str | None = None
    results: dict[str, str] = field(default_factory=dict[str, str])
    rows: list[list[str]] = field(default_factory=list[list[str]])
    processed: int = 0
    failed: int = 0
    error: str | None = None
    polls: int = 0
    changed: str = ""

    def as_json(self, *, full: bool) -> dict[str, Any]:
        """Return the job as answers show it; ``full`` with its counts."""
        body: dict[str, Any] = {
            "id": self.job_id,
            "createdById": self.user_id,
            "createdDate": self.created,
            "systemModstamp": self.changed or self.created,
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version),
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
            **self.options,
        }
        if self.kind == "V2Ingest" and self.state == "Open":
            body["contentUrl"] = f"services/data/v{self.version}/jobs/ingest/{self.job_id}/batches"
        if not full:
            return body
        body |= {"jobType": self.kind, "numberRecordsProcessed": self.processed, "retries": 0}
        body["totalProcessingTime"] = self.processed
        if self.kind == "V2Ingest":
            body |= {"numberRecordsFailed": self.failed, "apiActiveProcessingTime": self.processed}
            body["apexProcessingTime"] = 0
        if self.error is not None:
            body["errorMessage"] = self.error
        return body


class Jobs:
    """The org's jobs."""

    def __init__(self, org: Org) -> None:
        """Start without jobs."""
        self._org = org
        self._jobs: dict[str, Job] = {}

    def clear(self) -> None:
        """Forget all jobs."""
        self._jobs.clear()

    @property
    def ingested(self) -> int:
        """How many ingest jobs there are."""
        return sum(1 for job in self._jobs.values() if job.kind == "V2Ingest")

    @property
    def queried(self) -> int:
        """How many query jobs there are."""
        return len(self._jobs) - self.ingested

    def open(self, kind: str, *, user_id: str, version: str, options: dict[str, Any], state: str) -> Job:
        """Add a job."""
        job = Job(
            job_id=self._org.mint.mint("750"),
            kind=kind,
            user_id=user_id,
            created=stamp(self._org.clock.now()),
            version=version,
            options=options,
            state=state,
        )
        self._jobs[job.job_id] = job
        return job

    def get(self, job_id: str, kind: str) -> Job:
        """Return a job by its id.

        Raises:
            SalesforceError: NOT_FOUND.
        """
        job = self._jobs.get(job_id)
        if job is None or job.kind != kind:
            raise not_found()
        return job

    def object_of(self, job_id: str) -> str:
        """Return the object a job is about, empty if there is no such job or it does not say."""
        job = self._jobs.get(job_id)
        return str(job.options.get("object", "")) if job else ""

    def remove(self, job: Job) -> None:
        """Forget a job that ended.

        Raises:
            SalesforceError: INVALIDJOBSTATE while it runs.
        """
        if job.state not in {"JobComplete", "Failed", "Aborted", "UploadComplete"}:
            raise SalesforceError("INVALIDJOBSTATE", f"Deletion not allowed in state {job.state}")
        del self._jobs[job.job_id]

    def move(self, job: Job, state: str) -> None:
        """Change a job's state."""
        job.state = state
        job.changed = stamp(self._org.clock.now())


def advance(job: Job) -> bool:
    """Count one poll of a job that was uploaded; true when it is time to do the work.

    The first poll finds it in progress, the next one done, as clients must be able to wait.
    """
    if job.state == "UploadComplete":
        job.polls += 1
        job.state = "InProgress"
        return False
    return job.state == "InProgress"

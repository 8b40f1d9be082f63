"""Bulk API 2.0 jobs: what they hold and how far they are.

Source: Bulk API 2.0 guide, "Create a Job", "Get Information About an Ingest Job", "Limits".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.salesforce.actors import Actor
from sandbox.salesforce.errors import SalesforceError, not_found
from sandbox.salesforce.org import Org
from sandbox.salesforce.times import stamp

INGEST, QUERY = "V2Ingest", "V2Query"
DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
ENDED = frozenset({"JobComplete", "Failed", "Aborted"})
LIFE = timedelta(days=7)
"""How long a job and its results are kept."""

DAY = timedelta(hours=24)


@dataclass(slots=True, kw_only=True)
class Job:
    """One job.

    Attributes:
        kind: ``V2Ingest`` or ``V2Query``.
        actor: who created it, and by which options.
        options: what the client asked for, by the vendor's names.
        data: the uploaded CSV.
        work: rows of the upload still to be processed, last first, once they were read.
        header: columns of the upload.
        good: lines of ``successfulResults``.
        bad: lines of ``failedResults``.
        keys: values of the external id seen, folded.
        rows: header and lines of a query's answer.
        batches: internal batches that it used of the day's.
        next_at: when it goes on, while it runs.
        uncounted: rows, and those saved as they were, that no call in the log counts yet.
    """

    job_id: str
    kind: str
    actor: Actor
    made_at: datetime
    options: dict[str, Any]
    state: str
    data: str | None = None
    header: list[str] = field(default_factory=list[str])
    work: list[list[str]] = field(default_factory=list[list[str]])
    good: list[list[str]] = field(default_factory=list[list[str]])
    bad: list[list[str]] = field(default_factory=list[list[str]])
    keys: set[str] = field(default_factory=set[str])
    rows: list[list[str]] = field(default_factory=list[list[str]])
    processed: int = 0
    batches: int = 0
    error: str | None = None
    next_at: datetime | None = None
    uncounted: tuple[int, int] = (0, 0)
    changed: str = ""

    @property
    def runs(self) -> bool:
        """Whether it is waiting for its turn or being worked at."""
        return self.state in {"UploadComplete", "InProgress"}

    def as_json(self, *, full: bool) -> dict[str, Any]:
        """Return the job as answers show it; ``full`` with its counts."""
        body: dict[str, Any] = {
            "id": self.job_id,
            "createdById": self.actor.user_id,
            "createdDate": stamp(self.made_at),
            "systemModstamp": self.changed or stamp(self.made_at),
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.actor.version),
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
            **{name: value for name, value in self.options.items() if name != "query"},
        }
        if self.kind == INGEST and self.state == "Open":
            body["contentUrl"] = f"services/data/v{self.actor.version}/jobs/ingest/{self.job_id}/batches"
        if not full:
            return body
        body |= {"jobType": self.kind, "numberRecordsProcessed": self.processed, "retries": 0}
        body["totalProcessingTime"] = self.processed
        if self.kind == INGEST:
            body |= {"numberRecordsFailed": len(self.bad), "apiActiveProcessingTime": self.processed}
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

    def batches_used(self) -> int:
        """How many internal batches the ingest jobs of the last day used."""
        return sum(job.batches for job in self._of_today(INGEST))

    def queried(self) -> int:
        """How many query jobs were made in the last day."""
        return len(self._of_today(QUERY))

    def open(self, kind: str, *, actor: Actor, options: dict[str, Any], state: str) -> Job:
        """Add a job; one that needs no upload begins at once."""
        job = Job(
            job_id=self._org.mint.mint("750"),
            kind=kind,
            actor=actor,
            made_at=self._org.clock.now(),
            options=options,
            state=state,
        )
        self._jobs[job.job_id] = job
        self.move(job, state)
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

    def every(self, kind: str) -> list[Job]:
        """Return all jobs of a kind, oldest first."""
        return [job for job in self._jobs.values() if job.kind == kind]

    def running(self) -> list[Job]:
        """Return the jobs that have work to do, oldest first; forget those that have had their time."""
        oldest = self._org.clock.now() - LIFE
        for job in [each for each in self._jobs.values() if each.made_at <= oldest and each.state in ENDED]:
            del self._jobs[job.job_id]
        return [job for job in self._jobs.values() if job.runs]

    def object_of(self, job_id: str) -> str:
        """Return the object a job is about, empty if there is no such job or it does not say."""
        job = self._jobs.get(job_id)
        return str(job.options.get("object", "")) if job else ""

    def remove(self, job: Job) -> None:
        """Forget a job that ended.

        Raises:
            SalesforceError: INVALIDJOBSTATE while it is open or runs.
        """
        if job.state not in ENDED:
            raise SalesforceError("INVALIDJOBSTATE", f"Deletion not allowed in state {job.state}")
        del self._jobs[job.job_id]

    def move(self, job: Job, state: str) -> None:
        """Change a job's state; one that was handed over waits for its turn."""
        job.state = state
        job.changed = stamp(self._org.clock.now())
        if state == "UploadComplete":
            job.next_at = self._org.clock.now() + timedelta(seconds=self._org.switches.bulk_queue_s)

    def _of_today(self, kind: str) -> list[Job]:
        since = self._org.clock.now() - DAY
        return [job for job in self._jobs.values() if job.kind == kind and job.made_at > since]

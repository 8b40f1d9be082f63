"""Works at bulk jobs as time passes: they wait for their turn, then go on chunk by chunk.

Source: Bulk API 2.0 guide, "How Requests Are Processed", "Understanding Bulk API 2.0 Query".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, cast

from sandbox.salesforce.api import Api
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.ingesting import Ingest
from sandbox.salesforce.jobs import INGEST, Job
from sandbox.salesforce.soql import parse, run
from sandbox.salesforce.soql.nodes import Path, Query

ROWS_PER_CHUNK = 10_000
"""Rows of a query that take as long as one chunk of an upload."""


def work(api: Api) -> Iterator[tuple[Job, int]]:
    """Do what has become due, one transaction after another; each is to be committed when it was yielded.

    Yields:
        The job, and how many rows of an upload were processed.
    """
    now = api.org.clock.now()
    for job in api.jobs.running():
        while job.runs and job.next_at is not None and job.next_at <= now:
            before = job.processed
            _step(api, job)
            yield job, job.processed - before if job.kind == INGEST else 0


def _step(api: Api, job: Job) -> None:
    at = cast("datetime", job.next_at)
    if job.state == "UploadComplete" and (message := _mishap(api)):
        job.error = message
        api.jobs.move(job, "Failed")
    elif job.state == "UploadComplete":
        api.jobs.move(job, "InProgress")
        job.next_at = at + timedelta(seconds=_first_s(api, job))
        if job.kind == INGEST:
            Ingest(api, job).begin()
    elif job.kind == INGEST:
        Ingest(api, job).chunk()
        job.next_at = at + timedelta(seconds=api.org.switches.bulk_chunk_s)
    else:
        _query(api, job)


def _mishap(api: Api) -> str:
    """Return why the job that begins now fails, if somebody has said it should."""
    left = api.org.switches.bulk_failures
    if int(left.get("count", 0)) < 1:
        return ""
    left["count"] = int(left["count"]) - 1
    return str(left.get("message") or "InternalServerError : Unexpected error during processing")


def _first_s(api: Api, job: Job) -> float:
    chunk_s = api.org.switches.bulk_chunk_s
    if job.kind == INGEST:
        return chunk_s
    table = api.org.tables.get(str(job.options["object"]))
    return chunk_s * (1 + (0 if table is None else len(list(table))) // ROWS_PER_CHUNK)


def _query(api: Api, job: Job) -> None:
    query = parse(str(job.options["query"]))
    header = [".".join(path.names) for path in paths(query)]
    job.rows = [header]
    try:
        result = run(query, api.view_of(job.actor), deleted_too=job.options["operation"] == "queryAll")
    except SalesforceError as error:
        job.error = f"{error.code} : {error.message}"
        api.jobs.move(job, "Failed")
        return
    for record in result.page(0, len(result.rows)):
        job.rows.append([_cell(record, path.names) for path in paths(query)])
    job.processed = len(result.rows)
    api.jobs.move(job, "JobComplete")


def paths(query: Query) -> list[Path]:
    """Return the selected fields."""
    return [item for item in query.select if isinstance(item, Path)]


def _cell(record: dict[str, Any], names: tuple[str, ...]) -> str:
    value: Any = record
    for part in names:
        found = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        value = next((each for key, each in found.items() if key.lower() == part.lower()), None)
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "" if value is None else str(value)
    return text[:-5] + "Z" if text.endswith(".000+0000") and len(text) == _STAMP else text


_STAMP = len("2026-03-01T09:30:00.000+0000")

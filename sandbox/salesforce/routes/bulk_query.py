"""Bulk API 2.0 query: a SOQL query's answer as CSV, page by page."""

from __future__ import annotations

import csv
import io
from typing import Any, cast

from sandbox.salesforce.api import Api
from sandbox.salesforce.calls import Answer, Call
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.jobs import advance
from sandbox.salesforce.routes.route import Route
from sandbox.salesforce.soql import parse, run
from sandbox.salesforce.soql.nodes import Path, Query

KIND = "V2Query"
_PAGE = 50_000


def open_job(api: Api, call: Call) -> Answer:
    """Create a query job; its query is checked at once."""
    body = call.object()
    operation, text = body.get("operation"), str(body.get("query") or "")
    if operation not in {"query", "queryAll"}:
        raise SalesforceError("INVALIDJOB", f"Unrecognized operation: {operation}")
    query = parse(text)
    if any(not isinstance(item, Path) for item in query.select):
        raise SalesforceError("API_ERROR", "Only fields can be selected in a bulk query")
    run(query, api.view(call))
    options = {"operation": operation, "object": query.source, "query": text}
    job = api.jobs.open(KIND, user_id=call.actor.user_id, version=call.version, options=options, state="UploadComplete")
    return Answer(body=job.as_json(full=False))


def read_job(api: Api, call: Call, job_id: str) -> Answer:
    """Return how far a query job is."""
    job = api.jobs.get(job_id, KIND)
    if advance(job):
        query = parse(str(job.options["query"]))
        result = run(query, api.view(call), deleted_too=job.options["operation"] == "queryAll")
        header = [".".join(path.names) for path in _paths(query)]
        job.rows = [header]
        for record in result.page(0, len(result.rows)):
            job.rows.append([_cell(record, name) for name in header])
        job.processed = len(result.rows)
        api.jobs.move(job, "JobComplete")
    return Answer(body=job.as_json(full=True))


def abort_job(api: Api, call: Call, job_id: str) -> Answer:
    """Abort a query job."""
    job = api.jobs.get(job_id, KIND)
    if call.object().get("state") != "Aborted" or job.state not in {"UploadComplete", "InProgress"}:
        raise SalesforceError("INVALIDJOBSTATE", f"Can not change a job in state {job.state}")
    api.jobs.move(job, "Aborted")
    return Answer(body=job.as_json(full=False))


def delete_job(api: Api, _call: Call, job_id: str) -> Answer:
    """Forget a query job that ended."""
    api.jobs.remove(api.jobs.get(job_id, KIND))
    return Answer(status=204)


def results(api: Api, call: Call, job_id: str) -> Answer:
    """Return a page of a query's CSV; ``Sforce-Locator`` names the next or is ``null``."""
    job = api.jobs.get(job_id, KIND)
    if job.state != "JobComplete":
        raise SalesforceError("INVALIDJOBSTATE", f"Job {job.job_id} has no results in state {job.state}")
    start_text, size_text = call.args.get("locator", "0"), call.args.get("maxRecords", str(_PAGE))
    if not start_text.isdigit() or not size_text.isdigit():
        raise SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
    start, size = int(start_text), max(1, int(size_text))
    rows = job.rows[1:][start : start + size]
    end = start + len(rows)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([job.rows[0], *rows])
    headers = {
        "Sforce-Locator": str(end) if end < len(job.rows) - 1 else "null",
        "Sforce-NumberOfRecords": str(len(rows)),
    }
    return Answer(raw=text.getvalue().encode(), content_type="text/csv", headers=headers, records=len(rows))


def _paths(query: Query) -> list[Path]:
    return [item for item in query.select if isinstance(item, Path)]


def _cell(record: dict[str, Any], name: str) -> str:
    value: Any = record
    for part in name.split("."):
        found = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        value = next((each for key, each in found.items() if key.lower() == part.lower()), None)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


ROUTES = (
    Route("POST", "/jobs/query", open_job),
    Route("GET", "/jobs/query/<job_id>", read_job),
    Route("PATCH", "/jobs/query/<job_id>", abort_job),
    Route("DELETE", "/jobs/query/<job_id>", delete_job),
    Route("GET", "/jobs/query/<job_id>/results", results),
)

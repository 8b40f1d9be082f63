"""Bulk API 2.0 query: a SOQL query's answer as CSV, page by page.

Source: Bulk API 2.0 guide, "Understanding Bulk API 2.0 Query", "Get Results for a Query Job", "Limits".
"""

from __future__ import annotations

import base64
import binascii

from sandbox.salesforce.api import Api
from sandbox.salesforce.bulk_work import paths
from sandbox.salesforce.calls import Answer, Call
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.jobs import QUERY, Job
from sandbox.salesforce.routes.route import Route
from sandbox.salesforce.soql import parse, run
from sandbox.salesforce.soql.nodes import Aggregate, Query
from sandbox.salesforce.uploads import as_csv

_PAGE = 50_000


def open_job(api: Api, call: Call) -> Answer:
    """Create a query job; its query is checked at once."""
    body = call.object()
    operation, text = body.get("operation"), str(body.get("query") or "")
    if operation not in {"query", "queryAll"}:
        raise SalesforceError("INVALIDJOB", f"Unrecognized operation: {operation}")
    most = api.org.switches.bulk_query_jobs
    if (made := api.jobs.queried()) >= most:
        message = f"Max bulk v2 query jobs ({most}) per 24 hrs has been reached ({made + 1})"
        raise SalesforceError("LIMIT_EXCEEDED", message)
    query = parse(text)
    _check(query)
    run(query, api.view(call))
    options = {"operation": operation, "object": _source(api, query), "query": text}
    job = api.jobs.open(QUERY, actor=call.actor, options=options, state="UploadComplete")
    return Answer(body=job.as_json(full=False))


def _check(query: Query) -> None:
    """Refuse what a bulk query does not take although SOQL has it."""
    if any(isinstance(item, Query) for item in query.select):
        message = "Aggregate Relationships not supported in Bulk V2 Query with CSV content type"
        raise SalesforceError("API_ERROR", message)
    if any(isinstance(item, Aggregate) for item in query.select) or query.group_by or query.offset is not None:
        raise SalesforceError("API_ERROR", "Aggregates, GROUP BY and OFFSET are not supported in Bulk V2 Query")
    if len(paths(query)) != len(query.select):
        raise SalesforceError("API_ERROR", "FIELDS() is not supported in Bulk V2 Query")


def _source(api: Api, query: Query) -> str:
    """Return the object's name, unless a compound field of it is selected."""
    source = api.org.object_named(query.source)
    if source is None:
        return query.source
    named = (source.find(path.names[0]) for path in paths(query) if len(path.names) == 1)
    if any(made is not None and made.type == "address" for made in named):
        raise SalesforceError("FUNCTIONALITY_NOT_ENABLED", "Selecting compound data not supported in Bulk Query")
    return source.name


def read_job(api: Api, _call: Call, job_id: str) -> Answer:
    """Return how far a query job is."""
    return Answer(body=api.jobs.get(job_id, QUERY).as_json(full=True))


def list_jobs(api: Api, _call: Call) -> Answer:
    """Return all query jobs."""
    records = [each.as_json(full=False) | {"jobType": QUERY} for each in api.jobs.every(QUERY)]
    return Answer(body={"done": True, "records": records, "nextRecordsUrl": None})


def abort_job(api: Api, call: Call, job_id: str) -> Answer:
    """Abort a query job."""
    job = api.jobs.get(job_id, QUERY)
    if call.object().get("state") != "Aborted" or not job.runs:
        raise SalesforceError("INVALIDJOBSTATE", f"Can not change a job in state {job.state}")
    api.jobs.move(job, "Aborted")
    return Answer(body=job.as_json(full=False))


def delete_job(api: Api, _call: Call, job_id: str) -> Answer:
    """Forget a query job that ended."""
    api.jobs.remove(api.jobs.get(job_id, QUERY))
    return Answer(status=204)


def results(api: Api, call: Call, job_id: str) -> Answer:
    """Return a page of a query's CSV; ``Sforce-Locator`` names the next or is ``null``."""
    job = api.jobs.get(job_id, QUERY)
    if call.version != job.actor.version:
        message = "Results are read by the API version the job was made with"
        raise SalesforceError("API_ERROR", message, status=409)
    if job.state != "JobComplete":
        raise SalesforceError("INVALIDJOBSTATE", f"Job {job.job_id} has no results in state {job.state}")
    start = _place(job, call.args["locator"]) if "locator" in call.args else 0
    size_text = call.args.get("maxRecords", str(_PAGE))
    if not size_text.isdigit() or int(size_text) < 1:
        raise SalesforceError("INVALID_PARAMETER", "maxRecords is a positive number")
    rows = job.rows[1:][start : start + int(size_text)]
    end = start + len(rows)
    headers = {
        "Sforce-Locator": _locator(job, end) if end < len(job.rows) - 1 else "null",
        "Sforce-NumberOfRecords": str(len(rows)),
    }
    return Answer(raw=as_csv([job.rows[0], *rows]), content_type="text/csv", headers=headers, records=len(rows))


def _locator(job: Job, place: int) -> str:
    return base64.urlsafe_b64encode(f"{job.job_id[-6:]}-{place}".encode()).decode().rstrip("=")


def _place(job: Job, locator: str) -> int:
    try:
        text = base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode()
    except (binascii.Error, ValueError):
        text = ""
    owner, _, place = text.partition("-")
    if owner != job.job_id[-6:] or not place.isdigit():
        raise SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator")
    return int(place)


ROUTES = (
    Route("POST", "/jobs/query", open_job),
    Route("GET", "/jobs/query", list_jobs),
    Route("GET", "/jobs/query/<job_id>", read_job),
    Route("PATCH", "/jobs/query/<job_id>", abort_job),
    Route("DELETE", "/jobs/query/<job_id>", delete_job),
    Route("GET", "/jobs/query/<job_id>/results", results),
)

"""Bulk API 2.0 ingest: CSV in, results out.

Source: Bulk API 2.0 guide, "Create a Job", "Upload Job Data", "Upload Complete", "Get Job Successful Record Results".
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.salesforce.api import Api
from sandbox.salesforce.calls import Answer, Call, JsonObject
from sandbox.salesforce.errors import SalesforceError, required_missing
from sandbox.salesforce.jobs import DELIMITERS, ENDED, INGEST, LINE_ENDINGS
from sandbox.salesforce.keys import key_at
from sandbox.salesforce.routes.route import Route
from sandbox.salesforce.uploads import result_file

MAX_BYTES = 150 * 1024 * 1024
"""Of the upload in base64, as which it is stored."""

_OPERATIONS = ("insert", "update", "upsert", "delete")
_OPTIONS = ("operation", "object", "externalIdFieldName", "contentType", "lineEnding", "columnDelimiter")
_RESULTS = {
    "successfulresults": "successfulResults",
    "failedresults": "failedResults",
    "unprocessedrecords": "unprocessedrecords",
}


def open_job(api: Api, call: Call) -> Answer:
    """Create a job that waits for its data."""
    body = call.object()
    operation = body.get("operation")
    _check(body)
    view = api.view(call)
    sobject = view.object_named(str(body.get("object")))
    if sobject is None or sobject.read_only:
        raise SalesforceError("INVALIDENTITY", f"Entity '{body.get('object')}' is not supported by the Bulk API.")
    if operation == "upsert":
        key_at(view, sobject, str(body["externalIdFieldName"]))
    options = {name: body[name] for name in _OPTIONS if name in body} | {"object": sobject.name}
    # no rule of assignment runs unless the job names one; no header overrides alerts of duplicate rules
    actor = replace(call.actor, auto_assign=bool(body.get("assignmentRuleId")), allow_duplicates=False)
    job = api.jobs.open(INGEST, actor=actor, options=options, state="Open")
    return Answer(body=job.as_json(full=False))


def _check(body: JsonObject) -> None:
    """Refuse a job that could not be for any object."""
    operation, key = body.get("operation"), body.get("externalIdFieldName")
    if operation == "hardDelete":
        raise SalesforceError("FEATURENOTENABLED", "hardDelete operation requires special user profile permission")
    if operation not in _OPERATIONS:
        raise SalesforceError("INVALIDJOB", f"Unrecognized operation: {operation}")
    if body.get("contentType", "CSV") != "CSV":
        raise SalesforceError("INVALIDJOB", "Only CSV is supported")
    if body.get("lineEnding", "LF") not in LINE_ENDINGS or body.get("columnDelimiter", "COMMA") not in DELIMITERS:
        raise SalesforceError("INVALIDJOB", "Unknown line ending or column delimiter")
    if operation == "upsert" and not key:
        raise required_missing(["externalIdFieldName"])
    if operation != "upsert" and key:
        raise SalesforceError("INVALIDJOB", f"externalIdFieldName is not allowed for {operation}")


def upload(api: Api, call: Call, job_id: str) -> Answer:
    """Take the CSV of a job, once."""
    job = api.jobs.get(job_id, INGEST)
    if job.state != "Open" or job.data is not None:
        raise SalesforceError("INVALIDJOBSTATE", f"Data can not be added to a job in state {job.state}")
    if not call.headers.get("content-type", "").startswith("text/csv"):
        raise SalesforceError("UNSUPPORTED_MEDIA_TYPE", "The data of a job is text/csv")
    if len(call.body) * 4 // 3 > MAX_BYTES:
        raise SalesforceError("LIMIT_EXCEEDED", "Upload exceeds 150 MB", status=413)
    try:
        job.data = call.body.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise SalesforceError("INVALIDBATCH", "The data of a job is UTF-8") from problem
    return Answer(status=201)


def change_job(api: Api, call: Call, job_id: str) -> Answer:
    """End the upload of a job, or abort it; only who made a job can end its upload."""
    job = api.jobs.get(job_id, INGEST)
    state = call.object().get("state")
    if state not in {"UploadComplete", "Aborted"} or job.state in ENDED:
        raise SalesforceError("INVALIDJOBSTATE", f"Can not change a job from {job.state} to {state}")
    if state == "UploadComplete" and (job.state != "Open" or job.actor.user_id != call.actor.user_id):
        raise SalesforceError("INVALIDJOBSTATE", f"Can not change a job from {job.state} to {state}")
    api.jobs.move(job, str(state))
    return Answer(body=job.as_json(full=False))


def read_job(api: Api, _call: Call, job_id: str) -> Answer:
    """Return how far a job is; in the log this call counts the rows that were processed since the one before."""
    job = api.jobs.get(job_id, INGEST)
    (rows, unchanged), job.uncounted = job.uncounted, (0, 0)
    return Answer(body=job.as_json(full=True), records=rows, unchanged=unchanged)


def list_jobs(api: Api, _call: Call) -> Answer:
    """Return all ingest jobs."""
    records = [each.as_json(full=False) | {"jobType": INGEST} for each in api.jobs.every(INGEST)]
    return Answer(body={"done": True, "records": records, "nextRecordsUrl": None})


def delete_job(api: Api, _call: Call, job_id: str) -> Answer:
    """Forget a job that ended."""
    api.jobs.remove(api.jobs.get(job_id, INGEST))
    return Answer(status=204)


def results(api: Api, _call: Call, job_id: str, which: str) -> Answer:
    """Return one of a job's three result files."""
    job = api.jobs.get(job_id, INGEST)
    name = _RESULTS.get(which.lower())
    if name is None:
        raise SalesforceError("NOT_FOUND", "The requested resource does not exist")
    if job.state not in ENDED:
        raise SalesforceError("INVALIDJOBSTATE", f"Job {job.job_id} has no results in state {job.state}")
    return Answer(raw=result_file(job, name), content_type="text/csv")


ROUTES = (
    Route("POST", "/jobs/ingest", open_job),
    Route("GET", "/jobs/ingest", list_jobs),
    Route("PUT", "/jobs/ingest/<job_id>/batches", upload),
    Route("PATCH", "/jobs/ingest/<job_id>", change_job),
    Route("GET", "/jobs/ingest/<job_id>", read_job),
    Route("DELETE", "/jobs/ingest/<job_id>", delete_job),
    Route("GET", "/jobs/ingest/<job_id>/<which>", results),
)

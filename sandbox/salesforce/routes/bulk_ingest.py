"""Bulk API 2.0 ingest: CSV in, results out."""

from __future__ import annotations

from sandbox.salesforce.api import Api
from sandbox.salesforce.calls import Answer, Call
from sandbox.salesforce.errors import SalesforceError, required_missing
from sandbox.salesforce.ingesting import Ingest
from sandbox.salesforce.jobs import advance
from sandbox.salesforce.keys import key_at
from sandbox.salesforce.routes.route import Route

MAX_BYTES = 150 * 1024 * 1024
KIND = "V2Ingest"
_OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
_OPTIONS = ("operation", "object", "externalIdFieldName", "contentType", "lineEnding", "columnDelimiter")


def open_job(api: Api, call: Call) -> Answer:
    """Create a job that waits for its data."""
    body = call.object()
    view = api.view(call)
    operation = body.get("operation")
    sobject = view.object_named(str(body.get("object")))
    if operation not in _OPERATIONS:
        raise SalesforceError("INVALIDJOB", f"Unrecognized operation: {operation}")
    if sobject is None or sobject.read_only:
        raise SalesforceError("INVALIDENTITY", f"Entity '{body.get('object')}' is not supported by the Bulk API.")
    if body.get("contentType", "CSV") != "CSV":
        raise SalesforceError("INVALIDJOB", "Only CSV is supported")
    if operation == "upsert":
        if not body.get("externalIdFieldName"):
            raise required_missing(["externalIdFieldName"])
        key_at(view, sobject, str(body["externalIdFieldName"]))
    options = {name: body[name] for name in _OPTIONS if name in body}
    job = api.jobs.open(KIND, user_id=call.actor.user_id, version=call.version, options=options, state="Open")
    return Answer(body=job.as_json(full=False))


def upload(api: Api, call: Call, job_id: str) -> Answer:
    """Take the CSV of a job, once."""
    job = api.jobs.get(job_id, KIND)
    if job.state != "Open" or job.data is not None:
        raise SalesforceError("INVALIDJOBSTATE", f"Data can not be added to a job in state {job.state}")
    if not call.headers.get("content-type", "").startswith("text/csv"):
        raise SalesforceError("UNSUPPORTED_MEDIA_TYPE", "The data of a job is text/csv")
    if len(call.body) > MAX_BYTES:
        raise SalesforceError("LIMIT_EXCEEDED", "Upload exceeds 150 MB", status=413)
    job.data = call.body.decode("utf-8-sig")
    return Answer(status=201)


def change_job(api: Api, call: Call, job_id: str) -> Answer:
    """End the upload of a job, or abort it."""
    job = api.jobs.get(job_id, KIND)
    state = call.object().get("state")
    if state not in {"UploadComplete", "Aborted"} or job.state not in {"Open", "UploadComplete", "InProgress"}:
        raise SalesforceError("INVALIDJOBSTATE", f"Can not change a job from {job.state} to {state}")
    if state == "UploadComplete" and job.state != "Open":
        raise SalesforceError("INVALIDJOBSTATE", f"Can not change a job from {job.state} to {state}")
    api.jobs.move(job, str(state))
    return Answer(body=job.as_json(full=False))


def read_job(api: Api, call: Call, job_id: str) -> Answer:
    """Return how far a job is."""
    job = api.jobs.get(job_id, KIND)
    if not advance(job):
        return Answer(body=job.as_json(full=True))
    Ingest(api, call, job).run()
    return Answer(body=job.as_json(full=True), records=job.processed)


def delete_job(api: Api, _call: Call, job_id: str) -> Answer:
    """Forget a job that ended."""
    api.jobs.remove(api.jobs.get(job_id, KIND))
    return Answer(status=204)


def results(api: Api, _call: Call, job_id: str, which: str) -> Answer:
    """Return one of a job's three result files."""
    job = api.jobs.get(job_id, KIND)
    names = {"successfulresults": "successfulResults", "failedresults": "failedResults"}
    name = names.get(which.lower(), "unprocessedrecords")
    if job.state not in {"JobComplete", "Failed", "Aborted"}:
        raise SalesforceError("INVALIDJOBSTATE", f"Job {job.job_id} has no results in state {job.state}")
    return Answer(raw=job.results.get(name, "").encode(), content_type="text/csv")


ROUTES = (
    Route("POST", "/jobs/ingest", open_job),
    Route("PUT", "/jobs/ingest/<job_id>/batches", upload),
    Route("PATCH", "/jobs/ingest/<job_id>", change_job),
    Route("GET", "/jobs/ingest/<job_id>", read_job),
    Route("DELETE", "/jobs/ingest/<job_id>", delete_job),
    Route("GET", "/jobs/ingest/<job_id>/<which>", results),
)

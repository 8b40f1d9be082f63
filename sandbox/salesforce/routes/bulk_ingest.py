"""Bulk API 2.0 ingest: CSV in, results out."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from sandbox.salesforce.api import Api
from sandbox.salesforce.bodies import from_csv
from sandbox.salesforce.calls import Answer, Call
from sandbox.salesforce.deleting import delete
from sandbox.salesforce.errors import SalesforceError, required_missing
from sandbox.salesforce.ids import normalised
from sandbox.salesforce.jobs import DELIMITERS, LINE_ENDINGS, Job, advance
from sandbox.salesforce.routes.collections import upsert_row
from sandbox.salesforce.routes.finding import blank_key, key_at
from sandbox.salesforce.routes.route import Route
from sandbox.salesforce.saving import create, existing, update
from sandbox.salesforce.schema import SObject

MAX_BYTES = 150 * 1024 * 1024
KIND = "V2Ingest"
_OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
_OPTIONS = ("operation", "object", "externalIdFieldName", "contentType", "lineEnding", "columnDelimiter")
Cells = dict[str, str]


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
    if advance(job):
        _Ingest(api, call, job).run()
    return Answer(body=job.as_json(full=True))


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


class _Ingest:
    """Processes the rows of one job."""

    def __init__(self, api: Api, call: Call, job: Job) -> None:
        self._api, self._job = api, job
        self._view = api.view(call)
        self._writer = api.writer(call, read=from_csv)
        self._actor = call.actor
        self._sobject: SObject = api.org.objects[str(job.options["object"])]
        self._seen: set[str] = set()

    def run(self) -> None:
        header, rows = self._read()
        unknown = [name for name in header if self._unknown(name)]
        if unknown:
            self._job.error = f"InvalidBatch : Field name not found : {unknown[0]}"
            self._job.results["unprocessedrecords"] = _csv([header, *(list(row.values()) for row in rows)])
            self._api.jobs.move(self._job, "Failed")
            return
        good: list[list[str]] = [["sf__Id", "sf__Created", *header]]
        bad: list[list[str]] = [["sf__Id", "sf__Error", *header]]
        for row in rows:
            self._one(row, good, bad)
        self._job.processed, self._job.failed = len(rows), len(bad) - 1
        self._job.results |= {"successfulResults": _csv(good), "failedResults": _csv(bad)}
        self._job.results["unprocessedrecords"] = _csv([header])
        self._api.jobs.move(self._job, "JobComplete")

    def _read(self) -> tuple[list[str], list[Cells]]:
        options = self._job.options
        delimiter = DELIMITERS[str(options.get("columnDelimiter", "COMMA"))]
        ending = LINE_ENDINGS[str(options.get("lineEnding", "LF"))]
        text = (self._job.data or "").replace(ending, "\n")
        lines = list(csv.reader(io.StringIO(text), delimiter=delimiter))
        header = lines[0] if lines else []
        return header, [dict(zip(header, line, strict=False)) for line in lines[1:] if line]

    def _unknown(self, name: str) -> bool:
        relationship, _, key = name.partition(".")
        if not key:
            return self._view.readable(self._sobject, name) is None
        wanted = relationship.lower()
        members = self._sobject.fields.values()
        return not any(made.relationship and made.relationship.lower() == wanted for made in members)

    def _one(self, row: Cells, good: list[list[str]], bad: list[list[str]]) -> None:
        mark = self._api.org.journal.mark()
        try:
            outcome = _OPERATE[str(self._job.options["operation"])](self, row)
        except SalesforceError as error:
            self._api.org.journal.roll_back(mark)
            fields = ",".join(error.fields or [])
            bad.append([row.get("Id", ""), f"{error.code}:{error.message}:{fields} --", *row.values()])
            return
        good.append([outcome["id"], "true" if outcome.get("created") else "false", *row.values()])

    def insert(self, row: Cells) -> dict[str, Any]:
        return {"id": create(self._writer, self._sobject, _body(row)), "created": True}

    def change(self, row: Cells) -> dict[str, Any]:
        record_id = self._id(row)
        existing(self._api.org, self._sobject, record_id)
        update(self._writer, self._sobject, record_id, {k: v for k, v in _body(row).items() if k.lower() != "id"})
        return {"id": record_id}

    def upsert(self, row: Cells) -> dict[str, Any]:
        key = key_at(self._view, self._sobject, str(self._job.options["externalIdFieldName"]))
        value = row.get(key.name, "").strip()
        if not value:
            raise blank_key(key)
        if value.lower() in self._seen:
            raise SalesforceError("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", fields=[key.name])
        self._seen.add(value.lower())
        return upsert_row(self._writer, self._sobject, key, value, _body(row))

    def remove(self, row: Cells) -> dict[str, Any]:
        record_id = self._id(row)
        delete(self._api.org, self._sobject, record_id, self._actor)
        return {"id": record_id}

    def _id(self, row: Cells) -> str:
        text = next((value for name, value in row.items() if name.lower() == "id"), "")
        record_id = normalised(text)
        if record_id is None or not record_id.startswith(self._sobject.prefix):
            raise SalesforceError("MALFORMED_ID", f"malformed id {text}", fields=["Id"])
        if self._api.org.tables[self._sobject.name].get(record_id) is None:
            raise SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=[])
        return record_id


_OPERATE: dict[str, Callable[[_Ingest, Cells], dict[str, Any]]] = {
    "insert": _Ingest.insert,
    "update": _Ingest.change,
    "upsert": _Ingest.upsert,
    "delete": _Ingest.remove,
    "hardDelete": _Ingest.remove,
}


def _body(row: Cells) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for name, value in row.items():
        relationship, _, key = name.partition(".")
        if value == "":
            continue
        body[relationship] = {key: value} if key else value
    return body


def _csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue()


ROUTES = (
    Route("POST", "/jobs/ingest", open_job),
    Route("PUT", "/jobs/ingest/<job_id>/batches", upload),
    Route("PATCH", "/jobs/ingest/<job_id>", change_job),
    Route("GET", "/jobs/ingest/<job_id>", read_job),
    Route("DELETE", "/jobs/ingest/<job_id>", delete_job),
    Route("GET", "/jobs/ingest/<job_id>/<which>", results),
)

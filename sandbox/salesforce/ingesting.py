"""The work of a bulk ingest job: CSV rows in, outcomes out.

Source: Salesforce Bulk API 2.0 guide.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from sandbox.salesforce.api import Api
from sandbox.salesforce.bodies import from_csv
from sandbox.salesforce.calls import Call
from sandbox.salesforce.deleting import delete
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.ids import normalised
from sandbox.salesforce.jobs import DELIMITERS, LINE_ENDINGS, Job
from sandbox.salesforce.keys import blank_key, key_at, upsert_row
from sandbox.salesforce.saving import create, existing, update
from sandbox.salesforce.schema import SObject

Cells = dict[str, str]


class Ingest:
    """Processes the rows of one job."""

    def __init__(self, api: Api, call: Call, job: Job) -> None:
        self._api, self._job = api, job
        self._view = api.view(call)
        self._writer = api.writer(call, read=from_csv)
        self._actor = call.actor
        self._sobject: SObject = api.org.objects[str(job.options["object"])]
        self._seen: set[str] = set()

    def run(self) -> None:
        """Process every row, or fail the job for a column that does not exist."""
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
        if value.lower() in self._seen:
            raise SalesforceError("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", fields=[key.name])
        self._seen.add(value.lower())
        return upsert_row(self._writer, self._sobject, key, value, _body(row))

    def remove(self, row: Cells) -> dict[str, Any]:
        """Delete the record a row names by its id."""
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


_OPERATE: dict[str, Callable[[Ingest, Cells], dict[str, Any]]] = {
    "insert": Ingest.insert,
    "update": Ingest.change,
    "upsert": Ingest.upsert,
    "delete": Ingest.remove,
    "hardDelete": Ingest.remove,
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

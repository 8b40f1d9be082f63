"""Upserts, one by one and as jobs: which record is meant, and what became of each row."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, cast

from sandbox.freshsales.account import Account
from sandbox.freshsales.errors import VendorError, invalid, not_found
from sandbox.freshsales.modules import CONTACT, Module
from sandbox.freshsales.records import Record
from sandbox.freshsales.relations import number
from sandbox.freshsales.writing import Writer, body_of

JsonObject = dict[str, Any]
BULK_MAX = 100
_STANDARD = frozenset({"id", "emails", "mobile_number", "external_id", "name", "website"})


@dataclass(slots=True, kw_only=True)
class Job:
    """One bulk job; it runs when somebody looks after its time has come."""

    job_id: int
    plural: str
    rows: list[JsonObject]
    due_ms: int
    actor_id: int
    succeeded: int = 0
    failures: list[JsonObject] = field(default_factory=list[JsonObject])
    is_done: bool = False


class Upserter:
    """Matches records by a key, then creates or updates them."""

    def __init__(self, account: Account, writer: Writer) -> None:
        """Work on ``account``."""
        self._account, self._writer = account, writer
        self.jobs: dict[int, Job] = {}

    def upsert(self, module: Module, document: object, *, actor_id: int) -> tuple[Record, bool]:
        """Create or update one record; tells which record, and whether it is new.

        Raises:
            VendorError: 400.
        """
        key = body_of(document, "unique_identifier")
        if len(key) != 1:
            raise invalid("unique_identifier must name one field")
        given = body_of(document, module.singular)
        return self._put(module, next(iter(key)), next(iter(key.values())), given, actor_id=actor_id)

    def start(self, module: Module, document: object, *, actor_id: int) -> Job:
        """Take a job of up to 100 rows.

        Raises:
            VendorError: 400 for more rows or malformed ones, 405 while the vendor is busy.
        """
        options = self._account.options
        if options.busy_bulk > 0:
            options.busy_bulk -= 1
            raise VendorError(status=405, messages=("Another bulk job is running",))
        rows = cast("JsonObject", document).get(module.plural) if isinstance(document, dict) else None
        if not isinstance(rows, list) or not rows:
            raise invalid(f"param is missing or the value is empty: {module.plural}")
        listed = cast("list[object]", rows)
        if len(listed) > BULK_MAX:
            raise invalid(f"Only {BULK_MAX} records can be upserted at a time")
        job = Job(
            job_id=self._account.new_id(),
            plural=module.plural,
            rows=[_row(each) for each in listed],
            due_ms=self._account.clock.now_ms() + round(1000 * options.job_s),
            actor_id=actor_id,
        )
        self.jobs[job.job_id] = job
        return job

    def status(self, module_of: dict[str, Module], job_id: int) -> JsonObject:
        """Return how a job stands, having run it when its time has come.

        Raises:
            VendorError: 404 for a job nobody started.
        """
        job = self.jobs.get(job_id)
        if job is None:
            raise not_found("The job")
        if not job.is_done and self._account.clock.now_ms() >= job.due_ms:
            self._run(job, module_of[job.plural])
        if not job.is_done:
            return {"id": str(job.job_id), "status": "IN_PROGRESS", "data": None}
        report: JsonObject = {
            "record_status": {"succeeded": job.succeeded, "failed": len(job.failures)},
            "detailed_failure_report": job.failures if self._account.options.job_report == "rows" else [],
        }
        return {"id": str(job.job_id), "status": "SUCCESS", "data": json.dumps(report)}

    def _run(self, job: Job, module: Module) -> None:
        for row in job.rows:
            key = next(name for name in row if name != "data")
            try:
                self._put(module, key, row[key], cast("JsonObject", row["data"]), actor_id=job.actor_id)
                job.succeeded += 1
            except VendorError as refusal:
                job.failures.append({"record": {key: row[key]}, "errors": list(refusal.messages)})
        job.is_done = True

    def _put(self, module: Module, key: str, value: object, given: JsonObject, *, actor_id: int) -> tuple[Record, bool]:
        record = self._match(module, key, value)
        if record is not None:
            self._writer.update(module, record, given, actor_id=actor_id, include=())
            return record, False
        if key == "id":
            raise not_found(module.model)
        known = self._account.fields(module)
        field_type = "email" if key == "emails" else known[key].type
        add: JsonObject = {"email": value} if field_type == "email" else {key: value}
        if key.startswith("cf_"):
            add = {"custom_field": {**cast("JsonObject", given.get("custom_field") or {}), key: value}}
        return self._writer.create(module, {**given, **add}, actor_id=actor_id), True

    def _match(self, module: Module, key: str, value: object) -> Record | None:
        known = self._account.fields(module)
        own = known.get(key)
        is_own_key = own is not None and own.is_custom and own.is_unique
        if key not in _STANDARD and (not is_own_key or self._account.options.upsert_refuses_own_keys):
            raise invalid(f"{key} is not a unique identifier")
        if (key == "emails" and module is not CONTACT) or (key not in ("id", "emails") and key not in known):
            raise invalid(f"{key} is not a unique identifier")
        if key == "id":
            record = self._account.tables[module.plural].get(number(value) or 0)
            return record if record is not None and record.deleted_ms is None else None
        wanted = str(value).lower()
        ids = self._account.holders(module).of(key, wanted)
        live = self._account.live(module) if ids is None else self._account.chosen(module, ids)
        for record in live:
            if key == "emails" and wanted in set(record.addresses()):
                return record
            held = record.custom.get(key) if is_own_key else record.values.get(key)
            if held is not None and str(held).lower() == wanted:
                return record
        return None


def _row(given: object) -> JsonObject:
    row = cast("JsonObject", given) if isinstance(given, dict) else {}
    if len(row) != 2 or not isinstance(row.get("data"), dict):
        raise invalid("each record needs one identifier and data")
    return row

"""The work of an erasure, step by step; each can be done again, whoever died over it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from crmbridge.domain.due import with_due
from crmbridge.domain.editing import edit
from crmbridge.domain.erasure import (
    KIND,
    Mode,
    ended,
    identities,
    masked,
    resolved,
    shell,
    speaks_only_of,
    unresolved,
    without,
)
from crmbridge.domain.integrations import Integration
from crmbridge.domain.messages import SyncStep
from crmbridge.domain.records import ENTITIES, Entity, LastChange, Record
from crmbridge.errors import AuthorizationExpiredError, ConflictError, ProviderError, RetriableProviderError
from crmbridge.ports import Document, Save, WriteOp
from crmbridge.services import _suppressed as suppressed
from crmbridge.services._leases import is_held
from crmbridge.services._traces import forget_traces, remove_raw_rows
from crmbridge.services.erase_people import context_of, load_erasure, mode_of
from crmbridge.services.hub import Hub, is_open, load_integrations

WAIT_S = 20
"""When rows that are on their way out are looked at again, in seconds."""

CLOSED_S = 900
"""When a CRM that is closed is looked at again."""

AGAIN_S = 600
"""After which everything is looked through once more: what was in flight when it began has landed by then."""

PAGE = 200
TRIES = 5
_OUT = ("deleted", "refused", "kept", "anonymised", "off", "gone")
"""Results after which nothing more is expected of a place."""


def work_erasure(hub: Hub, step: SyncStep, *, has_time: Callable[[], bool]) -> Document:
    """Go on with an erasure as far as time allows; queue what is left.

    Raises:
        NotFoundError: there is no such erasure.
        ConflictError: somebody else goes on with it, or records kept moving; try again.
    """
    job = _Job(hub, load_erasure(hub, step.workspace_id, step.run_id), load_integrations(hub, step.workspace_id))
    while job.step != "done" and not job.wait_s and has_time():
        _STEPS[job.step](job)
    if job.step != "done":
        hub.queues.send_steps([step], delay_s=job.wait_s)
    return job.document


@dataclass(slots=True)
class _Job:
    """One erasure in hand.

    Attributes:
        wait_s: set by a step that finds something on its way, which is to be waited for.
    """

    hub: Hub
    document: Document
    integrations: Mapping[str, Integration]
    wait_s: int = 0

    @property
    def step(self) -> str:
        """What is to be done next."""
        return str(self.document.body["step"])

    @property
    def workspace_id(self) -> str:
        """Whose it is."""
        return self.document.pk.partition("#")[0]

    @property
    def by(self) -> str:
        """Who asked."""
        return str(self.document.body["by"])

    @property
    def modes(self) -> dict[str, Mode]:
        """What becomes of rows, by integration."""
        return {key: mode_of(self.document, key) for key in self.integrations}

    def move(self, **changes: Any) -> None:  # noqa: ANN401 - JSON
        """Store how far it is, on the condition that nobody else moved it."""
        self.document = self.hub.documents.put(replace(self.document, body={**self.document.body, **changes}))

    def records(self) -> list[Record]:
        """Return the records that are erased, people's first."""
        ids = [*self.document.body["records"], *self.document.body["activities"]]
        held = self.hub.records.get_many(self.workspace_id, ids)
        return [held[each] for each in ids if each in held]

    def needles(self) -> list[str]:
        """Return the addresses and numbers that other texts may hold."""
        sealed = str(self.document.body["sealed"])
        return json.loads(self.hub.cipher.decrypt(sealed, context=context_of(self.workspace_id, self.document.sk)))

    def change(self, record: Record, make: Callable[[Record], Record]) -> Record:
        """Store a change of one record, made again on what it is wherever somebody else wrote first."""
        for _ in range(TRIES):
            after = with_due(make(record), self.integrations.values(), rev=record.rev + 1)
            (stored,) = self.hub.records.save_many([Save(record, after)])
            if stored:
                return after
            record = self.hub.records.get_many(self.workspace_id, [record.record_id])[record.record_id]
        raise ConflictError(f"{record.record_id} kept moving while it was erased")


# ------------------------------------------------------------------------------------------------ the steps


def _find(job: _Job) -> None:
    """Look through a page of the workspace's records for what else speaks of the person."""
    body = job.document.body
    entity, cursor = cast("Entity", body.get("entity", ENTITIES[0])), body.get("cursor")
    page = job.hub.records.list_records(job.workspace_id, entity, cursor=cursor, limit=PAGE)
    people: set[str] = set(body["records"])
    merged = [each.record_id for each in page.items if each.merged_into in people and each.record_id not in people]
    activities = [each.record_id for each in page.items if speaks_only_of(each, people)]
    found = {
        "records": [*body["records"], *merged],
        "activities": sorted({*body["activities"], *activities}),
    }
    job.move(**found, **_next_page(entity, page.next_cursor, then="resolve"))


def _next_page(entity: Entity, cursor: str | None, *, then: str) -> dict[str, Any]:
    if cursor is not None:
        return {"entity": entity, "cursor": cursor}
    later = ENTITIES[ENTITIES.index(entity) + 1 :]
    if later:
        return {"entity": later[0], "cursor": None}
    return {"entity": ENTITIES[0], "cursor": None, "step": then}


def _resolve(job: _Job) -> None:
    """Find rows that were being made, and note all identities; then have the rest rendered anonymous or deleted."""
    rows: set[str] = set()
    for record in job.records():
        settled = _resolved(job, record)
        if settled is None:
            return
        rows |= identities(settled)
    suppressed.suppress_identities(job.hub, job.workspace_id, rows, erasure_id=job.document.sk)
    remove_raw_rows(job.hub, job.workspace_id, job.needles(), rows)
    anonymised = any(mode == "anonymise" for mode in job.modes.values())
    job.move(step="mask" if anonymised else "end")


def _resolved(job: _Job, record: Record) -> Record | None:
    """Return the record with its links settled, ``None`` where that has to wait."""
    found: dict[str, str] = {}
    for key in unresolved(record):
        row = _row_made(job, record, key)
        if row is None:
            return None
        found[key] = row
    if not found:
        return record
    return job.change(record, lambda now: resolved(now, found, at=job.hub.now(), by=job.by))


def _row_made(job: _Job, record: Record, key: str) -> str | None:
    """Return the row that was made of a record in one CRM; empty where there is none, ``None`` to wait."""
    integration = job.integrations.get(key)
    if integration is None:
        return ""
    if not is_open(integration, job.hub.now()):
        job.wait_s = CLOSED_S
        return None
    if is_held(job.hub, job.workspace_id, f"push#{key}#{record.entity}"):
        job.wait_s = WAIT_S
        return None
    rows = _rows_of(job, integration, record)
    return None if rows is None else next(iter(rows), "")


def _rows_of(job: _Job, integration: Integration, record: Record) -> list[str] | None:
    """Return the rows of a CRM that carry a record's id, ``None`` where it cannot be asked now."""
    try:
        client = job.hub.connectors.client(integration)
        found = client.find(record.entity, "correlation_id", [record.record_id])
    except (AuthorizationExpiredError, RetriableProviderError):
        job.wait_s = CLOSED_S
        return None
    return [row.external_id for rows in found.values() for row in rows]


def _mask(job: _Job) -> None:
    """Put anonymous values into people's records, for the CRMs that are to keep a row."""
    for record in _people(job):
        if record.fields and record.deleted_at is None and not record.merged_into:
            job.change(record, _masking(job))
    job.move(step="masked")


def _masking(job: _Job) -> Callable[[Record], Record]:
    return lambda now: masked(now, job.modes, at=job.hub.now(), by=job.by, integrations=job.integrations)


def _people(job: _Job) -> list[Record]:
    people = set(job.document.body["records"])
    return [each for each in job.records() if each.record_id in people]


def _masked(job: _Job) -> None:
    """Wait until those CRMs have taken the anonymous values."""
    places = dict(job.document.body["places"])
    for record in _people(job):
        for key, link in record.links.items():
            if job.modes.get(key) == "anonymise" and link.external_id:
                places[f"{record.record_id}#{key}"] = _place(job, record, key, done="anonymised")
    _wait_for(job, places, then="end")


def _end(job: _Job) -> None:
    """Empty every record, and have its rows deleted where they are to be."""
    for record in job.records():
        modes = job.modes if record.record_id in set(job.document.body["records"]) else _for_activities(job)
        job.change(record, lambda now, modes=modes: ended(now, modes, at=job.hub.now(), by=job.by))
    job.move(step="ended")


def _for_activities(job: _Job) -> dict[str, Mode]:
    """Return the modes for what was written about a person only: there is nothing to it without them."""
    return {key: "keep" if mode == "keep" else "delete" for key, mode in job.modes.items()}


def _ended(job: _Job) -> None:
    """Wait until the rows are gone, and note what became of each."""
    places = dict(job.document.body["places"])
    for record in job.records():
        modes = job.modes if record.record_id in set(job.document.body["records"]) else _for_activities(job)
        for key, link in record.links.items():
            name = f"{record.record_id}#{key}"
            if link.state not in ("deleted", "deleting"):
                job.change(record, lambda now, modes=modes: ended(now, modes, at=job.hub.now(), by=job.by))
                job.wait_s = WAIT_S
                return
            if modes.get(key) == "keep" and link.external_id:
                places[name] = {"result": "kept"}
            elif modes.get(key, "delete") == "delete" and link.external_id:
                places[name] = _place(job, record, key, done="deleted")
    _wait_for(job, places, then="empty")


def _place(job: _Job, record: Record, key: str, *, done: str) -> dict[str, str]:
    """Tell how a record's row stands in one CRM."""
    link, integration = record.links[key], job.integrations.get(key)
    if link.state == "deleted":
        return {"result": done if done == "deleted" else "gone"}
    if integration is None:
        return {"result": "off", "words": "the integration was removed"}
    rule = integration.rule(record.entity)
    if not rule.enabled or rule.direction == "from_crm":
        return {"result": "off", "words": "this entity is not written there: delete the row by hand"}
    if link.parked is not None:
        return {"result": "refused", "words": link.parked.words}
    if done == "anonymised" and key not in record.due_for:
        return {"result": done}
    if not is_open(integration, job.hub.now()):
        return {"result": "waiting", "words": f"the integration is {integration.status}, or its CRM is closed for now"}
    return {"result": "pending"}


def _wait_for(job: _Job, places: Mapping[str, Mapping[str, str]], *, then: str) -> None:
    """Go on when nothing more is expected of any place."""
    open_places = [each["result"] for each in places.values() if each["result"] not in _OUT]
    if places != job.document.body["places"] or not open_places:
        status = "waiting" if "waiting" in open_places else "running"
        job.move(places=places, status=status, **({} if open_places else {"step": then}))
    if open_places:
        job.wait_s = WAIT_S if "pending" in open_places else CLOSED_S


def _empty(job: _Job) -> None:
    """Leave of every record its random id; its look-ups go in the same save."""
    for record in job.records():
        job.change(record, lambda now: shell(now, at=job.hub.now(), by=job.by))
    _forget(job)
    job.move(step="others", entity=ENTITIES[0], cursor=None)


def _forget(job: _Job) -> None:
    for record_id in (*job.document.body["records"], *job.document.body["activities"]):
        forget_traces(job.hub, job.workspace_id, record_id)
    remove_raw_rows(job.hub, job.workspace_id, job.needles(), ())


def _others(job: _Job) -> None:
    """Cut the person out of a page of other people's records."""
    body = job.document.body
    entity, cursor = cast("Entity", body["entity"]), body["cursor"]
    page = job.hub.records.list_records(job.workspace_id, entity, cursor=cursor, limit=PAGE)
    erased, needles = {*body["records"], *body["activities"]}, job.needles()
    changed = int(body.get("changed", 0))
    for record in page.items:
        if record.record_id not in erased and without(record, erased, needles):
            job.change(record, lambda now: _cut_out(job, now, erased, needles))
            forget_traces(job.hub, job.workspace_id, record.record_id, needles=needles)
            changed += 1
    job.move(changed=changed, **_next_page(entity, page.next_cursor, then="again"))
    if job.step == "again":
        job.wait_s = AGAIN_S


def _cut_out(job: _Job, record: Record, erased: Iterable[str], needles: Iterable[str]) -> Record:
    now = job.hub.now()
    left = without(record, set(erased), needles)
    made = edit(record, left, at_ms=int(now.timestamp() * 1000), integrations=job.integrations).record
    return replace(made, last=LastChange(KIND, "hub", now, by=job.by))


def _again(job: _Job) -> None:
    """Look once more for what was in flight: rows that carry a record's id, lines of history, settled remains."""
    for record in job.records():
        for key, integration in job.integrations.items():
            rule = integration.rule(record.entity)
            is_written = rule.enabled and rule.direction != "from_crm" and integration.status == "active"
            if is_written and job.modes[key] == "delete" and not _delete_strays(job, integration, record):
                return
        if record.links:
            job.change(record, lambda now: shell(now, at=job.hub.now(), by=job.by))
    _forget(job)
    bad = [each["result"] for each in job.document.body["places"].values() if each["result"] in ("refused", "off")]
    body = {name: value for name, value in job.document.body.items() if name not in ("sealed", "cursor", "entity")}
    body |= {"step": "done", "status": "partial" if bad else "done", "ended_at": job.hub.now().isoformat()}
    job.document = job.hub.documents.put(replace(job.document, body=body))


def _delete_strays(job: _Job, integration: Integration, record: Record) -> bool:
    """Delete rows that a call in flight has made; tell whether the CRM could be asked."""
    rows = _rows_of(job, integration, record)
    if rows is None:
        return False
    client = job.hub.connectors.client(integration)
    try:
        for row in rows:
            client.write(record.entity, [WriteOp("delete", record.record_id, row, purge=True)])
    except (AuthorizationExpiredError, RetriableProviderError):
        job.wait_s = CLOSED_S
        return False
    except ProviderError as error:
        refused = {"result": "refused", "words": str(error)}
        job.move(places={**job.document.body["places"], f"{record.record_id}#{integration.integration_id}": refused})
    return True


_STEPS: Mapping[str, Callable[[_Job], None]] = {
    "find": _find,
    "resolve": _resolve,
    "mask": _mask,
    "masked": _masked,
    "end": _end,
    "ended": _ended,
    "empty": _empty,
    "others": _others,
    "again": _again,
}

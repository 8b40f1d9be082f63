"""First reads by query jobs: Salesforce prepares them in its own time, and hands them out in large pages.

A job costs a few calls and some seconds whatever its size, so it pays for many rows only; where it cannot be had, or
dies, the listing by keyset takes its place from the beginning.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crmbridge.connectors.salesforce import CONNECTOR
from crmbridge.connectors.salesforce.client import _soql as soql
from crmbridge.connectors.salesforce.client._api import Api, stuck
from crmbridge.connectors.salesforce.client._directory import Directory
from crmbridge.connectors.salesforce.client._errors import PROVIDER
from crmbridge.connectors.salesforce.client._jobs import COMPLETE, RUNNING, Jobs
from crmbridge.connectors.salesforce.client._listing import Lister
from crmbridge.connectors.salesforce.client._shaped import Rows
from crmbridge.connectors.salesforce.mapping.csv_rows import read_rows
from crmbridge.connectors.salesforce.mapping.ids import OBJECTS, Kept
from crmbridge.domain.records import Observation
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import Page

EXPORT_MIN = 2_000
"""Rows from which a query job pays. Source: Bulk API 2.0 guide: more than 2,000 records."""

RESULTS_SIZE = 5_000
"""Rows in one page of results: what a worker that takes over has to fetch once more."""

WAITS_S = (2.0, 3.0, 5.0, 8.0, 12.0, 15.0)
"""Before each look at a job; the last again and again."""

LOOKS_MAX = 120
"""Looks at a job, half an hour, after which it is given up."""


@dataclass(frozen=True, slots=True)
class _Held:
    """The page of results fetched last, since a worker takes a part of it at a time."""

    job_id: str
    locator: str
    rows: tuple[dict[str, Any], ...]
    following: str
    server_time: datetime | None


class Exporter:
    """Reads everything of one object, once."""

    def __init__(self, api: Api, directory: Directory, rows: Rows, lister: Lister) -> None:
        self._api, self._directory = api, directory
        self._shaped, self._lister = rows, lister
        self._jobs = Jobs(api)
        self._size = CONNECTOR.limits.list_page
        self._held: _Held | None = None

    def export(self, entity: Kept, *, cursor: str | None) -> Page[Observation]:
        """Return one page of everything; see ``ExportingClient``.

        Raises:
            RetriableProviderError: no usable answer came.
        """
        kind, *place = ("begin",) if cursor is None else json.loads(cursor)
        try:
            if kind == "begin":
                return self._begin(entity)
            if kind == "job":
                return self._wait(entity, str(place[0]), looks=int(place[1]))
            if kind == "results":
                return self._read(entity, str(place[0]), locator=str(place[1]), start=int(place[2]))
        except FatalProviderError as error:
            if error.code == "STUCK_PAGINATION":
                raise
            cursor = None  # no job, or none any more: by keyset, from the beginning
        return self._lister.list_all(entity, cursor=cursor)

    def _begin(self, entity: Kept) -> Page[Observation]:
        live = self._shaped.live(entity)
        where = f" WHERE {live}" if live else ""
        if self._is_small(entity, where):
            return self._lister.list_all(entity, cursor=None)
        job_id, server_time = self._shaped.with_shape(
            entity,
            lambda: self._jobs.make("query", {"operation": "query", "query": self._shaped.select(entity) + where}),
        )
        return Page((), json.dumps(["job", job_id, 0]), server_time=server_time, ready_in_s=WAITS_S[0])

    def _is_small(self, entity: Kept, where: str) -> bool:
        """Tell whether there are few rows; so many that they cannot be counted in time are not few."""
        try:
            return self._api.total(soql.select(("COUNT()",), OBJECTS[entity]) + where) < EXPORT_MIN
        except RetriableProviderError as error:
            if error.is_quota:
                raise
            return False

    def _wait(self, entity: Kept, job_id: str, *, looks: int) -> Page[Observation]:
        state = self._jobs.state("query", job_id)
        if state == COMPLETE:
            return self._read(entity, job_id, locator="", start=0)
        if state not in RUNNING or looks >= LOOKS_MAX:
            if state in RUNNING:
                self._jobs.move("query", job_id, "Aborted")
            return self._lister.list_all(entity, cursor=None)
        wait_s = WAITS_S[min(looks + 1, len(WAITS_S) - 1)]
        return Page((), json.dumps(["job", job_id, looks + 1]), ready_in_s=wait_s)

    def _read(self, entity: Kept, job_id: str, *, locator: str, start: int) -> Page[Observation]:
        held = self._results(entity, job_id, locator)
        end = start + self._size
        rows = held.rows[start:end]
        if end < len(held.rows):
            following = json.dumps(["results", job_id, locator, end])
        else:
            following = json.dumps(["results", job_id, held.following, 0]) if held.following else None
        found, bad = self._shaped.observations(entity, rows)
        return Page(found, following, bad, held.server_time)

    def _results(self, entity: Kept, job_id: str, locator: str) -> _Held:
        """Return a page of results, fetched unless it is at hand.

        Raises:
            FatalProviderError: it is followed by itself (code ``STUCK_PAGINATION``).
            RetriableProviderError: it is not whole.
        """
        held = self._held
        if held is not None and (held.job_id, held.locator) == (job_id, locator):
            return held
        told = self._jobs.results(job_id, locator=locator, size=RESULTS_SIZE)
        if told.locator and told.locator == locator:
            raise stuck(locator)
        try:
            rows = tuple(read_rows(told.text, self._directory.schema(entity)))
        except ValueError as error:
            raise _broken(str(error)) from error
        if len(rows) != told.count:
            raise _broken(f"{len(rows)} rows of {told.count}")
        self._held = _Held(job_id, locator, rows, told.locator, told.server_time)
        return self._held


def _broken(what: str) -> RetriableProviderError:
    return RetriableProviderError(f"salesforce's results of a job are not whole: {what}", provider=PROVIDER)

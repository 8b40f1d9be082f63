"""Activities of API v2 and notes of API v1 as one entity; an external id says which of the two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crmbridge.connectors.pipedrive.client.activities.listing import ActivityLister
from crmbridge.connectors.pipedrive.client.activities.reading import ActivityReader
from crmbridge.connectors.pipedrive.client.activities.writing import ActivityWriter
from crmbridge.connectors.pipedrive.client.calls import Calls
from crmbridge.connectors.pipedrive.client.catalogue import Catalogue
from crmbridge.connectors.pipedrive.mapping.activities import People, project_activity
from crmbridge.domain.records import Fields, Gone, Observation
from crmbridge.ports import FieldInfo, Page, ReadResult, RowResult, WriteOp

_FIELDS = ("subject", "type", "owner_id", "due_date", "due_time", "duration", "done", "note", "public_description")


class Activities:
    """Everything that the client does with activities."""

    def __init__(self, calls: Calls, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._reader = ActivityReader(calls, catalogue)
        self._lister = ActivityLister(calls, self._reader)
        self._writer = ActivityWriter(calls, catalogue, self._reader, self._lister)

    def list_all(self, cursor: str | None) -> Page[Observation]:
        """Return one page of all activities, then of all notes."""
        return self._lister.changed(None, cursor)

    def list_changed(self, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of the activities, then of the notes, changed at or after a moment."""
        return self._lister.changed(since, cursor)

    def list_gone(self, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of the deletions among recent changes of activities, then of notes."""
        return self._lister.gone(since, cursor)

    def read(self, ids: Sequence[str]) -> ReadResult:
        """Read activities and notes by id."""
        return self._reader.read(ids)

    def by_correlation(self, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Find activities by the mark that carries our id: everything since the oldest of the ids was made."""
        return self._lister.marked(wanted)

    def write(self, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write rows of one kind."""
        return self._writer.write(ops)

    def project(self, fields: Fields) -> dict[str, Any]:
        """Return canonical values as Pipedrive would say them."""
        people = People(*self._catalogue.people()) if fields.get("owner") else People()
        return project_activity(fields, people)

    @staticmethod
    def describe() -> tuple[FieldInfo, ...]:
        """List the built-in fields that we use: their definitions are shown to admins only."""
        return tuple(FieldInfo(name, name, "", False, True, False, False, None) for name in sorted(_FIELDS))

"""Activities: tasks and events as one entity; an external id says which of the two."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesforce.client._directory import Directory
from crmbridge.connectors.salesforce.client._errors import PROVIDER
from crmbridge.connectors.salesforce.client._exporting import Exporter
from crmbridge.connectors.salesforce.client._finding import Finder
from crmbridge.connectors.salesforce.client._listing import Lister
from crmbridge.connectors.salesforce.client._reading import Reader
from crmbridge.connectors.salesforce.client._writing import Writer
from crmbridge.connectors.salesforce.mapping.activities import KINDS
from crmbridge.connectors.salesforce.mapping.ids import PLACES, Kept, id_of
from crmbridge.connectors.salesforce.mapping.rendering import project
from crmbridge.domain.records import Fields, Gone, Observation, Unreadable
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import Page, ReadResult, RowResult, WriteOp

_CREATE_ONLY = "INVALID_FIELD_FOR_INSERT_UPDATE"

T = TypeVar("T", Observation, Gone, Unreadable)


class Activities:
    """Everything that the client does with activities."""

    def __init__(self, directory: Directory, *, reader: Reader, finder: Finder, lister: Lister, writer: Writer) -> None:
        self._directory = directory
        self._reader, self._finder, self._lister, self._writer = reader, finder, lister, writer

    def list_all(self, cursor: str | None) -> Page[Observation]:
        """Return one page of every task, then of every event."""
        return _page(cursor, lambda place, rest: self._lister.list_all(place, cursor=rest))

    def export(self, cursor: str | None, exporter: Exporter) -> Page[Observation]:
        """Return one page of everything by a listing of the vendor's own, tasks first."""
        return _page(cursor, lambda place, rest: exporter.export(place, cursor=rest))

    def list_changed(self, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of what changed at or after a moment, tasks first."""
        return _page(cursor, lambda place, rest: self._lister.list_changed(place, since=since, cursor=rest))

    def list_gone(self, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of deleted tasks, then of deleted events."""
        return _page(cursor, lambda place, rest: self._lister.list_gone(place, since=since, cursor=rest))

    def read(self, external_ids: Sequence[str]) -> ReadResult:
        """Read tasks and events by id; any other id is missing."""
        told = ReadResult({}, {}, frozenset(each for each in external_ids if _place_of(each) is None), {})
        for place in PLACES:
            ids = [_bare(each) for each in external_ids if _place_of(each) == place]
            if not ids:
                continue
            part = self._reader.read(place, ids)
            told = ReadResult(
                {**told.found, **_named(place, part.found.values())},
                {**told.gone, **_named(place, part.gone.values())},
                told.missing | {f"{place}:{each}" for each in part.missing},
                {**told.unreadable, **_named(place, part.unreadable.values())},
            )
        return told

    def by_correlation(self, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Find tasks and events by our own id."""
        found: dict[str, tuple[Observation, ...]] = {}
        for place in PLACES:
            for key, hits in self._finder.find(place, "correlation_id", wanted).items():
                found[key] = (*found.get(key, ()), *_named(place, hits).values())
        return found

    def write(self, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write rows of one kind of write, tasks together and events together."""
        results: dict[int, RowResult] = {}
        placed: dict[Kept, list[int]] = {}
        for number, op in enumerate(ops):
            place = _place_to_write(op)
            if place is None:
                results[number] = _refused(op)
            else:
                placed.setdefault(place, []).append(number)
        for place, numbers in placed.items():
            inner = [replace(ops[each], external_id=_bare(ops[each].external_id)) for each in numbers]
            try:
                written = self._over_existing(place, inner, self._writer.write(place, inner))
            except RetriableProviderError as error:
                error.may_have_applied = error.may_have_applied or bool(results)
                raise
            outward = (replace(each, external_id=_full(place, each.external_id)) for each in written)
            results.update(zip(numbers, outward, strict=True))
        return tuple(results[number] for number in range(len(ops)))

    def _over_existing(self, place: Kept, ops: Sequence[WriteOp], results: Sequence[RowResult]) -> list[RowResult]:
        """Update the rows that an upsert found to be there: their subtype, which a new one must have, never changes."""
        told = list(results)
        places = [
            number
            for number, (op, result) in enumerate(zip(ops, results, strict=True))
            if op.kind == "upsert" and result.error is not None and result.error.code == _CREATE_ONLY
        ]
        if not places:
            return told
        held = self._finder.find(place, "correlation_id", [ops[number].op_id for number in places])
        known = [number for number in places if ops[number].op_id in held]
        again = [
            replace(ops[number], kind="update", external_id=held[ops[number].op_id][0].external_id) for number in known
        ]
        for number, result in zip(known, self._writer.write(place, again) if again else (), strict=True):
            told[number] = result
        return told

    def project(self, fields: Fields) -> dict[str, object]:
        """Return canonical values as this org would say them of an activity of that kind."""
        kind = values.text(fields.get("kind")) or ""
        cleaned = {**fields, "kind": kind} if kind else {name: fields[name] for name in fields if name != "kind"}
        return project(cleaned, self._directory.facts(KINDS.get(kind, "Task")))


def _full(place: Kept, record_id: str) -> str:
    return f"{place}:{record_id}" if record_id else ""


def _bare(external_id: str) -> str:
    return external_id.rpartition(":")[2]


def _place_of(external_id: str) -> Kept | None:
    name, _, record_id = external_id.partition(":")
    return next((place for place in PLACES if place == name and id_of(place, record_id)), None)


def _place_to_write(op: WriteOp) -> Kept | None:
    return _place_of(op.external_id) if op.kind in ("update", "delete") else KINDS.get(str(op.fields.get("kind")))


def _refused(op: WriteOp) -> RowResult:
    words = f"{op.external_id[:40] or op.fields.get('kind')!r} is no activity that this connector has a place for"
    return RowResult(op.op_id, op.external_id, error=FatalProviderError(words, provider=PROVIDER, code="NO_PLACE"))


def _outward(place: Kept, each: T) -> T:
    return replace(each, external_id=_full(place, each.external_id))


def _named(place: Kept, found: Iterable[T]) -> dict[str, T]:
    return {each.external_id: each for each in (_outward(place, one) for one in found)}


def _page(cursor: str | None, listed: Callable[[Kept, str | None], Page[T]]) -> Page[T]:
    """Return one page of all activities: behind the last page of tasks comes the first one of events."""
    name, _, rest = (cursor or "").partition("|")
    names = [str(place) for place in PLACES]
    waiting = list(PLACES[names.index(name) if name else 0 :])
    while True:
        place = waiting.pop(0)
        page = listed(place, rest or None)
        rest = ""
        if page.items or page.unreadable or page.next_cursor or not waiting:
            break
    following = f"{place}|{page.next_cursor}" if page.next_cursor else f"{waiting[0]}|" if waiting else None
    items = tuple(_outward(place, each) for each in page.items)
    bad = tuple(_outward(place, each) for each in page.unreadable)
    return Page(items, following, bad, page.server_time, page.ready_in_s)

"""Activities: five objects of HubSpot as one entity; an external id says which object holds one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from crmbridge.connectors import _values as values
from crmbridge.connectors.hubspot.client.calls import Calls
from crmbridge.connectors.hubspot.client.catalogue import Catalogue
from crmbridge.connectors.hubspot.client.errors import PROVIDER
from crmbridge.connectors.hubspot.client.finding import Finder
from crmbridge.connectors.hubspot.client.listing import Lister
from crmbridge.connectors.hubspot.client.reading import Reader
from crmbridge.connectors.hubspot.client.schema import describe, provision
from crmbridge.connectors.hubspot.client.writing import Writer
from crmbridge.connectors.hubspot.mapping import ACTIVITY_RULES, ObjectRule, project
from crmbridge.domain.records import Fields, Gone, Observation, Unreadable
from crmbridge.errors import FatalProviderError, RetriableProviderError
from crmbridge.ports import FieldInfo, Page, ReadResult, RowResult, WriteOp

PLACES: Mapping[str, ObjectRule] = {rule.path: rule for rule in ACTIVITY_RULES.values()}
"""Rules by the first part of an external id."""

_ARCHIVED = "archived:"
"""Where a listing of what is gone begins: activities are never merged."""

T = TypeVar("T", Observation, Gone, Unreadable)


class Activities:
    """Everything that the client does with activities."""

    def __init__(
        self, calls: Calls, catalogue: Catalogue, *, reader: Reader, finder: Finder, lister: Lister, writer: Writer
    ) -> None:
        self._calls, self._catalogue = calls, catalogue
        self._reader, self._finder, self._lister, self._writer = reader, finder, lister, writer

    def list_all(self, cursor: str | None) -> Page[Observation]:
        """Return one page, object after object."""
        return _page(cursor, self._lister.list_all)

    def list_changed(self, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of what changed at or after a moment, object after object."""
        return _page(cursor, lambda rule, rest: self._lister.list_changed(rule, since, rest))

    def list_gone(self, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of archived activities, object after object."""
        return _page(cursor, lambda rule, rest: self._lister.list_gone(rule, since, rest or _ARCHIVED))

    def read(self, external_ids: Sequence[str]) -> ReadResult:
        """Read activities by id; an id that names no object of ours is missing."""
        told = ReadResult({}, {}, frozenset(each for each in external_ids if _split(each) is None), {})
        for rule in PLACES.values():
            ids = [found[1] for each in external_ids if (found := _split(each)) is not None and found[0] is rule]
            if not ids:
                continue
            part = self._reader.read(rule, ids)
            told = ReadResult(
                {**told.found, **_named(rule, part.found.values())},
                {**told.gone, **_named(rule, part.gone.values())},
                told.missing | {_external_id(rule, each) for each in part.missing},
                {**told.unreadable, **_named(rule, part.unreadable.values())},
            )
        return told

    def by_correlation(self, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Find activities by our own id, in each object."""
        found: dict[str, tuple[Observation, ...]] = {}
        for rule in PLACES.values():
            for key, hits in self._finder.by_correlation(rule, wanted).items():
                found[key] = (*found.get(key, ()), *_named(rule, hits).values())
        return found

    def write(self, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write rows of one kind of write, those of one object together; see ``CrmClient.write``."""
        results: dict[int, RowResult] = {}
        placed: dict[str, list[int]] = {}
        for number, op in enumerate(ops):
            rule = _rule_of(op)
            if rule is None:
                results[number] = _refused(op)
            else:
                placed.setdefault(rule.path, []).append(number)
        for path, numbers in placed.items():
            written = self._write(PLACES[path], [ops[number] for number in numbers], is_first=not results)
            results.update(zip(numbers, written, strict=True))
        return tuple(results[number] for number in range(len(ops)))

    def _write(self, rule: ObjectRule, ops: Sequence[WriteOp], *, is_first: bool) -> list[RowResult]:
        inner = [replace(op, external_id=op.external_id.rpartition(":")[2]) for op in ops]
        try:
            written = self._writer.write(rule, inner)
        except RetriableProviderError as error:
            error.may_have_applied = error.may_have_applied or not is_first
            raise
        return [
            replace(
                each,
                external_id=_external_id(rule, each.external_id),
                observation=None if each.observation is None else _outward(rule, each.observation),
            )
            for each in written
        ]

    def project(self, fields: Fields) -> dict[str, Any]:
        """Return canonical values as HubSpot would say them of an activity of that kind."""
        rule = ACTIVITY_RULES.get(values.text(fields.get("kind")) or "task", ACTIVITY_RULES["task"])
        return project(rule, fields, self._catalogue.lexicon(rule, with_owners=bool(fields.get("owner"))))

    def describe(self) -> tuple[FieldInfo, ...]:
        """List the properties of all five objects, each name once."""
        infos = {each.name: each for rule in PLACES.values() for each in describe(self._catalogue, rule)}
        return tuple(infos[name] for name in sorted(infos))

    def provision(self) -> tuple[str, ...]:
        """Make sure that our unique property exists in all five objects."""
        made = [provision(self._calls, rule) for rule in PLACES.values()]
        return tuple(sorted({name for names in made for name in names}))


def _external_id(rule: ObjectRule, record_id: str) -> str:
    return f"{rule.path}:{record_id}" if record_id else ""


def _split(external_id: str) -> tuple[ObjectRule, str] | None:
    path, _, record_id = external_id.partition(":")
    rule = PLACES.get(path)
    return (rule, record_id) if rule is not None and record_id else None


def _rule_of(op: WriteOp) -> ObjectRule | None:
    if op.kind in ("update", "delete"):
        found = _split(op.external_id)
        return None if found is None else found[0]
    return ACTIVITY_RULES.get(str(op.fields.get("kind")))


def _refused(op: WriteOp) -> RowResult:
    words = f"{op.external_id[:40] or op.fields.get('kind')!r} is no activity that HubSpot has a place for"
    return RowResult(op.op_id, op.external_id, error=FatalProviderError(words, provider=PROVIDER, code="NO_PLACE"))


def _outward(rule: ObjectRule, each: T) -> T:
    return replace(each, external_id=_external_id(rule, each.external_id))


def _named(rule: ObjectRule, found: Iterable[T]) -> dict[str, T]:
    return {each.external_id: each for each in (_outward(rule, one) for one in found)}


def _page(cursor: str | None, listed: Callable[[ObjectRule, str | None], Page[T]]) -> Page[T]:
    """Return one page of all activities: behind an object's last page comes the first one of the next object.

    Args:
        cursor: the object and its own cursor.
        listed: lists one object; objects of which nothing is left to tell are passed over.
    """
    path, _, rest = (cursor or "").partition("|")
    waiting = list(PLACES)[list(PLACES).index(path) if path else 0 :]
    while True:
        rule = PLACES[waiting.pop(0)]
        page = listed(rule, rest or None)
        rest = ""
        if page.items or page.unreadable or page.next_cursor or not waiting:
            break
    following = f"{rule.path}|{page.next_cursor}" if page.next_cursor else f"{waiting[0]}|" if waiting else None
    items = tuple(_outward(rule, each) for each in page.items)
    bad = tuple(_outward(rule, each) for each in page.unreadable)
    return Page(items, following, bad, page.server_time)

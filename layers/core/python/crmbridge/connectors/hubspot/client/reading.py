"""Records read by id or found by a key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from crmbridge.connectors import _values as values
from crmbridge.connectors.hubspot import EXTERNAL_ID
from crmbridge.connectors.hubspot.client.calls import Calls, objects
from crmbridge.connectors.hubspot.client.catalogue import Catalogue, stuck
from crmbridge.connectors.hubspot.client.errors import is_missing
from crmbridge.connectors.hubspot.client.linking import read_refs
from crmbridge.connectors.hubspot.mapping import (
    BatchAnswer,
    ListAnswer,
    ObjectRule,
    Row,
    external_ids,
    gone_at,
    inline_refs,
    merged_ids,
    observe,
)
from crmbridge.connectors.hubspot.mapping.projecting import email_to_write
from crmbridge.domain.records import Gone, Observation, Unreadable
from crmbridge.errors import FatalProviderError
from crmbridge.ports import ReadResult

BATCH = 100
LONE_READS_MAX = 20
"""Ids without a trace that are asked for one by one in a single read; the others are reported as missing."""

SEARCH_PAGE = 200
SEARCH_MAX = 10_000
_SEARCHED_CHARACTERS = 1_600
"""Characters of values in one search, so that its body stays below HubSpot's 3,000."""

T = TypeVar("T")


class Reader:
    """Reads whole records."""

    def __init__(self, calls: Calls, catalogue: Catalogue) -> None:
        self._calls = calls
        self._catalogue = catalogue

    # ------------------------------------------------------------------------------------- by id

    def read(self, rule: ObjectRule, ids: Sequence[str]) -> ReadResult:
        """Read records by id, telling those that are gone from those that are merely not shown."""
        found: dict[str, Observation] = {}
        gone: dict[str, Gone] = {}
        missing: set[str] = set()
        unreadable: dict[str, Unreadable] = {}
        for chunk in _chunks(dict.fromkeys(ids), BATCH):
            is_lone = bool(rule.linked) and len(chunk) == 1
            rows, bad = self._one(rule, chunk[0]) if is_lone else self._batch(rule, chunk)
            unreadable.update({each.external_id: each for each in bad})
            gone.update(_merged(rows, chunk))
            live = [row for row in rows if row.id in chunk]
            observations, odd = self.observe(rule, live, shown_refs(rule, live) if is_lone else None)
            found.update({each.external_id: each for each in observations})
            unreadable.update({each.external_id: each for each in odd})
            rest = [each for each in chunk if not any(each in told for told in (found, gone, unreadable))]
            if rest:
                evidence = self._evidence(rule, rest)
                gone.update(evidence)
                missing.update(each for each in rest if each not in evidence)
        return ReadResult(found, gone, frozenset(missing), unreadable)

    def properties_of(self, rule: ObjectRule, ids: Sequence[str], name: str) -> dict[str, str]:
        """Return one property of at most 100 records, by id."""
        body = {"properties": [name], "inputs": [{"id": each} for each in ids]}
        answer = self._calls.post(BatchAnswer, objects(rule.path, "/batch/read"), body).body
        rows, _ = rows_of(answer.results)
        return {row.id: row.properties.get(name) or "" for row in rows}

    def _batch(
        self, rule: ObjectRule, ids: Sequence[str], *, archived: bool = False, id_property: str = ""
    ) -> tuple[list[Row], list[Unreadable]]:
        body: dict[str, Any] = {"properties": list(rule.asked()), "inputs": [{"id": each} for each in ids]}
        if id_property:
            body["idProperty"] = id_property
        params = {"archived": "true"} if archived else None
        answer = self._calls.post(BatchAnswer, objects(rule.path, "/batch/read"), body, params).body
        return rows_of(answer.results)

    def _one(self, rule: ObjectRule, external_id: str) -> tuple[list[Row], list[Unreadable]]:
        """Read one record with its associations: one call, where a batch and its associations are three."""
        targets = ",".join(dict.fromkeys(rule.linked.values()))
        row = self._alone(rule, external_id, {"properties": ",".join(rule.asked()), "associations": targets})
        return ([] if row is None else [row]), []

    def _evidence(self, rule: ObjectRule, ids: Sequence[str]) -> dict[str, Gone]:
        """Return proof, for those ids that have any, that their records are archived or merged away."""
        archived, _ = self._batch(rule, ids, archived=True)
        gone = {row.id: gone_at(row) for row in archived if row.archived and row.id in ids}
        left = [each for each in ids if each not in gone]
        for external_id in left[:LONE_READS_MAX]:
            alone = self._alone(rule, external_id, {}) or self._alone(rule, external_id, {"archived": "true"})
            if alone is not None and alone.archived:
                gone[external_id] = gone_at(alone)
            elif alone is not None and alone.id != external_id:
                gone[external_id] = Gone(external_id, merged_into=alone.id)
        return gone

    def _alone(self, rule: ObjectRule, external_id: str, params: Mapping[str, str]) -> Row | None:
        """Read one record by itself: unlike a batch, that follows an id that was merged away."""
        path = objects(rule.path, f"/{quote(external_id, safe='')}")
        try:
            return self._calls.get(Row, path, {"properties": "hs_merged_object_ids", **params}).body
        except FatalProviderError as error:
            if is_missing(error) or error.status == 400:
                return None
            raise

    # ------------------------------------------------------------------------------------- rows

    def observe(
        self, rule: ObjectRule, rows: Sequence[Row], refs: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None
    ) -> tuple[list[Observation], list[Unreadable]]:
        """Return rows as observations, in order, and those that cannot be understood.

        Args:
            refs: reference fields by id where the listing told them; read here where it did not.
        """
        lexicon = self._catalogue.lexicon_for(rule, rows)
        told = dict(refs or {})
        untold = [row.id for row in rows if row.id not in told] if rule.linked else []
        if untold:
            told.update(read_refs(self._calls, rule, untold))
        good: list[Observation] = []
        bad: list[Unreadable] = []
        for row in rows:
            try:
                good.append(observe(rule, row, lexicon, refs=told.get(row.id)))
            except ValueError as error:
                bad.append(Unreadable(row.id, str(error), row.model_dump_json(by_alias=True)))
        return good, bad

    # ------------------------------------------------------------------------------------- by key

    def find_by_email(self, rule: ObjectRule, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Find contacts by any of their e-mail addresses."""
        spelt = {email_to_write(each) or "": each for each in wanted}
        spelt.pop("", None)
        found: dict[str, list[Observation]] = {}
        for chunk in _chunks(spelt, BATCH):
            rows, _ = self._batch(rule, chunk, id_property="email")
            by_id = {row.id: row for row in rows}
            for observation in self.observe(rule, rows)[0]:
                told = by_id[observation.external_id].properties
                addresses = {
                    (told.get("email") or "").lower(),
                    *external_ids((told.get("hs_additional_emails") or "").lower()),
                }
                for address in sorted(addresses & set(chunk)):
                    found.setdefault(spelt[address], []).append(observation)
        return {key: tuple(hits) for key, hits in found.items()}

    def find_by_correlation(self, rule: ObjectRule, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Find records by our own id."""
        found: dict[str, tuple[Observation, ...]] = {}
        for chunk in _chunks(dict.fromkeys(wanted), BATCH):
            rows, _ = self._batch(rule, chunk, id_property=EXTERNAL_ID)
            for observation in self.observe(rule, rows)[0]:
                if observation.correlation_id in chunk:
                    found[observation.correlation_id] = (observation,)
        return found

    def find_by_search(
        self, rule: ObjectRule, wanted: Sequence[str], searched: Mapping[str, Sequence[str]], fields: Sequence[str]
    ) -> dict[str, tuple[Observation, ...]]:
        """Find records by searching, then compare what was found in canonical form.

        Args:
            searched: per property, what to search it for, one text for each of ``wanted``.
            fields: canonical fields, one of which must hold the value.
        """
        rows: dict[str, Row] = {}
        for part in _parts([texts for _, texts in sorted(searched.items())]):
            groups = [
                {"filters": [{"propertyName": name, "operator": "IN", "values": sorted(set(searched[name][part]))}]}
                for name in sorted(searched)
            ]
            rows.update({row.id: row for row in self._search(rule, groups)})
        found: dict[str, list[Observation]] = {}
        for observation in self.observe(rule, list(rows.values()))[0]:
            for value in {observation.fields.get(name) for name in fields} & set(wanted):
                found.setdefault(str(value), []).append(observation)
        return {key: tuple(hits) for key, hits in found.items()}

    def _search(self, rule: ObjectRule, groups: list[dict[str, Any]]) -> Iterable[Row]:
        after = "0"
        while int(after) + SEARCH_PAGE <= SEARCH_MAX:
            body = {
                "filterGroups": groups,
                "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                "properties": list(rule.asked()),
                "limit": SEARCH_PAGE,
                "after": after,
            }
            page = self._calls.post(ListAnswer, objects(rule.path, "/search"), body).body
            yield from rows_of(page.results)[0]
            if page.after is None:
                return
            if page.after == after:
                raise stuck(f"{rule.path} found by search")
            after = page.after


def shown_refs(rule: ObjectRule, rows: Iterable[Row]) -> dict[str, Mapping[str, tuple[str, ...]]]:
    """Return the references of those rows that an answer shows with all their associations."""
    refs: dict[str, Mapping[str, tuple[str, ...]]] = {}
    for row in rows:
        shown, is_whole = inline_refs(rule, row.associations)
        if is_whole:
            refs[row.id] = shown
    return refs


def rows_of(results: Iterable[Mapping[str, Any]]) -> tuple[list[Row], list[Unreadable]]:
    """Return an answer's rows, and those whose shape is unknown."""
    good: list[Row] = []
    bad: list[Unreadable] = []
    for each in results:
        try:
            good.append(Row.model_validate(each))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            bad.append(Unreadable(str(each.get("id") or ""), f"{place}: {first['msg']}", json.dumps(each)))
    return good, bad


def national_texts(phones: Iterable[str]) -> list[str]:
    """Return telephone numbers as HubSpot's own search properties hold them: without country code."""
    return [values.national_digits(each) for each in phones]


def _merged(rows: Sequence[Row], asked: Sequence[str]) -> dict[str, Gone]:
    """Return the ids that were asked for and that one of the answered records says it has taken in."""
    alive = {row.id for row in rows}
    return {
        old: Gone(old, merged_into=row.id)
        for row in rows
        for old in merged_ids(row)
        if old in asked and old not in alive
    }


def _parts(texts: Sequence[Sequence[str]]) -> Iterable[slice]:
    """Cut lists of equal length into parts whose texts fit into one search."""
    start, size = 0, 0
    for place, row in enumerate(zip(*texts, strict=True)):
        cost = sum(len(each) + 3 for each in row)
        if size and size + cost > _SEARCHED_CHARACTERS:
            yield slice(start, place)
            start, size = place, 0
        size += cost
    if size:
        yield slice(start, None)


def _chunks(items: Iterable[T], size: int) -> Iterable[list[T]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk

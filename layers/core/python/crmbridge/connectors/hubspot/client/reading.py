"""Records read by id or found by a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from crmbridge.connectors.hubspot.client.calls import Calls, objects
from crmbridge.connectors.hubspot.client.catalogue import Catalogue
from crmbridge.connectors.hubspot.client.errors import is_missing
from crmbridge.connectors.hubspot.client.linking import read_refs
from crmbridge.connectors.hubspot.client.rows import MARK, chunks, is_of_lead, rows_of, shown_refs
from crmbridge.connectors.hubspot.mapping import (
    BatchAnswer,
    ObjectRule,
    Row,
    gone_at,
    merged_ids,
    observe,
)
from crmbridge.domain.records import Gone, Observation, Unreadable
from crmbridge.errors import FatalProviderError
from crmbridge.ports import ReadResult

BATCH = 100
LONE_READS_MAX = 20
"""Ids without a trace that are asked for one by one in a single read; the others are reported as missing."""


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
        for chunk in chunks(dict.fromkeys(ids), BATCH):
            is_lone = bool(rule.linked) and len(chunk) == 1
            rows, bad = self._one(rule, chunk[0]) if is_lone else self.batch(rule, chunk)
            unreadable.update({each.external_id: each for each in bad})
            gone.update(_merged(rows, chunk))
            live = [row for row in rows if row.id in chunk]
            observations, odd = self.observe(rule, live, shown_refs(rule, live) if is_lone else None)
            found.update({each.external_id: each for each in observations})
            unreadable.update({each.external_id: each for each in odd})
            missing.update(row.id for row in live if is_of_lead(rule, row))
            rest = [each for each in chunk if not any(each in told for told in (found, gone, unreadable, missing))]
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

    def batch(
        self, rule: ObjectRule, ids: Sequence[str], *, archived: bool = False, id_property: str = ""
    ) -> tuple[list[Row], list[Unreadable]]:
        """Return the rows of one batch read, and those whose shape is unknown.

        Args:
            ids: 1..100 record ids, or values of ``id_property``.
            archived: read archived records instead of live ones.
        """
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
        archived, _ = self.batch(rule, ids, archived=True)
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
        """Return rows as observations, in order, and those that cannot be understood; contacts of leads are left out.

        Args:
            refs: reference fields by id where the listing told them; read here where it did not.
        """
        rows = [row for row in rows if not is_of_lead(rule, row)]
        lexicon = self._catalogue.lexicon_for(rule, rows)
        told = dict(refs or {})
        untold = [row.id for row in rows if row.id not in told] if rule.linked else []
        if untold:
            told.update(read_refs(self._calls, rule, untold))
        good: list[Observation] = []
        bad: list[Unreadable] = []
        for row in rows:
            try:
                good.append(_own(rule, observe(rule, row, lexicon, refs=told.get(row.id))))
            except ValueError as error:
                bad.append(Unreadable(row.id, str(error), row.model_dump_json(by_alias=True)))
        return good, bad


def _own(rule: ObjectRule, seen: Observation) -> Observation:
    """Return a contact without the id of the lead that it was made for: it is not that record."""
    is_leads = rule.entity == "contact" and seen.correlation_id.startswith(MARK)
    return replace(seen, correlation_id="") if is_leads else seen


def _merged(rows: Sequence[Row], asked: Sequence[str]) -> dict[str, Gone]:
    """Return the ids that were asked for and that one of the answered records says it has taken in."""
    alive = {row.id for row in rows}
    return {
        old: Gone(old, merged_into=row.id)
        for row in rows
        for old in merged_ids(row)
        if old in asked and old not in alive
    }

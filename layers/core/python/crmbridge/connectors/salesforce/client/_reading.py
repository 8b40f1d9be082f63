"""Whole records by id, with evidence of what is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesforce.client import _soql as soql
from crmbridge.connectors.salesforce.client._api import Api, Row
from crmbridge.connectors.salesforce.client._directory import Directory
from crmbridge.connectors.salesforce.client._shaped import Rows
from crmbridge.connectors.salesforce.mapping.columns import fields_to_read
from crmbridge.connectors.salesforce.mapping.ids import OBJECTS, Kept, id_of
from crmbridge.domain.records import Gone, Observation, Unreadable
from crmbridge.ports import ReadResult

READ_MAX = 200
"""Ids in one call: what Collections take, and what a query's URL holds."""

_NEVER_MERGED = ("deal", "Task", "Event")

T = TypeVar("T")


class Reader:
    """Reads records of one org by id."""

    def __init__(self, api: Api, directory: Directory, rows: Rows) -> None:
        self._api = api
        self._directory = directory
        self._shaped = rows

    def read(self, entity: Kept, external_ids: Sequence[str]) -> ReadResult:
        """Read whole records; of those that do not come, find out whether they are deleted, merged or converted.

        Ids of other objects (a converted lead's contact among them) count as missing.
        """
        asked = {each: id_of(entity, each) for each in dict.fromkeys(external_ids)}
        ids = sorted({each for each in asked.values() if each})
        rows: list[Row] = []
        for start in range(0, len(ids), READ_MAX):
            some = ids[start : start + READ_MAX]
            rows += self._shaped.with_shape(entity, lambda some=some: self._rows(entity, some))
        gone = {row["Id"]: _converted(row) for row in rows if row.get("IsConverted")}
        found, bad = self._shaped.observations(
            entity, [row for row in rows if row["Id"] not in gone and not row.get("IsPersonAccount")]
        )
        shown = {str(row["Id"]) for row in rows}
        gone |= self._graves(entity, [each for each in ids if each not in shown])
        return _by_asked(
            asked, {each.external_id: each for each in found}, gone, {each.external_id: each for each in bad}
        )

    def _rows(self, entity: Kept, ids: Sequence[str]) -> tuple[Row, ...]:
        if entity == "deal":
            return self._api.every(f"{self._shaped.select(entity)} WHERE {soql.one_of('Id', ids)}")
        fields = fields_to_read(entity, self._directory.schema(entity))
        return self._api.retrieve(OBJECTS[entity], ids, fields)

    def _graves(self, entity: Kept, ids: Sequence[str]) -> dict[str, Gone]:
        """Look for ids in the recycle bin; what has left it, or was never ours to see, gives no evidence."""
        rows: list[Row] = []
        for query in soql.cut(
            ids, lambda some: f"{gone_select(entity)} WHERE {soql.one_of('Id', some)} AND IsDeleted = true"
        ):
            rows += self._api.every(query, include_deleted=True)
        return {row["Id"]: gone_of(row) for row in rows}


def gone_select(entity: Kept) -> str:
    """Return ``SELECT … FROM …`` of what tells that a record is deleted or merged."""
    fields = ("Id", "SystemModstamp") if entity in _NEVER_MERGED else ("Id", "SystemModstamp", "MasterRecordId")
    return soql.select(fields, OBJECTS[entity])


def gone_of(row: Row) -> Gone:
    """Return the evidence in a row of the recycle bin."""
    return Gone(row["Id"], str(row.get("MasterRecordId") or ""), values.moment(row.get("SystemModstamp")))


def _converted(row: Row) -> Gone:
    return Gone(row["Id"], str(row.get("ConvertedContactId") or ""), values.moment(row.get("SystemModstamp")))


def _by_asked(
    asked: Mapping[str, str],
    found: Mapping[str, Observation],
    gone: Mapping[str, Gone],
    bad: Mapping[str, Unreadable],
) -> ReadResult:
    def of(held: Mapping[str, T]) -> dict[str, T]:
        return {each: held[record_id] for each, record_id in asked.items() if record_id in held}

    told = {*found, *gone, *bad}
    missing = frozenset(each for each, record_id in asked.items() if record_id not in told)
    return ReadResult(of(found), of(gone), missing, of(bad))

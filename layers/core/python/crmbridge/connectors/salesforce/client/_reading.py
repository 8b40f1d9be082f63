"""Whole records: by id with evidence of what is gone, and by key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, TypeVar

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesforce.client import _soql as soql
from crmbridge.connectors.salesforce.client._api import ROOT, Api, Row
from crmbridge.connectors.salesforce.client._directory import Directory
from crmbridge.connectors.salesforce.client._errors import UNKNOWN_FIELD
from crmbridge.connectors.salesforce.mapping import rows as mapping
from crmbridge.connectors.salesforce.mapping.columns import fields_to_read
from crmbridge.connectors.salesforce.mapping.ids import OBJECTS, id_of
from crmbridge.connectors.salesforce.mapping.schema import EXTERNAL_ID_FIELD
from crmbridge.domain.records import Entity, Gone, Observation, Unreadable
from crmbridge.errors import FatalProviderError
from crmbridge.ports import ReadResult

READ_MAX = 200
"""Ids in one call: what Collections take, and what a query's URL holds."""

_ROLES_QUERY = f"({soql.select(('ContactId', 'IsPrimary', 'SystemModstamp'), mapping.ROLES)})"
_PHONE_DIGITS = 7

Key = Literal["email", "phone", "domain", "correlation_id"]
T = TypeVar("T")


class Reader:
    """Reads rows of one org and turns them into observations."""

    def __init__(self, api: Api, directory: Directory) -> None:
        self._api = api
        self._directory = directory

    def select(self, entity: Entity) -> str:
        """Return ``SELECT … FROM …`` of every field that an observation is made of."""
        schema = self._directory.schema(entity)
        fields = list(fields_to_read(entity, schema))
        if entity == "deal" and mapping.ROLES in schema.children:
            fields.append(_ROLES_QUERY)
        return soql.select(fields, OBJECTS[entity])

    def live(self, entity: Entity) -> str:
        """Return the condition that leaves out what we do not synchronise; may be empty."""
        if entity == "lead":
            return "IsConverted = false"
        return "IsPersonAccount = false" if "IsPersonAccount" in self._directory.schema(entity).shapes else ""

    def with_shape(self, entity: Entity, work: Callable[[], T]) -> T:
        """Do something that names fields; if one has vanished, describe again and do it once more."""
        try:
            return work()
        except FatalProviderError as error:
            if error.code not in UNKNOWN_FIELD:
                raise
            self._directory.forget_shape(entity)
            return work()

    def observations(
        self, entity: Entity, rows: Sequence[Row]
    ) -> tuple[tuple[Observation, ...], tuple[Unreadable, ...]]:
        """Turn rows into observations, in order; those that cannot be understood are kept apart."""
        facts = self._directory.facts(entity)
        if self._directory.refresh_for(rows):
            facts = self._directory.facts(entity)
        found: list[Observation] = []
        bad: list[Unreadable] = []
        for row in rows:
            try:
                found.append(mapping.observe(row, facts))
            except ValueError as error:
                bad.append(mapping.unreadable(row, error))
        return tuple(found), tuple(bad)

    # ---------------------------------------------------------------------------------- by id

    def read(self, entity: Entity, external_ids: Sequence[str]) -> ReadResult:
        """Read whole records; of those that do not come, find out whether they are deleted, merged or converted.

        Ids of other objects (a converted lead's contact among them) count as missing.
        """
        asked = {each: id_of(entity, each) for each in dict.fromkeys(external_ids)}
        ids = sorted({each for each in asked.values() if each})
        rows: list[Row] = []
        for start in range(0, len(ids), READ_MAX):
            some = ids[start : start + READ_MAX]
            rows += self.with_shape(entity, lambda some=some: self._rows(entity, some))
        gone = {row["Id"]: _converted(row) for row in rows if row.get("IsConverted")}
        found, bad = self.observations(
            entity, [row for row in rows if row["Id"] not in gone and not row.get("IsPersonAccount")]
        )
        shown = {str(row["Id"]) for row in rows}
        gone |= self._graves(entity, [each for each in ids if each not in shown])
        return _by_asked(
            asked, {each.external_id: each for each in found}, gone, {each.external_id: each for each in bad}
        )

    def _rows(self, entity: Entity, ids: Sequence[str]) -> tuple[Row, ...]:
        if entity == "deal":
            return self._api.every(f"{self.select(entity)} WHERE {soql.one_of('Id', ids)}")
        fields = fields_to_read(entity, self._directory.schema(entity))
        body = {"ids": list(ids), "fields": list(fields)}
        answer = self._api.post(f"{ROOT}/composite/sobjects/{OBJECTS[entity]}", body)
        return tuple(row for row in answer or () if row is not None)

    def _graves(self, entity: Entity, ids: Sequence[str]) -> dict[str, Gone]:
        """Look for ids in the recycle bin; what has left it, or was never ours to see, gives no evidence."""
        rows: list[Row] = []
        for query in soql.cut(
            ids, lambda some: f"{gone_select(entity)} WHERE {soql.one_of('Id', some)} AND IsDeleted = true"
        ):
            rows += self._api.every(query, include_deleted=True)
        return {row["Id"]: gone_of(row) for row in rows}

    # ---------------------------------------------------------------------------------- by key

    def find(self, entity: Entity, key: Key, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Return live records by key; every candidate's own value is compared in canonical form."""
        distinct = [each for each in dict.fromkeys(wanted) if each.strip()]
        condition = self._condition(entity, key)
        if condition is None or not distinct:
            return {}
        live = self.live(entity)
        tail = f" AND {live}" if live else ""
        rows: dict[str, Row] = {}
        for row in self.with_shape(entity, lambda: self._search(entity, distinct, condition, tail)):
            rows[row["Id"]] = row
        found, _ = self.observations(entity, list(rows.values()))
        hits: dict[str, list[Observation]] = {}
        for each in sorted(found, key=lambda one: one.external_id):
            for value in _key_values(each, key):
                hits.setdefault(value, []).append(each)
        same = {each: hits.get(_canonical(key, each), []) for each in distinct}
        return {each: tuple(observations) for each, observations in same.items() if observations}

    def _search(
        self, entity: Entity, wanted: Sequence[str], condition: Callable[[Sequence[str]], str], tail: str
    ) -> list[Row]:
        select = self.select(entity)
        rows: list[Row] = []
        for query in soql.cut(wanted, lambda some: f"{select} WHERE ({condition(some)}){tail} ORDER BY Id"):
            rows += self._api.every(query)
        return rows

    def _condition(self, entity: Entity, key: Key) -> Callable[[Sequence[str]], str] | None:
        """Return the search condition for a key, ``None`` where the object has no such field."""
        shapes = self._directory.schema(entity).shapes
        exact = {"email": "Email", "correlation_id": EXTERNAL_ID_FIELD}.get(key, "")
        if exact:
            return (lambda some: soql.one_of(exact, some)) if exact in shapes else None
        names = [each for each in (("Website",) if key == "domain" else ("Phone", "MobilePhone")) if each in shapes]
        if not names or (key == "domain" and entity != "company"):
            return None
        pattern = _domain_pattern if key == "domain" else _phone_pattern
        return lambda some: " OR ".join(f"{name} LIKE '{pattern(each)}'" for each in some for name in names)


def gone_select(entity: Entity) -> str:
    """Return ``SELECT … FROM …`` of what tells that a record is deleted or merged."""
    fields = ("Id", "SystemModstamp") if entity == "deal" else ("Id", "SystemModstamp", "MasterRecordId")
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


def _canonical(key: Key, value: str) -> str:
    read = {"email": values.email_text, "phone": values.phone_text, "domain": values.domain_text}.get(key)
    return (read(value) if read else None) or value


def _key_values(seen: Observation, key: Key) -> Iterable[str]:
    if key == "correlation_id":
        return (seen.correlation_id,)
    names = ("phone", "mobile_phone") if key == "phone" else (key,)
    return {value for name in names if isinstance(value := seen.fields.get(name), str)}


def _domain_pattern(domain: str) -> str:
    return f"%{soql.like(domain)}%"


def _phone_pattern(phone: str) -> str:
    """Return a pattern of the last digits, whatever stands between them; numbers are stored as people type them."""
    digits = "".join(each for each in phone.partition("ext.")[0] if each.isascii() and each.isdigit())
    return f"%{'%'.join(digits[-_PHONE_DIGITS:])}%" if digits else soql.like(phone)

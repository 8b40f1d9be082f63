"""Live records by key, compared in canonical form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesforce.client import _soql as soql
from crmbridge.connectors.salesforce.client._api import Api, Row
from crmbridge.connectors.salesforce.client._directory import Directory
from crmbridge.connectors.salesforce.client._shaped import Rows
from crmbridge.connectors.salesforce.mapping.ids import Kept
from crmbridge.connectors.salesforce.mapping.schema import EXTERNAL_ID_FIELD
from crmbridge.domain.records import Observation

_PHONE_DIGITS = 7

Key = Literal["email", "phone", "domain", "correlation_id"]


class Finder:
    """Finds records of one org by key."""

    def __init__(self, api: Api, directory: Directory, rows: Rows) -> None:
        self._api = api
        self._directory = directory
        self._shaped = rows

    def find(self, entity: Kept, key: Key, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Return live records by key; every candidate's own value is compared in canonical form."""
        distinct = [each for each in dict.fromkeys(wanted) if each.strip()]
        condition = self._condition(entity, key)
        if condition is None or not distinct:
            return {}
        live = self._shaped.live(entity)
        tail = f" AND {live}" if live else ""
        rows: dict[str, Row] = {}
        for row in self._shaped.with_shape(entity, lambda: self._search(entity, distinct, condition, tail)):
            rows[row["Id"]] = row
        found, _ = self._shaped.observations(entity, list(rows.values()))
        hits: dict[str, list[Observation]] = {}
        for each in sorted(found, key=lambda one: one.external_id):
            for value in _key_values(each, key):
                hits.setdefault(value, []).append(each)
        same = {each: hits.get(_canonical(key, each), []) for each in distinct}
        return {each: tuple(observations) for each, observations in same.items() if observations}

    def _search(
        self, entity: Kept, wanted: Sequence[str], condition: Callable[[Sequence[str]], str], tail: str
    ) -> list[Row]:
        select = self._shaped.select(entity)
        rows: list[Row] = []
        for query in soql.cut(wanted, lambda some: f"{select} WHERE ({condition(some)}){tail} ORDER BY Id"):
            rows += self._api.every(query)
        return rows

    def _condition(self, entity: Kept, key: Key) -> Callable[[Sequence[str]], str] | None:
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

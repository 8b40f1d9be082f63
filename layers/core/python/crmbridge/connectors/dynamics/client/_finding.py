"""Live records by key, compared in canonical form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Literal

from crmbridge.connectors import _values as values
from crmbridge.connectors.dynamics.client import _query as query
from crmbridge.connectors.dynamics.client._api import Api, Row
from crmbridge.connectors.dynamics.client._directory import Directory
from crmbridge.connectors.dynamics.client._reading import Reader
from crmbridge.connectors.dynamics.client._shaped import Rows
from crmbridge.connectors.dynamics.mapping.columns import EXTERNAL_ID
from crmbridge.connectors.dynamics.mapping.guids import guid_of
from crmbridge.connectors.dynamics.mapping.places import Place, places
from crmbridge.domain.records import Entity, Observation

Key = Literal["email", "phone", "domain", "correlation_id"]
Condition = Callable[[Sequence[str]], str]
_PHONE_DIGITS = 7


class Finder:
    """Finds records of one organization by key."""

    def __init__(self, api: Api, directory: Directory, rows: Rows, reader: Reader) -> None:
        self._api, self._directory, self._shaped, self._reader = api, directory, rows, reader

    def find(self, entity: Entity, key: Key, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Return live records by key; every candidate's own value is compared in canonical form."""
        distinct = [each for each in dict.fromkeys(wanted) if each.strip()]
        hits: dict[str, list[Observation]] = {}
        for place in places(entity) if distinct else ():
            for seen in self._candidates(place, key, distinct):
                for value in _key_values(seen, key):
                    hits.setdefault(value, []).append(seen)
        same = {each: sorted(hits.get(_canonical(key, each), []), key=_external_id) for each in distinct}
        return {each: tuple(found) for each, found in same.items() if found}

    def _candidates(self, place: Place, key: Key, wanted: Sequence[str]) -> list[Observation]:
        if key == "correlation_id" and not place.has_key:
            return self._by_own_id(place, wanted)
        condition = self._condition(place, key)
        if condition is None:
            return []
        rows: dict[str, Row] = {}
        for each in query.cut(wanted, condition):
            path = self._shaped.path(place, f"({each})", order=f"{place.key} asc")
            for row in self._shaped.with_shape(place, lambda path=path: self._api.every(path)):
                rows[str(row[place.key])] = row
        return self._shaped.observations(place, list(rows.values()))[0]

    def _by_own_id(self, place: Place, wanted: Sequence[str]) -> list[Observation]:
        """Read the rows whose ids our own ids became; anything that is none of ours names no row."""
        asked: dict[str, str] = {}
        for each in wanted:
            try:
                asked[place.external_id(guid_of(each))] = each
            except ValueError:
                continue
        found = self._reader.read(place.entity, list(asked)).found
        return [replace(each, correlation_id=asked[name]) for name, each in found.items()]

    def _condition(self, place: Place, key: Key) -> Condition | None:
        """Return the condition for a key, ``None`` where the table has no such column."""
        shapes = self._directory.schema(place).shapes
        exact = {"email": "emailaddress1", "correlation_id": EXTERNAL_ID}.get(key, "")
        if exact:
            return (lambda some: query.one_of(exact, some)) if exact in shapes else None
        names = ("websiteurl",) if key == "domain" else ("telephone1", "mobilephone")
        held = [each for each in names if each in shapes]
        if not held or (key == "domain" and place.entity != "company"):
            return None
        pattern = query.wild if key == "domain" else _phone_pattern
        return lambda some: " or ".join(
            f"contains({name},{query.text(pattern(each))})" for each in some for name in held
        )


def _external_id(seen: Observation) -> str:
    return seen.external_id


def _canonical(key: Key, value: str) -> str:
    read = {"email": values.email_text, "phone": values.phone_text, "domain": values.domain_text}.get(key)
    return (read(value) if read else None) or value


def _key_values(seen: Observation, key: Key) -> Iterable[str]:
    if key == "correlation_id":
        return (seen.correlation_id,)
    names = ("phone", "mobile_phone") if key == "phone" else (key,)
    return {value for name in names if isinstance(value := seen.fields.get(name), str)}


def _phone_pattern(phone: str) -> str:
    """Return a pattern of the last digits, whatever stands between them; numbers are stored as people type them."""
    digits = "".join(each for each in phone.partition("ext.")[0] if each.isascii() and each.isdigit())
    return "%".join(digits[-_PHONE_DIGITS:]) if digits else query.wild(phone)

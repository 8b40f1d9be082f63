"""Records found by a key: by the query language, which is never behind, then compared in canonical form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from crmbridge.connectors import _values as values
from crmbridge.connectors.zoho.client import coql
from crmbridge.connectors.zoho.client.calls import Calls, chunks
from crmbridge.connectors.zoho.client.catalogue import Catalogue
from crmbridge.connectors.zoho.client.notes import Notes
from crmbridge.connectors.zoho.client.reading import Reader
from crmbridge.connectors.zoho.mapping import Place, Schema, places_of
from crmbridge.domain.records import Entity, Observation

Key = Literal["email", "phone", "domain", "correlation_id"]
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "email": ("Email", "Secondary_Email"),
    "phone": ("Phone", "Mobile"),
    "domain": ("Website",),
}
_CANONICAL: Mapping[str, tuple[str, ...]] = {
    "email": ("email",),
    "phone": ("phone", "mobile_phone"),
    "domain": ("domain",),
}
_PAGES_MAX = 100


class Finder:
    """Finds records of one organisation."""

    def __init__(self, calls: Calls, catalogue: Catalogue, reader: Reader, notes: Notes) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._reader = reader
        self._notes = notes

    def find(self, entity: Entity, key: Key, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Return live records by a canonical key value; absent when none, or when the entity has no such key."""
        found: dict[str, list[Observation]] = {}
        for place in (each for each in places_of(entity) if not each.is_bare):
            ids = self.ids(place, key, wanted)
            rows = self._reader.rows(place, ids)
            secondary = {
                place.external_id(str(row["id"])): values.email_text(row.get("Secondary_Email")) for row in rows
            }
            for seen in self._reader.observe(place, rows)[0]:
                said = _said(seen, key) | {secondary.get(seen.external_id) if key == "email" else None}
                for value in said & set(wanted):
                    found.setdefault(str(value), []).append(seen)
        if entity == "activity" and key == "correlation_id":
            for op_id, seen in self._notes.made_lately([each for each in wanted if each not in found]).items():
                found[op_id] = [seen]
        return {key: tuple(hits) for key, hits in found.items()}

    def ids(self, place: Place, key: Key, wanted: Sequence[str]) -> list[str]:
        """Return the ids of the records of one module that may hold one of some values."""
        schema = self._catalogue.schema(place.module)
        names = _names(schema, key)
        found: list[str] = []
        if not names:
            return found
        spelt = dict.fromkeys(text for each in wanted for text in _spellings(key, each))
        for some in chunks(spelt, coql.IN_MAX):
            where = coql.either([coql.one_of(name, some) for name in names])
            found += self._every(place, where)
        return list(dict.fromkeys(found))

    def _every(self, place: Place, where: str) -> list[str]:
        found: list[str] = []
        last_id = "0"
        for _ in range(_PAGES_MAX):
            behind = f"({where} and (id > {coql.text(last_id)}))"
            told = self._calls.query(coql.select(place.module, behind, columns="id"))
            found += [str(each["id"]) for each in told.rows]
            if not told.has_more or not told.rows:
                break
            last_id = found[-1]
        return found


def _names(schema: Schema, key: Key) -> list[str]:
    if key == "correlation_id":
        return [schema.our_id.name] if schema.our_id else []
    return [each for each in _FIELDS[key] if each in schema.shapes]


def _said(seen: Observation, key: Key) -> set[object]:
    if key == "correlation_id":
        return {seen.correlation_id}
    return {seen.fields.get(each) for each in _CANONICAL[key]}


def _spellings(key: Key, value: str) -> Iterable[str]:
    """Yield the ways in which a value may be typed: the query language compares whole texts."""
    if key == "phone":
        digits = values.national_digits(value)
        return [value, value.removeprefix("+"), digits, f"0{digits}", value.replace(" ext. ", "#")]
    if key == "domain":
        bare = [value, f"www.{value}"]
        schemes = [f"{scheme}://{host}" for scheme in ("https", "http") for host in bare]
        return [*bare, *schemes, *(f"{each}/" for each in schemes)]
    return [value]

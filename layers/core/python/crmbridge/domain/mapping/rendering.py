"""The layer between the hub's fields and a connector's: the same names and values but for the overrides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from crmbridge.domain.mapping.overrides import FieldMap
from crmbridge.domain.mapping.transforms import UNREADABLE, Unreadable, back, there
from crmbridge.domain.records import Entity, Fields, Value

T = TypeVar("T")


class Rendering:
    """One entity's fields as one CRM's connector takes them, and back.

    Args:
        entity: of the fields.
        overrides: of any entity; every place is given to one field.
    """

    def __init__(self, entity: Entity, overrides: Iterable[FieldMap] = ()) -> None:
        mine = [each for each in overrides if each.entity == entity]
        self._by_field = {each.field: each for each in mine}
        self._by_place = {each.place: each for each in mine}
        self._words_back = {each.field: _reversed(each.values) for each in mine if each.values}

    @property
    def required(self) -> tuple[str, ...]:
        """Fields without which nothing is written."""
        return tuple(each.field for each in self._by_field.values() if each.required)

    def place(self, name: str) -> str:
        """Return the connector's name for a field of the hub; empty where its place is another's."""
        override = self._by_field.get(name)
        if override is not None:
            return override.place
        return "" if name in self._by_place else name

    def field(self, place: str) -> str:
        """Return the hub's name for a field of the connector; empty where none is held there."""
        override = self._by_place.get(place)
        if override is not None:
            return override.field
        return "" if place in self._by_field else place

    def there(self, fields: Fields) -> dict[str, Value]:
        """Return the hub's values under the connector's names, in the CRM's words."""
        said: dict[str, Value] = {}
        for name, value in fields.items():
            place = self.place(name)
            if place:
                override = self._by_field.get(name)
                said[place] = value if override is None else _rendered(override, value)
        return said

    def back(self, fields: Fields) -> dict[str, Value]:
        """Return a connector's values under the hub's names; what means nothing there is left out, as not read."""
        meant: dict[str, Value] = {}
        for place, value in fields.items():
            name = self.field(place)
            if name:
                understood = self._understood(name, value)
                if understood is not UNREADABLE:
                    meant[name] = understood
        return meant

    def loose(self, fields: Fields) -> frozenset[str]:
        """Return the hub's fields that a connector's values mean well enough, but would not be written as."""
        told = {place: value for place, value in fields.items() if place in self._by_place}
        written = self.there(self.back(told))
        return frozenset(self._by_place[place].field for place, value in told.items() if written.get(place) != value)

    def names_back(self, named: Mapping[str, T]) -> dict[str, T]:
        """Return what is told by a connector's field names under the hub's."""
        return {name: each for place, each in named.items() if (name := self.field(place))}

    def _understood(self, name: str, value: Value) -> Value | Unreadable:
        override = self._by_field.get(name)
        if override is None:
            return value
        plain = value if override.transform is None else back(override.transform, value)
        return plain if plain is UNREADABLE else _worded(plain, self._words_back.get(name, {}))


def _rendered(override: FieldMap, value: Value) -> Value:
    said = _worded(value, override.values)
    return said if override.transform is None else there(override.transform, said)


def _worded(value: Value, words: Mapping[str, str]) -> Value:
    if not words:
        return value
    if isinstance(value, tuple):
        return tuple(sorted({words.get(each, each) for each in value}))
    return words.get(value, value) if isinstance(value, str) else value


def _reversed(values: Mapping[str, str]) -> dict[str, str]:
    """Return the hub's word by the CRM's; of several that share one the first in the alphabet comes back."""
    return {values[ours]: ours for ours in sorted(values, reverse=True)}

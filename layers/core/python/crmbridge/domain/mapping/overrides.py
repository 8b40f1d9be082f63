"""Overrides of one integration's mapping: a field's place in the CRM, its words there, its form, whether it must be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from dataclasses import field as made_of
from typing import Any

from crmbridge.domain.mapping.forms import Transform
from crmbridge.domain.records import Entity


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldMap:
    """What is different about one field of one entity in one CRM.

    Attributes:
        field: the hub's canonical name.
        held_in: canonical name of the CRM's field that holds it; empty for its own.
        values: the CRM's word by the hub's word; words that are not listed stay as they are.
        transform: applied after the words on the way there, before them on the way back.
        required: nothing is written to the CRM without a value of this field.
    """

    entity: Entity
    field: str
    held_in: str = ""
    values: Mapping[str, str] = made_of(default_factory=dict[str, str])
    transform: Transform | None = None
    required: bool = False

    @property
    def place(self) -> str:
        """The canonical name of the CRM's field."""
        return self.held_in or self.field

    @property
    def form(self) -> tuple[object, ...]:
        """Where and how the value stands in the CRM; what decides whether a change must be written there."""
        return (self.place, tuple(sorted(self.values.items())), self.transform)


Overrides = tuple[FieldMap, ...]


def of_entity(overrides: Iterable[FieldMap], entity: Entity) -> Overrides:
    """Return the overrides of one entity."""
    return tuple(each for each in overrides if each.entity == entity)


def changed_fields(before: Overrides, after: Overrides, entity: Entity) -> tuple[str, ...]:
    """Return the hub's fields that stand in the CRM otherwise under one mapping than under another, ascending.

    A field whose own place is given to another, or given back, is one of them.
    """
    forms, taken = [_forms(before, entity), _forms(after, entity)], [_taken(before, entity), _taken(after, entity)]
    named = {name for name in forms[0].keys() | forms[1].keys() if forms[0].get(name) != forms[1].get(name)}
    return tuple(sorted(named | (taken[0] ^ taken[1])))


def _forms(overrides: Overrides, entity: Entity) -> dict[str, tuple[object, ...]]:
    """Return where and how fields stand, of those that do not stand as ever."""
    mine = of_entity(overrides, entity)
    return {each.field: each.form for each in mine if each.form != FieldMap(entity=entity, field=each.field).form}


def _taken(overrides: Overrides, entity: Entity) -> set[str]:
    return {each.held_in for each in of_entity(overrides, entity) if each.held_in}


def taking_part(fields: Iterable[str], before: Overrides, after: Overrides, entity: Entity) -> tuple[str, ...]:
    """Return the fields of an entity's rule that take part when its overrides change.

    A field with a place of its own choice takes part. One whose place is taken does not, unless it has another; it
    takes part again once its place is given back.
    """
    placed = [each.field for each in of_entity(after, entity) if each.held_in]
    gone = _taken(after, entity) - set(placed)
    freed = sorted(_taken(before, entity) - _taken(after, entity))
    kept = [each for each in fields if each not in gone]
    return tuple(dict.fromkeys((*kept, *placed, *freed)))


def override_to_json(override: FieldMap) -> dict[str, Any]:
    """Return an override as JSON-ready values."""
    transform = None if override.transform is None else asdict(override.transform)
    return {
        "entity": override.entity,
        "field": override.field,
        "held_in": override.held_in,
        "values": dict(override.values),
        "transform": transform,
        "required": override.required,
    }


def override_from_json(body: Mapping[str, Any]) -> FieldMap:
    """Read an override from JSON-ready values."""
    given = body["transform"]
    return FieldMap(
        entity=body["entity"],
        field=body["field"],
        held_in=body["held_in"],
        values=dict(body["values"]),
        transform=None if given is None else Transform(**given),
        required=body["required"],
    )

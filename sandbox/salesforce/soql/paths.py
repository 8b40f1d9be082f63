"""From a path such as ``Account.Owner.Name`` to a function of a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.soql import problems
from sandbox.salesforce.soql.nodes import Path, Query
from sandbox.salesforce.soql.scope import POLYMORPHIC_FIELDS, Scope
from sandbox.salesforce.tables import Row

Getter = Callable[[Row], Any]
_ADVICE = (
    " If you are attempting to use a custom field, be sure to append the '__c' after the custom field name."
    " Please reference your WSDL or the describe call for the appropriate names."
)
_RELATION_ADVICE = (
    " If you are attempting to use a custom relationship, be sure to append the '__r' after the custom"
    " relationship name. Please reference your WSDL or the describe call for the appropriate names."
)
TYPE_FIELD = Field(name="Type", type="string", label="Type", createable=False, updateable=False)
"""Stands for the object's name behind a reference to several objects: ``Owner.Type``."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A field found at the end of a path.

    Attributes:
        hops: the references followed, by their fields in the row before.
        value: reads the value from a row of the first object, ``None`` on the way out.
    """

    field: Field
    hops: tuple[Field, ...]
    value: Getter


def own_names(path: Path, query: Query, sobject: SObject) -> tuple[str, ...]:
    """Return the path without the object's own name or alias in front."""
    names = path.names
    own = {sobject.name.lower(), (query.alias or "").lower()}
    return names[1:] if len(names) > 1 and names[0].lower() in own else names


def resolve(path: Path, *, query: Query, sobject: SObject, scope: Scope) -> Resolved:
    """Find a path's field and how to read it.

    Raises:
        SalesforceError: INVALID_FIELD, a name on the way is unknown or invisible.
    """
    names = own_names(path, query, sobject)
    hops: list[Field] = []
    objects = [sobject]
    for name in names[:-1]:
        hop = _relationship(objects, name, scope)
        if hop is None:
            sentence = f"Didn't understand relationship '{name}' in field path.{_RELATION_ADVICE}"
            raise problems.at(query.text, path.position, sentence, code="INVALID_FIELD")
        hops.append(hop)
        objects = [scope.tables[target].sobject for target in hop.reference_to]
    found = _last(objects, names[-1], scope)
    if found is None:
        sentence = f"No such column '{names[-1]}' on entity '{objects[0].name}'.{_ADVICE}"
        raise problems.at(query.text, path.position, sentence, code="INVALID_FIELD")
    return Resolved(found, tuple(hops), _getter(found, tuple(hops), scope))


def _relationship(objects: list[SObject], name: str, scope: Scope) -> Field | None:
    for sobject in objects:
        for made in sobject.fields.values():
            known = made.relationship and made.relationship.lower() == name.lower()
            if known and scope.readable(sobject, made.name) and made.reference_to[0] in scope.tables:
                return made
    return None


def _last(objects: list[SObject], name: str, scope: Scope) -> Field | None:
    if len(objects) == 1:
        return scope.readable(objects[0], name)
    if name.lower() == "type":
        return TYPE_FIELD
    if name.lower() not in {allowed.lower() for allowed in POLYMORPHIC_FIELDS}:
        return None
    return next((found for found in (scope.readable(each, name) for each in objects) if found), None)


def follow(row: Row, hop: Field, scope: Scope) -> tuple[SObject, Row] | None:
    """Return the record a reference points to, with its object."""
    target_id = row.get(hop.name)
    if target_id is None:
        return None
    for name in hop.reference_to:
        table = scope.tables.get(name)
        target = table.get(target_id) if table else None
        if table and target:
            return table.sobject, target
    return None


def _getter(found: Field, hops: tuple[Field, ...], scope: Scope) -> Getter:
    name = found.name
    if not hops:
        return lambda row: row.get(name)

    def value(row: Row) -> Any:
        at: tuple[SObject, Row] | None = None
        for hop in hops:
            at = follow(at[1] if at else row, hop, scope)
            if at is None:
                return None
        if at is None:
            return None
        return at[0].name if found is TYPE_FIELD else at[1].get(name)

    return value

"""Canonical values as the Web API takes them, and as it would say them afterwards."""

from __future__ import annotations

from typing import Any, cast

from crmbridge.connectors.dynamics.mapping import columns as tables
from crmbridge.connectors.dynamics.mapping.column_lists import Column
from crmbridge.connectors.dynamics.mapping.columns import STAGES
from crmbridge.connectors.dynamics.mapping.facts import Facts
from crmbridge.connectors.dynamics.mapping.kinds import UNSAID
from crmbridge.domain.records import REFERENCES, Fields, Value

BIND = "@odata.bind"


def project(fields: Fields, facts: Facts) -> dict[str, Any]:
    """Return canonical values as Dataverse would say them after storing them.

    A disabled owner stays: rows keep theirs, although none can be given to them.
    """
    projected: dict[str, Any] = {name: fields[name] for name in REFERENCES[facts.place.entity] if name in fields}
    if facts.place.kind and "kind" in fields:
        projected["kind"] = facts.place.kind
    country: str | None = None
    for column in tables.columns(facts):
        if column.name not in fields:
            continue
        value = _projected(column, fields[column.name], country, facts)
        if value is not UNSAID:
            projected[column.name] = value
            country = cast("str | None", value) if column.name == "country" else country
    stage = _projected_stage(fields, facts)
    return projected if stage is None else projected | stage


def _projected(column: Column, value: Value, country: str | None, facts: Facts) -> object:
    if column.name == "owner" and value in facts.people.ids:
        return value
    written = as_written(column, value, facts)
    if written is UNSAID:
        return UNSAID
    row = {_as_read(name): _id_in(each) for name, each in cast("dict[str, Any]", written).items()}
    return column.kind.read(row, column.field, country, facts)


def _as_read(name: str) -> str:
    return f"_{name.removesuffix(BIND)}_value" if name.endswith(BIND) else name


def _id_in(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    return value.partition("(")[2].removesuffix(")") if isinstance(value, str) and value.startswith("/") else value


def as_written(column: Column, value: Value, facts: Facts) -> object:
    """Return a value as a column takes it, or ``UNSAID`` where it cannot be said there."""
    if isinstance(value, tuple) and not column.name.startswith("x_"):
        return UNSAID
    try:
        return column.kind.write(value, column.field, facts)
    except ValueError:
        return UNSAID


def _projected_stage(fields: Fields, facts: Facts) -> dict[str, Any] | None:
    name = STAGES.get(facts.place.table, ("", ""))[0]
    if name not in fields:
        return None
    target = facts.stages.targets.get(str(fields[name]))
    key = None if target is None else facts.stages.key(target.state, target.option)
    return None if key is None else {name: key}

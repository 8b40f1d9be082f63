"""Canonical values as the Web API takes them, and as it would say them afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from crmbridge.connectors.dynamics.mapping import columns as tables
from crmbridge.connectors.dynamics.mapping.columns import STAGES
from crmbridge.connectors.dynamics.mapping.facts import Facts
from crmbridge.connectors.dynamics.mapping.kinds import UNSAID
from crmbridge.connectors.dynamics.mapping.stages import Target
from crmbridge.domain.records import REFERENCES, Fields, Value
from crmbridge.ports import WriteOp

_BIND = "@odata.bind"


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


def _projected(column: tables.Column, value: Value, country: str | None, facts: Facts) -> object:
    if column.name == "owner" and value in facts.people.ids:
        return value
    written = _written(column, value, facts)
    if written is UNSAID:
        return UNSAID
    row = {_as_read(name): _id_in(each) for name, each in cast("dict[str, Any]", written).items()}
    return column.kind.read(row, column.field, country, facts)


def _as_read(name: str) -> str:
    return f"_{name.removesuffix(_BIND)}_value" if name.endswith(_BIND) else name


def _id_in(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    return value.partition("(")[2].removesuffix(")") if isinstance(value, str) and value.startswith("/") else value


def _written(column: tables.Column, value: Value, facts: Facts) -> object:
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


@dataclass(frozen=True, slots=True)
class Payload:
    """One row to send.

    Attributes:
        body: properties of the row itself.
        target: the state and option that the row shall have in the end, ``None`` where that was not asked for.
    """

    body: dict[str, Any] = field(default_factory=dict[str, Any])
    target: Target | None = None


def payload(op: WriteOp, facts: Facts) -> Payload:
    """Turn one write into what is sent; a deal's further contacts are rows of their own and not part of it."""
    body: dict[str, Any] = {}
    for column in tables.columns(facts):
        if column.name in op.fields:
            written = _written(column, op.fields[column.name], facts)
            if written is not UNSAID:
                body |= cast("dict[str, Any]", written)
    body |= _bound(op, facts)
    name = STAGES.get(facts.place.table, ("", ""))[0]
    target = facts.stages.targets.get(str(op.fields.get(name))) if name else None
    if target is not None and target.state == 0 and facts.place.table == "opportunity":
        body["salesstage"] = target.option
    return Payload(body, target)


def _bound(op: WriteOp, facts: Facts) -> dict[str, Any]:
    """Return the lookups that references become."""
    table = facts.place.table
    if table == "contact" and "company" in op.refs:
        return _bind("parentcustomerid_account", "accounts", op.refs["company"])
    if table == "opportunity":
        body = _bind("parentaccountid", "accounts", op.refs["company"]) if "company" in op.refs else {}
        first = op.refs.get("contacts", ()) if op.kind != "update" else ()
        return body | (_bind("parentcontactid", "contacts", first) if first else {})
    return _about(op, facts) if facts.place.kind else {}


def _bind(navigation: str, set_name: str, ids: tuple[str, ...]) -> dict[str, Any]:
    return {f"{navigation}{_BIND}": f"/{set_name}({ids[0]})" if ids else None}


def _about(op: WriteOp, facts: Facts) -> dict[str, Any]:
    """Return what an activity is about: one row; a deal says more than a company, a company more than a contact."""
    table = facts.place.table
    stem, tail = ("objectid", "") if table == "annotation" else ("regardingobjectid", f"_{table}")
    said: Mapping[str, tuple[str, ...]] = {**op.refs_before, **op.refs}
    for name, target, set_name in (
        ("deal", "opportunity", "opportunities"),
        ("company", "account", "accounts"),
        ("contacts", "contact", "contacts"),
    ):
        if said.get(name):
            is_news = op.kind != "update" or op.refs.keys() & {"deal", "company", "contacts"}
            return _bind(f"{stem}_{target}{tail}", set_name, said[name]) if is_news else {}
    return {f"{stem}_account{tail}{_BIND}": None} if op.refs and op.kind == "update" else {}

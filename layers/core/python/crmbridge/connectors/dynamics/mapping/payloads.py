"""What is sent for a record: columns, bindings, and what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from crmbridge.connectors.dynamics.mapping import columns as tables
from crmbridge.connectors.dynamics.mapping.columns import STAGES
from crmbridge.connectors.dynamics.mapping.facts import Facts
from crmbridge.connectors.dynamics.mapping.kinds import UNSAID
from crmbridge.connectors.dynamics.mapping.rendering import BIND, as_written
from crmbridge.connectors.dynamics.mapping.stages import Target
from crmbridge.ports import WriteOp


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
            written = as_written(column, op.fields[column.name], facts)
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
    return {f"{navigation}{BIND}": f"/{set_name}({ids[0]})" if ids else None}


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
    return {f"{stem}_account{tail}{BIND}": None} if op.refs and op.kind == "update" else {}

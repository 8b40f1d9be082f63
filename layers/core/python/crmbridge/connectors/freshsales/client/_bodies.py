"""What one row of a write becomes: the body to send, and what was lost on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from crmbridge.connectors.freshsales import EXTERNAL_ID
from crmbridge.connectors.freshsales.client._body_refs import changed_refs, new_refs
from crmbridge.connectors.freshsales.mapping.lexicon import Lexicon
from crmbridge.connectors.freshsales.mapping.rendering import Payload, payload, project
from crmbridge.connectors.freshsales.mapping.rule_types import ModuleRule, Row
from crmbridge.domain.records import REFERENCES, Observation
from crmbridge.ports import WriteOp


def new_body(rule: ModuleRule, op: WriteOp, lexicon: Lexicon) -> dict[str, Any]:
    """Return the body of a record to be made; nothing is cleared in it."""
    given = payload(rule, op.fields, lexicon)
    body = {name: value for name, value in given.values.items() if value not in (None, [])}
    customs = {name: value for name, value in given.custom.items() if value is not None}
    if given.email:
        body["emails"] = [{"value": given.email, "is_primary": True}]
    return {**body, **new_refs(rule, op), "custom_field": {**customs, EXTERNAL_ID: op.op_id}}


def changed_body(rule: ModuleRule, op: WriteOp, lexicon: Lexicon, current: Row | None) -> dict[str, Any]:
    """Return the body of an update.

    Args:
        current: the record as it is; needed where ``needs_current`` says so. The map of custom fields is sent whole,
            since an update replaces it.
    """
    given = payload(rule, op.fields, lexicon, pipeline_id=_pipeline(current))
    body = {name: value for name, value in given.values.items() if name != "deal_pipeline_id" or _moves(given, current)}
    if given.custom and current is not None:
        body["custom_field"] = {**_customs(current), **given.custom}
    if given.has_email and current is not None:
        body["emails"] = _emails(current, given.email)
    return {**body, **changed_refs(rule, op, current)}


def needs_current(rule: ModuleRule, op: WriteOp, lexicon: Lexicon) -> bool:
    """Tell whether an update depends on what the record holds now."""
    given = payload(rule, op.fields, lexicon)
    is_moved = "deal_stage_id" in given.values and len(lexicon.stages.targets) > 1
    return bool(given.custom) or given.has_email or is_moved or (rule.entity == "contact" and "company" in op.refs)


def lost_fields(rule: ModuleRule, op: WriteOp, seen: Observation, lexicon: Lexicon) -> dict[str, Any]:
    """Return the fields that Freshsales' answer does not hold as they were sent."""
    wanted = project(rule, op.fields, lexicon)
    refs = set(REFERENCES[rule.entity])
    return {
        name: op.fields[name] for name, value in wanted.items() if name not in refs and seen.fields.get(name) != value
    }


def lost_refs(op: WriteOp, seen: Observation) -> dict[str, tuple[str, ...]]:
    """Return the references that Freshsales' answer tells otherwise than they were sent."""
    return {name: ids for name, ids in op.refs.items() if tuple(sorted(seen.refs.get(name, ids))) != tuple(sorted(ids))}


def _emails(current: Row, email: str | None) -> list[dict[str, Any]]:
    """Return the nested rows that make an address the primary one, or take the primary one away."""
    told: object = current.get("emails")
    rows = [cast("Row", each) for each in cast("list[object]", told or []) if isinstance(each, Mapping)]
    primary = next((each for each in rows if each.get("is_primary")), None)
    if email is None:
        return [{"id": primary["id"], "_destroy": True}] if primary else []
    same = next((each for each in rows if str(each.get("value") or "").lower() == email.lower()), None)
    if same is not None:
        return [{"id": same["id"], "value": same["value"], "is_primary": True}]
    if primary is not None:
        return [{"id": primary["id"], "value": email, "is_primary": True}]
    return [{"value": email, "is_primary": True}]


def _customs(current: Row) -> dict[str, Any]:
    held: object = current.get("custom_field")
    return dict(cast("Mapping[str, Any]", held)) if isinstance(held, Mapping) else {}


def _pipeline(current: Row | None) -> str:
    return str((current or {}).get("deal_pipeline_id") or "")


def _moves(given: Payload, current: Row | None) -> bool:
    """Tell whether the stage to be set lies in another pipeline than the deal."""
    return str(given.values.get("deal_pipeline_id")) != _pipeline(current)

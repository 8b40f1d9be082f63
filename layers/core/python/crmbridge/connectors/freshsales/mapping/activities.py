"""Notes, tasks, calls, meetings and e-mails: four objects of Freshsales, none of which has custom fields.

So our own id is the last line of their text, and each can belong to one record only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.freshsales.mapping.activity_ids import ActivityId, unmarked
from crmbridge.connectors.freshsales.mapping.activity_types import People
from crmbridge.connectors.freshsales.mapping.places import BY_PLURAL, LOGGED, PLACES
from crmbridge.connectors.freshsales.mapping.rule_types import Row
from crmbridge.connectors.freshsales.mapping.rules import RULES
from crmbridge.domain.records import Entity, Observation, Value

_NOTHING: Row = {}
PARENTS: tuple[tuple[str, Entity], ...] = (("deal", "deal"), ("contacts", "contact"), ("company", "company"))
"""What an activity is put onto: the first of these that it has."""


def observe_activity(plural: str, row: Row, people: People) -> Observation | None:
    """Return what an activity says; ``None`` for a logged one of a type that is neither call nor e-mail.

    Raises:
        ValueError: a value cannot be understood.
    """
    place, kind = BY_PLURAL[plural], kind_of(plural, row, people)
    if kind is None:
        return None
    text, op_id = unmarked(values.text(row.get(place.text), multiline=True) or "")
    fields: dict[str, Value] = {"kind": kind, "description": text or None}
    if place.title:
        fields["subject"] = values.text(row.get("title"))
    for field, key in place.times.items():
        if key in row:
            moment = values.moment(row[key])
            fields[field] = None if moment is None else values.moment_text(moment)
    if place.has_status and "status" in row:
        fields["status"] = "completed" if str(row["status"]).lower() in ("1", "completed") else "open"
    email = people.emails.get(str(row.get("owner_id")))
    if place.has_owner and email:
        fields["owner"] = email
    parent, parent_id = target_of(row)
    modified_at = values.moment(row.get("updated_at"))
    return Observation(
        external_id=ActivityId(plural, str(row["id"]), *((parent, parent_id) if plural == "notes" else ())).text(),
        fields=fields,
        refs=_refs(parent, parent_id),
        version=str(row.get("updated_at") or ""),
        modified_at=modified_at,
        correlation_id=op_id,
    )


def target_of(row: Row) -> tuple[str, str]:
    """Return (module, id) of what an activity belongs to, in either form an answer has; empty for nothing."""
    told: object = row.get("targetable")
    target = cast("Row", told) if isinstance(told, Mapping) else _NOTHING
    model, target_id = row.get("targetable_type") or target.get("type"), row.get("targetable_id") or target.get("id")
    plural = next((rule.plural for rule in RULES.values() if rule.model == model), "")
    return (plural, str(target_id)) if plural and target_id else ("", "")


def kind_of(plural: str, row: Row, people: People) -> str | None:
    """Return what an activity is; ``None`` for a logged one of another type."""
    if plural != LOGGED.plural:
        return next(kind for kind, place in PLACES.items() if place.plural == plural)
    return next((kind for kind, number in people.types.items() if number == row.get("sales_activity_type_id")), None)


def _refs(parent: str, parent_id: str) -> dict[str, tuple[str, ...]]:
    """Return the one reference that Freshsales knows; of the others it says nothing."""
    name = next((name for name, entity in PARENTS if RULES[entity].plural == parent), "")
    return {name: (parent_id,)} if name else {}

"""Canonical activities as Freshsales takes them, and as it will say them afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmbridge.connectors.freshsales.mapping.activities import PARENTS, kind_of
from crmbridge.connectors.freshsales.mapping.activity_ids import marked, unmarked
from crmbridge.connectors.freshsales.mapping.activity_projecting import project_activity
from crmbridge.connectors.freshsales.mapping.activity_types import People
from crmbridge.connectors.freshsales.mapping.places import LOGGED, NOTES, PLACES, PlaceRule
from crmbridge.connectors.freshsales.mapping.rule_types import TEXT_MAX, Row
from crmbridge.connectors.freshsales.mapping.rules import RULES
from crmbridge.domain.records import Fields


def parent_of(refs: Mapping[str, tuple[str, ...]]) -> tuple[str, str]:
    """Return (model, id) of what an activity is put onto: its deal, else a contact, else its company."""
    for name, entity in PARENTS:
        if refs.get(name):
            return RULES[entity].model, refs[name][0]
    return "", ""


def body_of(place: PlaceRule, said: Mapping[str, Any], people: People) -> dict[str, Any]:
    """Return the keys to send for projected values, the text apart."""
    body: dict[str, Any] = {place.times[name]: said[name] for name in place.times if name in said}
    if place.title and "subject" in said:
        body["title"] = said["subject"]
    if place.has_status and "status" in said:
        body["status"] = int(said["status"] == "completed")
    if place.has_owner and "owner" in said:
        body["owner_id"] = people.ids[said["owner"]]
    return body


def new_body(op_id: str, fields: Fields, refs: Mapping[str, tuple[str, ...]], people: People) -> dict[str, Any]:
    """Return the body of a new activity, with what Freshsales wants and nobody said taken from what was said.

    Raises:
        ValueError: the kind has no place in this account; the message says so.
    """
    said = project_activity(fields, people)
    if "kind" not in said:
        raise ValueError(f"an activity of kind {fields.get('kind')!r} has no place in this Freshsales account")
    place = PLACES[said["kind"]]
    times = [fields[name] for name in ("starts_at", "due_at", "ends_at") if fields.get(name)]
    body = body_of(place, {**{name: times[0] for name in place.required if times}, **_given(said)}, people)
    text = said.get("description") or ""
    body[place.text] = marked(text, op_id)
    if place.title:
        body.setdefault("title", text.partition("\n")[0][:TEXT_MAX] or said["kind"].capitalize())
    if place is LOGGED:
        body["sales_activity_type_id"] = people.types[said["kind"]]
    model, target_id = parent_of(refs)
    return {**body, "targetable_type": model, "targetable_id": int(target_id)} if model else body


def changed_activity(
    place: PlaceRule, fields: Fields, refs: Mapping[str, tuple[str, ...]], people: People, current: Row
) -> dict[str, Any]:
    """Return the body of an update; our id stays in the text, and a note stays where it is."""
    kind = kind_of(place.plural, current, people)
    said = project_activity({**fields, "kind": kind}, people)
    body = body_of(place, said, people)
    if "description" in said:
        op_id = unmarked(str(current.get(place.text) or ""))[1]
        body[place.text] = marked(said["description"] or "", op_id)
    model, target_id = parent_of(refs)
    if model and place is not NOTES:
        body |= {"targetable_type": model, "targetable_id": int(target_id)}
    return body


def _given(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}

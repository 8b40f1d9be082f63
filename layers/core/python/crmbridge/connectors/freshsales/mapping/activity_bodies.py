"""Canonical activities as Freshsales takes them, and as it will say them afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.freshsales.mapping.activities import PARENTS, People, kind_of
from crmbridge.connectors.freshsales.mapping.places import LOGGED, NOTES, PLACES, PlaceRule, marked, unmarked
from crmbridge.connectors.freshsales.mapping.rules import RULES, TEXT_MAX, Row
from crmbridge.domain.records import REFERENCES, Fields

_LONG_MAX = 65_000


def parent_of(refs: Mapping[str, tuple[str, ...]]) -> tuple[str, str]:
    """Return (model, id) of what an activity is put onto: its deal, else a contact, else its company."""
    for name, entity in PARENTS:
        if refs.get(name):
            return RULES[entity].model, refs[name][0]
    return "", ""


def project_activity(fields: Fields, people: People) -> dict[str, Any]:
    """Return an activity as Freshsales would say it; what its kind cannot hold is left out. Idempotent."""
    said: dict[str, Any] = {name: fields[name] for name in REFERENCES["activity"] if name in fields}
    kind = str(fields.get("kind") or "")
    place = PLACES.get(kind)
    if place is not None and (place is not LOGGED or kind in people.types):
        said["kind"] = kind
    elif "kind" in fields:
        return said
    if "description" in fields:
        said["description"] = values.text(fields["description"], max_length=_LONG_MAX, multiline=True)
    said |= _project_times(fields, place)
    subject = values.text(fields.get("subject"), max_length=TEXT_MAX)
    if subject and (place is None or place.title):
        said["subject"] = subject
    if fields.get("status") in ("open", "completed") and (place is None or place.has_status):
        said["status"] = fields["status"]
    owner = str(fields.get("owner") or "").strip().lower()
    if owner in people.ids and (place is None or place.has_owner):
        said["owner"] = owner
    return said


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


def _project_times(fields: Fields, place: PlaceRule | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("starts_at", "due_at", "ends_at") if place is None else place.times:
        if name in fields:
            try:
                moment = values.moment(fields[name])
            except ValueError:
                continue
            if moment is not None:
                found[name] = values.moment_text(moment)
            elif place is None or name not in place.required:
                found[name] = None
    return found


def _given(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}

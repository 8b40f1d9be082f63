"""Notes, tasks, calls, meetings and e-mails: four objects of Freshsales, none of which has custom fields.

So our own id is the last line of their text, and each can belong to one record only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.freshsales.mapping.places import (
    BY_PLURAL,
    LOGGED,
    NOTES,
    PLACES,
    ActivityId,
    PlaceRule,
    marked,
    unmarked,
)
from crmbridge.connectors.freshsales.mapping.rules import RULES, TEXT_MAX, Row
from crmbridge.connectors.freshsales.mapping.words import letters
from crmbridge.domain.records import REFERENCES, Entity, Fields, Observation, Value

_LONG_MAX = 65_000
_NOTHING: Row = {}
_PARENTS: tuple[tuple[str, Entity], ...] = (("deal", "deal"), ("contacts", "contact"), ("company", "company"))
"""What an activity is put onto: the first of these that it has."""

_TYPE_WORDS: Mapping[str, tuple[str, ...]] = {
    "call": ("phone", "call", "calls", "phonecall"),
    "email": ("email", "emails"),
}
"""By letters, how accounts call the types of sales activity that hold calls and e-mails."""


@dataclass(frozen=True, slots=True)
class People:
    """Who owns activities, and which types of sales activity the account has.

    Attributes:
        types: id by kind, ``call`` and ``email`` as far as there are such types.
    """

    emails: Mapping[str, str]
    ids: Mapping[str, int]
    types: Mapping[str, int]


def types_of(rows: tuple[Row, ...]) -> dict[str, int]:
    """Return the account's types of sales activity that hold calls and e-mails."""
    found: dict[str, int] = {}
    for row in rows:
        for kind, words in _TYPE_WORDS.items():
            if letters(str(row.get("name") or "")) in words and isinstance(row.get("id"), int):
                found.setdefault(kind, int(row["id"]))
    return found


def observe_activity(plural: str, row: Row, people: People) -> Observation | None:
    """Return what an activity says; ``None`` for a logged one of a type that is neither call nor e-mail.

    Raises:
        ValueError: a value cannot be understood.
    """
    place, kind = BY_PLURAL[plural], _kind(plural, row, people)
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


def parent_of(refs: Mapping[str, tuple[str, ...]]) -> tuple[str, str]:
    """Return (model, id) of what an activity is put onto: its deal, else a contact, else its company."""
    for name, entity in _PARENTS:
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
    kind = _kind(place.plural, current, people)
    said = project_activity({**fields, "kind": kind}, people)
    body = body_of(place, said, people)
    if "description" in said:
        op_id = unmarked(str(current.get(place.text) or ""))[1]
        body[place.text] = marked(said["description"] or "", op_id)
    model, target_id = parent_of(refs)
    if model and place is not NOTES:
        body |= {"targetable_type": model, "targetable_id": int(target_id)}
    return body


def _kind(plural: str, row: Row, people: People) -> str | None:
    if plural != LOGGED.plural:
        return next(kind for kind, place in PLACES.items() if place.plural == plural)
    return next((kind for kind, number in people.types.items() if number == row.get("sales_activity_type_id")), None)


def _refs(parent: str, parent_id: str) -> dict[str, tuple[str, ...]]:
    """Return the one reference that Freshsales knows; of the others it says nothing."""
    name = next((name for name, entity in _PARENTS if RULES[entity].plural == parent), "")
    return {name: (parent_id,)} if name else {}


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

"""What an account will show of an activity."""

from __future__ import annotations

from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.freshsales.mapping.activity_types import People
from crmbridge.connectors.freshsales.mapping.places import LOGGED, PLACES, PlaceRule
from crmbridge.connectors.freshsales.mapping.rule_types import TEXT_MAX
from crmbridge.domain.records import REFERENCES, Fields

_LONG_MAX = 65_000


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

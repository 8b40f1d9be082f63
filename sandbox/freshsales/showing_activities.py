"""How activities look in answers."""

from __future__ import annotations

from typing import Any

from sandbox.freshsales.activities import Activity
from sandbox.freshsales.places import Place
from sandbox.freshsales.times import iso

JsonObject = dict[str, Any]


def render_activity(place: Place, activity: Activity, *, include: frozenset[str]) -> JsonObject:
    """Return an activity as the vendor answers it; what it belongs to only where it is included."""
    row: JsonObject = {
        "id": activity.activity_id,
        **{name: activity.values.get(name) for name in place.fields},
        "creater_id": activity.creater_id,
        "is_deleted": False,
        "created_at": iso(activity.created_ms),
        "updated_at": iso(activity.updated_ms),
    }
    if "targetable" in include or place.needs_target:
        model, target_id = activity.target or (None, None)
        row["targetable"] = {"type": model, "id": target_id} if model else None
    return row

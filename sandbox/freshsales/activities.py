"""Tasks, appointments, notes and sales activities: flat things that belong to one record.

They are read by id (notes are not), listed with a fixed filter instead of a view, never searched, and gone without a
trace when deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.freshsales.account import Account
from sandbox.freshsales.errors import VendorError, invalid, not_found
from sandbox.freshsales.field_checks import checked
from sandbox.freshsales.fields import Field
from sandbox.freshsales.modules import BY_MODEL
from sandbox.freshsales.places import PLACES, Place
from sandbox.freshsales.relations import number
from sandbox.freshsales.times import iso, parse_ms

JsonObject = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Activity:
    """One activity; ``target`` is (model, record id)."""

    activity_id: int
    created_ms: int
    updated_ms: int
    creater_id: int
    values: JsonObject = field(default_factory=dict[str, Any])
    target: tuple[str, int] | None = None


class Activities:
    """All activities of one account."""

    def __init__(self, account: Account) -> None:
        """Start without any."""
        self._account = account
        self.tables: dict[str, dict[int, Activity]] = {plural: {} for plural in PLACES}

    def find(self, place: Place, activity_id: int) -> Activity:
        """Return an activity.

        Raises:
            VendorError: 404.
        """
        found = self.tables[place.plural].get(activity_id)
        if found is None:
            raise not_found(place.singular.replace("_", " ").capitalize())
        return found

    def create(self, place: Place, given: JsonObject, *, actor_id: int) -> Activity:
        """Store a new activity.

        Raises:
            VendorError: 400.
        """
        now_ms = self._account.clock.now_ms()
        made = Activity(activity_id=self._account.new_id(), created_ms=now_ms, updated_ms=now_ms, creater_id=actor_id)
        self._fill(place, made, given)
        if "owner_id" in place.fields and made.values.get("owner_id") is None:
            made.values["owner_id"] = actor_id
        self.tables[place.plural][made.activity_id] = made
        self._touch_parent(place, made)
        return made

    def update(self, place: Place, activity: Activity, given: JsonObject) -> bool:
        """Change an activity; tells whether any value is another one now.

        Raises:
            VendorError: 400; nothing is changed.
        """
        draft = Activity(
            activity_id=activity.activity_id,
            created_ms=activity.created_ms,
            updated_ms=self._account.clock.now_ms(),
            creater_id=activity.creater_id,
            values=dict(activity.values),
            target=activity.target,
        )
        self._fill(place, draft, given)
        changed = (draft.values, draft.target) != (activity.values, activity.target)
        self.tables[place.plural][activity.activity_id] = draft
        return changed

    def delete(self, place: Place, activity: Activity) -> None:
        """Remove an activity."""
        del self.tables[place.plural][activity.activity_id]

    def listed(self, place: Place, asked: Mapping[str, Any]) -> list[Activity]:
        """Return the activities a fixed filter lets through, newest made first.

        Raises:
            VendorError: 400 without a filter where one is needed, or with an unknown one.
        """
        rows = sorted(self.tables[place.plural].values(), key=lambda each: -each.activity_id)
        word = str(asked.get("filter") or "").replace(" ", "_")
        if place.plural == "tasks":
            rows = [each for each in rows if self._task_matches(each, word)]
        elif place.plural == "appointments":
            now_ms = self._account.clock.now_ms()
            if word not in ("past", "upcoming"):
                raise invalid("filter is not valid")
            rows = [each for each in rows if (parse_ms(each.values["from_date"]) < now_ms) == (word == "past")]
        if self._account.options.sorts_activities and asked.get("sort") == "updated_at":
            rows.sort(key=lambda each: each.updated_ms // 1000, reverse=asked.get("sort_type") != "asc")
        return rows

    def of_record(self, place: Place, model: str, record_id: int) -> list[Activity]:
        """Return the activities of one record, newest made first."""
        rows = [each for each in self.tables[place.plural].values() if each.target == (model, record_id)]
        return sorted(rows, key=lambda each: -each.activity_id)

    def _task_matches(self, task: Activity, word: str) -> bool:
        if word not in ("open", "completed", "overdue", "due_today", "due_tomorrow"):
            raise invalid("filter is not valid")
        is_done = task.values.get("status") == 1
        if word in ("open", "completed"):
            return is_done == (word == "completed")
        days = (parse_ms(task.values["due_date"]) - self._account.clock.now_ms()) / 86_400_000
        return not is_done and (days < 0 if word == "overdue" else (0 <= days < 1) == (word == "due_today"))

    def _fill(self, place: Place, activity: Activity, given: JsonObject) -> None:
        problems: list[str] = []
        for name, value in given.items():
            if name in ("targetable_id", "targetable_type"):
                continue
            each = place.fields.get(name)
            if each is None:
                problems.append(f"{name} is not a field of {place.singular}")
                continue
            stored, problem = self._stored(each, value)
            problems += [problem] if problem else []
            activity.values[name] = stored
        problems += self._set_target(place, activity, given)
        required = [each for each in place.fields.values() if each.is_required]
        problems += [f"{each.label} can't be blank" for each in required if activity.values.get(each.name) is None]
        if problems:
            raise VendorError(status=400, messages=tuple(problems))
        self._complete(place, activity, given)

    def _stored(self, each: Field, value: Any) -> tuple[Any, str]:
        if each.type != "selector" or value in (None, ""):
            return checked(each, value)
        known = self._account.selectors.ids(each.source.replace("task_types", "sales_activity_types"))
        return (number(value), "") if number(value) in known else (None, f"{each.label} is invalid")

    def _complete(self, place: Place, activity: Activity, given: JsonObject) -> None:
        if place.plural != "tasks":
            return
        if activity.values.get("status") not in (0, 1, None):
            raise invalid("Status is invalid")
        is_done = activity.values.get("status") == 1
        activity.values["status"] = int(is_done)
        if is_done and not given.get("completed_date") and not activity.values.get("completed_date"):
            activity.values["completed_date"] = iso(self._account.clock.now_ms())
        if not is_done:
            activity.values["completed_date"] = None

    def _set_target(self, place: Place, activity: Activity, given: JsonObject) -> list[str]:
        if "targetable_id" in given or "targetable_type" in given:
            target_id, model = number(given.get("targetable_id")), given.get("targetable_type")
            if target_id is None and model is None and not place.needs_target:
                activity.target = None
                return []
            module = BY_MODEL.get(str(model))
            record = self._account.tables[module.plural].get(target_id or 0) if module else None
            if module is None or record is None or record.deleted_ms is not None:
                return ["Targetable is invalid"]
            activity.target = (module.model, record.record_id)
        return ["Targetable can't be blank"] if place.needs_target and activity.target is None else []

    def _touch_parent(self, place: Place, made: Activity) -> None:
        if place.plural == "notes" and self._account.options.note_touches_parent and made.target:
            module = BY_MODEL[made.target[0]]
            record = self._account.tables[module.plural][made.target[1]]
            self._account.touch(record, before=record.copied())

"""Records in bulk, and people at work in the vendor's screens.

``POST /_sandbox/seed`` takes any of::

    {"fields": [{"module": "contacts", "label": "CRM Bridge ID", "type": "text", "unique": true, "choices": []}],
     "contacts": [{"first_name": "Ana", "emails": [{"value": "ana@example.com", "is_primary": true}]}],
     "sales_accounts": [...], "deals": [...],
     "tasks": [...], "appointments": [...], "notes": [...], "sales_activities": [...],
     "operations": [{"op": "update", "module": "contacts", "id": "70…", "values": {"city": "Lisboa"}},
                    {"op": "delete", "module": "contacts", "id": "70…"},
                    {"op": "restore", "module": "contacts", "id": "70…"},
                    {"op": "forget", "module": "contacts", "id": "70…"}]}

Rows are as the API takes them; people are not held up by what only the API ignores. Ids of what was made are answered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from sandbox.freshsales.account import PERSON_ID
from sandbox.freshsales.errors import VendorError
from sandbox.freshsales.fields import TYPES, Field, custom_field_name
from sandbox.freshsales.modules import BY_PLURAL
from sandbox.freshsales.office import Office
from sandbox.freshsales.places import PLACES
from sandbox.freshsales.seeding_operations import operate

JsonObject = dict[str, Any]
_KEYS = frozenset({"fields", "operations", *BY_PLURAL, *PLACES})


def seed_office(office: Office, body: JsonObject) -> JsonObject:
    """Do what ``body`` says, in the order of this module's first lines.

    Raises:
        ValueError: an unknown key or operation, or something the vendor's screens would refuse.
    """
    if unknown := sorted(set(body) - _KEYS):
        message = f"unknown keys {unknown}; known: {sorted(_KEYS)}"
        raise ValueError(message)
    made: JsonObject = {"fields": [_make_field(office, each) for each in body.get("fields", [])]}
    for module in (BY_PLURAL["sales_accounts"], BY_PLURAL["contacts"], BY_PLURAL["deals"]):
        rows = [
            _as_person(office, lambda m=module, r=row: _create(office, m.plural, r))
            for row in body.get(module.plural, [])
        ]
        made |= {module.plural: rows} if rows else {}
    for plural, place in PLACES.items():
        done: list[str] = []
        for row in body.get(plural, []):
            activity = office.activities.create(place, row, actor_id=PERSON_ID)
            office.tell_activity(place, activity, "created")
            done.append(str(activity.activity_id))
        made |= {plural: done} if done else {}
    for each in body.get("operations", []):
        _as_person(office, lambda e=each: operate(office, e))
    return made


def _as_person(office: Office, act: Callable[[], Any]) -> Any:
    """Do something without the API's own quirks."""
    options = office.account.options
    held = (options.post_ignores_status, options.post_ignores_custom_fields, options.custom_field_put)
    options.post_ignores_status, options.post_ignores_custom_fields, options.custom_field_put = False, False, "merge"
    try:
        return act()
    except VendorError as refusal:
        raise ValueError("; ".join(refusal.messages)) from refusal
    finally:
        options.post_ignores_status, options.post_ignores_custom_fields, options.custom_field_put = held


def _create(office: Office, plural: str, row: JsonObject) -> str:
    return str(office.writer.create(BY_PLURAL[plural], row, actor_id=PERSON_ID).record_id)


def _make_field(office: Office, row: JsonObject) -> str:
    module, kind = str(row["module"]), str(row.get("type", "text"))
    if module not in office.account.custom or kind not in TYPES:
        message = f"a field has a module of {sorted(office.account.custom)} and a type of {TYPES}"
        raise ValueError(message)
    name = custom_field_name(str(row["label"]))
    office.account.custom[module][name] = Field(
        name=name,
        label=str(row["label"]),
        type=cast("Any", kind),
        is_custom=True,
        is_unique=bool(row.get("unique")),
        choices=tuple(str(each) for each in row.get("choices", ())),
    )
    return name

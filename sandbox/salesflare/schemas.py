"""What each request body may hold. Source: Salesflare's own Swagger file, operations of the same names."""

from __future__ import annotations

from sandbox.salesflare.checking import Rule, Schema

TEXT = Rule("string")
NUMBER = Rule("number")
FLAG = Rule("boolean")
DATE = Rule("date")
EMAIL = Rule("email", most=1000)
OBJECT = Rule("object")
_SET_ONLY = Rule("string", nullable=False)
"""Convenience fields for a first number: nothing says that ``null`` would take it away again."""

_TAGS = Rule(
    "array",
    nullable=False,
    also="string",
    keys={
        "id": NUMBER,
        "name": TEXT,
        "team": NUMBER,
        "creation_date": TEXT,
        "modification_date": TEXT,
        "_deleted": FLAG,
        "_dirty": TEXT,
    },
)
_ADDRESS_KEYS: Schema = {
    "city": TEXT,
    "country": Rule("string", most=50),
    "region": TEXT,
    "state_region": TEXT,
    "street": TEXT,
    "zip": TEXT,
}
_HELD: Schema = {"id": NUMBER, "archived": FLAG, "_dirty": FLAG}
_TYPED: Schema = {"type": TEXT}
_PHONE_KEYS: Schema = {"number": Rule("string", nullable=False), "type": TEXT}
_NEW_PHONE_KEYS: Schema = {**_PHONE_KEYS, "number": Rule("string", nullable=False, required=True)}
_PROFILES: Schema = {"type": TEXT, "url": TEXT, "username": TEXT}


def _rows(keys: Schema, *, also: str = "") -> Rule:
    return Rule("array", nullable=False, keys=keys, also=also)


_PLACES_NEW: Schema = {
    "address": Rule("object", nullable=False, keys=_ADDRESS_KEYS),
    "addresses": _rows(_ADDRESS_KEYS),
    "phone_number": _SET_ONLY,
    "phone_numbers": _rows(_NEW_PHONE_KEYS),
    "social_profiles": _rows(_PROFILES, also="string"),
    "tags": _TAGS,
    "custom": OBJECT,
}
_PLACES: Schema = {
    **_PLACES_NEW,
    "address": Rule("object", nullable=False, keys={**_ADDRESS_KEYS, **_HELD}),
    "addresses": _rows({**_ADDRESS_KEYS, **_HELD}),
    "phone_numbers": _rows({**_PHONE_KEYS, **_HELD}),
    "social_profiles": _rows({**_PROFILES, **_HELD}, also="string"),
    "_dirty": FLAG,
}
_ACCOUNT: Schema = {
    "name": TEXT,
    "domain": TEXT,
    "picture": TEXT,
    "size": NUMBER,
    "website": TEXT,
    "description": TEXT,
    "email": EMAIL,
    "links": TEXT,
    "parent_account": Rule("number", also="object"),
}
NEW_ACCOUNT: Schema = {
    **_ACCOUNT,
    **_PLACES_NEW,
    "_dirty": FLAG,
    "owner": NUMBER,
    "email_addresses": _rows({"email": Rule("email", nullable=False, required=True), "_dirty": FLAG}),
    "customers": _rows({"id": Rule("number", required=True), "email": EMAIL, "name": TEXT}),
}
ACCOUNT: Schema = {**_ACCOUNT, **_PLACES, "email_addresses": _rows({"email": EMAIL, **_HELD}), "q": OBJECT}
"""An account's owner can be given when it is made, and not changed afterwards."""

_CONTACT: Schema = {
    **{name: TEXT for name in ("prefix", "firstname", "middle", "lastname", "suffix", "name", "opt-out_campaign")},
    **{name: _SET_ONLY for name in ("mobile_phone_number", "home_phone_number", "fax_number")},
    **{name: DATE for name in ("birth_date", "opt-out_date", "bounced_date")},
    "email": EMAIL,
    "picture": Rule("string", most=500),
    "account": NUMBER,
    "opt-out": FLAG,
    "bounced": FLAG,
    "files": Rule("array"),
}
_POSITION: Schema = {"organisation": TEXT, "role": TEXT}
_TYPED_ADDRESS: Schema = {**_ADDRESS_KEYS, **_TYPED}
NEW_CONTACT: Schema = {
    **_CONTACT,
    **_PLACES_NEW,
    "address": Rule("object", nullable=False, keys=_TYPED_ADDRESS),
    "addresses": _rows(_TYPED_ADDRESS),
    "owner": NUMBER,
    "domain": TEXT,
    "position": Rule("object", nullable=False, keys=_POSITION),
    "positions": _rows({**_POSITION, "start_date": DATE, "end_date": DATE, "current": FLAG, "primary": FLAG}),
}
CONTACT: Schema = {
    **_CONTACT,
    **_PLACES,
    "address": Rule("object", nullable=False, keys={**_TYPED_ADDRESS, **_HELD}),
    "addresses": _rows({**_TYPED_ADDRESS, **_HELD}),
    "owner": Rule("number", also="object"),
    "role": TEXT,
    "position": Rule("object", nullable=False, keys={**_POSITION, **_HELD}),
    "positions": _rows({**_POSITION, **_HELD}),
    "archived": FLAG,
}
NAMES = ("name", "email", "prefix", "firstname", "middle", "lastname", "suffix")
"""A new contact needs one of these."""

_AMOUNT = Rule("number", least=0)
_USER = Rule("number", also="object")
OPPORTUNITY: Schema = {
    "owner": _USER,
    "account": Rule("number", nullable=False, also="object"),
    "stage": Rule("number", nullable=False, also="object"),
    "lost_reason": Rule("number", also="object"),
    "lead_source": Rule("number", also="object"),
    "assignee": _USER,
    "creator": _USER,
    "main_contact": _USER,
    "name": TEXT,
    "value": _AMOUNT,
    "probability": _AMOUNT,
    "units": _AMOUNT,
    "recurring_price_per_unit": _AMOUNT,
    "frequency": Rule("string", among=("annually", "weekly", "monthly", "daily")),
    **{name: DATE for name in ("start_date", "close_date", "contract_start_date", "contract_end_date")},
    "closed": FLAG,
    "done": FLAG,
    "files": Rule("array"),
    "tags": _TAGS,
    "custom": OBJECT,
}
NEW_OPPORTUNITY: Schema = {
    **{name: rule for name, rule in OPPORTUNITY.items() if name != "done"},
    "account": Rule("number", nullable=False, required=True, also="object"),
    "currency": NUMBER,
    "status": TEXT,
    "status_date": TEXT,
}
"""A currency can be given when an opportunity is made, and not changed afterwards."""

_IDS = Rule("array", nullable=False, also="number")
_ASSIGNEES = Rule("any", nullable=False)
TASK: Schema = {
    "account": NUMBER,
    "description": Rule("string", nullable=False),
    "reminder_date": Rule("date", nullable=False),
    "assignees": _ASSIGNEES,
    "completed": Rule("boolean", nullable=False),
}
NEW_TASK: Schema = {
    **{name: rule for name, rule in TASK.items() if name != "completed"},
    "description": Rule("string", nullable=False, required=True),
}
NEW_CALL: Schema = {
    "date": Rule("date", nullable=False, required=True),
    "end_date": DATE,
    "subject": Rule("string", most=200),
    **{name: TEXT for name in ("description", "minutes", "notes", "phone_type", "phone_number_hash")},
    "participants": Rule("array", nullable=False, required=True, also="number"),
}
NEW_MEETING: Schema = {**NEW_CALL, "type": Rule("string", among=("meeting-live", "meeting-phone"))}
_NEEDED = Rule("string", nullable=False, required=True)
MEETING: Schema = {
    "calendar_id": _NEEDED,
    "external_id": _NEEDED,
    "notes": Rule("string", required=True),
    "minutes": TEXT,
    "edited_by": NUMBER,
}
MESSAGE: Schema = {
    "account": Rule("number", nullable=False, required=True),
    "body": _NEEDED,
    "mentions": _IDS,
    "date": DATE,
}
TAG: Schema = {"name": _NEEDED}
_OPTIONS = _rows({"id": NUMBER, "order": NUMBER, "archived": FLAG, "name": _NEEDED})
NEW_CUSTOM_FIELD: Schema = {
    "type": NUMBER,
    "name": TEXT,
    **{name: FLAG for name in ("enabled", "archived", "required", "users_can_add_options", "order_alphabetically")},
    **{name: NUMBER for name in ("pipeline", "predefined_customfield", "min_number", "max_number")},
    **{name: DATE for name in ("min_date", "max_date")},
    "options": _OPTIONS,
    "default_boolean_value": FLAG,
}
CUSTOM_FIELD: Schema = {
    **{name: rule for name, rule in NEW_CUSTOM_FIELD.items() if name != "default_boolean_value"},
    "id": Rule("number", nullable=False, required=True),
    "pipelineName": TEXT,
    "order": NUMBER,
}
ACCOUNT_CONTACTS: Schema = {"id": NUMBER, "_dirty": FLAG, "_deleted": FLAG}

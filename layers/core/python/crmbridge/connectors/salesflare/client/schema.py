"""The team's own definitions: what fields there are, our own among them."""

from __future__ import annotations

from crmbridge.connectors.salesflare.client.catalogue import Catalogue
from crmbridge.connectors.salesflare.mapping.activities import SUBJECT_MAX
from crmbridge.connectors.salesflare.mapping.definition_answers import Definition
from crmbridge.connectors.salesflare.mapping.rule_types import COUNTRY_MAX, ObjectRule
from crmbridge.ports import FieldInfo

_ACTIVITY = {
    "assignees": "owner",
    "body": "multiline",
    "completed": "boolean",
    "date": "datetime",
    "description": "multiline",
    "end_date": "datetime",
    "notes": "multiline",
    "participants": "contacts",
    "reminder_date": "datetime",
    "subject": "text",
}
_LENGTHS = {"email": 1_000, "country": COUNTRY_MAX}


def describe(catalogue: Catalogue, rule: ObjectRule) -> tuple[FieldInfo, ...]:
    """List the fields that are mapped and every custom field, by name."""
    plain = [
        FieldInfo(
            name=each.key,
            label=each.key.replace("_", " ").capitalize(),
            type=each.kind,
            is_custom=False,
            is_writable=True,
            is_required=False,
            is_unique=False,
            max_length=_LENGTHS.get(each.key),
        )
        for each in rule.fields
    ]
    custom = [_info(each) for each in catalogue.definitions(rule) if not each.archived]
    return tuple(sorted([*plain, *custom], key=lambda each: each.name))


def describe_activity() -> tuple[FieldInfo, ...]:
    """List what tasks, meetings, calls and notes hold, by name; none of them can have custom fields."""
    return tuple(
        FieldInfo(
            name=name,
            label=name.replace("_", " ").capitalize(),
            type=kind,
            is_custom=False,
            is_writable=True,
            is_required=False,
            is_unique=False,
            max_length=SUBJECT_MAX if name == "subject" else None,
        )
        for name, kind in sorted(_ACTIVITY.items())
    )


def _info(each: Definition) -> FieldInfo:
    return FieldInfo(
        name=each.api_field,
        label=each.name,
        type=each.words,
        is_custom=True,
        is_writable=True,
        is_required=bool(each.required),
        is_unique=False,
        max_length=None,
        options=tuple(option.name for option in each.options or () if not option.archived),
    )

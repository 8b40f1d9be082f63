"""The account's own definitions: what fields there are, and ours among them."""

from __future__ import annotations

from crmbridge.connectors.kommo.client.catalogue import Catalogue
from crmbridge.connectors.kommo.mapping.definitions import Definition
from crmbridge.connectors.kommo.mapping.rules import RULES
from crmbridge.domain.records import Entity
from crmbridge.ports import FieldInfo

_COLUMNS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "deal": (
        ("name", "Name", "text"),
        ("price", "Sale", "numeric"),
        ("status_id", "Stage", "select"),
        ("pipeline_id", "Pipeline", "select"),
        ("responsible_user_id", "Responsible user", "user"),
    ),
    "contact": (
        ("first_name", "First name", "text"),
        ("last_name", "Last name", "text"),
        ("responsible_user_id", "Responsible user", "user"),
    ),
    "company": (("name", "Name", "text"), ("responsible_user_id", "Responsible user", "user")),
    "activity": (
        ("text", "Text", "textarea"),
        ("complete_till", "Due", "date_time"),
        ("is_completed", "Completed", "checkbox"),
        ("responsible_user_id", "Responsible user", "user"),
    ),
}


def describe(catalogue: Catalogue, entity: Entity) -> tuple[FieldInfo, ...]:
    """List every field of an entity, columns first; a custom field is named by its code, or its id without one."""
    columns = [_info(name, label, kind) for name, label, kind in _COLUMNS[entity]]
    rule = RULES.get(entity)
    defined_there = catalogue.definitions(rule.path) if rule else ()
    return (*columns, *sorted((_custom(each) for each in defined_there), key=lambda each: each.name))


def _info(name: str, label: str, kind: str) -> FieldInfo:
    return FieldInfo(
        name=name,
        label=label,
        type=kind,
        is_custom=False,
        is_writable=True,
        is_required=False,
        is_unique=False,
        max_length=None,
    )


def _custom(each: Definition) -> FieldInfo:
    return FieldInfo(
        name=each.code or str(each.field_id),
        label=each.name,
        type=each.type,
        is_custom=not each.is_predefined,
        is_writable=True,
        is_required=False,
        is_unique=False,
        max_length=None,
        options=tuple(option.value for option in each.options),
    )

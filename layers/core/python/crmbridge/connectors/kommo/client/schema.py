"""The account's own definitions: what fields there are, and ours among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crmbridge.connectors.kommo import EXTERNAL_ID
from crmbridge.connectors.kommo.client.calls import Calls, embedded_rows
from crmbridge.connectors.kommo.client.catalogue import Catalogue
from crmbridge.connectors.kommo.client.errors import PROVIDER
from crmbridge.connectors.kommo.mapping.lexicon import TYPES, Definition, code_of, defined
from crmbridge.connectors.kommo.mapping.rules import RULES, ObjectRule
from crmbridge.domain.custom_fields import CustomField
from crmbridge.domain.records import Entity
from crmbridge.errors import FatalProviderError
from crmbridge.ports import FieldInfo

_MADE_AS = {
    "text": "text",
    "long_text": "textarea",
    "number": "numeric",
    "boolean": "checkbox",
    "date": "date",
    "datetime": "date_time",
    "choice": "select",
    "choices": "multiselect",
    "url": "url",
}
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


def provision(calls: Calls, catalogue: Catalogue, rule: ObjectRule, wanted: Sequence[CustomField]) -> tuple[str, ...]:
    """Make sure that our field and the wanted ones exist, with all their options.

    Returns:
        Codes of the fields made now.

    Raises:
        FatalProviderError: a field is there already and cannot hold what it should, or we may not make any.
    """
    catalogue.forget()
    held = catalogue.definitions(rule.path)
    missing: list[dict[str, Any]] = []
    if not any(each.code == EXTERNAL_ID for each in held):
        missing.append({"name": "CRM Bridge ID", "type": "text", "code": EXTERNAL_ID, "is_api_only": True})
    for each in wanted:
        if each.entity != rule.entity:
            continue
        found = defined(each, held)
        if found is None:
            missing.append(_definition(each))
        elif found.type not in TYPES[each.kind]:
            raise FatalProviderError(
                f"the field {found.name!r} is of type {found.type} and cannot hold {each.kind}",
                provider=PROVIDER,
                status=409,
                code="FIELD_OF_ANOTHER_TYPE",
            )
        else:
            _add_options(calls, rule, each, found)
    if not missing:
        return ()
    answer = calls.send("POST", f"/{rule.path}/custom_fields", missing)
    made = [str(row.get("code") or row.get("id")) for row in embedded_rows(answer, "custom_fields")]
    return tuple(made) or tuple(str(each["code"]) for each in missing)


def _definition(wanted: CustomField) -> dict[str, Any]:
    made: dict[str, Any] = {"name": wanted.label, "type": _MADE_AS[wanted.kind], "code": code_of(wanted)}
    if wanted.options:
        made["enums"] = [{"value": each, "sort": place + 1} for place, each in enumerate(wanted.options)]
    return made


def _add_options(calls: Calls, rule: ObjectRule, wanted: CustomField, held: Definition) -> None:
    """Add options; every old one is sent along with its id, or Kommo would take it away."""
    fresh = [each for each in wanted.options if held.option(each) is None]
    if not fresh:
        return
    enums: list[dict[str, Any]] = [
        {"id": each.enum_id, "value": each.value, "sort": place + 1, **({"code": each.code} if each.code else {})}
        for place, each in enumerate(held.options)
    ]
    enums += [{"value": each, "sort": len(enums) + place + 1} for place, each in enumerate(fresh)]
    calls.send("PATCH", f"/{rule.path}/custom_fields", [{"id": held.field_id, "enums": enums}])


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

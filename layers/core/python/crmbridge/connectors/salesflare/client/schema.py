"""The team's own definitions: what fields there are, our own among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crmbridge.connectors.salesflare import EXTERNAL_ID
from crmbridge.connectors.salesflare.client.calls import Calls, created_ids
from crmbridge.connectors.salesflare.client.catalogue import Catalogue
from crmbridge.connectors.salesflare.client.errors import PROVIDER
from crmbridge.connectors.salesflare.mapping.activities import SUBJECT_MAX
from crmbridge.connectors.salesflare.mapping.answers import Definition
from crmbridge.connectors.salesflare.mapping.custom import definition_of, own_definition, suits, type_for
from crmbridge.connectors.salesflare.mapping.rules import COUNTRY_MAX, ObjectRule
from crmbridge.domain.custom_fields import CustomField
from crmbridge.errors import FatalProviderError
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


def provision(calls: Calls, catalogue: Catalogue, rule: ObjectRule, wanted: Sequence[CustomField]) -> tuple[str, ...]:
    """Make sure our own field and the wanted ones exist; twice does no harm.

    Raises:
        FatalProviderError: a field exists with a type that cannot hold what is wanted, or no type can.
    """
    catalogue.forget()
    own = CustomField(rule.entity, "x_external_id", EXTERNAL_ID, "text", EXTERNAL_ID)
    made: list[str] = []
    for field in (own, *(each for each in wanted if each.entity == rule.entity)):
        definitions = catalogue.definitions(rule)
        held = own_definition(EXTERNAL_ID, definitions) if field is own else definition_of(field, definitions)
        if held is None:
            made.append(_make(calls, catalogue, rule, field))
            catalogue.forget()
            continue
        if not suits(field.kind, held):
            raise FatalProviderError(
                f"the {rule.path} field {held.name!r} is {held.words!r} and cannot hold a {field.kind}: rename it in "
                "Salesflare or name another field",
                provider=PROVIDER,
                status=409,
                code="FIELD_OF_ANOTHER_TYPE",
            )
        _add_options(calls, catalogue, rule, field, held)
    return tuple(made)


def _make(calls: Calls, catalogue: Catalogue, rule: ObjectRule, field: CustomField) -> str:
    kind = type_for(field.kind, catalogue.types())
    if kind is None:
        raise FatalProviderError(
            f"Salesflare offers no type of custom field for a {field.kind}", provider=PROVIDER, code="NO_SUCH_TYPE"
        )
    body: dict[str, Any] = {"type": kind.id, "name": field.remote_name or field.label, "enabled": True}
    if field.options:
        body["options"] = [{"name": each, "order": place} for place, each in enumerate(field.options, start=1)]
    ids = created_ids(calls.send("POST", f"/customfields/{rule.path}", body))
    catalogue.forget()
    made = next((each for each in catalogue.definitions(rule) if str(each.id) in ids), None)
    return made.api_field if made is not None else str(body["name"])


def _add_options(calls: Calls, catalogue: Catalogue, rule: ObjectRule, field: CustomField, held: Definition) -> None:
    """Add the options that a field lacks; those it has stay, with their ids."""
    present = [each for each in held.options or () if not each.archived]
    absent = [each for each in field.options if each not in {option.name for option in present}]
    if not absent:
        return
    options: list[dict[str, Any]] = [{"id": each.id, "name": each.name} for each in present]
    options += [{"name": each} for each in absent]
    rows = [{**each, "order": place} for place, each in enumerate(options, start=1)]
    body = {"id": held.id, "name": held.name, "options": rows}
    calls.send("PUT", f"/customfields/{rule.path}/{held.id}", body)
    catalogue.forget()

"""The account's own definitions: what fields there are, and our own unique property among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crmbridge.connectors.hubspot import EXTERNAL_ID
from crmbridge.connectors.hubspot.client.calls import Calls, properties
from crmbridge.connectors.hubspot.client.catalogue import Catalogue
from crmbridge.connectors.hubspot.client.errors import PROVIDER, is_conflict, is_missing, row_error
from crmbridge.connectors.hubspot.mapping import (
    BatchAnswer,
    ObjectRule,
    Property,
    PropertyList,
    all_options,
    definition_of,
    is_fit,
    property_name,
)
from crmbridge.connectors.hubspot.mapping.answers import Answer
from crmbridge.domain.custom_fields import CustomField
from crmbridge.errors import FatalProviderError
from crmbridge.ports import FieldInfo

GROUP = "crmbridge"
BATCH = 100
_GROUP = {"name": GROUP, "label": "CRM Bridge"}
_TEXT_MAX = 65_536


def describe(catalogue: Catalogue, rule: ObjectRule) -> tuple[FieldInfo, ...]:
    """List every property of an object, by name."""
    return tuple(sorted((_info(each) for each in catalogue.properties(rule)), key=lambda each: each.name))


def _info(each: Property) -> FieldInfo:
    return FieldInfo(
        name=each.name,
        label=each.label,
        type=each.type,
        is_custom=not each.hubspot_defined,
        is_writable=not each.is_read_only,
        is_required=False,
        is_unique=each.has_unique_value,
        max_length=_TEXT_MAX if each.type == "string" else None,
        options=tuple(option.value for option in each.options),
    )


def provision(calls: Calls, rule: ObjectRule, wanted: Sequence[CustomField] = ()) -> tuple[str, ...]:
    """Make sure our unique property and the wanted ones exist; twice, or by two at once, does no harm.

    Raises:
        FatalProviderError: a property of that name exists and is not unique, which HubSpot cannot change; or one
            cannot hold what is wanted of it.
    """
    ours = _provision_ours(calls, rule)
    mine = [each for each in wanted if each.entity == rule.entity]
    return (*ours, *_provision_wanted(calls, rule, mine)) if mine else ours


def _provision_wanted(calls: Calls, rule: ObjectRule, wanted: Sequence[CustomField]) -> tuple[str, ...]:
    held = {each.name: each for each in calls.get(PropertyList, properties(rule.path)).body.results}
    missing = [each for each in wanted if property_name(each) not in held]
    for each in wanted:
        if property_name(each) in held:
            _adopt(calls, rule, each, held[property_name(each)])
    if not missing:
        return ()
    _make(calls, properties(rule.path, "/groups"), _GROUP)
    inputs = [definition_of(each, group=GROUP) for each in missing]
    made: list[str] = []
    for start in range(0, len(inputs), BATCH):
        answer = calls.post(
            BatchAnswer, properties(rule.path, "/batch/create"), {"inputs": inputs[start : start + BATCH]}
        )
        refused = [row_error(each) for each in answer.body.errors]
        for error in refused:
            if not is_conflict(error):
                raise error
        made += [str(each["name"]) for each in answer.body.results]
    return tuple(made)


def _adopt(calls: Calls, rule: ObjectRule, wanted: CustomField, held: Property) -> None:
    """Let a property that is there already hold a custom field: with all its options."""
    if not is_fit(wanted, held):
        raise FatalProviderError(
            f"the {rule.singular} property {held.name} is of type {held.type} ({held.field_type}) and cannot hold "
            f"{wanted.kind}",
            provider=PROVIDER,
            status=409,
            code="FIELD_OF_ANOTHER_TYPE",
        )
    options = all_options(wanted, held)
    if options:
        calls.patch(Property, properties(rule.path, f"/{held.name}"), {"options": options})


def _provision_ours(calls: Calls, rule: ObjectRule) -> tuple[str, ...]:
    if _present(calls, rule):
        return ()
    _make(calls, properties(rule.path, "/groups"), _GROUP)
    definition = {
        "groupName": GROUP,
        "name": EXTERNAL_ID,
        "label": "CRM Bridge ID",
        "description": "Names this record in CRM Bridge. Written once; do not change it.",
        "type": "string",
        "fieldType": "text",
        "hasUniqueValue": True,
        "formField": False,
        "hidden": False,
    }
    if _make(calls, properties(rule.path), definition):
        return (EXTERNAL_ID,)
    _present(calls, rule)
    return ()


def _present(calls: Calls, rule: ObjectRule) -> bool:
    try:
        found = calls.get(Property, properties(rule.path, f"/{EXTERNAL_ID}")).body
    except FatalProviderError as error:
        if is_missing(error):
            return False
        raise
    if not found.has_unique_value:
        raise FatalProviderError(
            f"the {rule.singular} property {EXTERNAL_ID} exists but does not hold unique values: "
            "delete it in HubSpot's settings and connect again",
            provider=PROVIDER,
            status=409,
            code="EXTERNAL_ID_NOT_UNIQUE",
        )
    return True


def _make(calls: Calls, path: str, body: Mapping[str, object]) -> bool:
    """Create a definition; ``False`` when somebody else made it first."""
    try:
        calls.post(Answer, path, body)
    except FatalProviderError as error:
        if error.status == 409:
            return False
        raise
    return True

"""The account's own definitions: what fields there are, and our own unique property among them."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge.connectors.hubspot import EXTERNAL_ID
from crmbridge.connectors.hubspot.client.calls import Calls, properties
from crmbridge.connectors.hubspot.client.catalogue import Catalogue
from crmbridge.connectors.hubspot.client.errors import PROVIDER, is_missing
from crmbridge.connectors.hubspot.mapping import ObjectRule, Property
from crmbridge.connectors.hubspot.mapping.answers import Answer
from crmbridge.errors import FatalProviderError
from crmbridge.ports import FieldInfo

GROUP = "crmbridge"
_TEXT_MAX = 65_536


def describe(catalogue: Catalogue, rule: ObjectRule) -> tuple[FieldInfo, ...]:
    """List every property of an object, by name."""
    return tuple(sorted((_info(each) for each in catalogue.properties(rule)), key=lambda each: each.name))


def _info(each: Property) -> FieldInfo:
    read_only = each.calculated or bool(each.modification_metadata.get("readOnlyValue"))
    return FieldInfo(
        name=each.name,
        label=each.label,
        type=each.type,
        is_custom=not each.hubspot_defined,
        is_writable=not read_only,
        is_required=False,
        is_unique=each.has_unique_value,
        max_length=_TEXT_MAX if each.type == "string" else None,
        options=tuple(option.value for option in each.options),
    )


def provision(calls: Calls, rule: ObjectRule) -> tuple[str, ...]:
    """Make sure our unique property exists; twice, or by two at once, does no harm.

    Raises:
        FatalProviderError: a property of that name exists and is not unique, which HubSpot cannot change.
    """
    if _present(calls, rule):
        return ()
    group = {"name": GROUP, "label": "CRM Bridge"}
    _make(calls, properties(rule.path, "/groups"), group)
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

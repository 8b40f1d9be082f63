"""Make the custom fields that we and the workspace need; twice does no harm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crmbridge.connectors.kommo import EXTERNAL_ID
from crmbridge.connectors.kommo.client.calls import Calls, embedded_rows
from crmbridge.connectors.kommo.client.catalogue import Catalogue
from crmbridge.connectors.kommo.client.errors import PROVIDER
from crmbridge.connectors.kommo.mapping.definitions import Definition
from crmbridge.connectors.kommo.mapping.lexicon import TYPES, code_of, defined
from crmbridge.connectors.kommo.mapping.rule_types import ObjectRule
from crmbridge.domain.custom_fields import CustomField
from crmbridge.errors import FatalProviderError

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

"""Make the custom fields that we and the workspace need; twice does no harm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crmbridge.connectors.salesflare import EXTERNAL_ID
from crmbridge.connectors.salesflare.client.calls import Calls, created_ids
from crmbridge.connectors.salesflare.client.catalogue import Catalogue
from crmbridge.connectors.salesflare.client.errors import PROVIDER
from crmbridge.connectors.salesflare.mapping.custom_definitions import definition_of, own_definition, suits, type_for
from crmbridge.connectors.salesflare.mapping.definition_answers import Definition
from crmbridge.connectors.salesflare.mapping.rule_types import ObjectRule
from crmbridge.domain.custom_fields import CustomField
from crmbridge.errors import FatalProviderError


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

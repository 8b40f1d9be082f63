"""The account's own definitions: what fields there are, and whether people have made ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from crmbridge.connectors.freshsales import EXTERNAL_ID, EXTERNAL_ID_LABEL
from crmbridge.connectors.freshsales.client._directory import Directory
from crmbridge.connectors.freshsales.client._errors import PROVIDER
from crmbridge.connectors.freshsales.mapping.held_customs import PREFIX_THERE, held_customs
from crmbridge.connectors.freshsales.mapping.rule_types import TEXT_MAX, ModuleRule, Row
from crmbridge.domain.custom_fields import CustomField
from crmbridge.errors import FatalProviderError
from crmbridge.ports import FieldInfo


def describe(directory: Directory, plural: str) -> tuple[FieldInfo, ...]:
    """List every field of a module, by name."""
    return tuple(sorted((_info(each) for each in directory.fields(plural)), key=lambda each: each.name))


def check(directory: Directory, rule: ModuleRule, wanted: Sequence[CustomField]) -> None:
    """Make sure that people have made our own field and the wanted ones.

    Raises:
        FatalProviderError: some are missing; the message says which to make, all of them.
    """
    directory.forget()
    described = directory.fields(rule.plural)
    held = {each.custom.name for each in held_customs(wanted, described)}
    missing = [] if directory.holds_our_id(rule.plural) else [f"{EXTERNAL_ID_LABEL!r} (text field, unique)"]
    missing += [f"{each.label!r} ({each.kind})" for each in wanted if each.name not in held]
    if missing:
        raise FatalProviderError(
            f"Freshsales' API makes no fields; under Admin Settings make these on {rule.plural}: {', '.join(missing)}",
            provider=PROVIDER,
            code="FIELDS_MISSING",
        )


def _info(each: Row) -> FieldInfo:
    name = str(each.get("name") or "")
    kind = str(each.get("type") or "")
    told = each.get("choices")
    choices = cast("list[object]", told) if isinstance(told, list) else []
    return FieldInfo(
        name=name,
        label=str(each.get("label") or name),
        type=kind,
        is_custom=name.startswith(PREFIX_THERE),
        is_writable=not each.get("read_only") and each.get("visible") is not False,
        is_required=bool(each.get("required")),
        is_unique=bool(each.get("unique") or name in ("emails", "external_id", EXTERNAL_ID)),
        max_length=TEXT_MAX if kind == "text" else None,
        options=tuple(str(cast("Row", one).get("value")) if isinstance(one, dict) else str(one) for one in choices),
    )

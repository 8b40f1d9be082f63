"""Canonical values as Freshsales takes them, and as it will say them afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.freshsales.mapping.customs import read_custom, write_custom
from crmbridge.connectors.freshsales.mapping.held_customs import HeldCustom
from crmbridge.connectors.freshsales.mapping.lexicon import Lexicon
from crmbridge.connectors.freshsales.mapping.observing import read_value
from crmbridge.connectors.freshsales.mapping.rule_types import ModuleRule
from crmbridge.connectors.freshsales.mapping.written_values import write_value
from crmbridge.domain.records import REFERENCES, Fields

STATUS = "contact_status_id"
"""Ignored when a contact is created, and by updates that do not include it in their answer."""


@dataclass(slots=True)
class Payload:
    """What to send of one record.

    Attributes:
        values: the vendor's own fields.
        custom: fields people made.
        has_email: the e-mail address is to be set, or cleared.
    """

    values: dict[str, Any] = field(default_factory=dict[str, Any])
    custom: dict[str, Any] = field(default_factory=dict[str, Any])
    has_email: bool = False
    email: str | None = None

    def __bool__(self) -> bool:
        """Tell whether there is anything to send."""
        return bool(self.values or self.custom or self.has_email)


def payload(rule: ModuleRule, fields: Fields, lexicon: Lexicon, *, pipeline_id: str = "") -> Payload:
    """Return what to send for canonical values; what Freshsales cannot hold is left out.

    Args:
        pipeline_id: of the deal to update, so that it stays in its pipeline.
    """
    found = Payload()
    for each in rule.fields:
        if each.field not in fields:
            continue
        known, raw = write_value(each, fields[each.field], lexicon, pipeline_id=pipeline_id)
        if not known:
            continue
        if each.kind == "email":
            found.has_email, found.email = True, raw
        else:
            found.values[each.key] = raw
    if "deal_stage_id" in found.values:
        home = lexicon.stages.pipelines.get(str(found.values["deal_stage_id"]), "")
        found.values |= {"deal_pipeline_id": int(home)} if home.isdigit() else {}
    customs = [(each.key, *write_custom(each, fields[each.custom.name])) for each in _given(fields, lexicon)]
    found.custom = {key: raw for key, is_held, raw in customs if is_held}
    return found


def project(rule: ModuleRule, fields: Fields, lexicon: Lexicon) -> dict[str, Any]:
    """Return canonical values as Freshsales would say them; those it cannot hold are left out. Idempotent."""
    country = values.text(fields.get("country")) if "country" in fields else None
    said: dict[str, Any] = {name: fields[name] for name in REFERENCES[rule.entity] if name in fields}
    for each in rule.fields:
        if each.field not in fields:
            continue
        known, raw = write_value(each, fields[each.field], lexicon)
        told, value = read_value(each, raw, lexicon, country=country) if known else (False, None)
        if told:
            said[each.field] = value
    for each in _given(fields, lexicon):
        known, raw = write_custom(each, fields[each.custom.name])
        if known:
            said[each.custom.name] = read_custom(each, raw)
    return said


def _given(fields: Fields, lexicon: Lexicon) -> list[HeldCustom]:
    return [each for each in lexicon.customs if each.custom.name in fields]

"""Columns and stages as the hub lists them."""

from __future__ import annotations

from crmbridge.connectors.dynamics.mapping.columns import EXTERNAL_ID
from crmbridge.connectors.dynamics.mapping.facts import Facts
from crmbridge.connectors.dynamics.mapping.schema import Schema
from crmbridge.ports import FieldInfo, Stage


def fields_of(schema: Schema, *, is_keyed: bool) -> tuple[FieldInfo, ...]:
    """Return a table's columns.

    Args:
        is_keyed: our own column is an alternate key.
    """
    return tuple(
        FieldInfo(
            name=each.name,
            label=each.label,
            type=each.type,
            is_custom=each.is_custom,
            is_writable=each.is_writable,
            is_required=each.is_required,
            is_unique=is_keyed and each.name == EXTERNAL_ID,
            max_length=each.max_length or None,
            options=tuple(option.label for option in each.options),
        )
        for each in schema.shapes.values()
    )


def stages_of(facts: Facts) -> tuple[Stage, ...]:
    """Return the sales stages as open ones, evenly spread, and won and lost statuses as closed ones."""
    stages = facts.schema.options("salesstage")
    found = [
        Stage("opportunity", str(each.value), each.label, False, False, round(100 * (place + 1) / (len(stages) + 1)))
        for place, each in enumerate(stages)
    ]
    return (
        *found,
        *(
            Stage("opportunity", f"status:{each.value}", each.label, True, each.state == 1, 100 * (each.state == 1))
            for each in facts.schema.options("statuscode")
            if each.state in (1, 2)
        ),
    )

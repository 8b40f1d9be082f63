"""Which of their columns each of our fields is; one table of columns per table of theirs."""

from __future__ import annotations

from collections.abc import Mapping

from crmbridge.connectors.dynamics import CONNECTOR
from crmbridge.connectors.dynamics.mapping import custom, kinds
from crmbridge.connectors.dynamics.mapping.column_lists import COLUMNS, Column
from crmbridge.connectors.dynamics.mapping.facts import Facts

EXTERNAL_ID = CONNECTOR.external_id_field

STAGES: Mapping[str, tuple[str, str]] = {
    "lead": ("lead_status", "statuscode"),
    "opportunity": ("stage", "salesstage"),
    "task": ("status", "statuscode"),
    "phonecall": ("status", "statuscode"),
    "appointment": ("status", "statuscode"),
}
"""Our field that a state and an option make up, and the option's column."""

LOOKUPS: Mapping[str, tuple[str, ...]] = {
    "account": (),
    "contact": ("parentcustomerid",),
    "lead": (),
    "opportunity": ("parentaccountid", "parentcontactid"),
    "task": ("regardingobjectid",),
    "phonecall": ("regardingobjectid",),
    "appointment": ("regardingobjectid",),
    "annotation": ("objectid",),
}
"""Columns that references are made of."""


def columns(facts: Facts) -> tuple[Column, ...]:
    """Return the columns that the organization has and lets us write, the workspace's own behind ours."""
    ours = (
        each
        for each in COLUMNS[facts.place.table]
        if all(facts.schema.writable(name) for name in each.also or (each.field,))
    )
    theirs = (
        Column(each.name, custom.column_of(each), custom.KINDS[each.kind])
        for each in facts.custom
        if facts.schema.writable(custom.column_of(each))
    )
    return (*ours, *theirs)


def names_to_read(facts: Facts) -> tuple[str, ...]:
    """Return what is selected of a table, in the spelling of answers, without repeats."""
    place, shapes = facts.place, facts.schema.shapes
    names = [place.key, "modifiedon", "versionnumber"]
    names += [EXTERNAL_ID] if EXTERNAL_ID in shapes else []
    names += ["merged", "_masterid_value"] if place.merges else []
    for column in columns(facts):
        is_lookup = column.kind in (kinds.OWNER, kinds.CURRENCY)
        names += column.also or [f"_{column.field}_value" if is_lookup else column.field]
    names += [f"_{each}_value" for each in LOOKUPS[place.table]]
    if place.table in STAGES:
        names += [each for each in ("statecode", "statuscode", STAGES[place.table][1]) if each in shapes]
    return tuple(dict.fromkeys(names))

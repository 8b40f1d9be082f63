"""How people's decisions change a record: an open conflict resolved, a possible double linked or kept apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crmbridge.domain.integrations import Integration
from crmbridge.domain.merge import remember
from crmbridge.domain.records import PROJECTED, Base, FieldChange, Link, Record, Stamp, Value

BY_PEOPLE = "hub"
"""Source of a value that people set through our own API."""


def resolve_conflict(
    record: Record, field: str, value: Value, *, at_ms: int, integrations: Mapping[str, Integration]
) -> Record:
    """Return the record with an open conflict decided; the value becomes due wherever it is not said already.

    Args:
        record: with ``field`` frozen.
        field: canonical name.
        value: one side's, or a merged one.
        at_ms: when people decided, epoch milliseconds.
        integrations: all of the workspace, by id.
    """
    frozen = {name: each for name, each in record.frozen.items() if name != field}
    old = record.fields.get(field)
    links = {key: _reopened(link, field) for key, link in record.links.items()}
    if value != old:
        change = [FieldChange(field, old, value)]
        links = {key: remember(link, change, integrations, record) for key, link in links.items()}
    stamps = {**record.stamps, field: Stamp(at_ms, BY_PEOPLE)}
    return replace(record, fields={**record.fields, field: value}, stamps=stamps, links=links, frozen=frozen)


def _reopened(link: Link, field: str) -> Link:
    """Take what a CRM says of the field as what was agreed, so that only a different decision is due there."""
    base = link.base.get(field)
    if base is None or base.remote is PROJECTED:
        return link
    return replace(link, base={**link.base, field: Base(base.remote, base.remote)}, parked=None)


def keep_apart(record: Record) -> Record:
    """Return the record freed of its candidates, and for good: people say it is somebody else."""
    return replace(record, candidates=(), apart=tuple(sorted({*record.apart, *record.candidates})))

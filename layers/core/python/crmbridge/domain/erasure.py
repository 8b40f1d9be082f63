"""What forgetting a person makes of their records: rendered anonymous, then ended, then emptied."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal, TypeAlias

from crmbridge.domain.editing import edit
from crmbridge.domain.integrations import Integration
from crmbridge.domain.keys import natural_keys
from crmbridge.domain.records import REFERENCES, Fields, LastChange, Link, Observation, Record, Value

Mode: TypeAlias = Literal["delete", "anonymise", "keep"]
"""What becomes of a person's row in one CRM: deleted for good, emptied of the person, or left to that CRM's people."""

MODES: tuple[Mode, ...] = ("delete", "anonymise", "keep")

PERSONS = ("contact", "lead")
"""Entities that are people."""

KIND = "erased"
"""Kind of every change that forgetting makes; it names no value."""

NOBODY = "Erased"
"""Stands where a CRM insists on a name."""

CUT = "[erased]"
"""Stands in other people's texts where an address or a number was."""

_STAYS = frozenset({"owner", "lifecycle_stage", "lead_status", "lead_source", "industry"})
_NAMED = {"contact": {"last_name": NOBODY}, "lead": {"last_name": NOBODY, "company_name": NOBODY}}
_GONE: Link = Link("", state="deleted")


def anonymous(record: Record) -> dict[str, Value]:
    """Return the values that a person's record has once it says nothing of them any more.

    Example:
        >>> anonymous(Record("w", "con_1", "contact", fields={"first_name": "Ana", "lead_status": "new"}))
        {'first_name': None, 'last_name': 'Erased'}
    """
    emptied: dict[str, Value] = dict.fromkeys(name for name in record.fields if name not in _STAYS)
    return {**emptied, **_NAMED.get(record.entity, {})}


def masked(
    record: Record, modes: Mapping[str, Mode], *, at: datetime, by: str, integrations: Mapping[str, Integration]
) -> Record:
    """Return the record with anonymous values, due wherever they are to be written; nowhere is it made anew.

    Args:
        modes: by integration id.
        by: who asked.
    """
    thawed = replace(record, frozen={}, candidates=())
    made = edit(thawed, anonymous(record), at_ms=int(at.timestamp() * 1000), integrations=integrations).record
    links: dict[str, Link] = {}
    for key in integrations:
        link = made.links.get(key)
        if link is None:
            links[key] = replace(_GONE, integration_id=key)
        else:
            links[key] = link if modes.get(key) == "anonymise" else replace(link, state=_resting(link), base={})
    return replace(made, links=links, last=LastChange(KIND, "hub", at, by=by))


def _resting(link: Link) -> Literal["deleted", "invisible"]:
    return "deleted" if link.state == "deleted" else "invisible"


def ended(record: Record, modes: Mapping[str, Mode], *, at: datetime, by: str) -> Record:
    """Return the record as a tombstone without values, whose rows are due for deletion where they are to be deleted.

    A row that was being made is to be looked for first; see ``unresolved``.
    """
    links = {key: _ended_link(link, modes.get(key, "delete")) for key, link in record.links.items()}
    return replace(
        record,
        fields={},
        stamps={},
        frozen={},
        candidates=(),
        links=links,
        deleted_at=record.deleted_at or at,
        last=LastChange(KIND, "hub", at, by=by),
    )


def _ended_link(link: Link, mode: Mode) -> Link:
    bare = replace(link, base={}, pushes={}, version="", parked=None, retry_at=None, attempts=0)
    if link.state == "deleted" or mode != "delete" or not link.external_id:
        return replace(bare, state="deleted")
    return replace(bare, state="deleting")


def is_ended(record: Record) -> bool:
    """Tell whether a record is a tombstone without values: its rows are to be deleted for good."""
    return record.deleted_at is not None and not record.fields


def unresolved(record: Record) -> tuple[str, ...]:
    """Return the integrations in which a row may have been made that the hub was not told of, ascending."""
    return tuple(sorted(key for key, link in record.links.items() if link.state == "creating"))


def resolved(record: Record, found: Mapping[str, str], *, at: datetime, by: str) -> Record:
    """Return the record with those links settled.

    Args:
        found: by integration id, the row that was made; empty where none was.
    """
    links = dict(record.links)
    for key, external_id in found.items():
        state: Literal["invisible", "deleted"] = "invisible" if external_id else "deleted"
        links[key] = replace(links[key], external_id=external_id, state=state)
    return replace(record, links=links, last=LastChange(KIND, "hub", at, by=by))


def shell(record: Record, *, at: datetime, by: str) -> Record:
    """Return what stays of an erased record: its random id, and that it was erased; no link, no value."""
    return Record(
        record.workspace_id,
        record.record_id,
        record.entity,
        created_at=record.created_at,
        deleted_at=record.deleted_at or at,
        merged_into=record.merged_into,
        rev=record.rev,
        last=LastChange(KIND, "hub", at, by=by),
    )


# ------------------------------------------------------------------------------------------------ who it is


def identities(record: Record) -> frozenset[str]:
    """Return all by which a record's person could come back: keys, and their rows' ids.

    Example:
        >>> identities(Record("w", "con_1", "contact", fields={"email": "ana@example.com"}))
        frozenset({'email:ana@example.com'})
    """
    keys = {f"{key}:{value}" for key, value in natural_keys(replace(record, deleted_at=None, merged_into=""))}
    rows = {
        row_identity(key, record.entity, each.external_id) for key, each in record.links.items() if each.external_id
    }
    return frozenset(keys | rows)


def row_identity(integration_id: str, entity: str, external_id: str) -> str:
    """Return a row of one CRM as one of a person's identities."""
    return f"row:{integration_id}:{entity}:{external_id}"


def said_identities(integration_id: str, entity: str, seen: Observation) -> frozenset[str]:
    """Return the identities of whom a row of a CRM is about; none of what is no person."""
    if entity not in PERSONS:
        return frozenset({row_identity(integration_id, entity, seen.external_id)})
    told = Record("-", "-", "contact", fields=seen.fields)
    return identities(told) | {row_identity(integration_id, entity, seen.external_id)}


# ------------------------------------------------------------------------------------------------ who else tells


def without(record: Record, erased: Collection[str], needles: Iterable[str]) -> Fields:
    """Return the values of another record that must change for it to speak of erased records no more.

    Args:
        record: a deal, an activity, a company …
        erased: record ids.
        needles: e-mail addresses and telephone numbers, that are cut out of texts.
    """
    changed: dict[str, Value] = {}
    words = re.compile(
        "|".join(re.escape(each) for each in sorted(needles, key=len, reverse=True) if each), re.IGNORECASE
    )
    for name, value in record.fields.items():
        left = _unreferred(value, erased) if name in REFERENCES[record.entity] else _cut(value, words)
        if left != value:
            changed[name] = left
    return changed


def _unreferred(value: Value, erased: Collection[str]) -> Value:
    if isinstance(value, tuple):
        return tuple(each for each in value if each not in erased) or None
    return None if value in erased else value


def _cut(value: Value, words: re.Pattern[str]) -> Value:
    if not words.pattern:
        return value
    if isinstance(value, tuple):
        return tuple(each for each in value if not words.search(each)) or None
    if not isinstance(value, str):
        return value
    left = words.sub(CUT, value)
    return None if left == CUT else left


def speaks_only_of(record: Record, erased: Collection[str]) -> bool:
    """Tell whether an activity is about erased people and nobody else."""
    about = record.fields.get("contacts")
    return record.entity == "activity" and isinstance(about, tuple) and bool(about) and set(about) <= set(erased)

"""Records of every shape, and workspaces whose CRMs edit one record, for hypothesis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from crmbridge.domain.integrations import EntityRule, Integration, PolicyName
from crmbridge.domain.merge import Project, merge
from crmbridge.domain.records import (
    FIELD_NAMES,
    PREFIXES,
    PROJECTED,
    Base,
    Conflict,
    Entity,
    FieldChange,
    LastChange,
    Link,
    Lost,
    Observation,
    Parked,
    Push,
    Record,
    Side,
    Stamp,
    Value,
)

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
WORKSPACE = "acme"

# ------------------------------------------------------------------------------------------------ whole records

texts = st.text(min_size=1, max_size=12).map(str.strip).filter(bool)
values = st.one_of(
    st.none(), texts, st.integers(-(10**12), 10**12), st.booleans(), st.lists(texts, max_size=3).map(tuple)
)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - hypothesis adds the zone
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
ids = st.sampled_from(["int_a", "int_b", "int_c"])
names = st.sampled_from(["email", "city", "phone", "contacts", "amount", "Ünusual"])
stamps = st.builds(Stamp, st.integers(0, 2**41), ids)
bases = st.builds(Base, values, st.one_of(st.just(PROJECTED), values))
parked = st.builds(Parked, texts, st.text(max_size=20), st.text(max_size=8), moments)
pushes = st.lists(st.builds(Push, st.integers(0, 2**33), st.integers(0, 2**24 - 1)), min_size=1, max_size=20).map(tuple)
conflicts = st.builds(Conflict, values, st.dictionaries(ids, st.builds(Side, values, stamps), max_size=3), moments)
changes = st.builds(
    LastChange,
    st.sampled_from(["imported", "changed", "settled"]),
    ids,
    moments,
    run_id=st.sampled_from(["", "run_1"]),
    changes=st.lists(st.builds(FieldChange, names, values, values), max_size=2).map(tuple),
    lost=st.lists(st.builds(Lost, names, values, ids, ids, texts), max_size=2).map(tuple),
)


def _links(draw: st.DrawFn) -> dict[str, Link]:
    found = {}
    for key in draw(st.sets(ids, max_size=3)):
        found[key] = Link(
            key,
            external_id=draw(st.text(max_size=8)),
            state=draw(st.sampled_from(["creating", "active", "deleting", "deleted", "invisible"])),
            version=draw(st.text(max_size=8)),
            base=draw(st.dictionaries(names, bases, max_size=3)),
            retry_at=draw(st.one_of(st.none(), moments)),
            attempts=draw(st.integers(0, 50)),
            parked=draw(st.one_of(st.none(), parked)),
            pushes=draw(st.dictionaries(names, pushes, max_size=2)),
        )
    return found


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Return a record with any of its parts."""
    entity = draw(st.sampled_from(sorted(PREFIXES)))
    tail = draw(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=26, max_size=26))
    return Record(
        draw(st.sampled_from(["acme", "rival"])),
        f"{PREFIXES[entity]}_{tail}",
        entity,
        fields=draw(st.dictionaries(names, values, max_size=4)),
        stamps=draw(st.dictionaries(names, stamps, max_size=4)),
        links=_links(draw),
        frozen=draw(st.dictionaries(names, conflicts, max_size=2)),
        candidates=tuple(draw(st.lists(texts, max_size=2))),
        apart=tuple(draw(st.lists(texts, max_size=2))),
        due_for=draw(st.dictionaries(ids, st.integers(0, 2**33), max_size=3)),
        rev=draw(st.integers(0, 2**31)),
        created_at=draw(st.one_of(st.none(), moments)),
        deleted_at=draw(st.one_of(st.none(), moments)),
        merged_into=draw(st.sampled_from(["", "con_1"])),
        last=draw(st.one_of(st.none(), changes)),
    )


# ------------------------------------------------------------------------------------------------ edits of one record

FIELDS = ("city", "description", "job_title")
AGREED: Mapping[str, Value] = {"city": "Recife", "description": "first line", "job_title": "BUYER"}


def plain(fields: Mapping[str, Value]) -> dict[str, Value]:
    """Say everything as the hub does."""
    return {name: value for name, value in fields.items() if name in FIELD_NAMES["contact"]}


def loud(fields: Mapping[str, Value]) -> dict[str, Value]:
    """Say titles in capitals and keep only eleven characters of a description."""
    said = plain(fields)
    if isinstance(title := said.get("job_title"), str):
        said["job_title"] = title.upper()
    if isinstance(text := said.get("description"), str):
        said["description"] = text[:11].strip() or None
    return said


PROJECTIONS: Mapping[str, Project] = {"int_a": plain, "int_b": loud, "int_c": plain}


def integration(key: str, **more: Any) -> Integration:
    """Return an active integration that keeps contacts in step."""
    rules: dict[Entity, EntityRule] = {"contact": EntityRule(fields=FIELD_NAMES["contact"])}
    return replace(Integration(WORKSPACE, key, key, key, status="active", rules=rules), **more)


def agreed(keys: tuple[str, ...] = ("int_a", "int_b", "int_c")) -> Record:
    """Return a contact that all CRMs have, in step."""
    links = {key: Link(key, external_id=f"x{key[-1]}") for key in keys}
    return Record(WORKSPACE, "con_" + "0" * 26, "contact", fields=dict(AGREED), links=links, rev=1)


@dataclass(frozen=True)
class Edits:
    """What people did to one record in each CRM since all were in step.

    Attributes:
        by_crm: integration id to field to (new value, millisecond of the edit after ``START``).
    """

    by_crm: Mapping[str, Mapping[str, tuple[Value, int]]] = field(default_factory=dict)

    def seen(self, key: str) -> Observation:
        """Return what one CRM says now: all of its fields, with the times of the edited ones."""
        edits = self.by_crm.get(key, {})
        fields = PROJECTIONS[key]({**AGREED, **{name: value for name, (value, _) in edits.items()}})
        times = {name: START + timedelta(milliseconds=at) for name, (_, at) in edits.items()}
        return Observation(f"x{key[-1]}", fields, modified_at=max(times.values(), default=START), field_times=times)


@st.composite
def edits(draw: st.DrawFn, keys: tuple[str, ...] = ("int_a", "int_b", "int_c")) -> Edits:
    """Return edits of which no two set one field to the same value; times may well be the same."""
    by_crm: dict[str, dict[str, tuple[Value, int]]] = {}
    for key in keys:
        own = key[-1].upper()
        for name in FIELDS:
            wanted = [f"{own}1", f"{own}2", *([None] if key == "int_a" else [])]
            wanted += [f"{own}\nfirst line"] if name == "description" else []
            if draw(st.booleans()):
                new = draw(st.sampled_from(wanted))
                by_crm.setdefault(key, {})[name] = (new, draw(st.integers(1, 4)) * 1000)
    return Edits(by_crm)


def deliver(
    record: Record, found: Edits, order: tuple[str, ...], integrations: Mapping[str, Integration]
) -> tuple[Record, tuple[Lost, ...]]:
    """Merge what the CRMs say, in an order; returns the record and all values that lost."""
    lost: tuple[Lost, ...] = ()
    for key in order:
        merged = merge(
            record,
            found.seen(key),
            integration=integrations[key],
            integrations=integrations,
            project=PROJECTIONS[key],
            now=START,
        )
        record, lost = merged.record, lost + merged.lost
    return record, lost


def workspace(policy: PolicyName = "last_modified_wins", *, primary: str = "") -> dict[str, Integration]:
    """Return three integrations with one policy."""
    return {
        key: integration(key, policy=policy, is_primary=key == primary, rank=rank)
        for rank, key in enumerate(("int_c", "int_a", "int_b"))
    }

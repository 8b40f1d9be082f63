"""Rows as the Web API says them, turned into observations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.dynamics.mapping import columns as tables
from crmbridge.connectors.dynamics.mapping.columns import EXTERNAL_ID, STAGES
from crmbridge.connectors.dynamics.mapping.facts import Facts
from crmbridge.connectors.dynamics.mapping.guids import record_id_of
from crmbridge.connectors.dynamics.mapping.kinds import LOGICAL_NAME, UNSAID, Row
from crmbridge.connectors.dynamics.mapping.places import Place
from crmbridge.domain.records import PREFIXES, REFERENCES, Observation, Value


def observe(row: Row, facts: Facts, *, contacts: tuple[str, ...] = ()) -> Observation:
    """Turn a row into an observation.

    Values that cannot be told (an owner that is a team, a stage that is no more) are left out.

    Args:
        contacts: ids of contacts that are connected to a deal.

    Raises:
        ValueError: a value is of a kind its column never has; the row belongs in quarantine.
    """
    place = facts.place
    row_id = str(row.get(place.key) or "").lower()
    if not row_id:
        raise ValueError(f"{place.key}: the row has no id")
    modified_at = values.moment(row.get("modifiedon"))
    stamp = "" if modified_at is None else values.moment_text(modified_at)
    return Observation(
        external_id=place.external_id(row_id),
        fields=_fields(row, facts),
        refs=references(row, place, contacts),
        version=f"{stamp}#{row.get('versionnumber') or ''}",
        modified_at=modified_at,
        correlation_id=_correlation(row, place, row_id),
    )


def _correlation(row: Row, place: Place, row_id: str) -> str:
    if place.has_key:
        return values.text(row.get(EXTERNAL_ID)) or ""
    return record_id_of(PREFIXES[place.entity], row_id)


def _fields(row: Row, facts: Facts) -> dict[str, Value]:
    found: dict[str, Value] = {"kind": facts.place.kind} if facts.place.kind else {}
    country: str | None = None
    for column in tables.columns(facts):
        try:
            value = column.kind.read(row, column.field, country, facts)
        except ValueError as error:
            raise ValueError(f"{column.field}: {error}") from None
        if value is not UNSAID:
            found[column.name] = cast("Value", value)
        if column.name == "country":
            country = cast("str | None", value)
    stage = stage_of(row, facts)
    if stage is not None:
        found[STAGES[facts.place.table][0]] = stage
    return found


def stage_of(row: Row, facts: Facts) -> str | None:
    """Return our key of a row's state, ``None`` where there is none."""
    if facts.place.table not in STAGES or row.get("statecode") is None:
        return None
    option = row.get(STAGES[facts.place.table][1])
    return facts.stages.key(int(row["statecode"]), -1 if option is None else int(option))


def target_of(row: Row, lookup: str) -> tuple[str, str]:
    """Return the table and the id that a lookup holds; empty texts when it is empty."""
    row_id = str(row.get(f"_{lookup}_value") or "").lower()
    return (str(row.get(f"_{lookup}_value@{LOGICAL_NAME}") or ""), row_id) if row_id else ("", "")


def references(row: Row, place: Place, contacts: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Return a row's references, every one of its entity."""
    refs: dict[str, tuple[str, ...]] = {name: () for name in REFERENCES[place.entity]}
    for lookup in tables.LOOKUPS[place.table]:
        table, row_id = target_of(row, lookup)
        table = {"parentaccountid": "account", "parentcontactid": "contact"}.get(lookup, table)
        name = {"account": "company", "contact": "contacts", "opportunity": "deal"}.get(table, "")
        if row_id and name in refs:
            refs[name] = (*refs[name], row_id)
    if "contacts" in refs:
        refs["contacts"] = tuple(sorted({*refs["contacts"], *contacts}))
    return refs

"""What one CRM holds at one moment, in neutral names but in the CRM's own spelling."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from local.demo.model import Entity


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One record as a CRM stores it.

    Attributes:
        external_id: the CRM's id.
        fields: by neutral name, the CRM's own text; empty where it holds nothing.
        company: the CRM's id of the company it belongs to, or empty.
        contacts: the CRM's ids of the people it belongs to.
        correlation_id: value of the integration's own external-id field, or empty.
    """

    entity: Entity
    external_id: str
    fields: Mapping[str, str]
    company: str = ""
    contacts: frozenset[str] = frozenset()
    correlation_id: str = ""


def as_it_is(_entity: Entity, _name: str, value: str) -> str | None:
    """Return what a CRM that rewrites nothing makes of a canonical value."""
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything one CRM holds.

    Attributes:
        owners: e-mail addresses of everybody who can own records there, lower case.
        absent_fields: neutral names the CRM has no standard field for, per entity.
        required: per entity, fields the CRM insists on, so that something stands there
            even where nobody typed anything.
        lacks_references: per entity, references it has no place for.
        needs: per entity, references without which it takes no record.
        own_lists: choices of which it keeps a list of its own; words that are not on it are left out.
        one_name: it keeps a person's names as one text, and takes them apart by a rule of its own.
        no_amount_is_zero: a deal without an amount has the amount 0 there.
        shows: what it makes of a canonical value; ``None`` where it need not show it at all.
    """

    crm: str
    records: Mapping[Entity, tuple[Seen, ...]]
    owners: frozenset[str] = frozenset()
    absent_fields: Mapping[Entity, frozenset[str]] = field(default_factory=dict[Entity, frozenset[str]])
    required: Mapping[Entity, frozenset[str]] = field(default_factory=dict[Entity, frozenset[str]])
    lacks_references: Mapping[Entity, frozenset[str]] = field(default_factory=dict[Entity, frozenset[str]])
    needs: Mapping[Entity, frozenset[str]] = field(default_factory=dict[Entity, frozenset[str]])
    own_lists: frozenset[str] = frozenset()
    one_name: bool = False
    no_amount_is_zero: bool = False
    shows: Callable[[Entity, str, str], str | None] = as_it_is

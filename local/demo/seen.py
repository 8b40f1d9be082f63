"""What one CRM holds at one moment, in neutral names but in the CRM's own spelling."""

from __future__ import annotations

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything one CRM holds.

    Attributes:
        owners: e-mail addresses of everybody who can own records there, lower case.
        absent_fields: neutral names the CRM has no standard field for, per entity.
        required: per entity, fields the CRM insists on, so that something stands there
            even where nobody typed anything.
    """

    crm: str
    records: Mapping[Entity, tuple[Seen, ...]]
    owners: frozenset[str] = frozenset()
    absent_fields: Mapping[Entity, frozenset[str]] = field(default_factory=dict[Entity, frozenset[str]])
    required: Mapping[Entity, frozenset[str]] = field(default_factory=dict[Entity, frozenset[str]])

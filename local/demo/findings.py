"""What a comparison found, and the ledger of what people typed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from local.demo.model import Entity

Kind: TypeAlias = Literal["missing", "value_lost", "duplicated", "different", "invented", "stranger"]
"""``missing``: a thing is not in a CRM. ``value_lost``: what somebody typed is nowhere any more.
``duplicated``: one thing stands twice in a CRM. ``different``: the CRMs disagree on a field.
``invented``: a field holds what nobody typed, in a CRM that does not insist on it.
``stranger``: a record that nobody typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it must be."""

    kind: Kind
    entity: Entity
    key: str
    crm: str = ""
    name: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The outcome of comparing every record and field.

    Attributes:
        records: things compared, each once, per entity.
        fields: pairs of values compared, references included.
        held_open: pairs that a CRM cannot hold, by reason; they were not compared.
        translations: for stages and industries, what each became.
    """

    records: Mapping[str, int]
    fields: int
    held_open: Mapping[str, int] = field(default_factory=dict[str, int])
    translations: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict[str, Mapping[str, list[str]]])
    findings: tuple[Finding, ...] = ()

    @property
    def lost(self) -> int:
        """Count missing things and values that are nowhere any more."""
        return self._count("missing", "value_lost")

    @property
    def duplicated(self) -> int:
        """Count things that stand twice, and records nobody typed."""
        return self._count("duplicated", "stranger")

    @property
    def different(self) -> int:
        """Count fields on which the CRMs disagree, and fields filled with what nobody typed."""
        return self._count("different", "invented")

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing at all was found."""
        return not self.findings

    def as_json(self, *, examples: int = 20) -> dict[str, Any]:
        """Return the report's form with at most ``examples`` findings of each kind."""
        kept: list[dict[str, str]] = []
        per_kind: Counter[str] = Counter()
        for each in self.findings:
            per_kind[each.kind] += 1
            if per_kind[each.kind] <= examples:
                kept.append(
                    {"kind": each.kind, "entity": each.entity, "key": each.key, "crm": each.crm}
                    | {"field": each.name, "words": each.words}
                )
        return {
            "records": dict(self.records),
            "fields": self.fields,
            "held_open": dict(self.held_open),
            "translations": {name: dict(table) for name, table in self.translations.items()},
            "findings": dict(per_kind),
            "examples": kept,
        }

    def _count(self, *kinds: Kind) -> int:
        return sum(1 for each in self.findings if each.kind in kinds)


@dataclass(slots=True)
class Ledger:
    """What people typed after the first sync: each edit replaces what may stand in a field."""

    _allowed: dict[tuple[Entity, str, str], set[str]] = field(default_factory=dict[tuple[Entity, str, str], set[str]])

    def typed(self, entity: Entity, key: str, name: str, values: Iterable[str]) -> None:
        """Note the values of which one has to stand in a field from now on."""
        self._allowed[(entity, key, name)] = set(values)

    def allowed(self, entity: Entity, key: str, name: str) -> set[str] | None:
        """Return them, or ``None`` for a field nobody touched since the first sync."""
        return self._allowed.get((entity, key, name))

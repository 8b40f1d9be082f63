"""Associations between records, kept from both ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.hubspot.association_types import AssociationType, predefined_types

_FIRST_CUSTOM_ID = 100

End = tuple[str, str]
"""Object type (plural) and record id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationChange:
    """One type of association that appeared or went away, seen from ``source``."""

    kind: AssociationType
    source: End
    target: End
    removed: bool


class AssociationBook:
    """Every association of the account and the types they may have."""

    def __init__(self) -> None:
        """Start with the predefined types and without associations."""
        self.types: dict[tuple[str, str], dict[int, AssociationType]] = {}
        self._links: dict[End, dict[str, dict[str, set[int]]]] = {}
        self._next_custom_id = _FIRST_CUSTOM_ID
        for kind in predefined_types():
            self.add_type(kind)

    def add_type(self, kind: AssociationType) -> None:
        """Allow one more type in its direction."""
        self.types.setdefault((kind.source, kind.target), {})[kind.type_id] = kind

    def new_type_id(self) -> int:
        """Return an id for a custom label, unique in the account."""
        self._next_custom_id += 1
        return self._next_custom_id

    def find_type(self, source: str, target: str, category: str, type_id: int) -> AssociationType | None:
        """Return a type that exists in exactly this direction."""
        kind = self.types.get((source, target), {}).get(type_id)
        return kind if kind is not None and kind.category == category else None

    def default_type(self, source: str, target: str) -> AssociationType | None:
        """Return the unlabelled type of a direction."""
        kinds = self.types.get((source, target), {}).values()
        return next((kind for kind in kinds if kind.label is None), None)

    def targets(self, source: End, target_type: str) -> dict[str, list[AssociationType]]:
        """Return associated record ids with the types of each, in order of association."""
        kinds = self.types.get((source[0], target_type), {})
        linked = self._links.get(source, {}).get(target_type, {})
        return {record_id: [kinds[number] for number in sorted(ids)] for record_id, ids in linked.items()}

    def all_targets(self, source: End) -> dict[str, dict[str, list[AssociationType]]]:
        """Return the associations of a record by target type."""
        found = {name: self.targets(source, name) for name in self._links.get(source, {})}
        return {name: linked for name, linked in found.items() if linked}

    def primary(self, source: End, target_type: str) -> str | None:
        """Return the record's primary associated record of a type."""
        for record_id, kinds in self.targets(source, target_type).items():
            if any(kind.is_primary for kind in kinds):
                return record_id
        return None

    def link(self, source: End, target: End, kinds: Iterable[AssociationType]) -> list[AssociationChange]:
        """Associate two records with ``kinds`` and the unlabelled type.

        A record has one primary of a type: a new one takes the mark from the old one.

        Returns:
            What changed, both directions; empty if everything was so already.
        """
        wanted = list(kinds)
        default = self.default_type(source[0], target[0])
        if default is not None and default not in wanted:
            wanted.append(default)
        changes: list[AssociationChange] = []
        for kind in wanted:
            changes += self._add(source, target, kind)
        return changes

    def unlink(
        self, source: End, target: End, kinds: Iterable[AssociationType] | None = None
    ) -> list[AssociationChange]:
        """Remove some types between two records, or all of them (``None``)."""
        present = self.targets(source, target[0]).get(target[1], [])
        wanted = present if kinds is None else [kind for kind in kinds if kind in present]
        changes: list[AssociationChange] = []
        for kind in wanted:
            changes += self._remove(source, target, kind)
        return changes

    def forget(self, source: End) -> list[AssociationChange]:
        """Remove every association of a record."""
        changes: list[AssociationChange] = []
        for target_type, linked in self.all_targets(source).items():
            for record_id in linked:
                changes += self.unlink(source, (target_type, record_id))
        self._links.pop(source, None)
        return changes

    def _add(self, source: End, target: End, kind: AssociationType) -> list[AssociationChange]:
        if kind.type_id in self._ids(source, target):
            return []
        changes: list[AssociationChange] = []
        old = self._primary_to_replace(source, target, kind)
        if old is not None:
            changes += self._remove(*old)
        inverse = self.types[(kind.target, kind.source)][kind.inverse_id]
        self._ids(source, target).add(kind.type_id)
        self._ids(target, source).add(inverse.type_id)
        changes.append(AssociationChange(kind=kind, source=source, target=target, removed=False))
        changes.append(AssociationChange(kind=inverse, source=target, target=source, removed=False))
        return changes

    def _primary_to_replace(
        self, source: End, target: End, kind: AssociationType
    ) -> tuple[End, End, AssociationType] | None:
        """Return the association that loses the mark; the many side has one primary."""
        if not kind.is_primary:
            return None
        forward = _holds_primary(kind.source, kind.target)
        holder, other_type = (source, target[0]) if forward else (target, source[0])
        current = self.primary(holder, other_type)
        if current is None:
            return None
        marked = kind if forward else self.types[(kind.target, kind.source)][kind.inverse_id]
        return holder, (other_type, current), marked

    def _remove(self, source: End, target: End, kind: AssociationType) -> list[AssociationChange]:
        inverse = self.types[(kind.target, kind.source)][kind.inverse_id]
        self._discard(source, target, kind.type_id)
        self._discard(target, source, inverse.type_id)
        return [
            AssociationChange(kind=kind, source=source, target=target, removed=True),
            AssociationChange(kind=inverse, source=target, target=source, removed=True),
        ]

    def _ids(self, source: End, target: End) -> set[int]:
        linked = self._links.setdefault(source, {}).setdefault(target[0], {})
        return linked.setdefault(target[1], set())

    def _discard(self, source: End, target: End, type_id: int) -> None:
        linked = self._links.get(source, {}).get(target[0], {})
        ids = linked.get(target[1], set())
        ids.discard(type_id)
        if not ids:
            linked.pop(target[1], None)


def _holds_primary(source: str, target: str) -> bool:
    """Tell whether ``source`` is the side that has one primary ``target``."""
    return (source, target) in {
        ("contacts", "companies"),
        ("deals", "companies"),
        ("tickets", "companies"),
        ("leads", "contacts"),
        ("leads", "companies"),
        ("leads", "deals"),
    }

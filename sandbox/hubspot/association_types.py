"""Association types between the object types here; every id has one direction.

Ids follow the vendor's published table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationType:
    """One type of association in one direction."""

    type_id: int
    category: str
    source: str
    target: str
    label: str | None
    inverse_id: int

    @property
    def is_primary(self) -> bool:
        """Whether a record can have only one of these."""
        return self.category == "HUBSPOT_DEFINED" and self.label == "Primary"

    def as_json(self) -> dict[str, object]:
        """Return the spelling of association answers."""
        return {"category": self.category, "typeId": self.type_id, "label": self.label}


_PAIRS: tuple[tuple[str, str, int, int], ...] = (
    ("contacts", "companies", 279, 280),
    ("contacts", "deals", 4, 3),
    ("contacts", "tickets", 15, 16),
    ("contacts", "leads", 609, 608),
    ("contacts", "notes", 201, 202),
    ("contacts", "tasks", 203, 204),
    ("contacts", "calls", 193, 194),
    ("contacts", "meetings", 199, 200),
    ("contacts", "emails", 197, 198),
    ("companies", "deals", 342, 341),
    ("companies", "tickets", 340, 339),
    ("companies", "leads", 611, 610),
    ("companies", "notes", 189, 190),
    ("companies", "tasks", 191, 192),
    ("companies", "calls", 181, 182),
    ("companies", "meetings", 187, 188),
    ("companies", "emails", 185, 186),
    ("deals", "tickets", 27, 28),
    ("deals", "leads", 1038, 1037),
    ("deals", "notes", 213, 214),
    ("deals", "tasks", 215, 216),
    ("deals", "calls", 205, 206),
    ("deals", "meetings", 211, 212),
    ("deals", "emails", 209, 210),
    ("tickets", "notes", 227, 228),
    ("tickets", "tasks", 229, 230),
    ("tickets", "calls", 219, 220),
    ("tickets", "meetings", 225, 226),
    ("tickets", "emails", 223, 224),
    ("leads", "notes", 854, 855),
    ("leads", "tasks", 646, 647),
    ("contacts", "contacts", 449, 449),
    ("companies", "companies", 450, 450),
    ("deals", "deals", 451, 451),
)
_PRIMARIES: tuple[tuple[str, str, int, int], ...] = (
    ("contacts", "companies", 1, 2),
    ("deals", "companies", 5, 6),
    ("tickets", "companies", 26, 25),
    ("leads", "contacts", 578, 579),
    ("leads", "companies", 580, 581),
    ("leads", "deals", 582, 583),
)
_LABELLED: tuple[tuple[str, str, int, int, str, str], ...] = (
    ("companies", "companies", 14, 13, "Parent Company", "Child Company"),
)


def predefined_types() -> list[AssociationType]:
    """Return every predefined type, both directions of each pair."""
    rows: list[tuple[str, str, int, int, str | None]] = []
    for source, target, there, back in _PAIRS:
        rows.append((source, target, there, back, None))
        if there != back:
            rows.append((target, source, back, there, None))
    for source, target, there, back in _PRIMARIES:
        rows += [(source, target, there, back, "Primary"), (target, source, back, there, "Primary")]
    for source, target, there, back, label, inverse in _LABELLED:
        rows += [(source, target, there, back, label), (target, source, back, there, inverse)]
    return [
        AssociationType(
            type_id=there,
            category="HUBSPOT_DEFINED",
            source=source,
            target=target,
            label=label,
            inverse_id=back,
        )
        for source, target, there, back, label in rows
    ]

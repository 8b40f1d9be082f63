"""Groups that properties are shown in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True, kw_only=True)
class PropertyGroup:
    """One group of properties of an object type."""

    name: str
    label: str
    display_order: int = -1

    def as_json(self) -> dict[str, Any]:
        """Return the vendor's spelling."""
        return {
            "name": self.name,
            "label": self.label,
            "displayOrder": self.display_order,
            "archived": False,
        }


def standard_groups(name: str, singular: str) -> dict[str, PropertyGroup]:
    """Return the one group every object type starts with."""
    return {name: PropertyGroup(name=name, label=f"{singular.capitalize()} information", display_order=0)}

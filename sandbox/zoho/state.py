"""Everything the simulated Zoho CRM account stores."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

JsonObject = dict[str, Any]


@dataclass(slots=True)
class AccountState:
    """Records by object type and id."""

    tables: dict[str, dict[str, JsonObject]] = field(default_factory=dict[str, dict[str, JsonObject]])

    def as_json(self) -> JsonObject:
        """Return everything stored."""
        return {name: list(rows.values()) for name, rows in self.tables.items()}

    def clear(self) -> None:
        """Forget everything."""
        self.tables.clear()

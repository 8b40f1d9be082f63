"""Where a walk through a list stands, as it is kept between two steps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from crmbridge.connectors.kommo.client.calls import is_record


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk goes on.

    Attributes:
        at: epoch second; everything before it has been seen.
        page: of the second ``at``, walked through by id; 0 while walking by time.
        last_id: the highest id seen in that second.
        until: changes after this second belong to the next walk; 0 for no bound.
    """

    at: int = 0
    page: int = 0
    last_id: int = 0
    until: int = 0

    @staticmethod
    def of(cursor: str | None, start: Place | None = None) -> Place:
        """Return the place a cursor names."""
        return Place(**json.loads(cursor)) if cursor else start or Place()

    def text(self) -> str:
        """Return the cursor that names this place."""
        return json.dumps({key: value for key, value in asdict(self).items() if value}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a walk."""

    rows: Sequence[Any] = field(default_factory=list[Any])
    following: Place | None = None
    server_time: datetime | None = None


def modified_s(row: object) -> int:
    """Return when a listed record was modified, in epoch seconds; 0 where it does not say."""
    value = row.get("updated_at") if is_record(row) else None
    return value if isinstance(value, int) else 0


def row_id(row: object) -> int:
    """Return a listed record's id; 0 where it has none."""
    value = row["id"] if is_record(row) else None
    return value if isinstance(value, int) else 0

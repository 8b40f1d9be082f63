"""The organization's tables as they are when it is new."""

from __future__ import annotations

from sandbox.dynamics.schema.activities import ACTIVITIES
from sandbox.dynamics.schema.columns import Column, Option, TableDef
from sandbox.dynamics.schema.deals import DEALS
from sandbox.dynamics.schema.people import PEOPLE
from sandbox.dynamics.schema.system import SYSTEM

__all__ = ["Column", "Option", "TableDef", "new_tables"]


def new_tables() -> dict[str, TableDef]:
    """Return every table by its logical name, with columns of its own to change."""
    return {each.name: each.copy() for each in (*PEOPLE, *DEALS, *ACTIVITIES, *SYSTEM)}

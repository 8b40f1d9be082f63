"""What a query may see: the tables, the fields of the asking user, the org's day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Protocol

from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.tables import Table

POLYMORPHIC_FIELDS = ("Id", "Name", "Type", "FirstName", "LastName", "Email", "Phone", "Title", "IsActive")


class Scope(Protocol):
    """The org as one user sees it."""

    @property
    def tables(self) -> Mapping[str, Table]:
        """Tables by object name."""
        ...

    @property
    def today(self) -> date:
        """The org's calendar day."""
        ...

    @property
    def url_prefix(self) -> str:
        """Path before an object's name in ``attributes.url``."""
        ...

    def object_named(self, name: str) -> SObject | None:
        """Return an object the user may read, letters' case aside."""
        ...

    def readable(self, sobject: SObject, name: str) -> Field | None:
        """Return a field the user may read, letters' case aside."""
        ...

"""The org as one user of one API version sees it; what SOQL runs in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sandbox.salesforce.access import Access
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.tables import Table


class View:
    """Objects and fields visible to a user, through the data or the tooling API."""

    def __init__(self, org: Org, *, access: Access | None, version: str, tooling: bool = False) -> None:
        """Look at ``org``; ``access`` ``None`` sees everything."""
        self.org = org
        self.access = access
        self.tooling = tooling
        self._prefix = f"/services/data/v{version}/{'tooling/' if tooling else ''}sobjects"

    @property
    def tables(self) -> Mapping[str, Table]:
        """Tables by object name."""
        return self.org.tables

    @property
    def today(self) -> date:
        """The org's calendar day, in UTC."""
        return self.org.clock.now().date()

    @property
    def url_prefix(self) -> str:
        """Path before an object's name in ``attributes.url``."""
        return self._prefix

    def object_named(self, name: str) -> SObject | None:
        """Return an object of this API, letters' case aside."""
        found = self.org.object_named(name)
        return found if found is not None and found.tooling == self.tooling else None

    def readable(self, sobject: SObject, name: str) -> Field | None:
        """Return a field the user may read, letters' case aside."""
        made = sobject.find(name)
        if made is None or self.access is None or self.access.can_read(sobject, made):
            return made
        return None

"""Everything the simulated organisation stores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox._clock import Clock
from sandbox.zoho.account import API_USER, USERS, User, organisation
from sandbox.zoho.errors import ZohoError, invalid_module
from sandbox.zoho.index import SearchIndex
from sandbox.zoho.modules import standard_modules
from sandbox.zoho.options import Options
from sandbox.zoho.records import Record, Table
from sandbox.zoho.times import shown

JsonObject = dict[str, Any]
ROLES = [
    {"id": "4150868000000006871", "name": "Decision Maker", "sequence_number": 1},
    {"id": "4150868000000006873", "name": "Product Management", "sequence_number": 2},
]
_RECYCLED_S = 60 * 86_400
_REMEMBERED_S = 120 * 86_400


class Org:
    """Modules with their records, tags, and the options of the simulation."""

    def __init__(self, clock: Clock) -> None:
        """Open a fresh organisation."""
        self.clock = clock
        self.options = Options()
        self.tables = {name: Table(module) for name, module in standard_modules().items()}
        self.tags: dict[str, dict[str, str]] = {name: {} for name in self.tables}
        self.index = {name: SearchIndex() for name in self.tables}
        self._last_id = 4_150_868_000_000_300_000

    def now_s(self) -> int:
        """Return the simulated time in whole seconds: the vendor tells no finer."""
        return int(self.clock.now().timestamp())

    def new_id(self) -> str:
        """Return the next id; one counter for everything."""
        self._last_id += 1
        return str(self._last_id)

    def table(self, name: str) -> Table:
        """Return a module's records.

        Raises:
            ZohoError: there is no such module.
        """
        if name not in self.tables:
            raise invalid_module()
        return self.tables[name]

    def user(self, user_id: str) -> User | None:
        """Return a person by id."""
        return next((each for each in USERS if each.user_id == user_id), None)

    def tag_id(self, module: str, name: str) -> str:
        """Return a tag's id in a module, made when it is first used."""
        tags = self.tags[module]
        if name not in tags:
            if len(tags) >= 100:
                raise ZohoError(code="LIMIT_EXCEEDED", message="tag limit of the module exceeded")
            tags[name] = self.new_id()
        return tags[name]

    def title(self, name: str, record: Record) -> str:
        """Return what a record is called."""
        module = self.tables[name].module
        if module.title == "Full_Name":
            parts = (record.values.get("First_Name"), record.values.get("Last_Name"))
            return " ".join(str(each) for each in parts if each)
        return str(record.values.get(module.title) or "")

    def forget_old(self) -> None:
        """Empty the recycle bin of what is 60 days old; forget all after 120 days."""
        for table in self.tables.values():
            for record_id, grave in list(table.graves.items()):
                age_s = self.now_s() - grave.deleted_s
                grave.permanent = grave.permanent or age_s > _RECYCLED_S
                if age_s > _REMEMBERED_S:
                    del table.graves[record_id]

    def as_json(self) -> JsonObject:
        """Return everything stored."""
        rows = {name: self.rows(name, ()) for name in self.tables}
        graves = {
            name: [{"id": each.record.record_id, "permanent": each.permanent} for each in table.graves.values()]
            for name, table in self.tables.items()
        }
        fields = {
            name: [each.as_json() for each in table.module.fields.values() if each.custom]
            for name, table in self.tables.items()
        }
        return {**rows, "deleted": graves, "fields": fields, "org": organisation()}

    def rows(self, name: str, ids: Sequence[str]) -> list[JsonObject]:
        """Return live records as stored, some by id or all."""
        table = self.tables[name]
        chosen = [table.live[each] for each in ids if each in table.live] if ids else list(table)
        return [
            {
                "id": each.record_id,
                **{key: value for key, value in each.values.items() if value is not None},
                "Tag": list(each.tags),
                "Contact_Roles": sorted(each.roles),
                "Modified_Time": shown(each.modified_s, API_USER.time_zone),
            }
            for each in chosen
        ]

"""Everything the simulated account stores, and who may ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from sandbox._clock import Clock
from sandbox.freshsales.errors import not_found
from sandbox.freshsales.fields import Field
from sandbox.freshsales.holders import Holders
from sandbox.freshsales.limits import RateGate
from sandbox.freshsales.modules import BY_PLURAL, CONTACT, MODULES, Module
from sandbox.freshsales.options import Options
from sandbox.freshsales.records import Record
from sandbox.freshsales.selectors import Selectors

JsonObject = dict[str, Any]

API_KEY = "fs_9fJ2mQ7xTq4Zb1"
API_USER_ID = 70_000_000_101
PERSON_ID = 70_000_000_102
_FIRST_ID = 70_000_100_000
_FIRST_VIEW = 70_000_050_000


class Account:
    """Records, definitions, lists and the key of one account."""

    def __init__(self, clock: Clock) -> None:
        """Open a fresh account."""
        self.clock = clock
        self.options = Options()
        self.gate = RateGate(clock)
        self.selectors = Selectors()
        self.key_works = True
        self.tables: dict[str, dict[int, Record]] = {each.plural: {} for each in MODULES}
        self.custom: dict[str, dict[str, Field]] = {
            **{each.plural: {} for each in MODULES},
            "sales_activities": {},
        }
        self.version = 0
        self._last_id = _FIRST_ID
        self._holders: dict[str, Holders] = {each.plural: Holders() for each in MODULES}
        self._orders: dict[tuple[str, ...], tuple[int, list[int]]] = {}

    def new_id(self) -> int:
        """Return an id nothing has, beyond 32 bits."""
        self._last_id += 7
        return self._last_id

    def fields(self, module: Module) -> dict[str, Field]:
        """Return a module's fields, people's own included."""
        return {**module.fields, **self.custom[module.plural]}

    def live(self, module: Module) -> Iterable[Record]:
        """Return the records that are not in the recycle bin."""
        return (each for each in self.tables[module.plural].values() if each.deleted_ms is None)

    def chosen(self, module: Module, ids: Iterable[int]) -> Iterable[Record]:
        """Return the live records among some."""
        found = (self.tables[module.plural].get(each) for each in ids)
        return (each for each in found if each is not None and each.deleted_ms is None)

    def holders(self, module: Module) -> Holders:
        """Return who may hold a module's unique values."""
        holders = self._holders[module.plural]
        holders.follow(
            [each.name for each in self.fields(module).values() if each.is_unique], self.tables[module.plural]
        )
        return holders

    def find(self, module: Module, record_id: int) -> Record:
        """Return a live record.

        Raises:
            VendorError: 404 where there is none.
        """
        record = self.tables[module.plural].get(record_id)
        if record is None or record.deleted_ms is not None:
            raise not_found(module.model)
        return record

    def touch(self, record: Record, *, before: Record | None) -> None:
        """Note that a record was written: its time moves, and searches see it later.

        Args:
            before: its state before, ``None`` for a new record.
        """
        now_ms = self.clock.now_ms()
        if now_ms >= record.visible_ms:
            record.seen = before
        record.visible_ms = now_ms + round(1000 * self.options.index_lag_s)
        record.updated_ms = now_ms
        self.version += 1

    def order(self, key: tuple[str, ...], build: Any) -> list[int]:
        """Return the ids of a sorted view, built anew only after a write."""
        version, ids = self._orders.get(key, (-1, []))
        if version != self.version:
            ids = build()
            self._orders[key] = (self.version, ids)
        return ids

    def view_id(self, module: Module, name: str) -> int:
        """Return the id of a view in this account."""
        place = [each.plural for each in MODULES].index(module.plural)
        return _FIRST_VIEW + 40 * place + 3 * module.views.index(name)

    def view_of(self, module: Module, view_id: int) -> str:
        """Return the name of a view.

        Raises:
            VendorError: 404 for a view of another module or account.
        """
        for name in module.views:
            if self.view_id(module, name) == view_id:
                return name
        raise not_found("The view")

    def rows(self, plural: str, ids: Sequence[str]) -> list[JsonObject]:
        """Return records as the control surface shows them, some of them or all."""
        table = self.tables[plural]
        chosen = [table[int(each)] for each in ids if int(each) in table] if ids else list(table.values())
        return [shown(BY_PLURAL[plural], each) for each in chosen]


def shown(module: Module, record: Record) -> JsonObject:
    """Return one record whole; what is empty is left out."""
    row: JsonObject = {
        "id": str(record.record_id),
        **{name: value for name, value in record.values.items() if value is not None},
        "custom_field": {name: value for name, value in record.custom.items() if value is not None},
        "deleted": record.deleted_ms is not None,
    }
    if module is CONTACT:
        row["emails"] = [each.as_json() for each in record.emails]
        row["sales_accounts"] = [{"id": str(key), "is_primary": value} for key, value in record.accounts.items()]
    if record.contact_ids:
        row["contact_ids"] = [str(each) for each in record.contact_ids]
    return row


def host_of(base_url: str) -> str:
    """Return the account's host: the only name an account has."""
    return urlsplit(base_url).netloc.lower()

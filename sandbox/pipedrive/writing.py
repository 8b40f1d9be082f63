"""Records made, changed, deleted and merged; every change is announced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.pipedrive.checking import checked
from sandbox.pipedrive.company import Actor, Company
from sandbox.pipedrive.deal_rules import complete_activity, complete_deal, follow_person
from sandbox.pipedrive.errors import invalid
from sandbox.pipedrive.hook_rows import hook_row
from sandbox.pipedrive.records import Record
from sandbox.pipedrive.schema import ObjectSpec
from sandbox.pipedrive.times import parse_v2, v2_time

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change that webhooks tell.

    Attributes:
        before: the row as webhooks showed it before; ``None`` for a new one.
        after: the row as webhooks show it now; ``None`` for one that is gone.
        meta: further keys of the event's ``meta``.
    """

    entity: str
    action: str
    record_id: int | str
    actor: Actor
    before: JsonObject | None
    after: JsonObject | None
    meta: JsonObject


class Writer:
    """Changes the company."""

    def __init__(self, company: Company, announce: Callable[[Change], None]) -> None:
        """Write to ``company`` and tell ``announce`` of every change."""
        self.company = company
        self._announce = announce

    def create(self, spec: ObjectSpec, body: JsonObject, actor: Actor) -> Record:
        """Store a new record; nobody asks whether there is one like it already.

        Raises:
            VendorError: 400.
        """
        company = self.company
        values, custom = checked(company, spec, body, is_new=True)
        add_time = values.pop("add_time", None)
        now_ms = company.clock.now_ms() // 1000 * 1000
        values.setdefault("owner_id", actor.user_id)
        values.setdefault("visible_to", 3)
        self._complete(spec, values, None)
        record = Record(
            record_id=company.tables[spec.name].take_id(),
            values=_whole(spec, values),
            custom={code: value for code, value in custom.items() if value is not None},
            add_ms=parse_v2("add_time", add_time) if add_time else now_ms,
            update_ms=now_ms,
            creator_id=actor.user_id,
        )
        company.tables[spec.name].add(record)
        self._settle(spec, record)
        self.tell(spec.name, "create", record, actor, None)
        return record

    def update(self, spec: ObjectSpec, record: Record, body: JsonObject, actor: Actor) -> bool:
        """Change a record; tells whether anything changed.

        Raises:
            VendorError: 400.
        """
        if not body:
            raise invalid("at least one field must be provided")
        values, custom = checked(self.company, spec, body, is_new=False)
        self._complete(spec, values, record)
        fresh_values = {**record.values, **values}
        fresh_custom = {code: each for code, each in {**record.custom, **custom}.items() if each is not None}
        if (fresh_values, fresh_custom) == (record.values, record.custom):
            return False
        before = hook_row(self.company, spec.name, record)
        self.remember_index(record)
        record.values, record.custom = fresh_values, fresh_custom
        self.touch(record)
        self._settle(spec, record)
        self.tell(spec.name, "change", record, actor, before)
        return True

    def delete(self, name: str, record: Record, actor: Actor, **meta: Any) -> None:
        """Delete a record; it stays readable by its id for thirty days."""
        before = hook_row(self.company, name, record)
        record.deleted_ms = record.update_ms = self.company.clock.now_ms() // 1000 * 1000
        self.tell(name, "delete", record, actor, before, **meta)

    def tell(
        self, name: str, action: str, record: Record, actor: Actor, before: JsonObject | None, **meta: Any
    ) -> None:
        """Announce what became of a record."""
        after = None if action == "delete" else hook_row(self.company, name, record)
        self._announce(
            Change(
                entity=name,
                action=action,
                record_id=record.record_id,
                actor=actor,
                before=before,
                after=after,
                meta=meta,
            )
        )

    def touch(self, record: Record) -> None:
        """Let a record's modified time and its entry in the search index follow a change."""
        now_ms = self.company.clock.now_ms()
        record.update_ms = now_ms // 1000 * 1000
        record.indexed_ms = now_ms + int(1000 * self.company.options.index_lag_s)

    def remember_index(self, record: Record) -> None:
        """Keep what searches see until the index has caught up."""
        if record.indexed_ms <= self.company.clock.now_ms():
            record.found_by = {**record.values, **record.custom}

    def _complete(self, spec: ObjectSpec, values: JsonObject, before: Record | None) -> None:
        if spec.name == "person" and "name" in values:
            first, _, last = values["name"].strip().partition(" ")
            values["first_name"], values["last_name"] = first, last.strip() or None
        if spec.name == "deal":
            complete_deal(self.company, values, before)
        if spec.name == "activity":
            complete_activity(values, before, v2_time(self.company.clock.now_ms()))

    def _settle(self, spec: ObjectSpec, record: Record) -> None:
        if record.indexed_ms == 0:
            record.indexed_ms = self.company.clock.now_ms() + int(1000 * self.company.options.index_lag_s)
        if spec.name == "deal":
            follow_person(self.company, record)


def _whole(spec: ObjectSpec, values: JsonObject) -> JsonObject:
    """Return values with every field of the object in them."""
    lists = ("labels", "contact_points", "participants", "attendees")
    empty: JsonObject = {name: [] if field.kind in lists else None for name, field in spec.fields.items()}
    return {**empty, **values}

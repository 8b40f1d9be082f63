"""Write records and associations, with all that follows: dates, mirrors, events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.hubspot.actors import Actor
from sandbox.hubspot.association_types import AssociationType
from sandbox.hubspot.associations import AssociationChange, End
from sandbox.hubspot.auto_companies import associate_by_domain
from sandbox.hubspot.checking import PropertyChecker
from sandbox.hubspot.email_headers import HEADERS, told_addresses
from sandbox.hubspot.events import Event, EventFactory
from sandbox.hubspot.pipelines import closing_values
from sandbox.hubspot.records import ObjectTable, Record, Values
from sandbox.hubspot.state import AccountState
from sandbox.hubspot.times import iso

_CLOSING = ("deals", "dealstage", "pipeline")
_ALWAYS_STAGED = "leads"
_COMPANY_MIRROR = "associatedcompanyid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Who changes records, and when; one for all records of a request.

    Attributes:
        at_ms: the sandbox clock.
        silent: no webhook events (seeding).
        trusted: read-only properties may be set, and search sees the result at once.
    """

    actor: Actor
    at_ms: int
    silent: bool = False
    trusted: bool = False

    def by(self, actor: Actor) -> Stamp:
        """Return the same stamp for another actor."""
        return replace(self, actor=actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """An association to be made with a new record."""

    target: End
    kinds: Sequence[AssociationType]


class RecordWriter:
    """The only writer of records and associations of the account."""

    def __init__(self, state: AccountState, *, events: EventFactory, publish: Callable[[list[Event]], None]) -> None:
        """Write to ``state`` and hand the events to ``publish``."""
        self.state = state
        self.checker = PropertyChecker(state)
        self._events, self._publish = events, publish

    def check_new(self, table: ObjectTable, written: Mapping[str, Any], stamp: Stamp) -> Values:
        """Return the values of a new record without storing it.

        Raises:
            VendorError: 400 for refused values, 409 for a taken e-mail address.
        """
        values = self.checker.changes(table, written, {}, trusted=stamp.trusted)
        self.checker.check_required(table, values)
        self.checker.check_unique(table, values, None)
        return values

    def create(
        self, table: ObjectTable, values: Values, stamp: Stamp, *, links: Iterable[NewLink] = (), record_id: str = ""
    ) -> Record:
        """Store a new record; ``values`` come from ``check_new``."""
        record_id = record_id or table.new_id()
        properties = self._new_properties(table, values, record_id, stamp)
        created_ms = stamp.at_ms
        record = Record(record_id=record_id, properties=properties, created_ms=created_ms, updated_ms=stamp.at_ms)
        table.insert(record)
        self.reindex(table, record, stamp)
        if not stamp.silent:
            shown = self._shown(table, {name: properties[name] for name in values if properties.get(name)})
            self._publish(
                self._events.creation(table.kind, record_id, values=shown, actor=stamp.actor, at_ms=stamp.at_ms)
            )
        for link in links:
            self.associate((table.kind.name, record_id), link.target, link.kinds, stamp)
        if table.kind.name == "contacts" and self.state.options.auto_companies:
            associate_by_domain(self, record, stamp)
        return record

    def update(self, table: ObjectTable, record: Record, written: Mapping[str, Any], stamp: Stamp) -> bool:
        """Change a live record and tell whether any stored value is another one now.

        Raises:
            VendorError: 400 for refused values, 409 for a taken e-mail address.
        """
        changes = self.checker.changes(table, written, record.properties, trusted=stamp.trusted)
        self.checker.check_unique(table, changes, record.record_id)
        return self.apply(table, record, changes, stamp)

    def apply(self, table: ObjectTable, record: Record, changes: Values, stamp: Stamp) -> bool:
        """Store checked changes of a live record and tell whether any value is another one now."""
        current = record.properties
        different = {name: value for name, value in changes.items() if current.get(name, "") != value}
        unchanged = self.state.options.unchanged_writes
        if not different and (unchanged == "ignore" or not changes):
            return False
        properties = {**current, **changes, table.kind.modified: iso(stamp.at_ms)}
        if table.kind.name == _CLOSING[0] and (_CLOSING[1] in different or _CLOSING[2] in different):
            properties |= self._closing(properties)
        if HEADERS in different:
            properties |= told_addresses(properties[HEADERS])
        record.updated_ms = stamp.at_ms
        table.store(record, properties)
        self.reindex(table, record, stamp)
        announced = changes if unchanged == "notify" else different
        self._announce(table, record, announced, stamp)
        return bool(different)

    def archive(self, table: ObjectTable, record: Record, stamp: Stamp) -> None:
        """Archive a live record; its associations end."""
        self._cut_links((table.kind.name, record.record_id), stamp)
        table.archive(record, stamp.at_ms)
        self.hide(table, record, stamp)
        if not stamp.silent:
            event = self._events.deletion
            self._publish(event(table.kind, record.record_id, actor=stamp.actor, at_ms=stamp.at_ms))

    def restore(self, table: ObjectTable, record: Record, stamp: Stamp) -> None:
        """Bring an archived record back.

        Raises:
            VendorError: another record holds its unique values now.
        """
        self.checker.check_unique(table, record.properties, record.record_id)
        table.restore(record)
        record.updated_ms = stamp.at_ms
        record.properties = {**record.properties, table.kind.modified: iso(stamp.at_ms)}
        self.reindex(table, record, stamp)
        if not stamp.silent:
            event = self._events.restoring
            self._publish(event(table.kind, record.record_id, actor=stamp.actor, at_ms=stamp.at_ms))

    def forget(self, table: ObjectTable, record: Record, stamp: Stamp) -> None:
        """Delete a record for good, for privacy."""
        self._cut_links((table.kind.name, record.record_id), stamp)
        table.forget(record)
        self.hide(table, record, stamp)
        if not stamp.silent:
            event = self._events.privacy_deletion
            self._publish(event(table.kind, record.record_id, actor=stamp.actor, at_ms=stamp.at_ms))

    def associate(
        self, source: End, target: End, kinds: Sequence[AssociationType], stamp: Stamp
    ) -> list[AssociationChange]:
        """Associate two live records; see ``AssociationBook.link``."""
        book = self.state.associations
        wanted = list(kinds)
        if self.state.options.first_company_is_primary:
            wanted += self._first_company(source, target)
        changes = book.link(source, target, wanted)
        self._after_links(changes, stamp)
        return changes

    def dissociate(
        self, source: End, target: End, kinds: Sequence[AssociationType] | None, stamp: Stamp
    ) -> list[AssociationChange]:
        """Remove some types of association between two records, or all (``None``)."""
        changes = self.state.associations.unlink(source, target, kinds)
        self._after_links(changes, stamp)
        return changes

    def announce_merge(self, table: ObjectTable, ids: tuple[str, str, str], *, moved: int, stamp: Stamp) -> None:
        """Publish a merge of (primary, merged) into a surviving record."""
        if not stamp.silent:
            event = self._events.merge
            self._publish(event(table.kind, ids, moved=moved, actor=stamp.actor, at_ms=stamp.at_ms))

    def hide(self, table: ObjectTable, record: Record, stamp: Stamp) -> None:
        """Let search lose a record, after the lag."""
        table.index.note(record.record_id, None, visible_ms=self._visible_ms(stamp))

    def reindex(self, table: ObjectTable, record: Record, stamp: Stamp) -> None:
        """Let search see a record's present state, after the lag unless it is seeded."""
        if stamp.trusted:
            table.index.show(record.record_id, record.properties)
        else:
            table.index.note(record.record_id, record.properties, visible_ms=self._visible_ms(stamp))

    def _first_company(self, source: End, target: End) -> list[AssociationType]:
        book = self.state.associations
        for holder, other in ((source, target), (target, source)):
            if holder[0] not in {"contacts", "deals"} or other[0] != "companies":
                continue
            if book.targets(holder, "companies"):
                continue
            kinds = book.types[(source[0], target[0])].values()
            return [kind for kind in kinds if kind.is_primary]
        return []

    def _after_links(self, changes: list[AssociationChange], stamp: Stamp) -> None:
        if not stamp.silent:
            self._publish(self._events.associations(changes, actor=stamp.actor, at_ms=stamp.at_ms))
        contacts = self.state.tables["contacts"]
        touched = {
            change.source[1]
            for change in changes
            if change.kind.is_primary and (change.source[0], change.target[0]) == ("contacts", "companies")
        }
        for record_id in touched:
            record = contacts.live(record_id)
            company = self.state.associations.primary(("contacts", record_id), "companies")
            if record is not None:
                self.apply(contacts, record, {_COMPANY_MIRROR: company or ""}, stamp)

    def _cut_links(self, end: End, stamp: Stamp) -> None:
        self._after_links(self.state.associations.forget(end), stamp)

    def _new_properties(self, table: ObjectTable, values: Values, record_id: str, stamp: Stamp) -> Values:
        now = iso(stamp.at_ms)
        properties: Values = {
            "createdate": now,
            table.kind.modified: now,
            "hs_object_source": stamp.actor.object_source,
            "hs_object_source_id": stamp.actor.source_id,
            "hs_object_source_label": stamp.actor.object_source,
            **{name: value for name, value in values.items() if value},
            "hs_object_id": record_id,
        }
        pipeline_name, stage_name = table.kind.pipeline
        first = self.state.pipelines.first(table.kind.name) if pipeline_name else None
        if first and properties.get(stage_name) and not properties.get(pipeline_name):
            properties[pipeline_name] = first.pipeline_id
        if first and table.kind.name == _ALWAYS_STAGED and not properties.get(stage_name):
            properties[pipeline_name], properties[stage_name] = first.pipeline_id, next(iter(first.stages))
        if table.kind.name == _CLOSING[0]:
            properties |= self._closing(properties)
        if properties.get(HEADERS):
            properties |= told_addresses(properties[HEADERS])
        default_stage = self.state.options.default_lifecyclestage
        if default_stage and "lifecyclestage" in table.definitions:
            properties.setdefault("lifecyclestage", default_stage)
        return properties

    def _closing(self, properties: Values) -> Values:
        pipeline = self.state.pipelines.by_type["deals"].get(properties.get("pipeline", ""))
        stage = pipeline.stages.get(properties.get("dealstage", "")) if pipeline else None
        return closing_values(stage) if stage else {}

    def _announce(self, table: ObjectTable, record: Record, values: Values, stamp: Stamp) -> None:
        if values and not stamp.silent:
            shown = self._shown(table, values)
            self._publish(
                self._events.changes(table.kind, record.record_id, values=shown, actor=stamp.actor, at_ms=stamp.at_ms)
            )

    @staticmethod
    def _shown(table: ObjectTable, values: Values) -> dict[str, Any]:
        return {name: (table.definitions[name], value) for name, value in values.items()}

    def _visible_ms(self, stamp: Stamp) -> int:
        return stamp.at_ms + round(1000 * self.state.options.index_lag_s)

"""Compares one integration's rows with the hub's records, page by page, and repairs what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from crmbridge.domain.altering import altered
from crmbridge.domain.comparison import NONE, Difference, compare, mark_invisible
from crmbridge.domain.due import due_for, with_due
from crmbridge.domain.integrations import Integration
from crmbridge.domain.merge import Merged, merge
from crmbridge.domain.records import Entity, LastChange, Link, Observation, Record
from crmbridge.domain.tally import Tally
from crmbridge.domain.versions import version_ms
from crmbridge.ports import CrmClient, Page, ReadResult, Save
from crmbridge.services import _references as references
from crmbridge.services._absorb import Absorber
from crmbridge.services._runs import Run, save_run
from crmbridge.services._suppressed import without_suppressed
from crmbridge.services.hub import Hub

RECORDS_PAGE = 200

PLACED = ("active", "invisible")
"""States of links whose rows should be there."""


@dataclass(slots=True)
class Looked:
    """What one page shows.

    Attributes:
        found: counts of rows, see ``services._reports``.
        differing: rows by name of a field that differs.
        wanted: external ids of rows to be taken in, in the order of the page.
    """

    found: dict[str, int] = field(default_factory=dict[str, int])
    differing: dict[str, int] = field(default_factory=dict[str, int])
    wanted: list[str] = field(default_factory=list[str])

    def count(self, name: str, number: int = 1) -> None:
        """Add to one count."""
        self.found[name] = self.found.get(name, 0) + number


@dataclass(slots=True)
class Comparer:
    """Looks at one page at a time: first it counts, then it repairs within the run's budget.

    What a page shows is stored with the checkpoint before anything of it is repaired, so that a page which is begun
    again after a worker's death is repaired again, harmlessly, and not counted again.

    Attributes:
        run: as last stored, or further on.
    """

    hub: Hub
    integration: Integration
    integrations: Mapping[str, Integration]
    client: CrmClient
    lag: timedelta
    run: Run

    @property
    def key(self) -> str:
        """The integration's id, under which records hold their link."""
        return self.integration.integration_id

    def page(self, entity: Entity) -> str | None:
        """Compare one page of the run's present phase.

        Returns:
            The cursor of the next page; the run's checkpoint is the caller's to move.

        Raises:
            ConflictError: somebody else continued the run, or others kept writing the same records first.
            ProviderError: the CRM answered badly.
        """
        phases = {"list": self._list, "reconcile": self._reconcile, "verify": self._verify}
        return phases[self.run.phase](entity)

    # ---------------------------------------------------------------------------------- their rows

    def _list(self, entity: Entity) -> str | None:
        """Look at rows of the CRM: which the hub lacks, which say something new, which have not been told of all."""
        page = self.client.list_all(entity, cursor=self.run.cursor)
        if self.run.source_time is None:
            self.run = altered(self.run, source_time=page.server_time or self.hub.now())
        rows = {each.external_id: each for each in page.items}
        held = self._held(entity, rows)
        strange = {key: row for key, row in rows.items() if key not in held}
        strange = without_suppressed(self.hub, self.integration.workspace_id, self.key, entity, strange)
        looked = Looked()
        self._look(entity, looked, held, self._resolve(entity, rows))
        looked.wanted.extend(strange)
        looked.count("there", len(rows))
        looked.count("missing_here", len(strange))
        looked.count("quarantined", len(page.unreadable))
        tally = Tally(self.run.tally)
        tally.add(strange)
        tally.add(key for key, record in held.items() if record.links[self.key].state in PLACED)
        tally.add({each.external_id for each in page.unreadable if each.external_id})
        if self.run.chosen is None:
            self._absorber().keep_raw(entity, page.unreadable)
        self._take(entity, self._chosen(looked, tally), strange)
        return page.next_cursor

    def _look(
        self, entity: Entity, looked: Looked, held: Mapping[str, Record], rows: Mapping[str, Observation]
    ) -> None:
        """Compare rows with their records; where a listing's row says something new, the CRM is read itself."""
        doubtful: list[str] = []
        for key, record in held.items():
            link = record.links[self.key]
            if link.state not in PLACED:
                continue
            if self._merge(record, rows[key]).moved:
                doubtful.append(key)
            else:
                self._compared(looked, self._compare(record, rows[key]) if link.base else NONE)
        read = self.client.read(entity, doubtful) if doubtful else ReadResult({})
        for key, row in self._resolve(entity, dict(read.found)).items():
            self._compared(looked, self._compare(held[key], row))
            if self._merge(held[key], row).moved:
                looked.wanted.append(key)
        looked.wanted.extend(each for each in doubtful if each in read.gone)

    def _compared(self, looked: Looked, seen: Difference) -> None:
        """Count what a row and its record do not agree on."""
        looked.count("both")
        looked.count("equal", not seen.names)
        looked.count("newer_there", bool(seen.news))
        looked.count("newer_here", bool(seen.owed))
        looked.count("frozen", bool(seen.frozen))
        for name in seen.names:
            looked.differing[name] = looked.differing.get(name, 0) + 1

    # ---------------------------------------------------------------------------------- our records

    def _reconcile(self, entity: Entity) -> str | None:
        """Look at the hub's records: which have a place in the CRM, and whether what is due is known to be due."""
        page = self._records(entity)
        looked, tally, wrong = Looked(), Tally(self.run.tally), list[Record]()
        for record in page.items:
            due = due_for(record, self.integrations.values())
            if due.keys() != record.due_for.keys():
                wrong.append(record)
            link = record.links.get(self.key)
            if link is None or not link.external_id:
                looked.count("unlinked", self.key in due)
            elif link.state in PLACED:
                looked.count("here")
                looked.count("invisible", link.state == "invisible")
                tally.take([link.external_id])
            looked.count("parked", link is not None and link.parked is not None)
        looked.wanted = [each.record_id for each in wrong]
        chosen = self._chosen(looked, tally)
        self._save([(each, each) for each in wrong if each.record_id in chosen], "reconciled")
        return page.next_cursor

    def _verify(self, entity: Entity) -> str | None:
        """Ask the CRM for rows that it did not list: deleted, merged away, hidden from us, or only overlooked."""
        tally = Tally(self.run.tally)
        if tally.is_even() and not self.run.found.get("invisible"):
            return None
        page = self._records(entity)
        asked = {link.external_id: record for record in page.items if (link := self._unseen(record, tally))}
        read = self.client.read(entity, list(asked)) if asked else ReadResult({})
        looked = Looked()
        for key, row in self._resolve(entity, dict(read.found)).items():
            if self._merge(asked[key], row).moved:
                looked.wanted.append(key)
                looked.count("invisible", -self._is_invisible(asked[key]))
        for key in read.gone:
            looked.wanted.append(key)
            looked.count("gone")
            looked.count("invisible", -self._is_invisible(asked[key]))
        lost = [key for key in asked if key in read.missing and self._has_vanished(asked[key])]
        looked.wanted.extend(lost)
        looked.count("invisible", len(lost))
        chosen = self._chosen(looked, tally)
        self._take(entity, [each for each in chosen if each not in read.missing], {})
        hidden = [asked[key] for key in lost if key in chosen]
        self._save([(each, mark_invisible(each, integration_id=self.key)) for each in hidden], "invisible")
        return page.next_cursor

    def _unseen(self, record: Record, tally: Tally) -> Link | None:
        """Return a record's link when its row may not have been listed."""
        link = record.links.get(self.key)
        if link is None or not link.external_id or link.state not in PLACED:
            return None
        return link if link.state == "invisible" or tally.is_open(link.external_id) else None

    def _is_invisible(self, record: Record) -> bool:
        return record.links[self.key].state == "invisible"

    def _has_vanished(self, record: Record) -> bool:
        """Tell whether a row that is not there any more was there long enough for its absence to mean something."""
        link, listed_at = record.links[self.key], self.run.source_time
        is_young = listed_at is not None and version_ms(link.version) > (listed_at - self.lag).timestamp() * 1000
        return link.state == "active" and not is_young

    # ---------------------------------------------------------------------------------- counting and repairing

    def _chosen(self, looked: Looked, tally: Tally) -> tuple[str, ...]:
        """Count a page, once, and return what of it is repaired, as far as the budget goes."""
        run = self.run
        if run.chosen is not None:
            return run.chosen
        chosen = tuple(looked.wanted[: run.budget])
        looked.count("repaired", len(chosen))
        looked.count("left", len(looked.wanted) - len(chosen))
        run = altered(
            run,
            found=_sum(run.found, looked.found),
            differing=_sum(run.differing, looked.differing),
            tally=tally.to_text(),
            budget=None if run.budget is None else run.budget - len(chosen),
            chosen=chosen,
        )
        self.run = save_run(self.hub, run) if chosen else run
        return chosen

    def _take(self, entity: Entity, chosen: Sequence[str], rows: Mapping[str, Observation]) -> None:
        """Take rows in, on the one way in."""
        if chosen:
            self._absorber().take(entity, chosen, rows={key: rows[key] for key in chosen if key in rows})

    def _save(self, changes: Sequence[tuple[Record, Record]], kind: str) -> None:
        """Store changes of records; one that somebody else moved meanwhile is left to the next comparison."""
        last = LastChange(kind, self.key, self.hub.now(), self.run.run_id)
        saves = [
            Save(before, with_due(after, self.integrations.values(), rev=before.rev + 1, last=last))
            for before, after in changes
        ]
        self.hub.records.save_many(saves)

    # ---------------------------------------------------------------------------------- reading

    def _held(self, entity: Entity, ids: Iterable[str]) -> dict[str, Record]:
        workspace_id = self.integration.workspace_id
        by_external = self.hub.records.find_external(workspace_id, self.key, entity, tuple(ids))
        records = self.hub.records.get_many(workspace_id, tuple(by_external.values()))
        return {key: records[each] for key, each in by_external.items() if each in records}

    def _records(self, entity: Entity) -> Page[Record]:
        return self.hub.records.list_records(self.run.workspace_id, entity, cursor=self.run.cursor, limit=RECORDS_PAGE)

    def _resolve(self, entity: Entity, rows: Mapping[str, Observation]) -> dict[str, Observation]:
        wanted = references.wanted(entity, rows.values())
        ids = references.known(self.hub, self.integration, wanted) if wanted else {}
        return {key: references.resolve(entity, each, ids) for key, each in rows.items()}

    def _merge(self, record: Record, row: Observation) -> Merged:
        return merge(
            record,
            row,
            integration=self.integration,
            integrations=self.integrations,
            project=lambda fields: self.client.project(record.entity, fields),
            now=self.hub.now(),
        )

    def _compare(self, record: Record, row: Observation) -> Difference:
        return compare(
            record,
            row,
            integration=self.integration,
            project=lambda fields: self.client.project(record.entity, fields),
        )

    def _absorber(self) -> Absorber:
        return Absorber(self.hub, self.integration, self.integrations, self.client, run_id=self.run.run_id)


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in sorted({*one, *other})}

"""Leads, each with the contact that it is about: HubSpot's lead itself has a name, a stage and an owner.

A lead cannot be without a contact. Source: HubSpot, leads guide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from crmbridge.connectors.hubspot.client.calls import Calls, objects
from crmbridge.connectors.hubspot.client.catalogue import Catalogue
from crmbridge.connectors.hubspot.client.finding import Finder
from crmbridge.connectors.hubspot.client.lead_writing import LeadWriter
from crmbridge.connectors.hubspot.client.linking import linked_ids
from crmbridge.connectors.hubspot.client.listing import Lister
from crmbridge.connectors.hubspot.client.reading import BATCH, Reader
from crmbridge.connectors.hubspot.client.rows import chunks
from crmbridge.connectors.hubspot.client.writing import Writer
from crmbridge.connectors.hubspot.mapping import (
    PERSON,
    PERSON_OF_LEAD,
    TITLE_OF_LEAD,
    ListAnswer,
    ObjectRule,
    project,
)
from crmbridge.domain.records import Fields, Gone, Observation, Unreadable, Value
from crmbridge.errors import RetriableProviderError
from crmbridge.ports import Page, ReadResult, RowResult, WriteOp

_ARCHIVED = "archived:"
"""Where the listing of what is gone begins: leads are never merged over the API."""

_LEADS, _PEOPLE = "leads", "people"
_PERSONS = tuple(each.field for each in PERSON.properties)


class Leads:
    """Everything that the client does with leads."""

    def __init__(
        self,
        calls: Calls,
        catalogue: Catalogue,
        rule: ObjectRule,
        *,
        reader: Reader,
        finder: Finder,
        lister: Lister,
        writer: Writer,
    ) -> None:
        self._calls, self._catalogue, self._rule = calls, catalogue, rule
        self._reader, self._finder, self._lister = reader, finder, lister
        self._writer = LeadWriter(calls, rule, reader=reader, finder=finder, writer=writer)

    def list_all(self, cursor: str | None) -> Page[Observation]:
        """Return one page of all leads."""
        return self._whole(self._lister.list_all(self._rule, cursor))

    def list_changed(self, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of changed leads, then of leads whose contact alone has changed."""
        place, _, rest = (cursor or f"{_LEADS}|").partition("|")
        if place == _PEOPLE:
            return self._of_changed_people(since, rest or None)
        page = self._whole(self._lister.list_changed(self._rule, since, rest or None))
        if page.next_cursor:
            return replace(page, next_cursor=f"{_LEADS}|{page.next_cursor}")
        return replace(page, next_cursor=f"{_PEOPLE}|" if page.items or self._has_any() else None)

    def list_gone(self, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of archived leads."""
        return self._lister.list_gone(self._rule, since, cursor or _ARCHIVED)

    def read(self, external_ids: Sequence[str]) -> ReadResult:
        """Read leads by id, each with its contact."""
        told = self._reader.read(self._rule, external_ids)
        good, bad = self._with_people(list(told.found.values()))
        unreadable = {**told.unreadable, **{each.external_id: each for each in bad}}
        return ReadResult({each.external_id: each for each in good}, told.gone, told.missing, unreadable)

    def find(self, key: str, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Find leads by our own id, or by an e-mail address or a telephone number of their contact."""
        if key == "correlation_id":
            found = self._finder.by_correlation(self._rule, wanted)
            whole, _ = self._with_people([each for hits in found.values() for each in hits])
            return {each.correlation_id: (each,) for each in whole}
        look_up = {"email": self._finder.by_email, "phone": self._finder.by_phone}.get(key)
        people = look_up(PERSON, wanted) if look_up else {}
        leads = {value: self._of_people([each.external_id for each in hits]) for value, hits in people.items()}
        return {value: tuple(hits) for value, hits in leads.items() if hits}

    def write(self, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write rows of one kind, and answer them as they stand now; see ``CrmClient.write``.

        Raises:
            RetriableProviderError: with ``may_have_applied`` where a later one of several calls failed.
        """
        results = self._writer.write(ops)
        written = [each.external_id for each in results if each.error is None and each.external_id]
        if not written or ops[0].kind == "delete":
            return results
        try:
            found = self.read(written).found
        except RetriableProviderError as error:
            error.may_have_applied = True
            raise
        return tuple(each if each.error else replace(each, observation=found.get(each.external_id)) for each in results)

    def project(self, fields: Fields) -> dict[str, Any]:
        """Return canonical values as HubSpot would say them; those it cannot hold are left out."""
        has_owner = bool(fields.get("owner"))
        own = {name: value for name, value in fields.items() if name != TITLE_OF_LEAD}
        return {
            **project(PERSON, fields, self._catalogue.lexicon(PERSON, with_owners=has_owner)),
            **project(self._rule, own, self._catalogue.lexicon(self._rule, with_owners=has_owner)),
        }

    # ------------------------------------------------------------------------------------- the contacts

    def _has_any(self) -> bool:
        """Tell whether there is any lead: without one, no changed contact needs to be looked at."""
        return bool(self._calls.get(ListAnswer, objects(self._rule.path), {"limit": 1}).body.results)

    def _of_changed_people(self, since: datetime, cursor: str | None) -> Page[Observation]:
        page = self._lister.list_changed(PERSON, since, cursor)
        leads = self._of_people([each.external_id for each in page.items], unless_changed_since=since)
        leads.sort(key=lambda each: (each.modified_at is not None, each.modified_at))
        following = f"{_PEOPLE}|{page.next_cursor}" if page.next_cursor else None
        return Page(tuple(leads), following, (), page.server_time)

    def _of_people(
        self, contact_ids: Sequence[str], *, unless_changed_since: datetime | None = None
    ) -> list[Observation]:
        """Return the leads of some contacts.

        Args:
            unless_changed_since: leads that changed by themselves from then on were listed already.
        """
        ids = linked_ids(self._calls, PERSON.path, self._rule.path, contact_ids)
        rows = [row for chunk in chunks(ids, BATCH) for row in self._reader.batch(self._rule, chunk)[0]]
        alone, _ = self._reader.observe(self._rule, rows)
        since = unless_changed_since
        late = [each for each in alone if since is None or each.modified_at is None or each.modified_at < since]
        return self._with_people(late)[0]

    def _whole(self, page: Page[Observation]) -> Page[Observation]:
        good, bad = self._with_people(page.items)
        return replace(page, items=tuple(good), unreadable=(*page.unreadable, *bad))

    def _with_people(self, leads: Iterable[Observation]) -> tuple[list[Observation], list[Unreadable]]:
        """Return leads with what their contacts say, in order, and those whose contact cannot be understood."""
        rows = list(leads)
        ids = dict.fromkeys(each for lead in rows for each in lead.refs.get(PERSON_OF_LEAD, ()))
        people: dict[str, Observation] = {}
        odd: dict[str, Unreadable] = {}
        for chunk in chunks(ids, BATCH):
            found, strange = self._reader.batch(PERSON, chunk)
            good, bad = self._reader.observe(PERSON, found)
            people.update({each.external_id: each for each in good})
            odd.update({each.external_id: each for each in (*strange, *bad)})
        whole: list[Observation] = []
        unreadable: list[Unreadable] = []
        for lead in rows:
            contact_id = next(iter(lead.refs.get(PERSON_OF_LEAD, ())), "")
            if contact_id in odd:
                unreadable.append(replace(odd[contact_id], external_id=lead.external_id))
            else:
                whole.append(_joined(lead, people.get(contact_id)))
        return whole, unreadable


def _joined(lead: Observation, person: Observation | None) -> Observation:
    """Return what a lead and its contact say together; without a contact, that there is nothing to say."""
    own: dict[str, Value] = {name: value for name, value in lead.fields.items() if name != TITLE_OF_LEAD}
    if person is None:
        nobody: Mapping[str, Value] = dict.fromkeys(_PERSONS) if PERSON_OF_LEAD in lead.refs else {}
        return replace(lead, fields={**nobody, **own}, refs={}, version=f"{lead.version}#")
    times = [each for each in (lead.modified_at, person.modified_at) if each is not None]
    return replace(
        lead,
        fields={**person.fields, **own},
        refs={},
        version=f"{lead.version}#{person.version}",
        modified_at=max(times, default=None),
    )

"""Leads of API v1, each with the person and the organization that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crmbridge.connectors.pipedrive.client.calls import Calls
from crmbridge.connectors.pipedrive.client.catalogue import Catalogue
from crmbridge.connectors.pipedrive.client.finding import Finder, Found
from crmbridge.connectors.pipedrive.client.leads.listing import LeadLister
from crmbridge.connectors.pipedrive.client.leads.reading import LeadReader
from crmbridge.connectors.pipedrive.client.leads.writing import LeadWriter
from crmbridge.connectors.pipedrive.client.reading import Reader
from crmbridge.connectors.pipedrive.mapping.leads import project_lead
from crmbridge.connectors.pipedrive.mapping.rules import CONTACT
from crmbridge.domain.records import Fields, Observation
from crmbridge.ports import Page, ReadResult, RowResult, WriteOp


class Leads:
    """Everything that the client does with leads."""

    def __init__(self, calls: Calls, catalogue: Catalogue) -> None:
        everybody = Reader(calls, catalogue, shows_those_of_leads=True)
        self._catalogue = catalogue
        self._people = Finder(calls, catalogue, everybody)
        self._reader = LeadReader(calls, catalogue, everybody)
        self._lister = LeadLister(calls, catalogue, self._reader)
        self._writer = LeadWriter(calls, catalogue, self._reader, self._people)

    def list_all(self, cursor: str | None) -> Page[Observation]:
        """Return one page of all leads, archived ones after the others."""
        return self._lister.list_all(cursor)

    def list_changed(self, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of the leads that changed at or after a moment, or whose own person did."""
        return self._lister.list_changed(since, cursor)

    def read(self, ids: Sequence[str]) -> ReadResult:
        """Read leads by id; a deleted one is merely not shown."""
        return self._reader.read(ids)

    def find(self, key: str, wanted: Sequence[str]) -> Found:
        """Find leads by our own id, or by an e-mail address or a telephone number of their person."""
        if key == "correlation_id":
            return self._reader.by_correlation(wanted)
        look_up = {"email": self._people.by_email, "phone": self._people.by_phone}.get(key)
        persons = look_up(CONTACT, wanted) if look_up else {}
        found = {
            value: tuple(lead for person in hits for lead in self._reader.of_person(person.external_id))
            for value, hits in persons.items()
        }
        return {value: leads for value, leads in found.items() if leads}

    def write(self, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write rows of one kind."""
        return self._writer.write(ops)

    def project(self, fields: Fields) -> dict[str, Any]:
        """Return canonical values as Pipedrive would say them."""
        return project_lead(fields, self._catalogue.lexicon(CONTACT, with_owners=bool(fields.get("owner"))))

"""Records read by id, and what is known of those that do not come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from crmbridge.connectors import _values as values
from crmbridge.connectors.zoho.client.calls import Calls, chunks, field_params
from crmbridge.connectors.zoho.client.catalogue import Catalogue
from crmbridge.connectors.zoho.client.errors import Row
from crmbridge.connectors.zoho.client.linking import read_contacts
from crmbridge.connectors.zoho.client.showing import shown
from crmbridge.connectors.zoho.mapping import Lexicon, Place, converted, fields_to_read, observe, places_of, unreadable
from crmbridge.domain.records import Entity, Gone, Observation, Unreadable
from crmbridge.ports import ReadResult

IDS_MAX = 50
"""Ids of one call: with their commas they fit into 1,024 characters."""

FIELDS_MAX = 50
GRAVES_PAGE = 200
GRAVE_PAGES_MAX = 10
"""Pages of deleted records, the latest first, that are searched for an id; the others count as not shown."""


class Reader:
    """Reads whole records of one organisation."""

    def __init__(self, calls: Calls, catalogue: Catalogue) -> None:
        self._calls = calls
        self._catalogue = catalogue

    def read(self, entity: Entity, external_ids: Sequence[str]) -> ReadResult:
        """Read records by id; converted leads are gone, for those that do not come the deleted records are searched."""
        asked = list(dict.fromkeys(external_ids))
        found: dict[str, Observation] = {}
        gone: dict[str, Gone] = {}
        unread: dict[str, Unreadable] = {}
        for place in places_of(entity):
            ids = [record_id for each in asked if (record_id := record_id_in(place, each))]
            rows = self.rows(place, ids)
            observations, bad, left = self.observe(place, rows)
            found.update({each.external_id: each for each in observations})
            unread.update({each.external_id: each for each in bad})
            gone.update({place.external_id(each.external_id): each for each in left})
            known = {str(row["id"]) for row in rows}
            gone.update(self._graves(place, [each for each in ids if each not in known and not place.is_bare]))
        missing = frozenset(each for each in asked if not any(each in told for told in (found, gone, unread)))
        return ReadResult(found, gone, missing, unread)

    def rows(self, place: Place, ids: Sequence[str]) -> list[Row]:
        """Return rows by id, as many as there are."""
        lexicon = self._catalogue.lexicon(place)
        names = fields_to_read(place, lexicon)
        found: list[Row] = []
        for some in chunks(dict.fromkeys(ids), IDS_MAX):
            parts: dict[str, dict[str, object]] = {}
            for part in chunks(names, FIELDS_MAX):
                params = field_params(part, ids=",".join(some), per_page=GRAVES_PAGE)
                if place.module == "Leads":
                    params["converted"] = "both"
                for row in shown(self._calls, place, params).rows:
                    parts.setdefault(str(row.get("id")), {}).update(row)
            found += [parts[each] for each in some if each in parts]
        return found

    def observe(self, place: Place, rows: Sequence[Row]) -> tuple[list[Observation], list[Unreadable], list[Gone]]:
        """Return rows as observations in order, those that cannot be understood, and leads that were converted."""
        lexicon = self._lexicon_for(place, rows)
        left = [each for row in rows if (each := converted(row)) is not None]
        away = {each.external_id for each in left}
        live = [row for row in rows if str(row.get("id")) not in away]
        contacts: Mapping[str, tuple[str, ...]] = read_contacts(self._calls, live) if place.module == "Deals" else {}
        good: list[Observation] = []
        bad: list[Unreadable] = []
        for row in live:
            try:
                good.append(observe(place, row, lexicon, contacts=contacts.get(str(row.get("id")))))
            except ValueError as error:
                bad.append(unreadable(place, row, error))
        return good, bad, left

    def gone_page(self, place: Place, since: datetime | None, page: int) -> tuple[list[Gone], bool, datetime | None]:
        """Return one page of deleted records, whether there is more, and the server's clock."""
        params = {"type": "all", "page": page, "per_page": GRAVES_PAGE}
        header = "" if since is None else since.isoformat(timespec="seconds")
        told = self._calls.get(f"/{place.module}/deleted", "data", params, since=header)
        gone = [Gone(place.external_id(str(row["id"])), at=values.moment(row.get("deleted_time"))) for row in told.rows]
        return gone, told.has_more, told.server_time

    def _graves(self, place: Place, ids: Sequence[str]) -> dict[str, Gone]:
        wanted = {place.external_id(each) for each in ids}
        found: dict[str, Gone] = {}
        for page in range(1, GRAVE_PAGES_MAX + 1 if wanted else 1):
            gone, has_more, _ = self.gone_page(place, None, page)
            found.update({each.external_id: each for each in gone if each.external_id in wanted})
            if not has_more or len(found) == len(wanted):
                break
        return found

    def _lexicon_for(self, place: Place, rows: Sequence[Row]) -> Lexicon:
        return self._catalogue.lexicon(place, with_owners=any(row.get("Owner") for row in rows))


def record_id_in(place: Place, external_id: str) -> str:
    """Return the record's id in a module, empty when the id is not one of it."""
    module, colon, rest = external_id.rpartition(":")
    record_id = rest if colon else external_id
    fits = (module == place.module) if place.activity else not colon
    return record_id if fits and record_id.isascii() and record_id.isdigit() else ""

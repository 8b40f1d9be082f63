"""Records found by a key rather than by their id."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.pipedrive.client.calls import PAGE, Calls, Row, v2
from crmbridge.connectors.pipedrive.client.catalogue import Catalogue
from crmbridge.connectors.pipedrive.client.reading import Reader, by_id, our_id
from crmbridge.connectors.pipedrive.mapping import ObjectRule
from crmbridge.connectors.pipedrive.mapping.addresses import read_part
from crmbridge.connectors.pipedrive.mapping.contact_points import points
from crmbridge.domain.records import Observation

YOUNG = timedelta(minutes=15)
"""How far back new records are looked through one by one, since nobody says how late the search index is."""

_DAY = timedelta(days=1)
_DOMAIN_PAGES = 2
_PAGES_MAX = 20
_SEARCH_HITS = 100

Found = dict[str, tuple[Observation, ...]]


class Finder:
    """Finds records of one company."""

    def __init__(self, calls: Calls, catalogue: Catalogue, reader: Reader) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._reader = reader

    def by_email(self, rule: ObjectRule, wanted: Sequence[str]) -> Found:
        """Find persons by any of their e-mail addresses."""
        spelt = {each: values.ascii_email(each) for each in wanted}
        terms = {each: (term, {"fields": "email", "exact_match": "true"}) for each, term in spelt.items() if term}
        return self._searched(
            rule, terms, lambda row: {values.email_text(each["value"]) for each in _all(row, "emails")}
        )

    def by_phone(self, rule: ObjectRule, wanted: Sequence[str]) -> Found:
        """Find persons by any of their telephone numbers, whichever way they are written."""
        terms = {each: (values.national_digits(each), {"fields": "phone"}) for each in wanted}
        usable = {each: found for each, found in terms.items() if len(found[0]) > 1}

        def numbers(row: Row) -> set[str | None]:
            country = read_part(row.get("postal_address"), "country")
            return {values.phone_text(each["value"], country=country) for each in _all(row, "phones")}

        return self._searched(rule, usable, numbers)

    def by_domain(self, rule: ObjectRule, wanted: Sequence[str]) -> Found:
        """Find organizations by their website, which no search looks at.

        The thousand that changed last are looked through, and all of the last day; older ones the hub knows from the
        listing that comes before any writing.
        """
        hits: dict[str, list[Row]] = {}
        for place, row in enumerate(self._newest(rule, "update_time", {})):
            if place >= _DOMAIN_PAGES * PAGE and _is_older(row, "update_time", self._clock, _DAY):
                break
            domain = values.domain_text(row.get("website"))
            if domain in wanted:
                hits.setdefault(str(domain), []).append(row)
        seen = {key: self._reader.visible(rule, rows) for key, rows in hits.items()}
        return {key: tuple(self._reader.observe(rule, rows)[0]) for key, rows in seen.items() if rows}

    def by_correlation(self, rule: ObjectRule, wanted: Sequence[str]) -> Found:
        """Find records by our own id: young ones one by one, older ones by search.

        Searches compare without regard to case and may be late, so what they find is read and compared.
        """
        code = self._catalogue.lexicon(rule, with_owners=False).external_code
        if not code:
            return {}
        ids = {key: str(row["id"]) for key, row in self.young(rule, code, wanted, whole=True).items()}
        rest = [each for each in dict.fromkeys(wanted) if each not in ids]
        found = self._observed(rule, ids)
        terms = {each: (each, {"fields": "custom_fields", "exact_match": "true"}) for each in rest}
        return found | self._searched(rule, terms, lambda row: {our_id(row, code)})

    def young(self, rule: ObjectRule, code: str, wanted: Sequence[str], *, whole: bool) -> dict[str, Row]:
        """Return the newest records that carry one of our ids, as far as our own field shows.

        Args:
            whole: look through all of the last quarter of an hour, rather than through the newest 500.
        """
        hits: dict[str, Row] = {}
        for place, row in enumerate(self._newest(rule, "id", {"custom_fields": code})):
            if place >= PAGE and (not whole or _is_older(row, "add_time", self._clock, YOUNG)):
                break
            if our_id(row, code) in wanted:
                hits.setdefault(our_id(row, code), row)
            if place == PAGE - 1 and not whole:
                break
        return hits

    # ------------------------------------------------------------------------------------- below

    _clock: datetime | None = None

    def _newest(self, rule: ObjectRule, sort_by: str, params: Mapping[str, str]) -> Iterator[Row]:
        cursor: str | None = None
        for _ in range(_PAGES_MAX):
            order = {"limit": PAGE, "sort_by": sort_by, "sort_direction": "desc", **params}
            told = self._calls.get(v2(rule.path), {**order, **({"cursor": cursor} if cursor else {})})
            newest = [values.moment(each.get("update_time")) for each in told.rows]
            self._clock = told.server_time or max((each for each in newest if each), default=None)
            yield from told.rows
            if told.cursor is None or told.cursor == cursor:
                return
            cursor = told.cursor

    def _searched(
        self,
        rule: ObjectRule,
        terms: Mapping[str, tuple[str, Mapping[str, str]]],
        values_of: Callable[[Row], set[Any]],
    ) -> Found:
        """Return the records that hold each value: among those that changed last, and by search.

        The search index lags behind by nobody knows how much, so the page of what changed last is looked through too.
        """
        if not terms:
            return {}
        ids: dict[str, list[str]] = {}
        for value, (term, params) in terms.items():
            hits = self._calls.get(v2(f"{rule.path}/search"), {"term": term, "limit": _SEARCH_HITS, **params}).hits
            ids[value] = [str(each["id"]) for each in hits]
        rows, _, _ = self._reader.rows(rule, list(dict.fromkeys(each for found in ids.values() for each in found)))
        fresh = self._reader.visible(rule, islice(self._newest(rule, "update_time", {}), PAGE))
        known = by_id([*rows, *fresh])
        held = {value: [row for row in known.values() if value in values_of(row)] for value in terms}
        return {value: tuple(self._reader.observe(rule, found)[0]) for value, found in held.items() if found}

    def _observed(self, rule: ObjectRule, ids: Mapping[str, str]) -> Found:
        """Return whole records for ids that were found with some of their fields only."""
        rows, _, _ = self._reader.rows(rule, list(ids.values())) if ids else ([], {}, [])
        known = by_id(rows)
        return {
            value: tuple(self._reader.observe(rule, [known[each]])[0]) for value, each in ids.items() if each in known
        }


def _all(row: Row, key: str) -> list[dict[str, Any]]:
    return points(row.get(key))


def _is_older(row: Row, key: str, clock: datetime | None, than: timedelta) -> bool:
    at = values.moment(row.get(key))
    return at is None or clock is None or clock - at > than

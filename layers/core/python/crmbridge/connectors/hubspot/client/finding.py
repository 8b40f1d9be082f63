"""Records found by a key rather than by their id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.hubspot import EXTERNAL_ID
from crmbridge.connectors.hubspot.client.calls import Calls, objects
from crmbridge.connectors.hubspot.client.catalogue import Catalogue, stuck
from crmbridge.connectors.hubspot.client.reading import BATCH, Reader
from crmbridge.connectors.hubspot.client.rows import SEARCH_MAX, SEARCH_PAGE, chunks, rows_of
from crmbridge.connectors.hubspot.mapping import ListAnswer, ObjectRule, Row, external_ids
from crmbridge.domain.records import Observation

_SEARCHED_CHARACTERS = 1_600
"""Characters of values in one search, so that its body stays below HubSpot's 3,000."""

_PHONES = {"phone": "phone", "mobilephone": "mobile_phone"}
_SEARCHABLE = {
    "phone": "hs_searchable_calculated_phone_number",
    "mobilephone": "hs_searchable_calculated_mobile_number",
}
"""HubSpot's own copies of telephone numbers without country code, made to be searched."""


class Finder:
    """Finds records of one account."""

    def __init__(self, calls: Calls, catalogue: Catalogue, reader: Reader) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._reader = reader

    def by_email(self, rule: ObjectRule, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Find contacts by any of their e-mail addresses."""
        spelt = {values.ascii_email(each) or "": each for each in wanted}
        spelt.pop("", None)
        found: dict[str, list[Observation]] = {}
        for chunk in chunks(spelt, BATCH):
            rows, _ = self._reader.batch(rule, chunk, id_property="email")
            by_id = {row.id: row for row in rows}
            for observation in self._reader.observe(rule, rows)[0]:
                told = by_id[observation.external_id].properties
                addresses = {
                    (told.get("email") or "").lower(),
                    *external_ids((told.get("hs_additional_emails") or "").lower()),
                }
                for address in sorted(addresses & set(chunk)):
                    found.setdefault(spelt[address], []).append(observation)
        return {key: tuple(hits) for key, hits in found.items()}

    def by_correlation(self, rule: ObjectRule, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Find records by our own id."""
        found: dict[str, tuple[Observation, ...]] = {}
        for chunk in chunks(dict.fromkeys(wanted), BATCH):
            rows, _ = self._reader.batch(rule, chunk, id_property=EXTERNAL_ID)
            for observation in self._reader.observe(rule, rows)[0]:
                if observation.correlation_id in chunk:
                    found[observation.correlation_id] = (observation,)
        return found

    def by_domain(self, rule: ObjectRule, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Find companies by their domain."""
        return self._by_search(rule, wanted, {"domain": wanted}, ("domain",))

    def by_phone(self, rule: ObjectRule, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Find records by any of their telephone numbers."""
        held = {each.name for each in self._catalogue.properties(rule)}
        searched: dict[str, Sequence[str]] = {name: wanted for name in _PHONES if name in held}
        national = [values.national_digits(each) for each in wanted]
        searched.update({_SEARCHABLE[name]: national for name in _PHONES if _SEARCHABLE[name] in held})
        return self._by_search(rule, wanted, searched, tuple(_PHONES.values()))

    def _by_search(
        self, rule: ObjectRule, wanted: Sequence[str], searched: Mapping[str, Sequence[str]], fields: Sequence[str]
    ) -> dict[str, tuple[Observation, ...]]:
        """Find records by searching, then compare what was found in canonical form.

        Args:
            searched: per property, what to search it for, one text for each of ``wanted``.
            fields: canonical fields, one of which must hold the value.
        """
        rows: dict[str, Row] = {}
        for part in _parts([texts for _, texts in sorted(searched.items())]):
            groups = [
                {"filters": [{"propertyName": name, "operator": "IN", "values": sorted(set(searched[name][part]))}]}
                for name in sorted(searched)
            ]
            rows.update({row.id: row for row in self._search(rule, groups)})
        found: dict[str, list[Observation]] = {}
        for observation in self._reader.observe(rule, list(rows.values()))[0]:
            for value in {observation.fields.get(name) for name in fields} & set(wanted):
                found.setdefault(str(value), []).append(observation)
        return {key: tuple(hits) for key, hits in found.items()}

    def _search(self, rule: ObjectRule, groups: list[dict[str, Any]]) -> Iterable[Row]:
        after = "0"
        while int(after) + SEARCH_PAGE <= SEARCH_MAX:
            body = {
                "filterGroups": groups,
                "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                "properties": list(rule.asked()),
                "limit": SEARCH_PAGE,
                "after": after,
            }
            page = self._calls.post(ListAnswer, objects(rule.path, "/search"), body).body
            yield from rows_of(page.results)[0]
            if page.after is None:
                return
            if page.after == after:
                raise stuck(f"{rule.path} found by search")
            after = page.after


def _parts(texts: Sequence[Sequence[str]]) -> Iterable[slice]:
    """Cut lists of equal length into parts whose texts fit into one search."""
    start, size = 0, 0
    for place, row in enumerate(zip(*texts, strict=True)):
        cost = sum(len(each) + 3 for each in row)
        if size and size + cost > _SEARCHED_CHARACTERS:
            yield slice(start, place)
            start, size = place, 0
        size += cost
    if size:
        yield slice(start, None)

"""Records found by a key rather than by their id."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesflare.client.calls import PAGE, Calls, chunks
from crmbridge.connectors.salesflare.client.catalogue import Catalogue
from crmbridge.connectors.salesflare.client.listing import Lister
from crmbridge.connectors.salesflare.client.reading import Reader, shows
from crmbridge.connectors.salesflare.mapping.observing import Row, correlation_of
from crmbridge.connectors.salesflare.mapping.rule_types import ObjectRule
from crmbridge.domain.records import Observation

LATELY = timedelta(minutes=15)
"""How far back everything is looked through for our own ids: searches were seen to lag by four minutes."""

_QUERY = 20
"""Values in one search, so that its address stays short."""


class Finder:
    """Finds records of one team."""

    def __init__(self, calls: Calls, catalogue: Catalogue, reader: Reader, lister: Lister) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._reader = reader
        self._lister = lister

    def by_email(self, rule: ObjectRule, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Find contacts by their address, one call for each: the filter takes one."""
        rows = [row for each in dict.fromkeys(wanted) if values.is_email(each) for row in self._by(rule, "email", each)]
        return self._matching(rule, rows, wanted, ("email",))

    def by_domain(self, rule: ObjectRule, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Find accounts by their domain, many in one call."""
        rows: list[Row] = []
        for chunk in chunks(dict.fromkeys(wanted), _QUERY):
            query = [("domain", each) for each in chunk]
            rows += self._pages(rule, [*query, *shows(rule, archived=False)])
        return self._matching(rule, rows, wanted, ("domain",))

    def by_phone(self, rule: ObjectRule, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Find contacts by a number as it may be stored: international, or without its country code."""
        rows: list[Row] = []
        for each in dict.fromkeys(wanted):
            for spelt in dict.fromkeys((each, values.national_digits(each))):
                rows += self._by(rule, "phone_number", spelt)
        return self._matching(rule, rows, wanted, ("phone", "mobile_phone"))

    def by_correlation(self, rule: ObjectRule, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Find records by our own id: by search, and by looking through all that was made lately."""
        lexicon = self._catalogue.lexicon(rule, with_owners=False)
        asked = set(wanted)
        if not asked or not lexicon.external_id:
            return {}
        rows = {row["id"]: row for row in self._searched(rule, sorted(asked)) if correlation_of(row, lexicon) in asked}
        if {correlation_of(row, lexicon) for row in rows.values()} < asked:
            rows |= {row["id"]: row for row in self._made_lately(rule) if correlation_of(row, lexicon) in asked}
        found: dict[str, tuple[Observation, ...]] = {}
        for observation in self._reader.observe(rule, list(rows.values()))[0]:
            found[observation.correlation_id] = (*found.get(observation.correlation_id, ()), observation)
        return found

    def _searched(self, rule: ObjectRule, wanted: Sequence[str]) -> Iterable[Row]:
        """Search for our own id, where the filter fields have our field; the index lags behind."""
        own = self._catalogue.lexicon(rule, with_owners=False).external_id
        defined = {str(each.id) for each in self._catalogue.definitions(rule) if each.api_field == own}
        fields = [each for each in self._catalogue.filters(rule.filtered) if str(each.customfield_id or "-") in defined]
        operators = [each for each in ("in", "equal", "contains") if fields and each in fields[0].operators]
        if not operators:
            return
        for chunk in chunks(wanted, _QUERY):
            groups = [chunk] if operators[0] == "in" else [[each] for each in chunk]
            rules = [
                {"id": fields[0].id, "operator": operators[0], "value": group, "raw_value": []} for group in groups
            ]
            query = json.dumps({"condition": "OR", "rules": rules}, separators=(",", ":"))
            yield from self._pages(rule, [("q", query), *shows(rule, archived=False)])

    def _made_lately(self, rule: ObjectRule) -> Iterable[Row]:
        now = self._calls.clock()
        if now is None:
            yield from self._pages(rule, shows(rule, archived=False))
            return
        after = values.moment_text(now - LATELY).replace("Z", ".000Z")
        yield from self._pages(rule, [("creation_after", after), *shows(rule, archived=False)])

    def _by(self, rule: ObjectRule, key: str, value: str) -> Iterable[Row]:
        return self._calls.rows(f"/{rule.path}", [(key, value), ("limit", str(PAGE))]).rows

    def _pages(self, rule: ObjectRule, query: Sequence[tuple[str, str]]) -> Iterable[Row]:
        cursor: str | None = None
        while True:
            told, cursor = self._lister.page(f"/{rule.path}", query, cursor)
            yield from told.rows
            if cursor is None:
                return

    def _matching(
        self, rule: ObjectRule, rows: Iterable[Row], wanted: Sequence[str], fields: Sequence[str]
    ) -> dict[str, tuple[Observation, ...]]:
        """Return what holds a wanted value in canonical form, whatever the filter has let through."""
        once = {str(row.get("id")): row for row in rows if not row.get("archived")}
        found: dict[str, list[Observation]] = {}
        for observation in self._reader.observe(rule, list(once.values()))[0]:
            for value in {observation.fields.get(name) for name in fields} & set(wanted):
                found.setdefault(str(value), []).append(observation)
        return {key: tuple(hits) for key, hits in found.items()}

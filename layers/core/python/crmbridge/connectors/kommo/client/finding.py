"""Records found by a key rather than by their id.

``query`` searches all filled fields for a text, by an index that lags behind; so hits are compared, and what was made
lately is looked through one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from crmbridge.connectors import _values as values
from crmbridge.connectors.kommo.client.calls import PAGE, Calls, Params, Row
from crmbridge.connectors.kommo.client.reading import Reader, shown
from crmbridge.connectors.kommo.mapping.observing import moment_of
from crmbridge.connectors.kommo.mapping.rule_types import ObjectRule
from crmbridge.domain.records import Observation

Key: TypeAlias = Literal["email", "phone", "domain", "correlation_id"]
Found: TypeAlias = dict[str, tuple[Observation, ...]]

LATELY = timedelta(minutes=15)
"""How far back newly made records are looked through for our own id: longer than any index is known to lag."""

JUST_NOW = timedelta(minutes=2)
"""How far back they are looked through for an address or a number: somebody else may have made them."""

_LATELY_PAGES = 40
_QUERY_PAGES = 8
_KEYS = {"email": ("contact",), "phone": ("contact", "company"), "domain": ("company",)}


class Finder:
    """Finds records of one account."""

    def __init__(self, calls: Calls, reader: Reader) -> None:
        self._calls = calls
        self._reader = reader

    def find(self, rule: ObjectRule, key: Key, wanted: Sequence[str]) -> Found:
        """Find live records by a canonical key value."""
        if key == "correlation_id":
            return self._by_correlation(rule, wanted)
        if rule.entity not in _KEYS[key]:
            return {}
        lately = [(hit[0], self._held(rule, key, hit)) for page in self._newest(rule, JUST_NOW) for hit in page]
        found: Found = {}
        for value in dict.fromkeys(wanted):
            searched = values.national_digits(value) if key == "phone" else value
            hits = [*lately, *((hit[0], self._held(rule, key, hit)) for hit in self._searched(rule, searched))]
            held = {each.external_id: each for each, keys in hits if value in keys}
            if held:
                found[value] = tuple(held[each] for each in sorted(held, key=int))
        return found

    def made_lately(self, rule: ObjectRule, wanted: Iterable[str]) -> dict[str, Observation]:
        """Look for our own ids through everything made lately; exact, whatever the index knows."""
        left, found = set(wanted), dict[str, Observation]()
        for page in self._newest(rule, LATELY):
            for each, _ in page:
                if each.correlation_id in left:
                    found.setdefault(each.correlation_id, each)
            if left <= found.keys():
                break
        return found

    def _newest(self, rule: ObjectRule, span: timedelta) -> Iterator[list[tuple[Observation, Row]]]:
        """Yield pages of what was made lately, newest first."""
        for number in range(1, _LATELY_PAGES + 1):
            order: Params = [("order[id]", "desc"), ("limit", str(PAGE)), ("page", str(number))]
            listed = self._calls.list(f"/{rule.path}", rule.path, [*shown(rule), *order])
            now = listed.server_time
            lately = [row for row in listed.records if now is None or _made_at(row) >= now - span]
            yield self._observed(rule, lately)
            if not listed.has_more or len(lately) < len(listed.rows):
                return

    def _observed(self, rule: ObjectRule, rows: Sequence[Row]) -> list[tuple[Observation, Row]]:
        by_id = {str(row["id"]): row for row in rows}
        return [(each, by_id[each.external_id]) for each in self._reader.observe(rule, rows)[0]]

    def _by_correlation(self, rule: ObjectRule, wanted: Sequence[str]) -> Found:
        found: Found = {key: (hit,) for key, hit in self.made_lately(rule, wanted).items()}
        for value in dict.fromkeys(wanted):
            if value not in found:
                hits = tuple(each for each, _ in self._searched(rule, value) if each.correlation_id == value)
                if hits:
                    found[value] = hits
        return found

    def _searched(self, rule: ObjectRule, text: str) -> list[tuple[Observation, Row]]:
        """Return everything that holds a text somewhere, with the rows."""
        hits: list[tuple[Observation, Row]] = []
        for number in range(1, _QUERY_PAGES + 1):
            params: Params = [("query", text), ("limit", str(PAGE)), ("page", str(number)), *shown(rule)]
            listed = self._calls.list(f"/{rule.path}", rule.path, params)
            hits += self._observed(rule, listed.records)
            if not listed.has_more:
                break
        return hits

    def _held(self, rule: ObjectRule, key: Key, hit: tuple[Observation, Row]) -> set[str]:
        """Return every value of a key that a record has, the second and third address included."""
        if key == "domain":
            return {str(hit[0].fields.get("domain"))}
        return self._reader.all_values(rule, hit[1], "email" if key == "email" else "phone")


def _made_at(row: Row) -> datetime:
    """Return when a record was made; one that does not tell counts as old."""
    return moment_of(row.get("created_at")) or datetime.min.replace(tzinfo=UTC)

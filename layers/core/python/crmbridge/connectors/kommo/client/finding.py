"""Records found by a key rather than by their id.

``query`` searches all filled fields for a text, by an index that lags behind; so hits are compared, and what was made
lately is looked through one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Literal, TypeAlias

from crmbridge.connectors import _values as values
from crmbridge.connectors.kommo.client.calls import PAGE, Calls, Params
from crmbridge.connectors.kommo.client.reading import Reader, shown
from crmbridge.connectors.kommo.mapping.observing import moment_of
from crmbridge.connectors.kommo.mapping.rules import ObjectRule
from crmbridge.domain.records import Observation

Key: TypeAlias = Literal["email", "phone", "domain", "correlation_id"]
Found: TypeAlias = dict[str, tuple[Observation, ...]]

LATELY = timedelta(minutes=15)
"""How far back newly made records are looked through: longer than any index is known to lag."""

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
        found: Found = {}
        for value in dict.fromkeys(wanted):
            searched = values.national_digits(value) if key == "phone" else value
            hits = [each for each in self._searched(rule, searched) if value in self._held(rule, key, each)]
            if hits:
                found[value] = tuple(each for each, _ in hits)
        return found

    def made_lately(self, rule: ObjectRule, wanted: Iterable[str]) -> dict[str, Observation]:
        """Look for our own ids through everything made lately; exact, whatever the index knows."""
        left, found = set(wanted), dict[str, Observation]()
        for number in range(1, _LATELY_PAGES + 1):
            order: Params = [("order[id]", "desc"), ("limit", str(PAGE)), ("page", str(number))]
            listed = self._calls.list(f"/{rule.path}", rule.path, [*shown(rule), *order])
            for each in self._reader.observe(rule, listed.rows)[0]:
                if each.correlation_id in left:
                    found.setdefault(each.correlation_id, each)
            made = [moment_of(row.get("created_at")) for row in listed.records]
            oldest = min((each for each in made if each is not None), default=None)
            now = listed.server_time
            is_past = now is not None and oldest is not None and oldest < now - LATELY
            if not listed.has_more or is_past or left <= found.keys():
                break
        return found

    def _by_correlation(self, rule: ObjectRule, wanted: Sequence[str]) -> Found:
        found: Found = {key: (hit,) for key, hit in self.made_lately(rule, wanted).items()}
        for value in dict.fromkeys(wanted):
            if value not in found:
                hits = tuple(each for each, _ in self._searched(rule, value) if each.correlation_id == value)
                if hits:
                    found[value] = hits
        return found

    def _searched(self, rule: ObjectRule, text: str) -> list[tuple[Observation, Any]]:
        """Return everything that holds a text somewhere, with the rows."""
        hits: list[tuple[Observation, Any]] = []
        for number in range(1, _QUERY_PAGES + 1):
            params: Params = [("query", text), ("limit", str(PAGE)), ("page", str(number)), *shown(rule)]
            listed = self._calls.list(f"/{rule.path}", rule.path, params)
            by_id = {str(row["id"]): row for row in listed.records}
            observations, _ = self._reader.observe(rule, listed.rows)
            hits += [(each, by_id[each.external_id]) for each in observations if each.external_id in by_id]
            if not listed.has_more:
                break
        return hits

    def _held(self, rule: ObjectRule, key: Key, hit: tuple[Observation, Any]) -> set[str]:
        """Return every value of a key that a record has, the second and third address included."""
        if key == "domain":
            return {str(hit[0].fields.get("domain"))}
        return self._reader.all_values(rule, hit[1], "email" if key == "email" else "phone")

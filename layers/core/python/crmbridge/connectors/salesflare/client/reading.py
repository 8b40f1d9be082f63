"""Rows read by id and made observations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from crmbridge.connectors.salesflare.client.calls import PAGE, Calls, chunks
from crmbridge.connectors.salesflare.client.catalogue import Catalogue
from crmbridge.connectors.salesflare.mapping.observing import Row, observe
from crmbridge.connectors.salesflare.mapping.rule_types import ObjectRule
from crmbridge.domain.records import Gone, Observation, Unreadable
from crmbridge.ports import ReadResult


class Reader:
    """Reads whole records."""

    def __init__(self, calls: Calls, catalogue: Catalogue) -> None:
        self._calls = calls
        self._catalogue = catalogue

    def read(self, rule: ObjectRule, ids: Sequence[str]) -> ReadResult:
        """Read records by id.

        Only an archived row is evidence of a deletion. An id that is not answered may be deleted, merged away or
        kept from this key's owner: Salesflare says the same of all three.
        """
        found: dict[str, Observation] = {}
        gone: dict[str, Gone] = {}
        unreadable: dict[str, Unreadable] = {}
        asked = list(dict.fromkeys(ids))
        rows = self.rows(rule, asked)
        good, bad = self.observe(rule, [row for row in rows if not row.get("archived")])
        found.update({each.external_id: each for each in good})
        unreadable.update({each.external_id: each for each in bad})
        gone.update({str(row["id"]): gone_of(row) for row in rows if row.get("archived")})
        missing = [each for each in asked if each not in found and each not in gone and each not in unreadable]
        return ReadResult(found, gone, frozenset(missing), unreadable)

    def rows(self, rule: ObjectRule, ids: Iterable[str]) -> list[Row]:
        """Return the rows of some ids, archived ones included where the vendor shows them."""
        found: list[Row] = []
        numbers = [each for each in ids if each.isascii() and each.isdigit()]
        for chunk in chunks(numbers, PAGE):
            query = [("id", each) for each in chunk] + [("limit", str(PAGE))] + shows(rule)
            found += [row for row in self._calls.rows(f"/{rule.path}", query).rows if str(row.get("id")) in chunk]
        return found

    def observe(self, rule: ObjectRule, rows: Sequence[Row]) -> tuple[list[Observation], list[Unreadable]]:
        """Return rows as observations, in order, and those that cannot be understood."""
        lexicon = self._catalogue.lexicon_for(rule, rows)
        good: list[Observation] = []
        bad: list[Unreadable] = []
        for row in rows:
            try:
                good.append(observe(rule, row, lexicon))
            except (KeyError, ValueError) as error:
                bad.append(Unreadable(str(row.get("id") or ""), str(error), json.dumps(row)))
        return good, bad


def shows(rule: ObjectRule, *, archived: bool = True) -> list[tuple[str, str]]:
    """Return what to ask for so that rows are whole, and archived ones among them where there are any."""
    whole = [] if rule.entity == "contact" else [("details", "true")]
    return [*whole, ("includeArchived", "true")] if rule.hides_deleted and archived else whole


def gone_of(row: Row) -> Gone:
    """Return the evidence that an archived row gives; when it was archived is not told."""
    return Gone(str(row["id"]))

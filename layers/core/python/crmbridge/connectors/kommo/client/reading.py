"""Records read by id."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.kommo.client.calls import PAGE, Calls, Params, Row, ids_filter, is_record
from crmbridge.connectors.kommo.client.catalogue import Catalogue
from crmbridge.connectors.kommo.client.history import History
from crmbridge.connectors.kommo.mapping.observing import custom_values, moment_of, observe
from crmbridge.connectors.kommo.mapping.rule_types import ObjectRule
from crmbridge.domain.records import Gone, Observation, Unreadable
from crmbridge.ports import ReadResult


class Reader:
    """Reads whole records."""

    def __init__(self, calls: Calls, catalogue: Catalogue, history: History) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._history = history

    def read(self, rule: ObjectRule, ids: Sequence[str]) -> ReadResult:
        """Read records by id, telling those that are gone from those that are merely not shown."""
        found: dict[str, Observation] = {}
        gone: dict[str, Gone] = {}
        missing: set[str] = set()
        unreadable: dict[str, Unreadable] = {}
        for chunk in chunks(dict.fromkeys(ids), PAGE):
            observations, odd = self.observe(rule, self.rows(rule, chunk))
            found.update({each.external_id: each for each in observations})
            unreadable.update({each.external_id: each for each in odd})
            rest = [each for each in chunk if each not in found and each not in unreadable]
            evidence = self._evidence(rule, rest) if rest else {}
            gone.update(evidence)
            missing.update(each for each in rest if each not in evidence)
        return ReadResult(found, gone, frozenset(missing), unreadable)

    def rows(self, rule: ObjectRule, ids: Sequence[str]) -> list[Any]:
        """Return the rows of at most 250 ids, as Kommo shows them; those it does not show are left out."""
        params = ids_filter(ids)
        if not params:
            return []
        return list(self._calls.list(f"/{rule.path}", rule.path, [*params, *shown(rule), ("limit", str(PAGE))]).rows)

    def alive(self, rule: ObjectRule, ids: Iterable[str]) -> set[str]:
        """Return which of some ids are there."""
        return {
            str(row["id"])
            for chunk in chunks(dict.fromkeys(ids), PAGE)
            for row in self.rows(rule, chunk)
            if is_record(row)
        }

    def observe(self, rule: ObjectRule, rows: Sequence[Any]) -> tuple[list[Observation], list[Unreadable]]:
        """Return rows as observations, in order, and those that cannot be understood."""
        shaped = [each for each in rows if is_record(each)]
        bad = [unreadable(each, "no row") for each in rows if not is_record(each)]
        good: list[Observation] = []
        if not shaped:
            return good, bad
        lexicon = self._catalogue.lexicon_for(rule, shaped)
        for row in shaped:
            try:
                good.append(observe(rule, row, lexicon))
            except (ValueError, TypeError, AttributeError, KeyError) as error:
                bad.append(unreadable(row, str(error)))
        return good, bad

    def all_values(self, rule: ObjectRule, row: Row, kind: str) -> set[str]:
        """Return every e-mail address or telephone number of a row, in canonical form."""
        lexicon = self._catalogue.lexicon_for(rule, [row])
        places = {each.place for each in rule.fields if each.kind == kind}
        definitions = [each for each in lexicon.definitions if each.code in places]
        customs = custom_values(row)
        held = [str(each.get("value") or "") for one in definitions for each in customs.get(one.field_id, ())]
        if kind == "email":
            return {text for each in held if (text := values.email_text(each)) is not None}
        country = lexicon.country or None
        return {text for each in held if (text := values.phone_text(each, country=country)) is not None}

    def _evidence(self, rule: ObjectRule, ids: Sequence[str]) -> dict[str, Gone]:
        """Return proof, for those ids that have any, that their records were deleted or merged away."""
        gone: dict[str, Gone] = {}
        params = ids_filter(ids)
        if rule.entity == "deal" and params:
            trash: Params = [("with", "only_deleted"), ("limit", str(PAGE))]
            for row in self._calls.list("/leads", "leads", [*params, *trash]).records:
                if row.get("is_deleted"):
                    gone[str(row["id"])] = Gone(str(row["id"]), at=moment_of(row.get("updated_at")))
        left = [each for each in ids if each not in gone and each.isascii() and each.isdigit()]
        if left:
            gone.update(self._history.deleted(rule, left))
            left = [each for each in left if each not in gone]
        if left and rule.entity != "deal":
            gone.update(self._history.merged(rule, left, lambda named: self.alive(rule, named)))
        return gone


def shown(rule: ObjectRule) -> Params:
    """Return what reading has to ask for."""
    return [("with", rule.shown)] if rule.shown else []


def unreadable(row: object, reason: str) -> Unreadable:
    """Keep a row that cannot be understood."""
    named = row.get("id") if isinstance(row, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return Unreadable("" if named is None else str(named), reason, json.dumps(row, default=str))  # pyright: ignore[reportUnknownArgumentType]


def chunks(items: Iterable[str], size: int) -> Iterable[list[str]]:
    """Cut items into lists of a size, the last one shorter."""
    held = list(items)
    for start in range(0, len(held), size):
        yield held[start : start + size]

"""The account's history: what was deleted, and what was merged into what.

Which end of a merge an event is about, and how it names the other, is not documented. So every id that an event
names is looked at: where exactly one of them is still there, the others were merged into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from crmbridge.connectors.kommo.client.calls import PAGE, Calls, Listed, Params, Row
from crmbridge.connectors.kommo.mapping.observing import moment_of
from crmbridge.connectors.kommo.mapping.rule_types import ObjectRule
from crmbridge.domain.records import Gone

MERGED = "entity_merged"
_IDS_OF_A_FILTER = 10
_MERGES_PAGES = 4
"""Pages of the newest merges that are looked through for an id that has vanished."""

Alive = Callable[[Iterable[str]], set[str]]


class History:
    """Reads events."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def page(self, kinds: Sequence[str], singular: str, *, since: datetime | None, number: int) -> Listed:
        """Return one page of events, newest first."""
        params: Params = [
            ("filter[type]", ",".join(kinds)),
            ("filter[entity]", singular),
            ("limit", str(PAGE)),
            ("page", str(number)),
        ]
        if since is not None:
            params.append(("filter[created_at][from]", str(int(since.timestamp()))))
        return self._calls.list("/events", "events", params)

    def deleted(self, rule: ObjectRule, ids: Sequence[str]) -> dict[str, Gone]:
        """Return which of some ids, known not to be there, were deleted."""
        gone: dict[str, Gone] = {}
        for start in range(0, len(ids), _IDS_OF_A_FILTER):
            params: Params = [
                ("filter[type]", f"{rule.singular}_deleted"),
                ("filter[entity]", rule.singular),
                ("limit", str(PAGE)),
                *(("filter[entity_id][]", each) for each in ids[start : start + _IDS_OF_A_FILTER]),
            ]
            for event in self._calls.list("/events", "events", params).records:
                external_id = str(event.get("entity_id"))
                if external_id in ids:
                    gone.setdefault(external_id, Gone(external_id, at=moment_of(event.get("created_at"))))
        return gone

    def merged(self, rule: ObjectRule, ids: Sequence[str], alive: Alive) -> dict[str, Gone]:
        """Return which of some ids, known not to be there, were merged away lately, with the survivor."""
        found: dict[str, Gone] = {}
        for number in range(1, _MERGES_PAGES + 1):
            listed = self.page([MERGED], rule.singular, since=None, number=number)
            about = [each for each in listed.records if set(ids) & set(named_in(each))]
            found = {**survivors(about, alive), **found}
            if not listed.has_more or set(ids) <= found.keys():
                break
        return {each: found[each] for each in ids if each in found}


def survivors(events: Iterable[Row], alive: Alive) -> dict[str, Gone]:
    """Return what was merged away, by id: an event counts when exactly one record that it names is there."""
    told = [(named_in(each), moment_of(each.get("created_at"))) for each in events]
    everybody = {external_id for ids, _ in told for external_id in ids}
    there = alive(everybody) if everybody else set[str]()
    found: dict[str, Gone] = {}
    for ids, at in told:
        living = [each for each in ids if each in there]
        if len(living) == 1:
            found.update({each: Gone(each, merged_into=living[0], at=at) for each in ids if each not in there})
    return found


def named_in(event: Row) -> tuple[str, ...]:
    """Return every id that an event names: of its entity, and anywhere in its values."""
    ids = [str(event.get("entity_id"))]
    ids += _ids(event.get("value_before")) + _ids(event.get("value_after"))
    return tuple(dict.fromkeys(ids))


def _ids(value: Any) -> list[str]:  # noqa: ANN401 - JSON of any shape
    if isinstance(value, Mapping):
        own = value.get("id") or value.get("entity_id")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        found = [str(own)] if isinstance(own, int) and not isinstance(own, bool) else []
        return found + [each for part in value.values() for each in _ids(part)]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [each for part in value for each in _ids(part)]  # pyright: ignore[reportUnknownVariableType]
    return []

"""Activities and notes read by id."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from crmbridge.connectors.pipedrive.client.calls import Calls, Row, chunks, v1, v2
from crmbridge.connectors.pipedrive.client.catalogue import Catalogue
from crmbridge.connectors.pipedrive.client.errors import is_gone
from crmbridge.connectors.pipedrive.client.reading import BATCH, gone_of, is_number
from crmbridge.connectors.pipedrive.mapping.activities import (
    ACTIVITIES,
    NOTES,
    People,
    observe_activity,
    observe_note,
)
from crmbridge.domain.records import Gone, Observation, Unreadable
from crmbridge.errors import FatalProviderError
from crmbridge.ports import ReadResult


class ActivityReader:
    """Reads activities and notes."""

    def __init__(self, calls: Calls, catalogue: Catalogue) -> None:
        self._calls = calls
        self._catalogue = catalogue

    def read(self, ids: Sequence[str]) -> ReadResult:
        """Read by id, telling what is deleted from what is merely not shown."""
        found: dict[str, Observation] = {}
        gone: dict[str, Gone] = {}
        missing: set[str] = set()
        unreadable: dict[str, Unreadable] = {}
        for place in (ACTIVITIES, NOTES):
            asked = list(dict.fromkeys(each for each in ids if each.startswith(place)))
            live, deleted, unseen = self.rows(place, asked)
            good, bad = self.observe(place, live)
            found |= {each.external_id: each for each in good}
            unreadable |= {each.external_id: each for each in bad}
            gone |= deleted
            missing |= unseen
        missing |= {each for each in ids if not each.startswith((ACTIVITIES, NOTES))}
        return ReadResult(found, gone, frozenset(missing), unreadable)

    def rows(self, place: str, ids: Sequence[str]) -> tuple[list[Row], dict[str, Gone], set[str]]:
        """Return the living rows, the evidence of deletions, and the ids of which nothing is shown."""
        numbers = [each.removeprefix(place) for each in ids]
        live = self._listed([each for each in numbers if is_number(each)]) if place == ACTIVITIES else []
        shown = {str(row["id"]) for row in live}
        gone: dict[str, Gone] = {}
        missing: set[str] = set()
        for number in (each for each in numbers if each not in shown):
            row = self.alone(place, number) if is_number(number) else None
            if row is None:
                missing.add(f"{place}{number}")
            elif is_deleted(row):
                gone[f"{place}{number}"] = Gone(f"{place}{number}", at=gone_of(row).at)
            else:
                live.append(row)
        return live, gone, missing

    def alone(self, place: str, number: str) -> Row | None:
        """Return one row, deleted ones too; ``None`` when nothing is shown."""
        path = v2(f"activities/{number}") if place == ACTIVITIES else v1(f"notes/{number}")
        try:
            return self._calls.get(path).data
        except FatalProviderError as error:
            if is_gone(error) or error.status == 400:
                return None
            raise

    def observe(self, place: str, rows: Iterable[Row]) -> tuple[list[Observation], list[Unreadable]]:
        """Return rows as observations, and those that cannot be understood."""
        people = self.people()
        good: list[Observation] = []
        bad: list[Unreadable] = []
        for row in rows:
            try:
                good.append(observe_activity(row, people) if place == ACTIVITIES else observe_note(row, people))
            except (KeyError, TypeError, ValueError) as error:
                bad.append(Unreadable(f"{place}{row.get('id') or ''}", str(error), json.dumps(row)))
        return good, bad

    def people(self) -> People:
        """Return who can own activities."""
        return People(*self._catalogue.people())

    def _listed(self, numbers: list[str]) -> list[Row]:
        found: list[Row] = []
        for chunk in chunks(numbers, BATCH):
            if len(chunk) > 1:
                rows = self._calls.get(v2("activities"), {"ids": ",".join(chunk), "limit": BATCH}).rows
                found += [row for row in rows if str(row.get("id")) in chunk and not is_deleted(row)]
        return found


def is_deleted(row: Row) -> bool:
    """Tell whether a row is deleted, in v2's words or in v1's."""
    return bool(row.get("is_deleted")) or row.get("active_flag") is False

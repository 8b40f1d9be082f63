"""Activities read and listed: by fixed filters in place of views, notes through the records they are on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise

from crmbridge.connectors.freshsales.client._api import PAGE, Api, Told
from crmbridge.connectors.freshsales.client._directory import Directory
from crmbridge.connectors.freshsales.client._errors import PROVIDER
from crmbridge.connectors.freshsales.client._listing import Lister, Walk, modified_at
from crmbridge.connectors.freshsales.mapping.activities import observe_activity
from crmbridge.connectors.freshsales.mapping.activity_ids import ActivityId, activity_id
from crmbridge.connectors.freshsales.mapping.places import BY_PLURAL
from crmbridge.connectors.freshsales.mapping.rule_types import Row
from crmbridge.connectors.freshsales.mapping.rules import RULES
from crmbridge.domain.records import Gone, Observation, Unreadable
from crmbridge.errors import FatalProviderError
from crmbridge.ports import Page, ReadResult

INCLUDE: Mapping[str, str] = {"include": "owner,targetable"}

_LISTS: tuple[tuple[str, str], ...] = (
    ("tasks", "open"),
    ("tasks", "completed"),
    ("appointments", "upcoming"),
    ("appointments", "past"),
    ("sales_activities", ""),
)
"""(place, fixed filter), in the order in which activities move on, so that one that does is seen twice, not missed."""

_PARENTS = tuple(RULES[entity] for entity in ("contact", "company", "deal"))
_NOTE_PAGES_MAX = 50
_FIND_PAGES_MAX = 20


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a listing stands: which list, which page, how many rows there were, and the walk through its parents."""

    at: int = 0
    page: int = 1
    total: int = 0
    walk: str | None = None

    def text(self) -> str:
        """Return the opaque cursor."""
        return json.dumps(asdict(self), separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one call brought."""

    plural: str
    rows: tuple[Row, ...]
    following: Spot | None
    server_time: datetime | None


class Diary:
    """Reads and lists activities of one account."""

    def __init__(self, api: Api, directory: Directory, lister: Lister) -> None:
        self._api, self._directory, self._lister = api, directory, lister

    def page(self, since: datetime | None, cursor: str | None) -> Page[Observation]:
        """Return one page of all activities, or of those changed at or after a moment, oldest first in the page.

        Raises:
            FatalProviderError: the cursor is not ours.
        """
        spot: Spot | None = _spot(cursor)
        found: list[Observation] = []
        bad: list[Unreadable] = []
        server_time: datetime | None = None
        while spot is not None and not found and not bad:
            stretch = self._notes(spot, since) if spot.at >= len(_LISTS) else self._stretch(spot, since)
            server_time = stretch.server_time or server_time
            fresh = [each for each in stretch.rows if since is None or modified_at(each) >= since]
            found, bad = self.observed(stretch.plural, fresh)
            spot = stretch.following
        found.sort(key=lambda each: (each.modified_at is not None, each.modified_at))
        return Page(tuple(found), spot and spot.text(), unreadable=tuple(bad), server_time=server_time)

    def read(self, external_ids: Sequence[str]) -> ReadResult:
        """Read activities by id; Freshsales keeps no trace of deleted ones."""
        found: dict[str, Observation] = {}
        gone: dict[str, Gone] = {}
        unreadable: dict[str, Unreadable] = {}
        asked = dict.fromkeys(external_ids)
        for each in asked:
            known = activity_id(each)
            row = None if known is None else self.row(known)
            if known is None or row is None:
                continue
            if row.get("is_deleted"):
                gone[each] = Gone(each)
                continue
            seen, bad = self.observed(known.place, [row])
            if seen:
                found[each] = seen[0]
            elif bad:
                unreadable[each] = bad[0]
        missing = frozenset(each for each in asked if each not in found and each not in gone and each not in unreadable)
        return ReadResult(found=found, gone=gone, missing=missing, unreadable=unreadable)

    def row(self, known: ActivityId) -> Row | None:
        """Return one activity as Freshsales states it, ``None`` where it says that there is none."""
        try:
            if known.parent:
                return self._note(known)
            said = self._api.get(f"/{known.place}/{known.number}", INCLUDE)
        except FatalProviderError as error:
            if error.status == 404:
                return None
            raise
        return self._api.record(said, BY_PLURAL[known.place].singular)

    def by_correlation(self, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Return activities by our own id, which stands in their text: nothing searches it, so lists are gone through.

        The newest two thousand of each list are looked at, and the notes on everything changed lately.
        """
        found: dict[str, tuple[Observation, ...]] = {}
        for plural, rows in self._lately():
            for each in self.observed(plural, rows)[0]:
                if each.correlation_id in wanted:
                    found.setdefault(each.correlation_id, (each,))
            if len(found) == len(set(wanted)):
                break
        return found

    def observed(self, plural: str, rows: Iterable[Row]) -> tuple[list[Observation], list[Unreadable]]:
        """Return rows in canonical values, and those that cannot be understood; logged ones of other types fall out."""
        people = self._directory.people()
        good: list[Observation] = []
        bad: list[Unreadable] = []
        for row in rows:
            try:
                seen = observe_activity(plural, row, people)
            except (KeyError, TypeError, ValueError) as error:
                bad.append(Unreadable("", str(error)[:300], json.dumps(row, default=str)))
                continue
            good += [seen] if seen is not None else []
        return good, bad

    # ------------------------------------------------------------------------------------- parts

    def _stretch(self, spot: Spot, since: datetime | None) -> Stretch:
        """Return one page of a list.

        Where rows went away meanwhile, the page before is read once more: rows that moved into it were not read.
        """
        plural, word = _LISTS[spot.at]
        told = self._listed(plural, word, spot.page)
        page = spot.page
        if told.total < spot.total and page > 1:
            page -= 1
            told = self._listed(plural, word, page)
        is_last = page >= told.pages or (since is not None and _ends_before(told.rows, since))
        following = Spot(spot.at + 1) if is_last else Spot(spot.at, page + 1, told.total)
        return Stretch(plural, told.rows, following, told.server_time)

    def _listed(self, plural: str, word: str, page: int) -> Told:
        asked: dict[str, str | int] = {"page": page, "per_page": PAGE, "sort": "updated_at", "sort_type": "desc"}
        filtered = {"filter": word} if word else {}
        return self._api.page(f"/{plural}", plural, {**INCLUDE, **asked, **filtered})

    def _notes(self, spot: Spot, since: datetime | None) -> Stretch:
        """Return the notes on one page of contacts, accounts or deals."""
        rule = _PARENTS[spot.at - len(_LISTS)]
        step = self._lister.step(Walk(rule, rule.views, since, also="notes"), spot.walk)
        following: Spot | None = Spot(spot.at + 1)
        if step.following is not None:
            following = Spot(spot.at, walk=step.following.text())
        elif spot.at + 1 >= len(_LISTS) + len(_PARENTS):
            following = None
        return Stretch("notes", step.notes, following, step.server_time)

    def _note(self, known: ActivityId) -> Row | None:
        path = f"/{known.parent}/{known.parent_id}/notes"
        for page in range(1, _NOTE_PAGES_MAX + 1):
            told = self._api.page(path, "notes", {"page": page, "per_page": PAGE})
            for row in told.rows:
                if str(row.get("id")) == known.number:
                    return _on(row, known)
            if page >= told.pages:
                break
        return None

    def _lately(self) -> Iterable[tuple[str, tuple[Row, ...]]]:
        for plural, word in _LISTS:
            for page in range(1, _FIND_PAGES_MAX + 1):
                told = self._listed(plural, word, page)
                yield plural, told.rows
                if page >= told.pages:
                    break
        for rule in _PARENTS:
            yield "notes", self._lister.notes_lately(rule)


def _on(row: Row, known: ActivityId) -> Row:
    """Return a note that says what it is on, whether or not the answer did."""
    model = next(rule.model for rule in _PARENTS if rule.plural == known.parent)
    return {**row, "targetable_type": model, "targetable_id": int(known.parent_id)}


def _ends_before(rows: tuple[Row, ...], since: datetime) -> bool:
    """Tell whether a page shows that nothing behind it can be newer than a moment.

    Only a page that stands in the order of changes, and visibly not in the order in which its rows were made, shows
    that the order asked for was kept.
    """
    changed = [modified_at(each) for each in rows]
    is_by_change = all(first >= second for first, second in pairwise(changed))
    numbers = [int(each.get("id") or 0) for each in rows]
    is_by_number = all(first > second for first, second in pairwise(numbers))
    return bool(rows) and is_by_change and not is_by_number and changed[-1] < since


def _spot(cursor: str | None) -> Spot:
    if cursor is None:
        return Spot()
    try:
        return Spot(**json.loads(cursor))
    except (TypeError, ValueError) as error:
        raise FatalProviderError("this cursor is not ours", provider=PROVIDER, code="BAD_CURSOR") from error

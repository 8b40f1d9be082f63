"""Tasks and notes: read, listed and found. Each is in a list of its own: tasks, and notes by what they are on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from crmbridge.connectors.kommo.client.activity_writing import ActivityWriter
from crmbridge.connectors.kommo.client.calls import PAGE, Calls, Listed, Params, Row, ids_filter, is_record
from crmbridge.connectors.kommo.client.catalogue import Catalogue
from crmbridge.connectors.kommo.client.history import History
from crmbridge.connectors.kommo.client.places import Place, Step
from crmbridge.connectors.kommo.client.reading import unreadable
from crmbridge.connectors.kommo.client.walking import Walk
from crmbridge.connectors.kommo.mapping.activities import (
    NOTE,
    external_id,
    observe_activity,
    place_of,
    project_activity,
)
from crmbridge.connectors.kommo.mapping.definitions import Lexicon
from crmbridge.connectors.kommo.mapping.observing import moment_of
from crmbridge.domain.records import Fields, Gone, Observation, Unreadable
from crmbridge.ports import Page, ReadResult, RowResult, WriteOp

PATHS = ("tasks", "leads/notes", "contacts/notes", "companies/notes")
_SINGULAR = {"leads/notes": "lead", "contacts/notes": "contact", "companies/notes": "company"}
LATELY = timedelta(days=2)
"""How far back new tasks and notes are looked through for our own id: nothing else finds it."""

_LATELY_PAGES = 20
_GONE_PAGES = 4


class Activities:
    """Tasks and notes of one account."""

    def __init__(self, calls: Calls, catalogue: Catalogue, history: History) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._history = history
        self._writer = ActivityWriter(calls, self.lexicon, self.rows, self.made_lately)

    def project(self, fields: Fields) -> dict[str, Any]:
        """Return an activity as Kommo would say it."""
        return project_activity(fields, self.lexicon(with_owners=bool(fields.get("owner"))))

    def write(self, ops: Sequence[WriteOp]) -> tuple[RowResult, ...]:
        """Write tasks and notes; see ``CrmClient.write``."""
        return self._writer.write(ops)

    def lexicon(self, *, with_owners: bool = True) -> Lexicon:
        """Return who owns what."""
        emails, ids = self._catalogue.owner_book(with_owners=with_owners)
        return Lexicon(owner_emails=emails, owner_ids=ids)

    # ------------------------------------------------------------------------------------- by id

    def read(self, external_ids: Sequence[str]) -> ReadResult:
        """Read activities by id, telling those that are gone from those that are merely not shown."""
        found: dict[str, Observation] = {}
        odd: dict[str, Unreadable] = {}
        gone: dict[str, Gone] = {}
        asked = [each for each in dict.fromkeys(external_ids) if place_of(each)[0]]
        for path in PATHS:
            ids = [place_of(each)[1] for each in asked if place_of(each)[0] == path]
            good, bad = self.observe(path, self.rows(path, ids))
            found.update({each.external_id: each for each in good})
            odd.update({each.external_id: each for each in bad})
            left = [each for each in ids if external_id(path, {"id": each}) not in {*found, *odd}]
            gone.update(self._evidence(path, left) if left else {})
        missing = {each for each in external_ids if each not in found and each not in gone and each not in odd}
        return ReadResult(found, gone, frozenset(missing), odd)

    def rows(self, path: str, ids: Sequence[str]) -> list[Any]:
        """Return rows by Kommo's ids."""
        found: list[Any] = []
        for start in range(0, len(ids), PAGE):
            params = ids_filter(ids[start : start + PAGE])
            found += self._calls.list(f"/{path}", _name(path), [*params, ("limit", str(PAGE))]).rows
        return found

    def observe(self, path: str, rows: Sequence[Any]) -> tuple[list[Observation], list[Unreadable]]:
        """Return rows as observations, and those that cannot be understood; notes of other types are passed over."""
        good: list[Observation] = []
        bad: list[Unreadable] = []
        lexicon = self.lexicon() if rows else Lexicon()
        for row in rows:
            if path != "tasks" and is_record(row) and row.get("note_type") != NOTE:
                continue
            try:
                good.append(observe_activity(path, row, lexicon))
            except (ValueError, TypeError, AttributeError, KeyError) as error:
                bad.append(unreadable(row, str(error)))
        return good, bad

    def _evidence(self, path: str, ids: Sequence[str]) -> dict[str, Gone]:
        gone: dict[str, Gone] = {}
        for number in range(1, _GONE_PAGES + 1):
            listed = self._deletions(path, None, number)
            gone.update({each.external_id: each for each in _deleted(path, listed)})
            if not listed.has_more:
                break
        wanted = {external_id(path, {"id": each}) for each in ids}
        return {key: each for key, each in gone.items() if key in wanted}

    # ------------------------------------------------------------------------------------- lists

    def list_changed(self, since: datetime | None, cursor: str | None) -> Page[Observation]:
        """Return one page of one list after the other; ``since`` is ``None`` for everything."""
        path, _, rest = (cursor or f"{PATHS[0]}|").partition("|")
        start = Place(at=int(since.timestamp()) if since else 0)
        place = Place.of(rest or None, start)
        walk = Walk(lambda params: self._fetch(path, params), path)
        is_bounded = since is not None
        step = self._tasks(walk, place, start.at) if path == "tasks" else walk.step(place, is_bounded=is_bounded)
        good, bad = self.observe(path, step.rows)
        good.sort(key=lambda each: (each.modified_at or datetime.min.replace(tzinfo=UTC), each.external_id))
        following = _following(path, step)
        if following and not good and not bad and step.following is None:
            return self.list_changed(since, following)
        return Page(tuple(good), following, tuple(bad), step.server_time)

    @staticmethod
    def _tasks(walk: Walk, place: Place, since_s: int) -> Step:
        """Walk through tasks by id: they cannot be had in the order of their modified times."""
        window: Params = [("filter[updated_at][from]", str(since_s))] if since_s else []
        step = walk.by_id(place, window)
        rows = [each for each in step.rows if not is_record(each) or (each.get("updated_at") or 0) >= since_s]
        return Step(rows, step.following, step.server_time)

    def list_gone(self, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of deleted tasks, then of deleted notes, by what they were on."""
        path, _, rest = (cursor or f"{PATHS[0]}|").partition("|")
        number = int(rest or 1)
        listed = self._deletions(path, since, number)
        gone = [each for each in _deleted(path, listed) if each.at is None or each.at >= since]
        there = {
            str(row["id"])
            for row in self.rows(path, [place_of(each.external_id)[1] for each in gone])
            if is_record(row)
        }
        items = tuple(each for each in gone if place_of(each.external_id)[1] not in there)
        if listed.has_more:
            return Page(items, f"{path}|{number + 1}", (), listed.server_time)
        return Page(items, _next_list(path), (), listed.server_time)

    def find(self, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Find activities by our own id: by looking through what was made in the last two days."""
        found: dict[str, tuple[Observation, ...]] = {}
        for path in PATHS:
            left = [each for each in wanted if each not in found]
            found.update({key: (hit,) for key, hit in self.made_lately(path, left).items()} if left else {})
        return found

    def made_lately(self, path: str, wanted: Sequence[str]) -> dict[str, Observation]:
        """Return new activities of one list that carry one of our ids."""
        found: dict[str, Observation] = {}
        for number in range(1, _LATELY_PAGES + 1):
            order: Params = [("order[id]", "desc"), ("limit", str(PAGE)), ("page", str(number))]
            listed = self._fetch(path, order)
            for each in self.observe(path, listed.rows)[0]:
                if each.correlation_id in wanted:
                    found.setdefault(each.correlation_id, each)
            made = [moment_of(row.get("created_at")) for row in listed.records]
            oldest = min((each for each in made if each is not None), default=None)
            is_past = bool(listed.server_time and oldest and oldest < listed.server_time - LATELY)
            if not listed.has_more or is_past or set(wanted) <= found.keys():
                break
        return found

    def _fetch(self, path: str, params: Params) -> Listed:
        kind: Params = [] if path == "tasks" else [("filter[note_type][]", NOTE)]
        return self._calls.list(f"/{path}", _name(path), [*params, *kind])

    def _deletions(self, path: str, since: datetime | None, number: int) -> Listed:
        kinds = ["task_deleted"] if path == "tasks" else ["common_note_deleted"]
        return self._history.page(kinds, _SINGULAR.get(path, "task"), since=since, number=number)


def _name(path: str) -> str:
    return "tasks" if path == "tasks" else "notes"


def _deleted(path: str, listed: Listed) -> list[Gone]:
    """Return what events say was deleted; a note's is an event of what it was on, and names it in its values."""
    found: list[Gone] = []
    for event in listed.records:
        at = moment_of(event.get("created_at"))
        ids = [event.get("entity_id")] if path == "tasks" else _notes_in(event)
        found += [Gone(external_id(path, {"id": each}), at=at) for each in ids if each]
    return found


def _notes_in(event: Row) -> list[Any]:
    said: list[Any] = [*(event.get("value_before") or ()), *(event.get("value_after") or ())]
    notes: list[Any] = [each.get("note") for each in said if isinstance(each, Mapping)]  # pyright: ignore[reportUnknownMemberType]
    return [each["id"] for each in notes if is_record(each)]


def _next_list(path: str) -> str | None:
    place = PATHS.index(path) + 1
    return f"{PATHS[place]}|" if place < len(PATHS) else None


def _following(path: str, step: Step) -> str | None:
    return _next_list(path) if step.following is None else f"{path}|{step.following.text()}"

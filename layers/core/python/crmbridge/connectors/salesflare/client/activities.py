"""Activities read, listed and found: tasks by themselves, everything else account by account."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from crmbridge.connectors import _values as values
from crmbridge.connectors.salesflare.client.calls import PAGE, Calls, chunks
from crmbridge.connectors.salesflare.client.catalogue import Catalogue
from crmbridge.connectors.salesflare.client.errors import is_missing
from crmbridge.connectors.salesflare.client.finding import LATELY
from crmbridge.connectors.salesflare.client.listing import MARGIN, Lister
from crmbridge.connectors.salesflare.mapping.activities import observe_meeting, observe_message, observe_task
from crmbridge.connectors.salesflare.mapping.observing import Row
from crmbridge.domain.records import Observation, Unreadable
from crmbridge.errors import FatalProviderError
from crmbridge.ports import Page, ReadResult

ACCOUNTS = 20
"""Accounts whose notes, meetings and calls make one page: two calls each."""

_MANY = 1_000
"""Rows asked for of one account's feed at once; no longest is published."""

_MEETINGS = ("meeting-live", "meeting-phone")
_WHOLE = frozenset({"date", "participants", "notes"})


class Activities:
    """Reads activities of one team."""

    def __init__(self, calls: Calls, catalogue: Catalogue, lister: Lister) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._lister = lister

    # ------------------------------------------------------------------------------------- by id

    def read(self, external_ids: Sequence[str]) -> ReadResult:
        """Read activities by id; none of them leaves evidence when it is gone."""
        asked = list(dict.fromkeys(external_ids))
        found: dict[str, Observation] = {}
        bad: list[Unreadable] = []
        for observed, odd in (
            self.observe(self.tasks(_ids(asked, "task")), self._task),
            self.observe(self._meetings([*_ids(asked, "meeting"), *_ids(asked, "call")]), self._meeting),
            *(
                self._notes_of(account)
                for account in sorted({each.partition("-")[0] for each in _ids(asked, "message")})
            ),
        ):
            found |= {each.external_id: each for each in observed if each.external_id in asked}
            bad += odd
        unreadable = {each.external_id: each for each in bad if each.external_id in asked}
        missing = [each for each in asked if each not in found and each not in unreadable]
        return ReadResult(found, {}, frozenset(missing), unreadable)

    def tasks(self, ids: Iterable[str]) -> list[Row]:
        """Return the tasks of some ids, whoever they are assigned to."""
        found: list[Row] = []
        for chunk in chunks(ids, PAGE):
            query = [("id", each) for each in chunk] + [("limit", str(PAGE))] + self._everybody()
            found += [row for row in self._calls.rows("/tasks", query).rows if str(row.get("id")) in chunk]
        return found

    def meeting(self, meeting_id: str) -> Row | None:
        """Return a meeting or a call, ``None`` when it is not there."""
        try:
            said = self._calls.get(f"/meetings/{meeting_id}")
        except FatalProviderError as error:
            if is_missing(error):
                return None
            raise
        return said if isinstance(said, dict) else None  # pyright: ignore[reportUnknownVariableType] - JSON

    def messages(self, account_id: str) -> tuple[Row, ...]:
        """Return the notes of an account; none when the account is not there."""
        return self._below(account_id, "messages", [])

    def meetings_of(self, account_id: str) -> list[Row]:
        """Return the meetings and calls of an account, read one by one where the feed does not tell them whole."""
        rows = self._below(account_id, "feed", [("types", each) for each in _MEETINGS])
        whole = [row if row.keys() >= _WHOLE else self.meeting(str(row.get("id"))) for row in rows]
        return [row for row in whole if row is not None]

    # ------------------------------------------------------------------------------------- lists

    def page(self, since: datetime | None, cursor: str | None) -> Page[Observation]:
        """Return one page of activities changed at or after a moment, or of all: tasks first, then by account."""
        phase, place = json.loads(cursor) if cursor else ["tasks", None]
        if phase == "tasks":
            query = self._everybody()
            if since is not None:
                moment = values.moment_text(since - MARGIN).replace("Z", ".000Z")
                query = [*query, *self._lister.modified_filter(("task",), moment)]
            told, following = self._lister.page("/tasks", query, place)
            found, bad = self.observe(told.rows, self._task)
            next_cursor = json.dumps(["tasks", following] if following else ["accounts", None])
        else:
            told, following = self._lister.page("/accounts", [("details", "false")], place, size=ACCOUNTS)
            found, bad = self._of_accounts([str(row["id"]) for row in told.rows])
            next_cursor = json.dumps(["accounts", following]) if following else None
        if next_cursor == '["accounts", null]' and not self._has_accounts():
            next_cursor = None
        items = [each for each in found if since is None or each.modified_at is None or each.modified_at >= since]
        if since is not None:
            items.sort(key=lambda each: (each.version.zfill(20), each.external_id))
        return Page(tuple(items), next_cursor, tuple(bad), told.server_time)

    def _has_accounts(self) -> bool:
        return bool(self._calls.rows("/accounts", [("details", "false"), ("limit", "1")]).rows)

    def _of_accounts(self, account_ids: Iterable[str]) -> tuple[list[Observation], list[Unreadable]]:
        found: dict[str, Observation] = {}
        bad: list[Unreadable] = []
        for account_id in account_ids:
            meetings = self.observe(self.meetings_of(account_id), self._meeting)
            for observed, odd in (self._notes_of(account_id), meetings):
                found |= {each.external_id: each for each in observed}
                bad += odd
        return list(found.values()), bad

    # ------------------------------------------------------------------------------------- by key

    def by_correlation(self, wanted: Sequence[str]) -> dict[str, tuple[Observation, ...]]:
        """Find tasks by our own id: by search, and among those made lately.

        Notes, meetings and calls can be looked for in their account only: who makes them does.
        """
        found: dict[str, dict[str, Observation]] = {}
        everybody = self._everybody()
        rows: list[Row] = []
        for each in wanted:
            rows += self._calls.rows("/tasks", [("search", each), ("limit", str(PAGE)), *everybody]).rows
        marks = {each.correlation_id for each in self.observe(rows, self._task)[0]}
        if set(wanted) - marks:
            rows += self._made_lately(everybody)
        for each in self.observe(rows, self._task)[0]:
            if each.correlation_id in wanted:
                found.setdefault(each.correlation_id, {})[each.external_id] = each
        return {mark: tuple(hits.values()) for mark, hits in found.items()}

    def _made_lately(self, everybody: Sequence[tuple[str, str]]) -> Iterable[Row]:
        """Return the newest tasks, page by page, until one is older than searches lag."""
        now = self._calls.clock()
        offset = 0
        while True:
            where = [("order_by", "id desc"), ("limit", str(PAGE)), ("offset", str(offset))]
            rows = self._calls.rows("/tasks", [*everybody, *where]).rows
            yield from rows
            made = [values.moment(row.get("creation_date")) for row in rows]
            is_old = now is not None and any(each is not None and each < now - LATELY for each in made)
            if len(rows) < PAGE or is_old:
                return
            offset += PAGE

    # ------------------------------------------------------------------------------------- rows

    def observe(
        self, rows: Iterable[Row], read: Callable[[Row], Observation]
    ) -> tuple[list[Observation], list[Unreadable]]:
        """Return rows as observations, and those that cannot be understood."""
        good: list[Observation] = []
        bad: list[Unreadable] = []
        for row in rows:
            if row.get("archived"):
                continue
            try:
                good.append(read(row))
            except (KeyError, ValueError) as error:
                bad.append(Unreadable(str(row.get("id") or ""), str(error), json.dumps(row)))
        return good, bad

    def _task(self, row: Row) -> Observation:
        return observe_task(row, self.emails())

    def _meeting(self, row: Row) -> Observation:
        return observe_meeting(row, frozenset(self.emails()))

    def _notes_of(self, account_id: str) -> tuple[list[Observation], list[Unreadable]]:
        return self.observe(self.messages(account_id), lambda row: observe_message(row, account_id))

    def _meetings(self, ids: Iterable[str]) -> list[Row]:
        return [row for each in ids if (row := self.meeting(each)) is not None]

    def _below(self, account_id: str, name: str, query: list[tuple[str, str]]) -> tuple[Row, ...]:
        """Return everything of one kind below an account, newest first; pages reach back by date."""
        found: dict[object, Row] = {}
        before: list[tuple[str, str]] = []
        while True:
            try:
                rows = self._calls.rows(f"/accounts/{account_id}/{name}", [*query, *before, ("limit", str(_MANY))]).rows
            except FatalProviderError as error:
                if is_missing(error):
                    return ()
                raise
            fresh = {row.get("id"): row for row in rows if row.get("id") not in found}
            found |= fresh
            if len(rows) < _MANY or not fresh:
                return tuple(found.values())
            before = [("before", str(rows[-1].get("date")))]

    def emails(self) -> Mapping[int, str]:
        """Return the e-mail address of everybody of the team."""
        return {each.id: (each.email or "").strip().lower() for each in self._catalogue.users()}

    def _everybody(self) -> list[tuple[str, str]]:
        """Return the query without which only the key owner's tasks are answered."""
        return [("assignees", str(each.id)) for each in self._catalogue.users()]


def _ids(external_ids: Iterable[str], place: str) -> list[str]:
    split = [each.partition(":") for each in external_ids]
    return [rest for name, _, rest in split if name == place and rest.replace("-", "", 1).isdigit()]

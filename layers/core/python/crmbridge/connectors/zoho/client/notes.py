"""Notes page by page: by modified time, behind the last one seen, since no query tells what a page jumped over.

``If-Modified-Since`` begins a window, the oldest change first; each page that reaches a later second begins a new one
there. So neither a deletion nor an edit between two pages hides a note. Page tokens are followed within a second only.
Source: Zoho CRM API v8, get notes: ``sort_by``, ``page_token``, ``If-Modified-Since``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crmbridge.connectors import _values as values
from crmbridge.connectors.zoho.client.calls import Calls, Told, field_params, stuck
from crmbridge.connectors.zoho.client.catalogue import Catalogue
from crmbridge.connectors.zoho.client.errors import Row
from crmbridge.connectors.zoho.client.reading import Reader
from crmbridge.connectors.zoho.client.showing import HIDDEN, shown
from crmbridge.connectors.zoho.mapping import NOTES, fields_to_read
from crmbridge.domain.records import Observation
from crmbridge.errors import FatalProviderError

PAGE = 200
LATELY = timedelta(days=2)
"""How far back new notes are looked through for our own id: nothing else finds it."""

_LATELY_PAGES = 20
_STEP = timedelta(seconds=1)
"""Whether ``If-Modified-Since`` takes in its own second is not documented: windows begin one before."""

_ENDED = frozenset({"EXPIRED_VALUE", "TOKEN_BOUND_DATA_MISMATCH", "INVALID_DATA"})


@dataclass(frozen=True, slots=True)
class Window:
    """Where a listing of notes goes on.

    Attributes:
        at: modified time of the last note seen, ISO 8601; empty to begin.
        seen: ids of those that were seen of that second.
        token: Zoho's own place within the window.
    """

    at: str = ""
    seen: Sequence[str] = ()
    token: str = ""


class Notes:
    """Lists the notes of one organisation."""

    def __init__(self, calls: Calls, catalogue: Catalogue, reader: Reader) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._reader = reader
        self._is_shown = False

    def page(self, since: datetime | None, window: Window) -> tuple[Told, list[Row], Window | None]:
        """Return an answer, its notes that were not seen yet, and where to go on.

        Raises:
            FatalProviderError: the listing does not end.
        """
        start = values.moment(window.at) if window.at else since and since.replace(microsecond=0)
        told = self._listed(start, window.token)
        rows = [row for row in told.rows if _is_new(row, start, window.seen)]
        if not told.has_more or not told.rows:
            return told, rows, None
        last = _modified(told.rows[-1])
        if last is not None and (start is None or last > start):
            return told, rows, Window(last.isoformat(timespec="seconds"), _ids_at(told.rows, last))
        token = str(told.info.get("next_page_token") or "")
        if start is None or not token or token == window.token:
            raise stuck(NOTES.module)
        at = start.isoformat(timespec="seconds")
        return told, rows, Window(at, [*window.seen, *_ids_at(rows, start)], token)

    def made_lately(self, wanted: Collection[str]) -> dict[str, Observation]:
        """Return new notes that carry one of our ids."""
        found: dict[str, Observation] = {}
        params = field_params(
            (*self._names(), "Created_Time"), sort_by="Created_Time", sort_order="desc", per_page=PAGE
        )
        for _ in range(_LATELY_PAGES if wanted else 0):
            told = shown(self._calls, NOTES, params)
            for each in self._reader.observe(NOTES, told.rows)[0]:
                if each.correlation_id in wanted:
                    found.setdefault(each.correlation_id, each)
            oldest = values.moment(told.rows[-1].get("Created_Time")) if told.rows else None
            is_past = bool(oldest and told.server_time and oldest < told.server_time - LATELY)
            token = str(told.info.get("next_page_token") or "")
            if is_past or not told.has_more or not token or set(wanted) <= found.keys():
                break
            params["page_token"] = token
        return found

    def refusal(self) -> FatalProviderError | None:
        """Return why notes are not shown to us; where they are, that is asked once."""
        if not self._is_shown:
            try:
                self._calls.get(f"/{NOTES.module}", "data", field_params(("id",), per_page=1))
            except FatalProviderError as error:
                if error.code in HIDDEN:
                    return error
                raise
            self._is_shown = True
        return None

    def _listed(self, start: datetime | None, token: str) -> Told:
        """Return a page of a window; one whose token has ended begins anew, and what was seen is passed over."""
        params = field_params(self._names(), sort_by="Modified_Time", sort_order="asc", per_page=PAGE)
        header = "" if start is None else (start - _STEP).isoformat(timespec="seconds")
        if token:
            try:
                return shown(self._calls, NOTES, {**params, "page_token": token}, since=header)
            except FatalProviderError as error:
                if error.code not in _ENDED:
                    raise
        return shown(self._calls, NOTES, params, since=header)

    def _names(self) -> tuple[str, ...]:
        return fields_to_read(NOTES, self._catalogue.lexicon(NOTES, with_owners=False))


def _modified(row: Row) -> datetime | None:
    return values.moment(row.get("Modified_Time"))


def _ids_at(rows: Sequence[Row], moment: datetime) -> list[str]:
    return [str(row.get("id")) for row in rows if _modified(row) == moment]


def _is_new(row: Row, start: datetime | None, seen: Collection[str]) -> bool:
    at = _modified(row)
    return start is None or at is None or (at >= start and str(row.get("id")) not in seen)

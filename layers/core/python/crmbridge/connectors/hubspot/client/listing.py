"""Records, changes and deletions, page by page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.hubspot.client.calls import Calls, Told, objects
from crmbridge.connectors.hubspot.client.catalogue import stuck
from crmbridge.connectors.hubspot.client.errors import PROVIDER
from crmbridge.connectors.hubspot.client.reading import Reader
from crmbridge.connectors.hubspot.client.rows import SEARCH_MAX, SEARCH_PAGE, rows_of, shown_refs
from crmbridge.connectors.hubspot.mapping import ListAnswer, ObjectRule, Row, gone_at, merged_ids
from crmbridge.domain.records import Gone, Observation
from crmbridge.errors import RetriableProviderError
from crmbridge.ports import Page

PAGE = 100
_MERGED = "hs_merged_object_ids"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a search goes on.

    Attributes:
        last_id: records up to this id have been seen.
        after: rows to pass over beyond that: those the index still holds though their records are gone.
        until_ms: changes after this moment belong to the next run; 0 before the first page.
    """

    last_id: int = 0
    after: int = 0
    until_ms: int = 0


class Lister:
    """Lists records of one account."""

    def __init__(self, calls: Calls, reader: Reader) -> None:
        self._calls = calls
        self._reader = reader

    def list_all(self, rule: ObjectRule, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record, in HubSpot's own order, associations included."""
        params: dict[str, str | int] = {"limit": PAGE, "properties": ",".join(rule.asked())}
        if rule.linked:
            params["associations"] = ",".join(dict.fromkeys(rule.linked.values()))
        told = self._listed(rule, params, cursor)
        rows, bad = rows_of(told.body.results)
        good, odd = self._reader.observe(rule, rows, shown_refs(rule, rows))
        return Page(tuple(good), told.body.after, (*bad, *odd), told.server_time)

    def list_changed(self, rule: ObjectRule, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of the live records changed at or after a moment.

        The pages follow the record ids, which never change, rather than the modified times: HubSpot's search sorts by
        an index that lags behind, and answers the values of now, so a place in time cannot be told from an answer.
        Within a page the oldest change comes first.
        """
        told, place, following = self._changed(rule, since, cursor, rule.asked(), ())
        rows, bad = rows_of(told.body.results)
        good, odd = self._reader.observe(rule, [row for row in rows if not _is_later(rule, row, place.until_ms)])
        good.sort(key=lambda each: (each.version.zfill(20), each.external_id))
        return Page(tuple(good), following, (*bad, *odd), told.server_time)

    def list_gone(self, rule: ObjectRule, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of evidence of merges, then of archived records.

        HubSpot lists archived records in no order of time, so all of them (ninety days) are passed through.
        """
        phase, _, rest = (cursor or "merged:").partition(":")
        if phase == "merged":
            return self._merges(rule, since, rest or None)
        told = self._listed(rule, {"limit": PAGE, "archived": "true", "properties": rule.modified}, rest or None)
        rows, bad = rows_of(told.body.results)
        gone = [gone_at(row) for row in rows if row.archived]
        items = tuple(each for each in gone if each.at is None or each.at >= since)
        following = None if told.body.after is None else f"archived:{told.body.after}"
        return Page(items, following, tuple(bad), told.server_time)

    # ------------------------------------------------------------------------------------- the listing

    def _listed(self, rule: ObjectRule, params: Mapping[str, str | int], cursor: str | None) -> Told[ListAnswer]:
        told = self._calls.get(ListAnswer, objects(rule.path), {**params, **({"after": cursor} if cursor else {})})
        if cursor and told.body.after == cursor:
            raise stuck(rule.path)
        return told

    # ------------------------------------------------------------------------------------- the search

    def _merges(self, rule: ObjectRule, since: datetime, cursor: str | None) -> Page[Gone]:
        extra = ({"propertyName": _MERGED, "operator": "HAS_PROPERTY"},)
        told, _, following = self._changed(rule, since, cursor, (rule.modified, _MERGED), extra)
        rows, bad = rows_of(told.body.results)
        items = tuple(
            Gone(old, merged_into=row.id, at=values.moment(row.properties.get(rule.modified)))
            for row in rows
            for old in merged_ids(row)
        )
        next_cursor = "archived:" if following is None else f"merged:{following}"
        return Page(items, next_cursor, tuple(bad), told.server_time)

    def _changed(
        self,
        rule: ObjectRule,
        since: datetime,
        cursor: str | None,
        properties: Sequence[str],
        extra: Sequence[Mapping[str, str]],
    ) -> tuple[Told[ListAnswer], _Place, str | None]:
        """Search on from a place; returns the answer, the place it was asked from, and the next cursor."""
        place = _Place(*json.loads(cursor)) if cursor else _Place()
        if place.after + SEARCH_PAGE > SEARCH_MAX:
            raise RetriableProviderError(
                "HubSpot's search index still holds thousands of records that are gone", provider=PROVIDER
            )
        since_ms = str(values.epoch_ms(since))
        filters = [{"propertyName": rule.modified, "operator": "GTE", "value": since_ms}, *extra]
        if place.last_id:
            filters.append({"propertyName": "hs_object_id", "operator": "GT", "value": str(place.last_id)})
        body: dict[str, Any] = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": list(properties),
            "limit": SEARCH_PAGE,
            "after": str(place.after),
        }
        told = self._calls.post(ListAnswer, objects(rule.path, "/search"), body)
        return told, place, _following(rule, told, place)


def _following(rule: ObjectRule, told: Told[ListAnswer], place: _Place) -> str | None:
    if told.body.after is None:
        return None
    ids = [int(each["id"]) for each in told.body.results if str(each.get("id", "")).isdigit()]
    until_ms = place.until_ms
    if not until_ms and told.server_time is not None:
        until_ms = values.epoch_ms(told.server_time + timedelta(seconds=1))
    if not ids:
        after = int(told.body.after) if told.body.after.isdigit() else 0
        if after <= place.after:
            raise stuck(rule.path)
        found = replace(place, after=after, until_ms=until_ms)
    else:
        if min(ids) <= place.last_id or ids != sorted(ids):
            raise stuck(rule.path)
        found = _Place(last_id=ids[-1], until_ms=until_ms)
    return json.dumps([found.last_id, found.after, found.until_ms], separators=(",", ":"))


def _is_later(rule: ObjectRule, row: Row, until_ms: int) -> bool:
    """Tell whether a row changed after the run began: the next run, whose time begins before, reads it."""
    if not until_ms:
        return False
    try:
        modified_at = values.moment(row.properties.get(rule.modified) or row.updated_at)
    except ValueError:
        return False
    return modified_at is not None and values.epoch_ms(modified_at) > until_ms

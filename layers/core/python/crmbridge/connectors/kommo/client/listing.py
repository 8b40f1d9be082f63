"""Records, changes and deletions, page by page."""

from __future__ import annotations

from datetime import UTC, datetime

from crmbridge.connectors.kommo.client.calls import Calls, Listed, Params, is_record
from crmbridge.connectors.kommo.client.errors import stuck
from crmbridge.connectors.kommo.client.history import MERGED, History, survivors
from crmbridge.connectors.kommo.client.places import Place
from crmbridge.connectors.kommo.client.reading import Reader, shown
from crmbridge.connectors.kommo.client.walking import Walk
from crmbridge.connectors.kommo.mapping.observing import moment_of
from crmbridge.connectors.kommo.mapping.rule_types import ObjectRule
from crmbridge.domain.records import Gone, Observation
from crmbridge.ports import Page


class Lister:
    """Lists records of one account."""

    def __init__(self, calls: Calls, reader: Reader, history: History) -> None:
        self._calls = calls
        self._reader = reader
        self._history = history

    def list_all(self, rule: ObjectRule, cursor: str | None) -> Page[Observation]:
        """Return one page of every live record; one that changes meanwhile comes again later."""
        return self._walked(rule, Place.of(cursor), is_bounded=False)

    def list_changed(self, rule: ObjectRule, since: datetime, cursor: str | None) -> Page[Observation]:
        """Return one page of the live records changed at or after a moment, oldest first."""
        start = Place(at=int(since.timestamp()))
        return self._walked(rule, Place.of(cursor, start), is_bounded=True)

    def list_gone(self, rule: ObjectRule, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return one page of evidence: of leads first the trash, then everybody's history."""
        phase, _, rest = (cursor or ("trash:" if rule.entity == "deal" else "events:")).partition(":")
        if phase == "trash":
            return self._trash(since, rest or None)
        return self._events(rule, since, int(rest or 1))

    # ------------------------------------------------------------------------------------- live records

    def _walked(self, rule: ObjectRule, place: Place, *, is_bounded: bool) -> Page[Observation]:
        walk = Walk(lambda params: self._fetch(rule, params), rule.path)
        step = walk.step(place, is_bounded=is_bounded)
        good, bad = self._reader.observe(rule, step.rows)
        good.sort(key=lambda each: (each.modified_at or datetime.min.replace(tzinfo=UTC), each.external_id))
        following = None if step.following is None else step.following.text()
        return Page(tuple(good), following, tuple(bad), step.server_time)

    def _fetch(self, rule: ObjectRule, params: Params) -> Listed:
        return self._calls.list(f"/{rule.path}", rule.path, [*params, *shown(rule)])

    # ------------------------------------------------------------------------------------- deletions

    def _trash(self, since: datetime, cursor: str | None) -> Page[Gone]:
        """Return deleted leads: nearly everything of them is empty, their ids and times are not."""
        start = Place(at=int(since.timestamp()))
        trash: Params = [("with", "only_deleted")]
        walk = Walk(lambda params: self._calls.list("/leads", "leads", [*params, *trash]), "deleted leads")
        step = walk.step(Place.of(cursor, start), is_bounded=False)
        items = [
            Gone(str(row["id"]), at=moment_of(row.get("updated_at")))
            for row in step.rows
            if is_record(row) and row.get("is_deleted")
        ]
        following = "events:" if step.following is None else f"trash:{step.following.text()}"
        return Page(
            tuple(each for each in items if each.at is None or each.at >= since), following, (), step.server_time
        )

    def _events(self, rule: ObjectRule, since: datetime, number: int) -> Page[Gone]:
        """Return what events say was deleted or merged away, as far as it is not there again."""
        kinds = [f"{rule.singular}_deleted", MERGED]
        listed = self._history.page(kinds, rule.singular, since=since, number=number)
        events = listed.records
        if listed.has_more and not events:
            raise stuck("events")
        deleted = {str(each.get("entity_id")): each for each in events if each.get("type") != MERGED}
        there = self._reader.alive(rule, deleted) if deleted else set[str]()
        merged = survivors(
            (each for each in events if each.get("type") == MERGED), lambda ids: self._reader.alive(rule, ids)
        )
        gone = {
            external_id: Gone(external_id, at=moment_of(each.get("created_at")))
            for external_id, each in deleted.items()
            if external_id not in there
        }
        following = f"events:{number + 1}" if listed.has_more else None
        return Page(tuple({**gone, **merged}.values()), following, (), listed.server_time)

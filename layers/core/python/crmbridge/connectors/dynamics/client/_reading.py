"""Whole rows by id."""

from __future__ import annotations

from collections.abc import Sequence

from crmbridge.connectors.dynamics import CONNECTOR
from crmbridge.connectors.dynamics.client import _query as query
from crmbridge.connectors.dynamics.client._api import Api, Row
from crmbridge.connectors.dynamics.client._shaped import Rows
from crmbridge.connectors.dynamics.mapping.departed import gone_of
from crmbridge.connectors.dynamics.mapping.places import Place, places, row_id_of
from crmbridge.domain.records import Entity, Gone, Observation, Unreadable
from crmbridge.ports import ReadResult


class Reader:
    """Reads rows of one organization by id."""

    def __init__(self, api: Api, rows: Rows) -> None:
        self._api, self._shaped = api, rows

    def read(self, entity: Entity, external_ids: Sequence[str]) -> ReadResult:
        """Read whole records; ids that are shown nowhere are missing, which proves no deletion."""
        found: dict[str, Observation] = {}
        gone: dict[str, Gone] = {}
        unreadable: dict[str, Unreadable] = {}
        for place in places(entity):
            asked: dict[str, list[str]] = {}
            for each in external_ids:
                row_id = row_id_of(place, each)
                if row_id:
                    asked.setdefault(place.external_id(row_id), []).append(each)
            rows = self.rows(place, list(asked))
            merged = [each for row in rows if (each := gone_of(row, place))]
            live = [row for row in rows if gone_of(row, place) is None]
            good, bad = self._shaped.observations(place, live)
            found |= {name: each for each in good for name in asked[each.external_id]}
            gone |= {name: each for each in merged for name in asked[each.external_id]}
            unreadable |= {name: each for each in bad for name in asked.get(each.external_id, ())}
        missing = frozenset(external_ids) - found.keys() - gone.keys() - unreadable.keys()
        return ReadResult(found, gone, missing, unreadable)

    def rows(self, place: Place, external_ids: Sequence[str]) -> list[Row]:
        """Return rows by id, merged ones included, in no order."""
        ids = [row_id_of(place, each) for each in external_ids]
        found: list[Row] = []
        for start in range(0, len(ids), CONNECTOR.limits.read_batch):
            some = ids[start : start + CONNECTOR.limits.read_batch]
            found += self._shaped.with_shape(place, lambda some=some: self._some(place, some))
        return found

    def _some(self, place: Place, ids: Sequence[str]) -> tuple[Row, ...]:
        return self._api.every(self._shaped.path(place, query.one_of(place.key, ids), live=False))

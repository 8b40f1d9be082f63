"""Reading records by id: one call each, the only reading that is whole and never lags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crmbridge.connectors import _values as values
from crmbridge.connectors.freshsales.client._api import PAGE, Api
from crmbridge.connectors.freshsales.client._directory import Directory
from crmbridge.connectors.freshsales.mapping.observing import observed
from crmbridge.connectors.freshsales.mapping.rule_types import RECYCLE_BIN, ModuleRule, Row
from crmbridge.domain.records import Gone, Observation, Unreadable
from crmbridge.errors import FatalProviderError
from crmbridge.ports import ReadResult

_BIN_PAGES_MAX = 50
"""Pages of the recycle bin that are looked through, newest first, before an id counts as missing."""


class Reader:
    """Reads records of one account."""

    def __init__(self, api: Api, directory: Directory) -> None:
        self._api, self._directory = api, directory

    def read(self, rule: ModuleRule, external_ids: Sequence[str]) -> ReadResult:
        """Read whole records by id; what the recycle bin holds is gone, the rest that is not there is missing."""
        rows = {each: self.row(rule, each) for each in dict.fromkeys(external_ids)}
        here = {each: row for each, row in rows.items() if row is not None and not row.get("is_deleted")}
        gone = {each: _gone(row) for each, row in rows.items() if row is not None and row.get("is_deleted")}
        lost = [each for each, row in rows.items() if row is None]
        gone |= self._from_bin(rule, {each for each in lost if _is_id(each)})
        seen, bad = self.observed(rule, here.values())
        return ReadResult(
            found={each.external_id: each for each in seen},
            gone=gone,
            missing=frozenset(each for each in lost if each not in gone),
            unreadable={each.external_id: each for each in bad},
        )

    def row(self, rule: ModuleRule, external_id: str) -> Row | None:
        """Return one record as Freshsales states it, ``None`` where it says that there is none."""
        if not _is_id(external_id):
            return None
        try:
            said = self._api.get(f"/{rule.plural}/{external_id}", rule.asked)
        except FatalProviderError as error:
            if error.status == 404:
                return None
            raise
        return self._api.record(said, rule.singular)

    def observed(self, rule: ModuleRule, rows: Iterable[Row]) -> tuple[list[Observation], list[Unreadable]]:
        """Return rows in canonical values, and those that cannot be understood."""
        known = list(rows)
        lexicon = self._directory.lexicon_for(rule, known) if known else None
        found = [observed(rule, each, lexicon) for each in known if lexicon is not None]
        return [each for each in found if isinstance(each, Observation)], [
            each for each in found if isinstance(each, Unreadable)
        ]

    def _from_bin(self, rule: ModuleRule, wanted: set[str]) -> dict[str, Gone]:
        found: dict[str, Gone] = {}
        path = f"/{rule.plural}/view/{self._directory.view_id(rule, RECYCLE_BIN)}" if wanted else ""
        for page in range(1, _BIN_PAGES_MAX + 1) if wanted else ():
            asked = {"page": page, "per_page": PAGE, "sort": "updated_at", "sort_type": "desc"}
            told = self._api.page(path, rule.plural, asked)
            found |= {str(each["id"]): _gone(each) for each in told.rows if str(each.get("id")) in wanted}
            if page >= told.pages or len(found) == len(wanted):
                break
        return found


def _gone(row: Row) -> Gone:
    return Gone(str(row["id"]), at=values.moment(row.get("updated_at")))


def _is_id(external_id: str) -> bool:
    return external_id.isascii() and external_id.isdigit()

"""Leads read by id, with what is around them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from crmbridge.connectors import _values as values
from crmbridge.connectors.pipedrive.client.calls import PAGE, Calls, Row, v1, v2
from crmbridge.connectors.pipedrive.client.catalogue import Catalogue
from crmbridge.connectors.pipedrive.client.errors import is_gone
from crmbridge.connectors.pipedrive.client.finding import YOUNG, Found
from crmbridge.connectors.pipedrive.client.reading import Reader
from crmbridge.connectors.pipedrive.mapping.leads import PERSON, Around, observe_lead
from crmbridge.connectors.pipedrive.mapping.lexicon import external_code
from crmbridge.connectors.pipedrive.mapping.rules import COMPANY, CONTACT, DEAL
from crmbridge.domain.records import Observation, Unreadable
from crmbridge.errors import FatalProviderError
from crmbridge.ports import ReadResult

_UUID = re.compile(r"[0-9a-fA-F-]{36}")
_PAGES_MAX = 20


class LeadReader:
    """Reads leads."""

    def __init__(self, calls: Calls, catalogue: Catalogue, everybody: Reader) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._everybody = everybody

    def read(self, ids: Sequence[str]) -> ReadResult:
        """Read leads one by one: there is no list by ids, and no trace of a deleted one."""
        asked = list(dict.fromkeys(ids))
        rows = {each: self.alone(each) for each in asked}
        good, bad = self.observe([row for row in rows.values() if row is not None])
        return ReadResult(
            {each.external_id: each for each in good},
            {},
            frozenset(each for each, row in rows.items() if row is None),
            {each.external_id: each for each in bad},
        )

    def alone(self, external_id: str) -> Row | None:
        """Return one lead, ``None`` when Pipedrive shows nothing."""
        if not _UUID.fullmatch(external_id):
            return None
        try:
            return self._calls.get(v1(f"leads/{external_id}")).data
        except FatalProviderError as error:
            if is_gone(error) or error.status == 400:
                return None
            raise

    def of_person(self, person_id: str) -> list[Observation]:
        """Return a person's leads."""
        return self.observe(self._calls.get(v1("leads"), {"person_id": person_id, "limit": PAGE}).rows)[0]

    def external_code(self) -> str:
        """Return the code of our own field, which leads share with deals."""
        return external_code(self._catalogue.definitions(DEAL.fields_path).values())

    def person(self, person_id: object) -> Row | None:
        """Return a lead's person."""
        rows, _, _ = self._everybody.rows(PERSON, [str(person_id)]) if person_id is not None else ([], {}, [])
        return rows[0] if rows else None

    def observe(self, rows: Sequence[Row]) -> tuple[list[Observation], list[Unreadable]]:
        """Return leads as observations, in order, and those that cannot be understood."""
        around = self._around(rows) if rows else None
        good: list[Observation] = []
        bad: list[Unreadable] = []
        for row in rows:
            try:
                good += [observe_lead(row, around)] if around else []
            except (KeyError, TypeError, ValueError) as error:
                bad.append(Unreadable(str(row.get("id") or ""), str(error), json.dumps(row)))
        return good, bad

    def _around(self, rows: Iterable[Row]) -> Around:
        leads = list(rows)
        persons, _, _ = self._everybody.rows(PERSON, _ids(leads, "person_id"))
        companies, _, _ = self._everybody.rows(COMPANY, _ids(leads, "organization_id"))
        labels = {str(each) for row in leads for each in row.get("label_ids") or ()}
        return Around(
            person=self._catalogue.lexicon(CONTACT),
            external_code=self.external_code(),
            persons={row["id"]: row for row in persons},
            companies={row["id"]: str(row.get("name") or "") for row in companies},
            labels=self._catalogue.lead_labels(knowing=labels),
        )

    # ------------------------------------------------------------------------------------- by our own id

    def by_correlation(self, wanted: Sequence[str]) -> Found:
        """Find leads by our own id: young ones one by one, older ones by search."""
        code = self.external_code()
        if not code:
            return {}
        rows = self.young(code, wanted, whole=True)
        for each in wanted:
            if each not in rows:
                rows |= self._searched(code, each)
        return {value: tuple(self.observe([row])[0]) for value, row in rows.items()}

    def young(self, code: str, wanted: Sequence[str], *, whole: bool) -> dict[str, Row]:
        """Return the newest leads that carry one of our ids.

        Args:
            whole: look through all of the last quarter of an hour, rather than through the newest page.
        """
        hits: dict[str, Row] = {}
        for page in range(_PAGES_MAX):
            params = {"start": page * PAGE, "limit": PAGE, "sort": "add_time DESC"}
            told = self._calls.get(v1("leads"), params)
            for row in told.rows:
                if row.get(code) in wanted:
                    hits.setdefault(str(row[code]), row)
            added = [values.moment(row.get("add_time")) for row in told.rows]
            clock = told.server_time or max((each for each in added if each), default=None)
            if not whole or not told.has_more or _is_old(added, clock):
                break
        return hits

    def _searched(self, code: str, record_id: str) -> dict[str, Row]:
        params = {"term": record_id, "fields": "custom_fields", "exact_match": "true", "limit": 10}
        hits = self._calls.get(v2("leads/search"), params).hits
        rows = [self.alone(str(each["id"])) for each in hits]
        held = [row for row in rows if row is not None and row.get(code) == record_id]
        return {record_id: held[0]} if held else {}


def _ids(rows: Iterable[Row], key: str) -> list[str]:
    return list(dict.fromkeys(str(row[key]) for row in rows if row.get(key) is not None))


def _is_old(added: Sequence[datetime | None], clock: datetime | None) -> bool:
    return clock is None or any(each is not None and clock - each > YOUNG for each in added)

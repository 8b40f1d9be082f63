"""Records of API v2 read by id, and rows turned into observations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, cast

from crmbridge.connectors import _values as values
from crmbridge.connectors.pipedrive.client.calls import Calls, Row, chunks, v2
from crmbridge.connectors.pipedrive.client.catalogue import Catalogue
from crmbridge.connectors.pipedrive.client.errors import is_gone
from crmbridge.connectors.pipedrive.client.participants import contacts_of
from crmbridge.connectors.pipedrive.mapping import ObjectRule, observe
from crmbridge.connectors.pipedrive.mapping.leads import MARK
from crmbridge.domain.records import Gone, Observation, Unreadable
from crmbridge.errors import FatalProviderError
from crmbridge.ports import ReadResult

BATCH = 100
"""Ids in one list. Source: Pipedrive, OpenAPI file of v2."""


class Reader:
    """Reads whole records."""

    def __init__(self, calls: Calls, catalogue: Catalogue, *, shows_those_of_leads: bool = False) -> None:
        self._calls = calls
        self._catalogue = catalogue
        self._shows_those_of_leads = shows_those_of_leads

    def visible(self, rule: ObjectRule, rows: Iterable[Row]) -> list[Row]:
        """Leave out what was made for a lead only, and is no contact or company of its own."""
        code = self._catalogue.lexicon(rule, with_owners=False).external_code
        if self._shows_those_of_leads or not code:
            return list(rows)
        return [row for row in rows if not our_id(row, code).startswith(MARK)]

    def read(self, rule: ObjectRule, ids: Sequence[str]) -> ReadResult:
        """Read records by id, telling those that are deleted from those that are merely not shown."""
        asked = list(dict.fromkeys(ids))
        live, gone, missing = self.rows(rule, asked)
        good, bad = self.observe(rule, live)
        return ReadResult(
            {each.external_id: each for each in good},
            gone,
            frozenset(missing),
            {each.external_id: each for each in bad},
        )

    def rows(self, rule: ObjectRule, ids: Sequence[str]) -> tuple[list[Row], dict[str, Gone], list[str]]:
        """Return the living rows of some ids, the evidence of deletions, and the ids of which nothing is shown."""
        live: list[Row] = []
        gone: dict[str, Gone] = {}
        missing = [each for each in ids if not is_number(each)]
        for chunk in chunks([each for each in ids if is_number(each)], BATCH):
            listed = self._listed(rule, chunk) if len(chunk) > 1 else []
            live += listed
            shown = {str(row["id"]) for row in listed}
            for external_id in (each for each in chunk if each not in shown):
                row = self.alone(rule, external_id)
                if row is None:
                    missing.append(external_id)
                elif row.get("is_deleted"):
                    gone[external_id] = gone_of(row)
                else:
                    live.append(row)
        seen = self.visible(rule, live)
        shown = {str(row["id"]) for row in seen}
        return seen, gone, [*missing, *(str(row["id"]) for row in live if str(row["id"]) not in shown)]

    def alone(self, rule: ObjectRule, external_id: str) -> Row | None:
        """Return one row, deleted ones too for thirty days; ``None`` when Pipedrive shows nothing."""
        try:
            row = self._calls.get(v2(f"{rule.path}/{external_id}"), extras(rule)).data
        except FatalProviderError as error:
            if is_gone(error) or error.status == 400:
                return None
            raise
        return row if isinstance(row, dict) else None  # pyright: ignore[reportUnknownVariableType]

    def _listed(self, rule: ObjectRule, ids: Sequence[str]) -> list[Row]:
        params = {"ids": ",".join(ids), "limit": BATCH, **extras(rule)}
        wanted = set(ids)
        rows = self._calls.get(v2(rule.path), params).rows
        return [row for row in rows if str(row.get("id")) in wanted and not row.get("is_deleted")]

    def observe(
        self, rule: ObjectRule, rows: Sequence[Row], *, with_contacts: bool = True
    ) -> tuple[list[Observation], list[Unreadable]]:
        """Return rows as observations, in order, and those that cannot be understood.

        Args:
            with_contacts: ask for the participants of deals that have more than their main person.
        """
        lexicon = self._catalogue.lexicon_for(rule, rows)
        good: list[Observation] = []
        bad: list[Unreadable] = []
        for row in rows:
            contacts = contacts_of(self._calls, row) if rule.entity == "deal" and with_contacts else None
            try:
                good.append(observe(rule, row, lexicon, contacts=contacts))
            except (KeyError, TypeError, ValueError) as error:
                bad.append(Unreadable(str(row.get("id") or ""), str(error), json.dumps(row)))
        return good, bad


def extras(rule: ObjectRule) -> dict[str, Any]:
    """Return what to ask for beside the ordinary: how many persons a deal has."""
    return {"include_fields": "participants_count"} if rule.entity == "deal" else {}


def gone_of(row: Row) -> Gone:
    """Return the evidence of a deleted row: its modified time is its deletion's."""
    try:
        at = values.moment(row.get("update_time"))
    except ValueError:
        at = None
    return Gone(str(row["id"]), at=at)


def is_number(external_id: str) -> bool:
    """Tell whether an id can be one of Pipedrive's numbers."""
    return external_id.isascii() and external_id.isdigit() and len(external_id) <= 18


def our_id(row: Row, code: str) -> str:
    """Return our own id in a row of API v2, empty where there is none."""
    custom: object = row.get("custom_fields")
    return str(cast("Row", custom).get(code) or "") if isinstance(custom, dict) else ""


def by_id(rows: Iterable[Row]) -> dict[str, Row]:
    """Return rows by their id as text."""
    return {str(row["id"]): row for row in rows}

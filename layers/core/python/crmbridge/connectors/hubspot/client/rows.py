"""Rows of answers, told from what is none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar

from pydantic import ValidationError

from crmbridge.connectors.hubspot import EXTERNAL_ID
from crmbridge.connectors.hubspot.mapping import ObjectRule, Row, inline_refs, merged_ids
from crmbridge.domain.records import Unreadable

SEARCH_PAGE = 200
SEARCH_MAX = 10_000
"""Rows of one search page, and rows that one search can page through. Source: HubSpot, search the CRM."""

MARK = "lea_"
"""First letters of our ids of leads: a contact that carries one was made for a lead, and is no contact of its own."""

T = TypeVar("T")


def shown_refs(rule: ObjectRule, rows: Iterable[Row]) -> dict[str, Mapping[str, tuple[str, ...]]]:
    """Return the references of those rows that an answer shows with all their associations."""
    refs: dict[str, Mapping[str, tuple[str, ...]]] = {}
    for row in rows:
        shown, is_whole = inline_refs(rule, row.associations)
        if is_whole:
            refs[row.id] = shown
    return refs


def is_of_lead(rule: ObjectRule, row: Row) -> bool:
    """Tell whether a contact was made for a lead only; one that another was merged into is somebody's own."""
    made_for_lead = (row.properties.get(EXTERNAL_ID) or "").startswith(MARK)
    return rule.entity == "contact" and made_for_lead and not merged_ids(row)


def rows_of(results: Iterable[Mapping[str, Any]]) -> tuple[list[Row], list[Unreadable]]:
    """Return an answer's rows, and those whose shape is unknown."""
    good: list[Row] = []
    bad: list[Unreadable] = []
    for each in results:
        try:
            good.append(Row.model_validate(each))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            bad.append(Unreadable(str(each.get("id") or ""), f"{place}: {first['msg']}", json.dumps(each)))
    return good, bad


def chunks(items: Iterable[T], size: int) -> Iterable[list[T]]:
    """Cut items into lists of a size, the last one shorter."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk

"""Rows that are gone, and rows that cannot be read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from crmbridge.connectors import _values as values
from crmbridge.connectors.dynamics.mapping.kinds import Row
from crmbridge.connectors.dynamics.mapping.places import Place
from crmbridge.domain.records import Gone, Unreadable


def gone_of(row: Row, place: Place) -> Gone | None:
    """Return the evidence that a row was merged away, ``None`` for a live one."""
    if not place.merges or not row.get("merged"):
        return None
    master = str(row.get("_masterid_value") or "").lower()
    return Gone(place.external_id(str(row[place.key])), master, values.moment(row.get("modifiedon")))


def unreadable(row: Mapping[str, Any], place: Place, error: ValueError) -> Unreadable:
    """Return a row to be kept raw."""
    row_id = str(row.get(place.key) or "").lower()
    return Unreadable(place.external_id(row_id) if row_id else "", str(error), json.dumps(row))

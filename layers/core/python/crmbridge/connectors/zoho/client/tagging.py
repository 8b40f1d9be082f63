"""Tags of records: rows that shall have the same tags are set together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crmbridge.connectors.zoho.client.calls import Calls, chunks
from crmbridge.connectors.zoho.client.errors import Row, details_of, row_error
from crmbridge.connectors.zoho.client.reading import Reader
from crmbridge.connectors.zoho.mapping import Place
from crmbridge.errors import ProviderError

IDS_MAX = 500
"""Records of one call. Source: Zoho CRM, add tags to records."""


def set_tags(
    calls: Calls, reader: Reader, place: Place, wanted: Mapping[str, tuple[str, ...]]
) -> dict[str, ProviderError]:
    """Give records exactly these tags; returns why not, by record id.

    Zoho overwrites tags by other tags, and removes those it is told the names of: to leave none, the present ones are
    read first.
    """
    failed: dict[str, ProviderError] = {}
    grouped: dict[tuple[str, ...], list[str]] = {}
    for record_id, tags in wanted.items():
        grouped.setdefault(tags, []).append(record_id)
    for tags, ids in grouped.items():
        if tags:
            failed |= _change(calls, place, "add_tags", tags, ids, over_write=True)
            continue
        for held, some in _held(reader, place, ids).items():
            failed |= _change(calls, place, "remove_tags", held, some)
    return failed


def _held(reader: Reader, place: Place, ids: Sequence[str]) -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = {}
    for row in reader.rows(place, ids):
        names = tuple(sorted(str(each.get("name")) for each in row.get("Tag") or ()))
        if names:
            found.setdefault(names, []).append(str(row["id"]))
    return found


def _change(
    calls: Calls, place: Place, verb: str, tags: tuple[str, ...], ids: Sequence[str], **more: bool
) -> dict[str, ProviderError]:
    failed: dict[str, ProviderError] = {}
    for some in chunks(ids, IDS_MAX):
        body = {"tags": [{"name": each} for each in tags], "ids": some, **more}
        rows = calls.send("POST", f"/{place.module}/actions/{verb}", "data", json=body)
        failed |= {_record_id(row, some, place_in): row_error(row) for place_in, row in _refused(rows)}
    return failed


def _refused(rows: Sequence[Row]) -> list[tuple[int, Row]]:
    return [(number, row) for number, row in enumerate(rows) if row.get("status") == "error"]


def _record_id(row: Row, ids: Sequence[str], number: int) -> str:
    return str(details_of(row).get("id") or (ids[number] if number < len(ids) else ""))

"""The persons of a deal: one main one, and participants that only API v1 knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from crmbridge.connectors.pipedrive.client.calls import PAGE, Calls, Row, v1

_PAGES_MAX = 100


def contacts_of(calls: Calls, deal: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return all persons of a deal, asking for the participants only where there is more than the main person.

    Returns:
        ``None`` when the row does not tell how many there are: not read.
    """
    count = deal.get("participants_count")
    if not isinstance(count, int):
        return None
    main = deal.get("person_id")
    found = {str(main)} if main is not None else set[str]()
    if count > len(found):
        found |= set(participations(calls, str(deal["id"])))
    return tuple(sorted(found))


def participations(calls: Calls, deal_id: str) -> dict[str, str]:
    """Return a deal's participations by person, the main person's among them."""
    return {_person(row): str(row["id"]) for row in _rows(calls, deal_id)}


def set_contacts(calls: Calls, deal_id: str, wanted: tuple[str, ...]) -> None:
    """Let exactly these persons take part; the main person is set with the deal itself."""
    held = participations(calls, deal_id)
    for person_id in sorted(set(wanted) - set(held)):
        calls.send("POST", v1(f"deals/{deal_id}/participants"), {"person_id": int(person_id)})
    for person_id in sorted(set(held) - set(wanted)):
        calls.send("DELETE", v1(f"deals/{deal_id}/participants/{held[person_id]}"))


def _rows(calls: Calls, deal_id: str) -> Iterator[Row]:
    start = 0
    for _ in range(_PAGES_MAX):
        told = calls.get(v1(f"deals/{deal_id}/participants"), {"start": start, "limit": PAGE})
        yield from told.rows
        if not told.has_more or not told.rows:
            return
        start += len(told.rows)


def _person(row: Row) -> str:
    """Return a participant's person: an object here, a number by the documentation of other places."""
    told: object = row.get("person_id")
    return str(cast("Row", told).get("value")) if isinstance(told, dict) else str(told)

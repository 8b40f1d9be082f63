"""Attribute what was won to the touchpoints that led to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from crmbridge.domain.records import Record, Value
from crmbridge.domain.social.attribution import Journey, journey_of
from crmbridge.domain.social.touchpoints import Touchpoint
from crmbridge.services.hub import Hub
from crmbridge.services.touchpoints import all_touchpoints

WON = "won"
DEALS_MAX = 10_000
"""Deals looked at for conversions; in a larger workspace the first so many."""

PAGE = 500
FOLLOWED = 5


@dataclass(frozen=True, slots=True)
class Conversion:
    """One deal that was won, and what led to it."""

    deal: Record
    people: tuple[str, ...]
    journey: Journey


@dataclass(frozen=True, slots=True)
class Journeys:
    """What led where in a workspace.

    Attributes:
        conversions: won deals whose people were touched before.
        unattributed: won deals whose people were not.
        others: journeys that have led to nothing so far.
        is_whole: whether all deals were looked at.
    """

    conversions: tuple[Conversion, ...]
    unattributed: tuple[Record, ...]
    others: tuple[Journey, ...]
    is_whole: bool

    @property
    def all(self) -> tuple[Journey, ...]:
        """Every journey, for the models that learn from all."""
        return (*(each.journey for each in self.conversions), *self.others)


def journeys(hub: Hub, workspace_id: str, *, since: datetime | None = None, until: datetime | None = None) -> Journeys:
    """Return the journeys of a workspace: a conversion is a won deal, its journey what touched its contacts before.

    Args:
        since: deals won before this are left out.
        until: deals won from this on are left out.
    """
    touched = _by_survivor(hub, workspace_id, all_touchpoints(hub, workspace_id))
    deals, is_whole = _deals(hub, workspace_id)
    people = hub.records.get_many(workspace_id, sorted(touched)) if touched else {}
    conversions: list[Conversion] = []
    unattributed: list[Record] = []
    converted: set[str] = set()
    for deal in deals:
        mine = tuple(each for each in _ids(deal.fields.get("contacts")) if each in touched)
        converted.update(mine)
        won_at = _won_at(deal, hub.now())
        if (since and won_at < since) or (until and won_at >= until):
            continue
        journey = _journey(deal, won_at, mine, touched, people)
        if journey is None:
            unattributed.append(deal)
        else:
            conversions.append(Conversion(deal, mine, journey))
    rest = (journey_of(each) for key, each in sorted(touched.items()) if key not in converted)
    return Journeys(tuple(conversions), tuple(unattributed), tuple(each for each in rest if each), is_whole)


def _journey(
    deal: Record,
    won_at: datetime,
    people: Iterable[str],
    touched: Mapping[str, tuple[Touchpoint, ...]],
    records: Mapping[str, Record],
) -> Journey | None:
    touchpoints = [each for key in people for each in touched[key]]
    made = [at for key in people if key in records and (at := records[key].created_at) is not None]
    value = str(deal.fields.get("amount") or "0")
    lead_at = min(made, default=None)
    return journey_of(touchpoints, value=value, until=won_at, lead_at=lead_at, deal_at=deal.created_at)


def _won_at(deal: Record, now: datetime) -> datetime:
    """Return when a deal was won: its stage's own time, else its closing day's end, else when it was made, or now."""
    stamp = deal.stamps.get("stage")
    if stamp is not None and stamp.at:
        return datetime.fromtimestamp(stamp.at / 1000, UTC)
    day = deal.fields.get("close_on")
    if isinstance(day, str):
        return datetime.fromisoformat(f"{day}T23:59:59+00:00")
    return deal.created_at or now


def _deals(hub: Hub, workspace_id: str) -> tuple[list[Record], bool]:
    found, cursor, seen = list[Record](), None, 0
    while seen < DEALS_MAX:
        page = hub.records.list_records(workspace_id, "deal", cursor=cursor, limit=PAGE)
        found.extend(each for each in page.items if _is_won(each))
        seen, cursor = seen + len(page.items), page.next_cursor
        if cursor is None:
            return found, True
    return found, False


def _is_won(deal: Record) -> bool:
    return deal.fields.get("stage") == WON and deal.deleted_at is None and not deal.merged_into


def _by_survivor(
    hub: Hub, workspace_id: str, touched: Mapping[str, tuple[Touchpoint, ...]]
) -> dict[str, tuple[Touchpoint, ...]]:
    """Return touchpoints by the record that each touched one is now: a lead that converted is its contact."""
    now_are = {each: each for each in touched}
    for _ in range(FOLLOWED):
        records = hub.records.get_many(workspace_id, sorted(set(now_are.values())))
        ended = {key: each.merged_into for key, each in records.items() if each.merged_into}
        if not ended:
            break
        now_are = {each: ended.get(now, now) for each, now in now_are.items()}
    found: dict[str, tuple[Touchpoint, ...]] = {}
    for each, now in now_are.items():
        found[now] = (*found.get(now, ()), *touched[each])
    return found


def _ids(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()

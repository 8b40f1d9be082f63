"""The rows of a view, chosen and sorted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.freshsales.account import Account
from sandbox.freshsales.errors import invalid
from sandbox.freshsales.modules import Module
from sandbox.freshsales.records import Record

JsonObject = dict[str, Any]

_SORTS = frozenset({"id", "created_at", "updated_at", "name", "display_name"})


def view_rows(account: Account, module: Module, view: str, asked: Mapping[str, Any]) -> list[Record]:
    """Return a view's records in the order asked for.

    Raises:
        VendorError: 400 for an order the vendor does not know.
    """
    sort, direction = str(asked.get("sort") or ""), str(asked.get("sort_type") or "desc")
    if (sort and sort not in _SORTS) or direction not in ("asc", "desc"):
        raise invalid("sort is not valid")
    table = account.tables[module.plural]
    ids = account.order(
        (module.plural, view, sort, direction),
        lambda: [each.record_id for each in _sorted(_chosen(account, module, view), sort, direction)],
    )
    return [table[each] for each in ids]


def sort_records(rows: list[Record], asked: Mapping[str, Any]) -> list[Record]:
    """Return records in the order asked for; as they come without one.

    Raises:
        VendorError: 400 for an order the vendor does not know.
    """
    sort, direction = str(asked.get("sort") or ""), str(asked.get("sort_type") or "desc")
    if (sort and sort not in _SORTS) or direction not in ("asc", "desc"):
        raise invalid("sort is not valid")
    return _sorted(rows, sort, direction)


def _chosen(account: Account, module: Module, view: str) -> list[Record]:
    if view == "Recycle Bin":
        return [each for each in account.tables[module.plural].values() if each.deleted_ms is not None]
    live = list(account.live(module))
    wanted = {"Open Deals": "Open", "My Open Deals": "Open", "Won Deals": "Closed Won", "Lost Deals": "Closed Lost"}
    if view in wanted:
        live = [each for each in live if _forecast(account, each) == wanted[view]]
    if view.startswith("My "):
        live = [each for each in live if each.values.get("owner_id") == each.creater_id]
    if view == "New Last Week":
        limit_ms = account.clock.now_ms() - 7 * 86_400_000
        live = [each for each in live if each.created_ms >= limit_ms]
    return live


def _forecast(account: Account, record: Record) -> str:
    stage = account.selectors.row("deal_stages", record.values.get("deal_stage_id"))
    return str(stage["forecast_type"]) if stage else ""


def _sorted(rows: list[Record], sort: str, direction: str) -> list[Record]:
    """Sort by whole seconds, as the vendor shows times; ties stand in an order of their own."""
    mixed = sorted(rows, key=lambda each: each.record_id * 2_654_435_761 % 4_294_967_296)
    if not sort:
        return mixed
    keys: Mapping[str, Callable[[Record], int]] = {
        "id": lambda each: each.record_id,
        "created_at": lambda each: each.created_ms // 1000,
        "updated_at": lambda each: each.updated_ms // 1000,
    }
    is_down = direction == "desc"
    if sort in keys:
        return sorted(mixed, key=keys[sort], reverse=is_down)
    return sorted(mixed, key=lambda each: each.display_name.lower(), reverse=is_down)

"""Tell which limits calls to an account are kept within, and how much of them is used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from crmbridge.domain.budgets import LANES, UNLIMITED, Budget, Level, held_of, is_shared, limit_of
from crmbridge.domain.declaration import Limits
from crmbridge.domain.integrations import Integration
from crmbridge.services.hub import Hub
from crmbridge.services.share_budgets import limits_of, load_budget

LOW_PERCENT = 80
"""Of an allowance that is used from which on people are warned."""


def show_quotas(hub: Hub, integration: Integration) -> dict[str, Any]:
    """Return the limits that calls are kept within, what is used of them, and whether the CRM is being waited for."""
    limits, budget, now = limits_of(hub, integration), load_budget(hub, integration), hub.now()
    blocked = integration.blocked_until
    return {
        "integrationId": integration.integration_id,
        "blockedUntil": None if blocked is None or blocked <= now else blocked.isoformat(),
        "closedUntil": _moment(budget.closed_until_ms, now),
        "circuit": integration.circuit,
        "usedPercent": used_percent(budget, limits, now),
        "isLow": is_low(budget, limits, now),
        "refused": budget.refused,
        "workers": _workers(budget, now),
        "reservePercent": round(limits.reserve * 100),
        "rates": _rates(budget, limits, now),
        "allowances": _allowances(budget, limits, now),
        "batches": {"read": limits.read_batch, "write": limits.write_batch, "page": limits.list_page},
    }


def used_percent(budget: Budget, limits: Limits, now: datetime) -> int:
    """Return the part that is used of the allowance of which least is left, 0 while no header told of any."""
    return max((_used(each) for each in _levels(budget, limits, now).values()), default=0)


def is_low(budget: Budget, limits: Limits, now: datetime) -> bool:
    """Tell whether people should know that an allowance is nearly used up."""
    return used_percent(budget, limits, now) >= LOW_PERCENT


def _rates(budget: Budget, limits: Limits, now: datetime) -> list[dict[str, Any]]:
    """Return each window, and what workers hold of it; what headers told of one that is too long to be shared out."""
    now_ms, levels = int(now.timestamp() * 1000), _levels(budget, limits, now)
    shown: list[dict[str, Any]] = []
    for index, rate in enumerate(limits.rates):
        if rate.calls == UNLIMITED:
            continue
        level = levels.get(f"rate.{index}")
        held = held_of(budget.holders, index, rate, now_ms) if is_shared(rate) else 0
        used = level.most - level.left if level else held
        calls = limit_of(budget, index, rate, now_ms)
        shown.append({"calls": calls, "perSeconds": rate.per_s, "only": rate.only, "used": used})
    return shown


def _allowances(budget: Budget, limits: Limits, now: datetime) -> list[dict[str, Any]]:
    levels = _levels(budget, limits, now)
    shown: list[dict[str, Any]] = []
    for index, each in enumerate(limits.allowances):
        level = levels.get(f"allowance.{index}")
        shown.append(
            {
                "most": each.most if level is None else level.most,
                "left": None if level is None else level.left,
                "usedPercent": None if level is None else _used(level),
                "toldAt": None if level is None else _at(level.told_ms),
                "opensAt": None if level is None else _moment(level.opens_ms, now),
                "perSeconds": each.per_s,
                "rolls": each.rolls,
            }
        )
    return shown


def _levels(budget: Budget, limits: Limits, now: datetime) -> Mapping[str, Level]:
    """Return what headers told and is not over yet: of windows that have begun anew nothing is known."""
    lengths = {f"rate.{at}": each.per_s for at, each in enumerate(limits.rates)}
    lengths |= {f"allowance.{at}": each.per_s for at, each in enumerate(limits.allowances)}
    now_ms = now.timestamp() * 1000
    return {
        name: each
        for name, each in budget.levels.items()
        if name in lengths and now_ms < max(each.told_ms + lengths[name] * 1000, each.opens_ms)
    }


def _workers(budget: Budget, now: datetime) -> dict[str, int]:
    """Return how many workers of each lane call the account now."""
    now_ms = int(now.timestamp() * 1000)
    lanes = [each.lane for each in budget.holders.values() if now_ms < each.until_ms]
    return {lane: lanes.count(lane) for lane in LANES if lane in lanes}


def _used(level: Level) -> int:
    return min(100, max(0, 100 * (level.most - level.left) // level.most)) if level.most else 0


def _at(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()


def _moment(at_ms: int, now: datetime) -> str | None:
    return _at(at_ms) if at_ms > now.timestamp() * 1000 else None

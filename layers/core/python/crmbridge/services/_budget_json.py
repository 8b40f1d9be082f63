"""Budgets as JSON-ready values and back; short, since every worker writes them every few seconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crmbridge.domain.budgets import LANES, Budget, Holder, Level, Part


def budget_to_json(budget: Budget) -> dict[str, Any]:
    """Return a budget as JSON-ready values."""
    return {
        "holders": {
            key: [LANES.index(each.lane), each.until_ms, each.served_ms, *(_part_out(part) for part in each.parts)]
            for key, each in budget.holders.items()
        },
        "most": list(budget.most),
        "foreign": [list(each) for each in budget.foreign],
        "eased": [list(each) for each in budget.eased],
        "closed_until_ms": budget.closed_until_ms,
        "refused": budget.refused,
        "levels": {
            name: [each.left, each.most, each.told_ms, each.opens_ms, each.begins_s]
            for name, each in budget.levels.items()
        },
    }


def budget_from_json(body: Mapping[str, Any]) -> Budget:
    """Read a budget from JSON-ready values."""
    return Budget(
        holders={key: _holder_in(each) for key, each in body["holders"].items()},
        most=tuple(body["most"]),
        foreign=tuple((calls, until_ms) for calls, until_ms in body["foreign"]),
        eased=tuple((at_ms, left) for at_ms, left in body["eased"]),
        closed_until_ms=body["closed_until_ms"],
        refused=body["refused"],
        levels={name: Level(*each) for name, each in body["levels"].items()},
    )


def _holder_in(values: list[Any]) -> Holder:
    parts: list[list[int]] = values[3:]
    lane = LANES[int(values[0])]
    return Holder(lane, values[1], values[2], tuple(Part(*each) for each in parts))


def _part_out(part: Part) -> list[int]:
    """Return a part without the zeros at its end."""
    values = [part.share, part.wants, part.over, part.over_until_ms]
    return values if part.over else values[:2]

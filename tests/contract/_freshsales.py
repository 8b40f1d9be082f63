"""A desk at a simulated Freshsales, and what its calls are counted by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.contract._world import Desk, new_world


def open_desk() -> Iterator[Desk]:
    """Yield a desk at a fresh account whose own fields people have made."""
    world = new_world("freshsales")
    for method, path, body in world.suite["setup"]:
        world.control(method, path, body)
    yield Desk(world, world.client())
    world.http.close()
    world.app.stop()


def options(desk: Desk, **changes: Any) -> None:
    desk.world.control("POST", "/options", changes)


def counted(desk: Desk) -> Counter[str]:
    """Count the calls since the last count, by method and endpoint."""
    rows = desk.world.control("GET", "/calls?limit=0")["counts"]
    desk.world.control("DELETE", "/calls")
    found: Counter[str] = Counter()
    for row in rows:
        found[f"{row['method']} {row['endpoint']}"] += row["count"]
    return found


def rows(desk: Desk, number: int) -> list[dict[str, Any]]:
    return [desk.sample("contact", n) for n in range(1, number + 1)]

"""Hubs of which something is announced, and what others then hear."""

from __future__ import annotations

from typing import Any

from crmbridge.adapters.memory.bus import MemoryBus, MemoryNotifier
from crmbridge.domain.events.envelope import Event
from crmbridge.services._run_ends import expect_end
from crmbridge.services._runs import Run, save_run
from crmbridge.services.announce_states import announce_states
from crmbridge.services.hub import Hub, change_integration, load_integration
from tests.unit.services.hubs import WORKSPACE, connected


def told(bus: MemoryBus) -> list[Event]:
    found = list(bus.published)
    bus.published.clear()
    return found


def kinds(bus: MemoryBus) -> list[str]:
    return [each.kind for each in told(bus)]


def heard(people: MemoryNotifier) -> list[str]:
    found = [each.kind for each in people.notices]
    people.notices.clear()
    return found


def settled(hub: Hub, bus: MemoryBus, people: MemoryNotifier, **more) -> None:
    """An active integration that was announced."""
    connected(hub, **more)
    announce_states(hub, bus, people)
    assert kinds(bus) == ["integration_added"]


def become(hub: Hub, **changes) -> None:
    change_integration(hub, load_integration(hub, WORKSPACE, "int_a"), **changes)


def run_of(hub: Hub, status: Any, *, mode: Any = "incremental", run_id: str = "run_1", **more) -> Run:
    """A run as its worker left it, begun as the planner begins one."""
    expect_end(hub, WORKSPACE, "int_a", run_id)
    now = hub.now()
    parts: dict[str, Any] = {"entities": (), "phase": "changed", **more}
    return save_run(hub, Run(WORKSPACE, "int_a", run_id, mode, status, now, now, **parts))

"""A full comparison over every room of adapters: its checkpoints, its sums and its reports survive the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from crmbridge.domain.messages import SyncStep
from crmbridge.services._reports import list_reports, load_report
from crmbridge.services._runs import load_run, save_run
from crmbridge.services.plan_sync import start_comparison, start_run
from crmbridge.services.run_sync_batch import run_sync_batch
from tests.contract._ports import ROOMS, AwsPorts, Ports, opened
from tests.unit.services.hubs import WORKSPACE, Clock, connected, make_hub
from tests.unit.services.shelves import Shelf, Shelves


@pytest.fixture(params=ROOMS)
def ports(request) -> Iterator[Ports]:
    with opened(request.param) as found:
        yield found


class Desk:
    """One CRM with some contacts, read once, on one room of adapters."""

    def __init__(self, ports: Ports) -> None:
        self.ports, self.clock = ports, Clock()
        self.clock.at = ports.clock.at
        self.shelf = Shelf(self.clock.now)
        self.hub = make_hub(
            self.clock,
            Shelves({"int_a": self.shelf}),
            records=ports.records,
            documents=ports.documents,
            queues=ports.queues,
        )
        self.integration = connected(self.hub, "int_a")
        self.keys = [self.shelf.put(each, email=f"p{each}@example.com", city="Recife") for each in range(25)]
        run = start_run(self.hub, self.integration)
        assert run is not None
        self.work(run.run_id)
        self.advance(3600)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.ports.clock.advance(seconds)

    def work(self, run_id: str, *, pages: int = 1000) -> None:
        more = iter([True] * pages)
        run_sync_batch(self.hub, SyncStep(WORKSPACE, "int_a", run_id), has_time=lambda: next(more, False))

    def compare(self, *, pages: int = 1000) -> dict[str, Any]:
        run = start_comparison(self.hub, self.integration, budget=100)
        assert run is not None
        for _ in range(40):
            self.work(run.run_id, pages=pages)
        return load_report(self.hub, WORKSPACE, "int_a", f"{run.run_id}-contact")


@pytest.mark.parametrize("pages", [1, 1000])
def test_a_comparison_goes_on_where_it_stopped(ports: Ports, pages: int) -> None:
    desk = Desk(ports)
    for key in desk.keys[2:5]:
        desk.shelf.rows[key]["city"] = "Olinda"
    desk.shelf.hidden.add(desk.keys[7])
    desk.shelf.drop(desk.keys[8])
    desk.shelf.put(77, email="new@example.com")
    found = desk.compare(pages=pages)
    wanted = {"there": 24, "here": 26, "newer_there": 3, "missing_here": 1, "gone": 1, "invisible": 1, "repaired": 6}
    assert {name: found[name] for name in wanted} == wanted
    assert (found["differing"], found["parity_percent"]) == ({"city": 3}, "76.92")
    assert [each["entity"] for each in list_reports(desk.hub, WORKSPACE, "int_a")] == ["contact", "company"]
    again = desk.compare(pages=pages)
    assert (again["equal"], again["repaired"], again["differing"]) == (24, 0, {})


def test_two_comparisons_of_nothing_new_write_no_record(ports: Ports) -> None:
    desk = Desk(ports)
    units: list[tuple[str, float]] = ports.units if isinstance(ports, AwsPorts) else []
    before = ports.records.list_records(WORKSPACE, "contact", cursor=None, limit=99).items
    units.clear()
    for _ in range(2):
        assert desk.compare()["equal"] == 25
    assert [each for each in units if each[0] == "write" and each[1]] == []
    assert ports.records.list_records(WORKSPACE, "contact", cursor=None, limit=99).items == before


def test_a_checkpoint_in_the_middle_of_a_page_comes_back(ports: Ports) -> None:
    desk = Desk(ports)
    run = start_comparison(desk.hub, desk.integration, budget=3)
    assert run is not None
    held = save_run(
        desk.hub, replace(run, chosen=("s1", "s2"), found={"there": 3}, differing={"city": 1}, tally="eA==")
    )
    assert load_run(desk.hub, WORKSPACE, "int_a", run.run_id) == held

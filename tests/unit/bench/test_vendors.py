"""``python -m bench.vendors``: floors by hand, scaling, and small trials against the strict simulated CRMs."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.vendors.__main__ import is_kept, line, main
from bench.vendors.floors import FLOORS, Budget, Work
from bench.vendors.plans import ALL, PLANS, Plan
from bench.vendors.seeds import BY_IMPORT
from bench.vendors.trial import Measured, measure_reading, measure_writing
from crmbridge import connectors

HOUR_S, DAY_S = 3_600, 86_400
BY_HAND = {
    "hubspot": (200, 100),  # 2,000 and 1,000 calls, 99 in 10 s
    "salesforce": (120, 5),  # twenty jobs of 6 s, and one seen after 5 s; 1,100 and 24 calls, 99,000 a day
    "pipedrive": (93 * DAY_S, 4),  # 2,520,000 tokens, 27,000 a day; 200 calls, 72 in 2 s
    "zoho": (0, 0),  # 14,000 and 500 credits, 48,600 a day
    "freshsales": (7 * HOUR_S, HOUR_S),  # 7,000 and 1,000 calls, 900 an hour
    "salesflare": (25_999, 249),  # 104,000 and 1,000 calls, 4 a second
    "kommo": (17_666, 66),  # 106,000 and 400 calls, 6 a second
    "dynamics": (300, 0),  # 2,020 s of execution, 1,080 in 300 s; 20 calls
}
"""Seconds for 100,000 contacts, written and read: whole windows but the first."""


def test_every_crm_has_a_floor_and_a_plan():
    assert set(FLOORS) == set(PLANS) == set(connectors.names())


@pytest.mark.parametrize("crm", PLANS)
def test_a_floor_leaves_the_reserve_that_its_connector_declares(crm):
    reserve = connectors.declaration(crm).limits.reserve
    assert {each.reserve for each in FLOORS[crm].budgets.values()} == {reserve}


def test_the_first_window_costs_nothing_and_each_further_one_its_length():
    budget = Budget(units=110, per_s=10)
    assert [budget.least_s(units) for units in (1, 99, 100, 198, 199)] == [0, 0, 10, 10, 20]


@pytest.mark.parametrize("crm", PLANS)
def test_a_floor_is_what_one_reckons_by_hand(crm):
    floor = FLOORS[crm]
    assert (floor.least_s(floor.write, ALL), floor.least_s(floor.read, ALL)) == BY_HAND[crm]


def test_a_floor_tells_what_it_is_made_of():
    floor = FLOORS["kommo"]
    assert floor.told(floor.write, ALL) == (
        "100,000 x look-up + 2,000 x newest page of 50 + 2,000 x add of 50 + 2,000 x read back of 50; "
        "calls: 106,000, ours 6 of 7 in 1 s"
    )


def test_the_budget_that_decides_is_the_one_that_takes_longest():
    floor = FLOORS["pipedrive"]
    assert [floor.decisive(floor.write, contacts) for contacts in (300, ALL)] == ["searches", "tokens of a day"]


def test_units_are_counted_by_the_calls_that_cost_them():
    work = Work(
        batches={"search": 1, "create": 1, "page": 50}, costs={"tokens": {"search": 20, "create": 5, "page": 10}}
    )
    assert work.calls(100) == 202
    assert work.units("tokens", 100) == 2_520
    assert work.units("calls", 100) == 202


TOLD = Measured(
    crm="kommo",
    what="write",
    contacts=1_000,
    calls=1_060,
    refused=0,
    taken_s=177.0,
    floor_calls=1_060,
    floor_s=176.0,
)


def measured(**more: Any) -> Measured:
    return replace(TOLD, **more)


def test_what_met_no_long_window_is_scaled_by_its_time():
    assert measured().all_s == 17_700


def test_what_became_slower_is_scaled_along_the_line_through_half_and_whole():
    assert measured(half_s=77.0).all_s == 177 + 99_000 * (177 - 77) / 500


def test_what_met_long_windows_is_scaled_by_whole_ones():
    days = measured(contacts=5_000, marks=((43_200, 900), (86_400, 900), (172_800, 1_900), (259_200, 2_900)))
    assert days.all_s == 99 * 86_400


def test_narrowed_windows_are_scaled_to_the_width_of_the_vendors():
    hours = measured(contacts=5_000, narrowed=5, marks=((3_600, 1_000), (7_200, 2_000), (10_800, 3_000)))
    assert hours.all_s == 19 * 3_600


def test_all_of_them_are_not_scaled():
    assert measured(contacts=ALL, taken_s=17_777.0).all_s == 17_777


def test_too_few_to_meet_the_limit_that_decides_tell_no_time():
    few = measured(crm="freshsales", contacts=800, floor_s=0.0, taken_s=8.0)
    assert (few.all_s, few.time_ratio) == (None, None)
    assert not is_kept(few)
    assert is_kept(few, is_timed=False)
    assert "not met" in line(few)


def test_where_nobody_has_to_wait_nobody_may():
    swift = measured(crm="zoho", floor_s=0.0, taken_s=0.0)
    assert (swift.time_ratio, is_kept(swift)) == (None, True)
    slow = replace(swift, taken_s=1.0)
    assert (slow.time_ratio, is_kept(slow)) == (math.inf, False)


@pytest.mark.parametrize(("changes", "kept"), [({}, True), ({"refused": 2}, False), ({"taken_s": 190.0}, False)])
def test_a_direction_keeps_to_its_floor_or_not(changes, kept):
    assert is_kept(measured(**changes)) is kept
    assert "kommo" in line(measured(**changes))


@pytest.mark.slow
@pytest.mark.parametrize("crm", PLANS)
def test_contacts_are_written_at_the_floor_without_a_refusal(crm):
    found = measure_writing(crm, Plan(write=400, read=0))
    assert (found.refused, found.contacts) == (0, 400)
    assert found.calls <= 1.05 * found.floor_calls
    assert found.taken_s <= 1.05 * found.floor_s + 4  # a job's own pauses besides


@pytest.mark.slow
@pytest.mark.parametrize("crm", PLANS)
def test_an_account_is_read_to_its_end_without_a_refusal(crm):
    found = measure_reading(crm, Plan(write=0, read=1_500))
    page, budget = connectors.declaration(crm).limits.list_page, FLOORS[crm].budgets.get("calls")
    assert found.refused == 0
    assert found.calls <= 1_500 / page * 1.05 + 6, "what there is to know first takes some calls"
    connected = 6  # the calls that connecting took out of the first window
    assert found.taken_s <= 1.05 * (budget.least_s(found.calls + connected) if budget else 0)


@pytest.mark.slow
def test_what_an_import_made_is_read_without_a_refusal():
    found = measure_reading("kommo", Plan(write=0, read=1_500), BY_IMPORT)
    assert (found.refused, found.contacts) == (0, 1_500)


@pytest.mark.slow
def test_hours_that_end_amid_the_work_cost_hardly_a_call():
    tight = Plan(write=3_000, read=0, narrowed=10, control=("limits", {"calls": 100}))
    found = measure_writing("freshsales", tight)
    assert found.refused == 0
    assert len({count for _, count in found.marks}) == 2, "210 calls, of which 90 go into an hour"
    assert found.calls <= 1.08 * found.floor_calls  # what is to be known first is asked for again each hour


@pytest.mark.slow
def test_the_command_tells_times_and_what_the_floors_are_made_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    report = tmp_path / "report.json"
    assert main(["--quick", "--only", "salesforce", "--report", str(report)]) == 0
    told = json.loads(report.read_text(encoding="utf-8"))
    assert [(each["what"], each["refused"]) for each in told] == [("write", 0), ("read", 0)]
    assert [each["all_s"] for each in told] == [None, None], "too few for the jobs that decide"
    said = "20 x results of 5,000; calls of a day: 24, ours 99,000 of 110,000 in 86,400 s; the vendor's own jobs: 5 s"
    assert said in capsys.readouterr().out

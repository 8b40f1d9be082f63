"""``python -m bench.vendors``: floors by hand, scaling, and one small trial against a strict simulated CRM."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.vendors.__main__ import is_kept, line
from bench.vendors.floors import FLOORS, Budget, Work
from bench.vendors.plans import PLANS, Plan
from bench.vendors.trial import Measured, measure_reading, measure_writing
from crmbridge import connectors


def test_every_crm_has_a_floor_and_a_plan():
    assert set(FLOORS) == set(PLANS) == set(connectors.names())


@pytest.mark.parametrize("crm", PLANS)
def test_a_floor_leaves_the_reserve_that_its_connector_declares(crm):
    reserve = connectors.declaration(crm).limits.reserve
    assert {each.reserve for each in FLOORS[crm].budgets.values()} == {reserve}


def test_the_first_window_costs_nothing_and_each_further_one_its_length():
    budget = Budget(units=110, per_s=10)
    assert [budget.least_s(units) for units in (1, 99, 100, 198, 199)] == [0, 0, 10, 10, 20]


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


def test_what_met_long_windows_is_scaled_by_whole_ones():
    days = measured(contacts=5_000, marks=((43_200, 900), (86_400, 900), (172_800, 1_900), (259_200, 2_900)))
    assert days.all_s == 99 * 86_400


@pytest.mark.parametrize(("changes", "kept"), [({}, True), ({"refused": 2}, False), ({"taken_s": 190.0}, False)])
def test_a_direction_keeps_to_its_floor_or_not(changes, kept):
    assert is_kept(measured(**changes)) is kept
    assert "kommo" in line(measured(**changes))


def test_contacts_are_written_at_the_floor_without_a_refusal():
    found = measure_writing("kommo", Plan(write=100, read=0))
    assert (found.refused, found.contacts) == (0, 100)
    assert found.calls <= 1.05 * found.floor_calls
    assert found.taken_s <= 1.05 * found.floor_s + 1


def test_an_account_is_read_to_its_end_without_a_refusal():
    found = measure_reading("salesflare", Plan(write=0, read=1_500))
    assert found.refused == 0
    assert 15 <= found.calls <= 20

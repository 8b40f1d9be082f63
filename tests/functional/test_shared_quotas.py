"""Many workers at one account, and workspaces side by side, in virtual time; ``make bench-quotas`` plays longer."""

from __future__ import annotations

import pytest

from bench.vendors.crowd import measure_crowd
from bench.vendors.neighbours import measure_neighbours
from bench.vendors.shared import REFUSED_MAX, SLOWER_MAX, USED_MIN, line, slower

pytestmark = pytest.mark.slow


def test_fifty_workers_use_nearly_all_of_one_hubspot_and_hardly_a_call_is_refused():
    crowd = measure_crowd("hubspot", workers=50, seconds=30)
    assert crowd.refused <= crowd.calls * REFUSED_MAX, line(crowd)
    assert crowd.used_of_ours >= USED_MIN, line(crowd)
    assert crowd.writes_per_worker_s <= 1, line(crowd)


def test_seven_accounts_of_kommo_are_never_closed_by_their_workers():
    crowd = measure_crowd("kommo", workers=21, accounts=7, seconds=20)
    assert crowd.refused == 0, line(crowd)
    assert crowd.used_of_ours >= 0.7, line(crowd)
    assert crowd.writes_per_worker_s <= 1, line(crowd)


def test_a_first_load_leaves_changes_most_of_an_account():
    crowd = measure_crowd("hubspot", workers=12, lanes=("live", "backfill", "backfill"), seconds=40)
    assert crowd.by_lane["live"] > 2 * crowd.by_lane["backfill"] > 0, line(crowd)


def test_a_noisy_workspace_hardly_slows_its_neighbours_down():
    alone = measure_neighbours(noise_per_s=0, seconds=40)
    beside = measure_neighbours(noise_per_s=30, seconds=40)
    assert slower(alone, beside) <= SLOWER_MAX, (alone, beside)
    assert beside.refused == 0
    assert beside.noisy_done > 300, "the noisy one is served as fast as its CRM allows"


def test_without_groups_a_noisy_workspace_would_slow_its_neighbours_down():
    alone = measure_neighbours(noise_per_s=0, seconds=20)
    beside = measure_neighbours(noise_per_s=30, is_fair=False, seconds=20)
    assert slower(alone, beside) > SLOWER_MAX, (alone, beside)

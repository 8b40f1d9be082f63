"""Seeded stories end with every invariant holding, and the same seed tells the same story."""

import pytest

from tests.simulation.__main__ import Totals, main
from tests.simulation.scenario import Story
from tests.simulation.weather import CALM, TENTH


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_stories_full_of_faults_end_in_step(first: int):
    for seed in range(first, first + 50):
        Story(seed).play().check()


def test_without_faults_every_row_that_is_due_is_written_exactly_once():
    totals = Totals()
    for seed in range(150):
        totals.add(Story(seed, weather=CALM).play().check())
    assert totals.due[CALM.name] > 300
    assert totals.written == totals.due


def test_with_a_tenth_of_all_calls_failing_few_rows_are_written_twice():
    totals = Totals()
    for seed in range(150):
        totals.add(Story(seed, weather=TENTH).play().check())
    assert totals.due[TENTH.name] > 300
    assert totals.written[TENTH.name] <= 1.05 * totals.due[TENTH.name]


def test_the_same_seed_tells_the_same_story():
    one, other = (Story(7, keep=True).play().digest for _ in range(2))
    assert one is not None
    assert other is not None
    assert one.digest() == other.digest()


def test_a_seed_can_be_replayed_with_its_story(capsys):
    assert main(["--seed", "3", "--trace"]) == 0
    told = capsys.readouterr().out
    assert "a person creates" in told
    assert "every invariant holds" in told


@pytest.mark.slow
def test_many_stories_end_in_step(capsys):
    assert main(["--seeds", "5000", "--from", "100000"]) == 0
    said = capsys.readouterr().out
    assert "5000 seeds from 100000, 0 violations" in said
    assert "calm: 1.000" in said

"""Seeded stories end with every invariant holding, and the same seed tells the same story."""

import pytest

from tests.simulation.__main__ import main
from tests.simulation.scenario import Story


@pytest.mark.parametrize("first", range(0, 60, 10))
def test_stories_full_of_faults_end_in_step(first: int):
    for seed in range(first, first + 10):
        Story(seed).play().check()


def test_a_story_without_faults_writes_nothing_to_no_effect():
    for seed in range(12):
        story = Story(seed, faults=False).play().check()
        assert sum(crm.no_op_writes for crm in story.world.crms.values()) == 0


def test_the_same_seed_tells_the_same_story():
    assert Story(7).play().digest.digest() == Story(7).play().digest.digest()


def test_a_seed_can_be_replayed_with_its_story(capsys):
    assert main(["--seed", "3", "--trace"]) == 0
    told = capsys.readouterr().out
    assert "a person creates" in told
    assert "every invariant holds" in told


@pytest.mark.slow
def test_many_stories_end_in_step(capsys):
    assert main(["--seeds", "300", "--from", "1000"]) == 0
    assert "0 violations" in capsys.readouterr().out

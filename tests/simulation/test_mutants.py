"""Planted mistakes: their places are still there, and the stories notice them."""

import pytest

from tests.simulation.mutants import LIBRARY, survivors
from tests.simulation.planted import MUTANTS, RARE


@pytest.mark.parametrize("mutant", [*MUTANTS, *RARE], ids=lambda each: each.mistake)
def test_the_place_of_a_planted_mistake_is_still_there(mutant):
    assert (LIBRARY / mutant.file).read_text(encoding="utf-8").count(mutant.right) == 1


@pytest.mark.slow
def test_the_stories_notice_nearly_every_planted_mistake(capsys):
    assert len(MUTANTS) >= 40
    assert survivors(4000) <= len(MUTANTS) * 0.025
    print(capsys.readouterr().out)

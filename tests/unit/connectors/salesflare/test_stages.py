"""Pipelines of any kind as canonical stages."""

from __future__ import annotations

import pytest

from crmbridge.connectors.salesflare.mapping.answers import Pipeline, PipelineStage
from crmbridge.connectors.salesflare.mapping.stages import is_closed, stage_map_of, stages_of
from crmbridge.domain.stages import DEAL_STAGES
from tests.unit.connectors.salesflare.conftest import PIPELINE


def test_every_key_has_a_stage_and_the_ends_are_exact():
    stages = stage_map_of([PIPELINE])
    assert {key: stages.target(key) for key in DEAL_STAGES} == {
        "appointment": 1,
        "qualified": 2,
        "presentation": 2,
        "decision": 3,
        "contract": 3,
        "won": 488714,
        "lost": 4,
    }
    assert [stages.key(each) for each in (1, 2, 3, 488714, 4, 77)] == [
        "appointment", "qualified", "decision", "won", "lost", "77",
    ]  # fmt: skip


def test_a_workspace_overrides_either_way_round():
    assert stage_map_of([PIPELINE], {"2": "contract"}).key(2) == "contract"
    stages = stage_map_of([PIPELINE], {"appointment": "2"})
    assert (stages.key(2), stages.target("appointment")) == ("appointment", 2)


def test_a_pipeline_keeps_its_own_and_archived_ones_are_left_out():
    other = Pipeline(id=5, name="Other", order=1, stages=(PipelineStage(id=9, name="Won", probability=100),))
    old = Pipeline(id=6, name="Old", archived=True, stages=(PipelineStage(id=10, name="Won", probability=100),))
    stages = stage_map_of([old, other, PIPELINE])
    assert stages.target("won") == 488714
    assert stages.target("won", pipeline_id=5) == 9
    assert stages.target("qualified", pipeline_id=5) is None
    assert stages.target("won", pipeline_id=6) is None


@pytest.mark.parametrize(
    ("name", "probability", "fixed", "closed"),
    [("Won", 100, None, True), ("Lost", 0, None, True), ("Cheers", 100, 1, True), ("New", 0, None, False),
     ("Signing", 95, 3, False)],
)  # fmt: skip
def test_an_end_is_fixed_and_certain_or_called_so(name, probability, fixed, closed):
    assert is_closed(PipelineStage(id=1, name=name, probability=probability, fixed_stage=fixed)) is closed


def test_stages_tell_probability_within_bounds():
    odd = Pipeline(id=5, stages=(PipelineStage(id=9, name="Odd", probability=140),))
    assert [each.probability for each in stages_of([odd])] == [100]
    assert stage_map_of([odd]).key(9) == "contract"
    told = {each.label: (each.is_closed, each.is_won) for each in stages_of([PIPELINE])}
    assert told["Won"] == (True, True)
    assert told["Lost"] == (True, False)
    assert told["Lead"] == (False, False)

from __future__ import annotations

import pytest

from crmbridge.connectors.hubspot.mapping.answers import Pipeline, PipelineStage
from crmbridge.connectors.hubspot.mapping.stages import stage_map_of, stages_of
from crmbridge.domain.stages import DEAL_STAGES
from tests.unit.connectors.hubspot.conftest import DEFAULT_STAGES, pipeline


def test_the_default_pipeline_holds_every_canonical_stage():
    stages = stage_map_of([pipeline("default", *DEFAULT_STAGES)])
    assert [stages.key(stage_id) for stage_id, _, _ in DEFAULT_STAGES] == list(DEAL_STAGES)
    for stage_id, _, _ in DEFAULT_STAGES:
        assert stages.target(stages.key(stage_id)) == ("default", stage_id)


@pytest.mark.parametrize(
    ("label", "probability", "key"),
    [
        ("Contract sent", "0.1", "contract"),
        ("Discovery", "0.15", "appointment"),
        ("Discovery", "0.3", "qualified"),
        ("Demo", "0.6", "presentation"),
        ("Talks", "0.7", "decision"),
        ("Paperwork", "0.95", "contract"),
        ("Cheers", "1.0", "won"),
        ("Oh well", "0.0", "lost"),
    ],
)
def test_a_stage_of_the_accounts_own_reads_as_the_nearest(label: str, probability: str, key: str):
    assert stage_map_of([pipeline("9", ("901", label, probability))]).key("901") == key


def test_a_key_without_a_stage_is_written_as_its_neighbour_but_never_closed():
    stages = stage_map_of(
        [pipeline("9", ("901", "Discovery", "0.3"), ("902", "Talks", "0.7"), ("903", "Cheers", "1.0"))]
    )
    assert stages.target("appointment") == ("9", "901")
    assert stages.target("presentation") == ("9", "901")
    assert stages.target("contract") == ("9", "902")
    assert stages.target("won") == ("9", "903")
    assert stages.target("lost") is None
    assert stages.target("no such") is None


def test_a_pipeline_of_closed_stages_takes_no_open_deal():
    stages = stage_map_of([pipeline("9", ("903", "Cheers", "1.0"))])
    assert stages.target("contract") is None


def test_the_first_pipeline_is_taken_unless_one_is_named():
    stages = stage_map_of(
        [pipeline("b", ("21", "Contract", "0.9"), order=2), pipeline("a", ("11", "Contract", "0.9"), order=1)]
    )
    assert stages.target("contract") == ("a", "11")
    assert stages.target("contract", pipeline_id="b") == ("b", "21")
    assert stages.target("contract", pipeline_id="c") is None


@pytest.mark.parametrize("overrides", [{"901": "contract"}, {"contract": "901"}])
def test_a_workspace_has_the_last_word_either_way_round(overrides: dict[str, str]):
    stages = stage_map_of([pipeline("9", ("900", "Contract", "0.9"), ("901", "Legal", "0.1"))], overrides)
    assert stages.key("901") == "contract"
    assert stages.key("900") == "contract"
    assert stages.target("contract") == ("9", "901" if "contract" in overrides else "900")


def test_a_stage_that_is_no_more_keeps_its_id():
    assert stage_map_of([pipeline("9", ("901", "Contract", "0.9"))]).key("555") == "555"


@pytest.mark.parametrize("probability", ["", "soon", "nan", "1e999", None, [], "-3"])
def test_a_probability_nobody_understands_counts_as_none(probability: object):
    stage = PipelineStage(id="1", label="x", metadata={"probability": probability, "isClosed": False})
    (told,) = stages_of([Pipeline(id="9", stages=(stage,))])
    assert told.probability in (0, 100)
    assert not told.is_closed


def test_stages_are_listed_in_display_order():
    listed = stages_of(
        [pipeline("b", ("3", "C", "0.1"), order=2), pipeline("a", ("1", "A", "0.0"), ("2", "B", "1.0"), order=1)]
    )
    assert [(each.pipeline_id, each.stage_id) for each in listed] == [("a", "1"), ("a", "2"), ("b", "3")]
    assert [(each.is_closed, each.is_won, each.probability) for each in listed] == [
        (True, False, 0),
        (True, True, 100),
        (False, False, 10),
    ]
